/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tinybody: bodies of so few bytes that libclamav does not look at them are not given to it.
 *
 * libclamav 1.4 returns "clean" for all of up to five bytes, whatever the signatures, but makes a
 * scan of it first. That the library in this process does so is shown, not assumed: small engines
 * with hash and body signatures of such bodies, and of one byte more, scan them.
 *
 * Threads: one.
 */
#ifndef EPOST_ENGINE_TINYBODY_H
#define EPOST_ENGINE_TINYBODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* Shows it. tmpdir: where a file with signatures may stand meanwhile. Returns 0, or -1 and err
 * (the library looks at them, or it could not be shown): tinybody_is() is false then. Done once in
 * a process, since the library stays the same: from then on this says again how it went. */
EPOST_MUST_CHECK int tinybody_prove(const char *tmpdir, struct err *err);

/* Whether libclamav does not look at a body of so many bytes. */
bool tinybody_is(size_t length);

/* How often it was true. */
uint64_t tinybody_count(void);

/* Whether the answer is used (the default): for comparisons. */
void tinybody_use(bool use);

/* Makes the proof expect so many bytes more, for tests of it; and forgets what was shown. */
void tinybody_spoil(unsigned more);

#endif
