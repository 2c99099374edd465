/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bech32: 32 bytes as a text with a checksum (BIP 173), the form in which age
 * writes its keys. The limit of 90 characters does not hold there.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_BECH32_H
#define EPOST_OPERATE_BECH32_H

#include <stdint.h>

#define BECH32_BYTES 32
#define BECH32_TEXT  96 /* bytes with NUL that hold any such text */

/* Reads a text whose part before the last '1' is `prefix` (lower case); the text itself is all
 * lower or all upper case. Returns 0, or -1 when it is anything else. */
int bech32_read(const char *text, const char *prefix, uint8_t bytes_r[BECH32_BYTES]);

#endif
