/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seen: which bytes were scanned already, and what their sender calls them.
 *
 * libclamav opens most containers itself; where the pipeline opens one again
 * for what libclamav cannot see, the members it did see are recognised by
 * their SHA-256 and not scanned twice. A mail's attachments are registered
 * with their names before libclamav, which loses those, comes across them.
 *
 * Trials (trial.h) may be taken back, and the marks made in them with them. A
 * guess is a trial of which only a threat counts: the bytes it went through are
 * known to other guesses afterwards, if these have no more levels left than it had.
 *
 * Owner: one inspection. Threads: one.
 */
#ifndef EPOST_INSPECT_SEEN_H
#define EPOST_INSPECT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN_DIGEST 32

struct seen_entry {
    uint8_t digest[SEEN_DIGEST];
    uint32_t record;               /* of journal.h, open when it was marked */
    unsigned scanned;              /* 0: no; else 1 + the trial it was scanned in */
    unsigned guessed;              /* the same for a guess that has ended */
    unsigned depth, guessed_depth; /* of each: the containers around it */
    char *name;                    /* or NULL */
};

struct seen {
    struct seen_entry *entries; /* `room` of them, in the order they came */
    uint32_t *places;           /* a power of two of them, open addressing: 1 + index, or 0 */
    size_t size, count, room;
    unsigned trial;    /* 0: none; nested ones have larger numbers: see trial.h */
    unsigned guesses;  /* how many of these are */
    uint32_t *journal; /* entries marked in trials, in that order */
    size_t noted, journal_room;
};

enum seen_end { SEEN_FORGET, SEEN_KEEP, SEEN_GUESS };

#define SEEN_INIT                                                                                  \
    {                                                                                              \
        .entries = NULL                                                                            \
    }

/* Returns false, and a digest that equals nothing, if it could not be computed. */
bool seen_digest(uint8_t digest[SEEN_DIGEST], const void *data, size_t length);

/* Marks as scanned, with `depth` containers around it. Returns 1 if it was so before, else 0.
 * Without memory it forgets, which costs a second scan and no verdict. */
int seen_mark(struct seen *seen, const uint8_t digest[SEEN_DIGEST], unsigned depth);

/* 1 if marked as scanned. */
int seen_scanned(const struct seen *seen, const uint8_t digest[SEEN_DIGEST], unsigned depth);

/* Under which record of journal.h it was marked; 0 if that is not known. */
void seen_set_record(struct seen *seen, const uint8_t digest[SEEN_DIGEST], uint32_t record);
uint32_t seen_record(const struct seen *seen, const uint8_t digest[SEEN_DIGEST]);

/* Begins a trial within the others. Returns what seen_end_trial needs. */
size_t seen_begin_trial(struct seen *seen, bool guess);

/* Ends the innermost trial: its marks are taken back, or stay, or are for other guesses only. */
void seen_end_trial(struct seen *seen, size_t begin, bool guess, enum seen_end end);

/* The first name stays. */
void seen_set_name(struct seen *seen, const uint8_t digest[SEEN_DIGEST], const char *name);
const char *seen_name(const struct seen *seen, const uint8_t digest[SEEN_DIGEST]);

void seen_free(struct seen *seen);

#endif
