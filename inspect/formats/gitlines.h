/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gitlines: what carries a pack of git (gitpack.c) or one object of it: a bundle, the lines of the
 * protocol, a loose object.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_GITLINES_H
#define EPOST_INSPECT_FORMATS_GITLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true for lines that lead to a pack, and for a whole object behind its header. */
bool gitlines_is(const uint8_t *data, size_t length);

#endif
