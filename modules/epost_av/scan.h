/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan: hands the body to the scanner and waits for its verdict.
 *
 * A scanner that is away for a moment (restarting) is tried again for ReadyWait;
 * every other failure is a verdict too: error with its reason.
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_SCAN_H
#define EPOST_AV_SCAN_H

struct transaction;

/* The body is complete: finishes it, asks the exceptions by SHA-256, begins the
 * scan. The transaction may be decided afterwards. */
void scan_begin(struct transaction *t);

/* Waits up to wait_ms (-1: as long as the profile allows) for the verdict.
 * Returns 1 when the transaction is decided, else 0. */
int scan_wait(struct transaction *t, int wait_ms);

#endif
