/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts: everything that a scan found, beside the worst of it.
 *
 * A reply names one reason. An allow list and a profile decide on each reason
 * and name by itself, so they need the others too: an allowed name must not hide
 * a second threat, and a heuristic alert must not hide an encrypted part.
 *
 * Facts are text, in a field of WIRE_FACTS_MAX bytes: one line for each pair of
 * reason and name, "NUMBER\tNAME\tPART\n". Reasons without a name always fit.
 * Names may not all fit; facts_add says so, and who reads must then assume the
 * worst.
 *
 * Owner: whoever holds the field. Threads: pure functions.
 */
#ifndef EPOST_COMMON_FACTS_H
#define EPOST_COMMON_FACTS_H

#include <stdbool.h>

#include "common/verdict.h"
#include "common/wire.h"

struct fact {
    enum reason reason;
    char name[WIRE_THREAT_MAX]; /* of the signature or the heuristic alert; else empty */
    char part[WIRE_PART_MAX];   /* where it was met first; empty: the body, or not known */
};

/* Adds a fact to text[WIRE_FACTS_MAX], which is a C string ("" at first). A pair of reason and
 * name that is there already stays as it is. `name` and `part` may be NULL. Returns false if the
 * fact did not fit. */
bool facts_add(char *text, enum reason reason, const char *name, const char *part);

/* Reads the fact at *at and moves *at behind it. Returns false at the end, or when the text is
 * malformed (then **at is not NUL). */
bool facts_next(const char **at, struct fact *fact);

/* True if the terminated text holds well-formed facts only. */
bool facts_check(const char *text);

#endif
