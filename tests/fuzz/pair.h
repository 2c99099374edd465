/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair: sends one message with descriptors, well formed or not, over a pair of
 * sockets, for fuzz targets of receivers; and counts descriptors, none of which may
 * stay.
 */
#ifndef EPOST_FUZZ_PAIR_H
#define EPOST_FUZZ_PAIR_H

#include <stddef.h>
#include <stdint.h>

#define PAIR_FDS 6

/* Sends `size` bytes and `count` (up to PAIR_FDS) descriptors of a file with `file` bytes. Returns
 * the socket to receive from, to be closed; the other end is closed. -1: it could not be sent. */
int pair_send(const void *data, size_t size, unsigned count, size_t file);

/* How many descriptors this process has. */
unsigned pair_descriptors(void);

#endif
