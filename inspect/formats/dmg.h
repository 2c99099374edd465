/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmg: how the pieces of a disk image of macOS are packed. libclamav passes
 * over the ones whose packing it does not know, and knows no APFS.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_DMG_H
#define EPOST_INSPECT_FORMATS_DMG_H

#include <stddef.h>
#include <stdint.h>

/* 1 if the bytes end as such an image does. */
int dmg_is_image(const uint8_t *data, size_t length);

/* The part that libclamav cannot open, in words, or NULL. */
const char *dmg_closed(const uint8_t *data, size_t length);

#endif
