/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * value: what an operator writes for a directive, read as a number, and back.
 *
 * Each reader takes the whole text: anything behind the value is an error. None
 * of them knows a range; that is the directive's. Returns 0, or -1 with the
 * result untouched. Threads: any; nothing is kept.
 */
#ifndef EPOST_COMMON_VALUE_H
#define EPOST_COMMON_VALUE_H

#include <stddef.h>
#include <stdint.h>

/* An integer in that base, 8 or 10. */
int value_integer(const char *value, int base, int64_t *number_r);

/* "12", "64K", "1.5M", "2GB": bytes; the suffixes are powers of 1024. */
int value_size(const char *value, int64_t *number_r);

/* "6", "0.5", "250ms", "2m", "1h", "7d": milliseconds; without a suffix, seconds are meant. */
int value_seconds(const char *value, int64_t *number_r);

/* on/off, yes/no, true/false, 1/0. */
int value_bool(const char *value, int *number_r);

/* The index of the word in choices, "allow|strip|strip-risky". */
int value_choice(const char *choices, const char *value, int *index_r);

/* Bytes as value_size reads them, in the largest unit that divides them. */
void value_format_size(int64_t number, char *text, size_t size);

#endif
