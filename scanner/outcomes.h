/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outcomes: what becomes of a job that a worker has.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_OUTCOMES_H
#define EPOST_SCANNER_OUTCOMES_H

#include "scanner/state.h"

/* The worker has the SHA-256 of a body that came without: it goes on, or the answer is known. */
void outcomes_hashed(struct supervisor *supervisor, struct slot *slot, const uint8_t *sha256);

/* The worker has replied to its client. */
void outcomes_done(struct supervisor *supervisor, struct slot *slot, struct wire_reply *reply,
                   int is_stable);

/* A running job has had MaxScanTime and does not end by itself: its worker is killed, and the
 * verdict is unscannable: max-scan-time. */
void outcomes_limit(struct supervisor *supervisor, struct job *job);

/* The worker died over it. */
void outcomes_crashed(struct supervisor *supervisor, struct job *job, int is_verified,
                      uint32_t depends);

#endif
