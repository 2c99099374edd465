/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * members: the kinds and names of what a scan found inside a body, for rules of
 * the operator about them.
 *
 * A text of WIRE_MEMBERS_MAX bytes, one line for each kind, "KIND\t\n", and one for
 * each name, "\tNAME\n". A name is the last part of a path, as its container has
 * it. Half of the room is for names as they are; behind that a name is only its
 * ending, "*.txt" (is_short); where not even that has room, or a name's ending is
 * not known, something was left out (is_cut), and who reads must assume the worst.
 *
 * Beside the kinds of libclamav ("exe", "zip", "pdf" …) there are kinds for what a
 * name tries: MEMBERS_DOUBLE, a program that looks like a document
 * ("invoice.pdf.exe"), MEMBERS_BIDI, a name with characters that turn the
 * direction of writing; MEMBERS_MACRO, a document with a project of macros or a
 * sheet of Excel 4 macros (inspect/macros.h); and MEMBERS_UNKNOWN, a body, an
 * attachment or a part of an upload of no known type.
 *
 * Owner: whoever holds the field. Threads: pure functions.
 */
#ifndef EPOST_COMMON_MEMBERS_H
#define EPOST_COMMON_MEMBERS_H

#include <stdbool.h>

#include "common/wire.h"

#define MEMBERS_DOUBLE  "double-extension"
#define MEMBERS_BIDI    "right-to-left"
#define MEMBERS_MACRO   "macro"
#define MEMBERS_UNKNOWN "unknown-type"

#define MEMBERS_KIND_MAX 32  /* bytes with NUL */
#define MEMBERS_NAME_MAX 256 /* bytes with NUL; a longer name counts as its ending */

struct members {
    char text[WIRE_MEMBERS_MAX];
    bool is_short; /* some names are only endings */
    bool is_cut;   /* something was left out */
};

/* A line: one of the two is empty. */
struct member {
    char kind[MEMBERS_KIND_MAX];
    char name[MEMBERS_NAME_MAX];
};

/* Adds a member; what is there already stays as it is. `name` may be NULL or a path. */
void members_note(struct members *members, const char *kind, const char *name);

/* Adds what a name tries, if it is anything: for a reader that goes on with a name in which
 * characters were replaced. */
void members_note_trick(struct members *members, const char *name);

/* The part of a name that decides what it is: behind the last slash, without blanks and dots at
 * its end. Into base[size], as plain UTF-8. */
void members_base(char *base, size_t size, const char *name);

/* MEMBERS_BIDI, MEMBERS_DOUBLE or MEMBERS_MACRO, the first that fits a name as its sender wrote it;
 * NULL for an ordinary one. */
const char *members_trick(const char *name);

/* Reads the member at *at and moves *at behind it. Returns false at the end, or when the text is
 * malformed (then **at is not NUL). */
bool members_next(const char **at, struct member *member);

/* True if the terminated text holds well-formed members only. */
bool members_check(const char *text);

#endif
