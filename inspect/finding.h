/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding: what is known of a body so far; the worst of all its layers.
 *
 * infected > error > unscannable > a heuristic alert > clean. Of two equally bad
 * ones the first is kept, with the part it is about; all of them are in the facts. A zeroed finding
 * is an error, as everywhere.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FINDING_H
#define EPOST_INSPECT_FINDING_H

#include <stdbool.h>

#include "common/verdict.h"
#include "common/wire.h"

struct finding {
    enum reason reason;
    char threat[WIRE_THREAT_MAX];
    char part[WIRE_PART_MAX];
    char detail[WIRE_DETAIL_MAX];
    char facts[WIRE_FACTS_MAX]; /* see facts.h */
    bool facts_cut;             /* more names than have room there */
    bool all;                   /* a threat is not the end: others are looked for */
};

/* "Everything looked at so far was clean." */
void finding_init(struct finding *finding);

/* Adds one fact. `part`, `threat` and `detail` are C strings or NULL. */
void finding_add(struct finding *finding, enum reason reason, const char *part, const char *threat,
                 const char *detail);

/* 1 when nothing that could still be found would matter. */
int finding_final(const struct finding *finding);

#endif
