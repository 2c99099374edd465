/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window: how much memory a decoder may have because the content asks for it.
 *
 * A compressed stream names the size of its own dictionary, window or model, up to 4 GiB in a file
 * of a hundred bytes. Above WINDOW_MAX it is refused before it is allocated, and the part is
 * unscannable (max-memory). What programs make by themselves is below: xz -9 and 7-Zip ask for
 * 64 MiB, their highest levels for 256 MiB.
 *
 * libarchive has no such limit. It finds liblzma's functions for decoders in this program, which
 * pass on to liblzma what is below the limit; 7-Zip's PPMd is judged before libarchive sees it
 * (formats/sevenzip.h).
 *
 * Threads: one.
 */
#ifndef EPOST_INSPECT_WINDOW_H
#define EPOST_INSPECT_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define WINDOW_SIZE (UINT64_C(256) << 20)                /* bytes of the content */
#define WINDOW_MAX  (WINDOW_SIZE + (UINT64_C(16) << 20)) /* with the rest of a decoder */

/* true if liblzma was asked for more since the last call. */
bool window_refused(void);

#endif
