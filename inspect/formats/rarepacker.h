/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rarepacker: heads and ends of archives, images and packed files that few programs know. No
 * reader here opens them; formats/closed.h asks.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_RAREPACKER_H
#define EPOST_INSPECT_FORMATS_RAREPACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true if its mark is one that stands nowhere else. */
bool rarepacker_is_marked(const uint8_t *data, size_t length);

/* true if a weak mark, or one at its end, and the fields around it say so. */
bool rarepacker_is(const uint8_t *data, size_t length);

#endif
