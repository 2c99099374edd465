/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: hosts and URLs in the one spelling in which they are compared with the
 * operator's rules: what a browser makes of "EVIL%2Etest." is "evil.test".
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_HOST_H
#define EPOST_AV_HOST_H

#include <stddef.h>

#include "common/buf.h"

#define HOST_MAX 256 /* bytes with NUL, percent-decoded; a name in the DNS has at most 253 */

/* The host of an authority ("user@HOST:80"): without user, port, percent-encoding and dots at the
 * end, in lower case; the dots of other scripts are dots. An address in brackets keeps them.
 * Returns 0; or -1 when it does not fit, and host is then "". */
int host_normalise(char host[HOST_MAX], const char *authority, size_t length);

/* Adds the URL to out, its authority replaced by the host and port as above, and %XX of letters,
 * digits and "-._~" in the path decoded. A URL without authority is only decoded. Returns 0, or -1
 * when it does not fit. */
int host_normalise_url(struct buf *out, const char *url);

#endif
