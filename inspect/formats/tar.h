/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tar: reads the headers of a tar, for the members that libarchive passes
 * over: a device, a pipe, a link or a directory that has bytes all the same.
 * Several unpackers write them as plain files.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_TAR_H
#define EPOST_INSPECT_FORMATS_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAR_NAME 101 /* bytes with NUL */

struct tar_member {
    const uint8_t *data;
    size_t length;
    char name[TAR_NAME];
};

/* true if a header with a right sum begins here, of any variant of the format. */
bool tar_begins(const uint8_t *data, size_t length);

/* The next member of an odd type with bytes, from *at on, which is moved on. false at the end. */
bool tar_next_odd(const uint8_t *data, size_t length, size_t *at, struct tar_member *member);

#endif
