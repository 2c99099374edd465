/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobs: the scans that clients wait for: queued, joined, handed to workers, answered.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_JOBS_H
#define EPOST_SCANNER_JOBS_H

#include "scanner/supervisor.h"

/* A scan request came: answered at once, joined to another, or queued. */
void jobs_submit(struct supervisor *supervisor, struct connection *connection,
                 const struct wire_view *view);

/* Answers a connection that has no job (any more) with an error, and counts it as a scan. */
void jobs_refuse(struct supervisor *supervisor, struct connection *connection, enum reason reason,
                 const char *detail);

/* A connection that waits is going; a worker that nobody waits for is killed. */
void jobs_leave(struct supervisor *supervisor, struct connection *connection);

/* The time of a connection that waits is over: it leaves. Returns the reason for its reply:
 * REASON_PENDING when its scan goes on in the background, else REASON_TIMEOUT. */
enum reason jobs_overdue(struct supervisor *supervisor, struct connection *connection);

/* A running job has had MaxScanTime and does not end by itself: its worker is killed, and the
 * verdict is unscannable: max-scan-time. */
void jobs_limit(struct supervisor *supervisor, struct job *job);

/* Ends a running job that nobody waits for. */
void jobs_drop(struct supervisor *supervisor, struct job *job);

/* 1 when nobody can change the body, or only somebody who would not, and its SHA-256 was
 * verified: others with the same SHA-256 may have what becomes of it. Else 0. */
int jobs_is_steady(const struct supervisor *supervisor, const struct job *job);

/* 1 when the worker has replied to that client and is about to say so, else 0. */
int jobs_is_replied(const struct supervisor *supervisor, const struct connection *connection);

/* Gives waiting jobs to idle workers. */
void jobs_dispatch(struct supervisor *supervisor);

/* Messages of the worker of a running job. */
void jobs_hashed(struct supervisor *supervisor, struct slot *slot, const uint8_t *sha256);
void jobs_done(struct supervisor *supervisor, struct slot *slot, struct wire_reply *reply,
               int is_stable);

/* The worker died over it. */
void jobs_crashed(struct supervisor *supervisor, struct job *job, int is_verified,
                  uint32_t depends);

/* The worker did not get to it: again from the queue. */
void jobs_again(struct supervisor *supervisor, struct job *job);

/* Answers all that wait in the queue, or for a running job. */
void jobs_fail_queue(struct supervisor *supervisor, enum reason reason, const char *detail);
void jobs_fail(struct supervisor *supervisor, struct job *job, enum reason reason,
               const char *detail);

#endif
