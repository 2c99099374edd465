/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forks: is it a file of macOS with its forks in one: MacBinary, AppleSingle,
 * AppleDouble?
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_FORKS_H
#define EPOST_INSPECT_FORMATS_FORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool forks_are(const uint8_t *data, size_t length);

#endif
