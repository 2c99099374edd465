/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * urls: addresses as an operator writes them in the source list.
 *
 * Owner: expanded addresses belong to the caller. Threads: pure functions.
 */
#ifndef EPOST_UPDATER_URLS_H
#define EPOST_UPDATER_URLS_H

#include <stddef.h>

#include "common/err.h"

/* http:// or https://, a host, no password, no spaces or controls, at most MIRROR_URL_MAX
 * bytes. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int urls_check(const char *url, struct err *err);

/* Adds an address to list[*count_r], or, if it holds one range like {00..19}, one for
 * each number (as many digits as the range has), each with a / at its end. No address
 * twice. Returns 0, or -1 and err; what was added stays. */
EPOST_MUST_CHECK int urls_expand(const char *url, char **list, size_t max, size_t *count_r,
                                 struct err *err);

#endif
