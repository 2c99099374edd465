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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Loads libmagic's table, once. Before the sandbox: without its file nothing is unknown. */
void unknown_prepare(void);

/* True if the type of these bytes is not known. `name` as in kind_of. */
bool unknown_is(const uint8_t *data, size_t length, const char *name);

#endif
