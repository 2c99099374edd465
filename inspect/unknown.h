/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unknown: bytes of a type that nobody here knows: nothing was taken out of them
 * for that reason alone. Asked for what is sent by itself: a body, an attachment
 * of a mail, a part of an upload; not for members of archives.
 *
 * libmagic is asked last, and only for the marks in its table: none of its
 * readers of formats runs.
 *
 * Threads: one.
 */
#ifndef EPOST_INSPECT_UNKNOWN_H
#define EPOST_INSPECT_UNKNOWN_H

struct inspection;
struct object;

/* Loads libmagic's table, once. Before the sandbox: without its file nothing is unknown. */
void unknown_prepare(void);

/* Notes that something that was sent by itself is of no known type, if it is so. */
void unknown_note(struct inspection *in, const struct object *object);

#endif
