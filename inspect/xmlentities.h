/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xmlentities: "&name;" of the internal DTD, as an XML parser replaces it.
 *
 * Threads: a pure function.
 */
#ifndef EPOST_INSPECT_XMLENTITIES_H
#define EPOST_INSPECT_XMLENTITIES_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/buffer.h"

/* Adds a copy with each entity replaced by its value; what they add is limited to 1 MiB. Returns
 * how many were replaced, or -1 without memory. */
long xmlentities_replace(struct buffer *buffer, const uint8_t *data, size_t length);

#endif
