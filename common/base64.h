/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base64: its digits, and its strict form. Readers that skip what is no digit use the digits.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_BASE64_H
#define EPOST_COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The six bits that a digit stands for, in the usual alphabet or that of URLs ("-" and "_"); -1
 * for anything else. */
int base64_value(uint8_t c);

/* The same, in the usual alphabet alone. */
int base64_plain_value(uint8_t c);

/* Decodes up to so many groups of four digits (url: of either alphabet) into three bytes each,
 * until something else comes. Returns the number of groups. */
size_t base64_groups(const uint8_t *text, size_t groups, bool url, uint8_t *out);

/* Decodes base64 in the usual alphabet with its padding, without blanks, and puts a NUL behind it.
 * Returns the bytes without the NUL; or -1: it is something else, empty, or does not fit into
 * out[size]. */
int base64_decode(const char *text, size_t length, char *out, size_t size);

#endif
