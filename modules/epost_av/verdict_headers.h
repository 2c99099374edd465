/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * marks: the headers that say what was found, and the block page's own.
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_MODULES_EPOST_AV_VERDICT_HEADERS_H
#define EPOST_MODULES_EPOST_AV_VERDICT_HEADERS_H

struct transaction;

/* Adds to the ICAP answer what its verdict and action call for; nothing that
 * names a threat on clean content. Before a verdict it says "pending". */
void verdict_headers_icap(struct transaction *t);

/* Adds verdict and reason to the HTTP response that goes back although it was
 * not found clean. A request goes out into the world and gets nothing. */
void verdict_headers_http(struct transaction *t);

/* Renders the block page and puts it with its headers in the place of the
 * message. Returns 0, or -1 when it cannot be done. */
int verdict_headers_page(struct transaction *t);

#endif
