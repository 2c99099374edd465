/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sevenzip: what the directory of a 7z archive asks for, before anybody reads it.
 *
 * Owner: archive. Threads: pure function.
 */
#ifndef EPOST_INSPECT_FORMATS_SEVENZIP_H
#define EPOST_INSPECT_FORMATS_SEVENZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true if a PPMd model of more than WINDOW_SIZE bytes is asked for. A directory that is packed by
 * anything but LZMA, or damaged, says nothing. */
bool sevenzip_is_greedy(const uint8_t *data, size_t length);

#endif
