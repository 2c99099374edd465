/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * volume: file systems and volumes that nobody here opens, known by marks in fixed places.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_VOLUME_H
#define EPOST_INSPECT_FORMATS_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool volume_is(const uint8_t *data, size_t length);

#endif
