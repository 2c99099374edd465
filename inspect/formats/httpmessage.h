/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * httpmessage: HTTP/1 messages as files have them: in archives of the web, in
 * batches of requests, on their own.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_HTTPMESSAGE_H
#define EPOST_INSPECT_FORMATS_HTTPMESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true for a line as "PUT /name HTTP/1.1" at the beginning. An answer has a mark of its own. */
bool httpmessage_is_request(const uint8_t *data, size_t length);

#endif
