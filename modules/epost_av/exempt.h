/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exempt: asks the operator's exceptions as soon as each fact is known: the
 * headers, the type of the first bytes, the SHA-256 of the whole. An exception
 * that answers decides the transaction without a scan. Rules about files inside
 * are asked after the scan (memberrules.h).
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_EXEMPT_H
#define EPOST_AV_EXEMPT_H

struct transaction;

/* By host, URL, client and user. */
void exempt_by_headers(struct transaction *t);

/* By type, once, when the body's first bytes are there. Does nothing on a decided transaction. */
void exempt_by_type(struct transaction *t);

/* By SHA-256, when the whole body is there. */
void exempt_by_sha256(struct transaction *t);

#endif
