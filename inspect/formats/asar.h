/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asar: is it an archive of Electron?
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_ASAR_H
#define EPOST_INSPECT_FORMATS_ASAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool asar_is(const uint8_t *data, size_t length);

#endif
