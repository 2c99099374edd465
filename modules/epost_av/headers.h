/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * headers: what the encapsulated HTTP headers and the ICAP headers say about a
 * transaction. All of it is untrusted text.
 *
 * Threads: any.
 */
#ifndef EPOST_AV_HEADERS_H
#define EPOST_AV_HEADERS_H

#include "modules/epost_av/compat.h"

struct transaction_headers;

/* Fills *headers, which is zeroed. */
void headers_read(ci_request_t *request, struct transaction_headers *headers);

#endif
