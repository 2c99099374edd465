/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/connections.h"
#include "scanner/log.h"
#include "scanner/slots.h"

#define JOBS_TABLE 4096 /* buckets of jobs under way; more jobs only make the chains longer */

/* ------------------------------------------------ the table of shared jobs */

static struct job_bucket *jobs_bucket(struct supervisor *supervisor, const struct cache_key *key)
{
    size_t hash;

    if (!supervisor->jobs)
        supervisor->jobs = calloc(JOBS_TABLE, sizeof *supervisor->jobs);
    memcpy(&hash, key->sha256, sizeof hash);
    return supervisor->jobs ? &supervisor->jobs[hash % JOBS_TABLE] : NULL;
}

struct job *jobs_find_shared(struct supervisor *supervisor, const struct cache_key *key)
{
    struct job_bucket *bucket = jobs_bucket(supervisor, key);
    struct job *job;

    if (!bucket)
        return NULL;
    LIST_FOREACH(job, bucket, shares)
        if (memcmp(&job->key, key, sizeof *key) == 0)
            break;
    return job;
}

void jobs_share(struct supervisor *supervisor, struct job *job)
{
    struct job_bucket *bucket = jobs_bucket(supervisor, &job->key);

    if (!bucket)
        return;
    LIST_INSERT_HEAD(bucket, job, shares);
    job->is_shared = 1;
}

static void jobs_unshare_job(struct job *job)
{
    if (job->is_shared)
        LIST_REMOVE(job, shares);
    job->is_shared = 0;
}

/* ---------------------------------------------------- connections of a job */

void jobs_join(struct supervisor *supervisor, struct job *job, struct connection *connection)
{
    TAILQ_INSERT_TAIL(&job->waiters, connection, waits);
    connection->job = job;
    supervisor->waiting++;
}

void jobs_part(struct supervisor *supervisor, struct connection *connection)
{
    struct job *job = connection->job;

    TAILQ_REMOVE(&job->waiters, connection, waits);
    connection->job = NULL;
    if (job->passed == connection)
        job->passed = NULL;
    else
        supervisor->waiting--;
}

/* It is no job in the background any more. Harmless on others. */
static void jobs_let_go(struct supervisor *supervisor, struct job *job)
{
    supervisor->kept -= job->is_kept != 0;
    job->is_kept = 0;
}

void jobs_free_job(struct supervisor *supervisor, struct job *job)
{
    jobs_unshare_job(job);
    jobs_let_go(supervisor, job);
    queue_remove(&supervisor->queue, &job->queue);
    if (job->slot)
        job->slot->job = NULL;
    free(job);
}

void jobs_leave(struct supervisor *supervisor, struct connection *connection)
{
    struct job *job = connection->job;

    jobs_part(supervisor, connection);
    if (TAILQ_EMPTY(&job->waiters) && !job->is_kept)
        jobs_drop(supervisor, job);
}

void jobs_drop(struct supervisor *supervisor, struct job *job)
{
    struct slot *slot = job->slot;

    jobs_free_job(supervisor, job);
    if (slot)
        slots_kill(supervisor, slot);
}

int jobs_is_steady(const struct supervisor *supervisor, const struct job *job)
{
    const struct worker_shared *shared =
        job->slot ? &supervisor->shared[job->slot - supervisor->slots] : NULL;

    return shared && atomic_load(&shared->verified) == job->id &&
           (job->is_trusted || atomic_load(&shared->stable) == job->id);
}

int jobs_is_replied(const struct supervisor *supervisor, const struct connection *connection)
{
    const struct job *job = connection->job;

    return job && job->passed == connection && job->slot &&
           atomic_load(&supervisor->shared[job->slot - supervisor->slots].replied) == job->id;
}

/* --------------------------------------------------------------- answering */

void jobs_count(struct supervisor *supervisor, const struct connection *connection,
                const struct wire_reply *reply)
{
    static const enum board_counter verdicts[VERDICT_COUNT] = {[VERDICT_ERROR] = BOARD_ERRORS,
                                                               [VERDICT_CLEAN] = BOARD_CLEAN,
                                                               [VERDICT_INFECTED] = BOARD_INFECTED,
                                                               [VERDICT_UNSCANNABLE] =
                                                                   BOARD_UNSCANNABLE};
    struct board *board = supervisor->board;

    boardwriter_count(board, BOARD_SCANS, 1);
    boardwriter_count(board, verdicts[reply->verdict], 1);
    if (reply->verdict != VERDICT_ERROR) /* else the length is only a claim */
        boardwriter_count(board, BOARD_BYTES, connection->request.length);
    if (reply->reason == REASON_PROTOCOL)
        boardwriter_count(board, BOARD_REFUSED, 1);
    if (reply->flags & WIRE_CACHED)
        boardwriter_count(board, BOARD_CACHE_HITS, 1);
    if (reply->reason == REASON_TIMEOUT ||
        (reply->reason == REASON_PENDING && !(reply->flags & WIRE_CACHED)))
        boardwriter_count(board, BOARD_TIMEOUTS, 1);
}

void jobs_refuse(struct supervisor *supervisor, struct connection *connection, enum reason reason,
                 const char *detail)
{
    struct wire_reply reply;

    wire_reply_init(&reply, reason);
    jobs_count(supervisor, connection, &reply);
    connections_reply(supervisor, connection, reason, detail);
}

void jobs_fail(struct supervisor *supervisor, struct job *job, enum reason reason,
               const char *detail)
{
    struct connection *connection;

    while ((connection = TAILQ_FIRST(&job->waiters))) {
        jobs_part(supervisor, connection);
        jobs_refuse(supervisor, connection, reason, detail);
    }
    jobs_free_job(supervisor, job);
}

void jobs_fail_queue(struct supervisor *supervisor, enum reason reason, const char *detail)
{
    struct queue_item *item;

    while ((item = queue_take(&supervisor->queue, 1)))
        jobs_fail(supervisor, (struct job *)(void *)item, reason, detail);
}

/* The verdict of bytes whose scan goes on in the background: nobody waits for that. */
static void jobs_pending_reply(const struct supervisor *supervisor, struct wire_reply *reply)
{
    connections_init_reply(supervisor, reply, REASON_PENDING);
    reply->flags |= WIRE_CACHED;
}

/* The answer that is known without a scan: a verdict, or that it is pending. 1, or 0. */
int jobs_find_known(struct supervisor *supervisor, const struct cache_key *key,
                    struct wire_reply *reply)
{
    const struct job *job;

    if (cache_find(supervisor->cache, key, reply)) {
        reply->generation = supervisor->about.number;
        return 1;
    }
    job = jobs_find_shared(supervisor, key);
    if (!job || !job->is_kept)
        return 0;
    jobs_pending_reply(supervisor, reply);
    return 1;
}

void jobs_again(struct supervisor *supervisor, struct job *job)
{
    job->slot = NULL;
    jobs_let_go(supervisor, job);
    queue_add(&supervisor->queue, &job->queue, job->arrived_ns, job->length);
}
