/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trial: looks at something for a short time first, so that a slow part does
 * not hide a threat in the next one.
 *
 * A scan that ends within its time stands as if there had been no trial. Of what
 * does not, only a threat stands; everything else is forgotten, and the same
 * is done again later with all the time that is left.
 *
 * Owner: one step of an inspection, on its stack. Threads: one.
 */
#ifndef EPOST_INSPECT_TRIAL_H
#define EPOST_INSPECT_TRIAL_H

#include "inspect/inspection.h"

#define TRIAL_DEPTH 2 /* trials within trials */
/* Times are CPU time: on a busy machine a scan would otherwise be ended and done again although it
 * is short. */
#define TRIAL_SIZE_MAX (16u << 20) /* bytes: what is larger takes long by right */
#define TRIAL_WHOLE_MS 1500 /* for an object that has parts, before they are looked at alone */
#define TRIAL_PARTS_MS 3000 /* for all of its parts together */
#define TRIAL_PART_MS  500  /* for one of them */
#define TRIAL_WALL     4    /* times as long it may take on the clock */
#define TRIAL_HEAVY    2    /* how much more a byte of a container costs than one of text */

struct trial {
    struct finding finding;
    struct budget budget;
    uint32_t layers;
    uint64_t scanned;
    size_t marks; /* of seen: see there */
    struct journal_mark journal;
    bool guess;
};

/* 1 when another trial may begin, else 0. */
int trial_possible(const struct inspection *in);

void trial_begin(struct inspection *in, struct trial *trial, unsigned ms);

/* Begins one with bytes that are perhaps no file at all, for all the time there is. */
void trial_begin_guess(struct inspection *in, struct trial *trial);

/* Returns 1 when it came to its end, 0 when that has still to be done. `undone` ends it as if
 * its time had been over. */
int trial_end(struct inspection *in, const struct trial *trial, int undone);

/* Ends a guess: of what was found only threats count. If nothing held it up, the same bytes are not
 * guessed at again. */
void trial_end_guess(struct inspection *in, const struct trial *trial);

/* Inspects one of several parts. */
typedef void trial_part(void *context, size_t index);

/* Goes through parts, the cheap ones first. With `tries` each gets a short time only at first,
 * if they have no more than TRIAL_SIZE_MAX bytes together; with `finish` those that need more
 * have it afterwards. Without memory the order is that of the index. */
void trial_parts(struct inspection *in, const uint64_t *costs, size_t count, trial_part *part,
                 void *context, int tries, int finish);

/* 1 if an object is text that nothing has to be taken out of, else 0. */
int trial_is_plain(const uint8_t *data, size_t length, const char *name);

/* An estimate of the cost of an object's scan: its bytes, TRIAL_HEAVY times if it is not plain. */
uint64_t trial_cost(const uint8_t *data, size_t length, const char *name);

#endif
