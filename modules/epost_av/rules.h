/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules: what the operator says about kinds and names of files, those inside
 * containers too, in the file of exceptions:
 *
 *     block name *.exe                                  without regard to case
 *     pass  name setup-?.?.exe group=admins             no later rule is looked at
 *     block kind double-extension client=192.0.2.0/24
 *     mark  kind macro host=.example.com time=08:00-18:00 days=mon-fri
 *
 * The rules are looked at in their order, after the scan, unless that found a
 * threat; the first block or pass that fits ends it. A rule fits when all its
 * conditions hold (several of the same name: one of them) and one file in the
 * body, or the body itself, has that name or kind. Patterns are the shell's.
 *
 * Owner: exceptions.c. Threads: constant after loading.
 */
#ifndef EPOST_AV_RULES_H
#define EPOST_AV_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/err.h"

#define RULES_MAX        1000 /* rules in a file */
#define RULES_CONDITIONS 16   /* of one rule */

struct ruleset;

/* Who asks, and for what. C strings, "" unknown. */
struct rules_subject {
    const char *name; /* of the body itself */
    const char *host, *client;
    const char *groups; /* of the user, one a line */
    time_t now;
    const char *members; /* common/members.h */
    uint32_t flags;      /* WIRE_MEMBERS_SHORT, WIRE_MEMBERS_CUT */
    bool is_encrypted;   /* something inside is */
};

enum rules_answer {
    RULES_NONE = 0,
    RULES_MARK,
    RULES_BLOCK,
    RULES_UNDECIDED /* a rule to block may fit: not all names are known */
};

/* True for "name" and "kind". */
bool rules_is_kind(const char *word);

/* Adds a rule out of the words of its line; `rest` are those behind the pattern, with blanks
 * between them, and is cut into pieces. *set may be NULL before the first. Returns 0, or -1 and
 * err. */
EPOST_MUST_CHECK int rules_add(struct ruleset **set, const char *verb, const char *what,
                               const char *pattern, char *rest, struct err *err);

/* Looks at the rules. rule[size] takes the one that decided, with the name that it met
 * ("name *.exe: setup.exe"). `set` may be NULL. */
enum rules_answer rules_decide(const struct ruleset *set, const struct rules_subject *subject,
                               char *rule, size_t size);

void rules_free(struct ruleset **set);

#endif
