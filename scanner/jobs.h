/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobs: the scans that clients wait for: queued or running, and who waits for each. submit.h begins
 * them, dispatch.h hands them to workers, outcomes.h ends them.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_JOBS_H
#define EPOST_SCANNER_JOBS_H

#include "scanner/state.h"

/* The job under way for the same bytes and claims, or NULL. */
struct job *jobs_find_shared(struct supervisor *supervisor, const struct cache_key *key);

/* Others with the same key may join it from now on. */
void jobs_share(struct supervisor *supervisor, struct job *job);

/* A connection waits for the job, or does not any more. */
void jobs_join(struct supervisor *supervisor, struct job *job, struct connection *connection);
void jobs_part(struct supervisor *supervisor, struct connection *connection);

/* Nobody waits for it any more, and its worker has nothing to do with it. */
void jobs_free_job(struct supervisor *supervisor, struct job *job);

/* A connection that waits is going; a worker that nobody waits for is killed. */
void jobs_leave(struct supervisor *supervisor, struct connection *connection);

/* Ends a running job that nobody waits for. */
void jobs_drop(struct supervisor *supervisor, struct job *job);

/* 1 when nobody can change the body, or only somebody who would not, and its SHA-256 was
 * verified: others with the same SHA-256 may have what becomes of it. Else 0. */
int jobs_is_steady(const struct supervisor *supervisor, const struct job *job);

/* 1 when the worker has replied to that client and is about to say so, else 0. */
int jobs_is_replied(const struct supervisor *supervisor, const struct connection *connection);

/* The answer that is known without a scan: a verdict, or that it is pending. 1, or 0. */
int jobs_find_known(struct supervisor *supervisor, const struct cache_key *key,
                    struct wire_reply *reply);

/* Counts a reply as a scan. */
void jobs_count(struct supervisor *supervisor, const struct connection *connection,
                const struct wire_reply *reply);

/* Answers a connection that has no job (any more) with an error, and counts it as a scan. */
void jobs_refuse(struct supervisor *supervisor, struct connection *connection, enum reason reason,
                 const char *detail);

/* Answers all that wait in the queue, or for one job. */
void jobs_fail_queue(struct supervisor *supervisor, enum reason reason, const char *detail);
void jobs_fail(struct supervisor *supervisor, struct job *job, enum reason reason,
               const char *detail);

/* The worker did not get to it: again from the queue. */
void jobs_again(struct supervisor *supervisor, struct job *job);

#endif
