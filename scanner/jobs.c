/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/peer.h"
#include "scanner/background.h"
#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/connections.h"
#include "scanner/generations.h"
#include "scanner/log.h"
#include "scanner/supervisor.h"
#include "scanner/workers.h"

#define JOBS_GRACE_NS (3 * CLOCK_S) /* for a worker to end its scan itself at MaxScanTime */

#define TABLE 4096 /* buckets of jobs under way; more jobs only make the chains longer */

/* --------------------------------------------------- the table of shared jobs */

static struct job **jobs_bucket(struct supervisor *supervisor, const struct cache_key *key)
{
    size_t hash;

    if (!supervisor->jobs)
        supervisor->jobs = calloc(TABLE, sizeof(struct job *));
    memcpy(&hash, key->sha256, sizeof hash);
    return supervisor->jobs ? &supervisor->jobs[hash % TABLE] : NULL;
}

static struct job *jobs_find_shared(struct supervisor *supervisor, const struct cache_key *key)
{
    struct job **at = jobs_bucket(supervisor, key);
    struct job *job = at ? *at : NULL;

    while (job && memcmp(&job->key, key, sizeof *key) != 0)
        job = job->chain;
    return job;
}

static void jobs_share(struct supervisor *supervisor, struct job *job)
{
    struct job **at = jobs_bucket(supervisor, &job->key);

    if (!at)
        return;
    job->chain = *at;
    *at = job;
    job->is_shared = 1;
}

static void jobs_unshare_job(struct supervisor *supervisor, struct job *job)
{
    if (!job->is_shared)
        return;
    struct job **at = jobs_bucket(supervisor, &job->key);
    while (*at != job)
        at = &(*at)->chain;
    *at = job->chain;
    job->is_shared = 0;
}

/* ------------------------------------------------- connections of a job */

static void jobs_join(struct supervisor *supervisor, struct job *job, struct connection *connection)
{
    struct connection **at = &job->first;

    connection->previous = NULL;
    while (*at) {
        connection->previous = *at;
        at = &(*at)->next;
    }
    *at = connection;
    connection->next = NULL;
    connection->job = job;
    supervisor->waiting++;
}

static void jobs_part(struct supervisor *supervisor, struct connection *connection)
{
    struct job *job = connection->job;

    *(connection->previous ? &connection->previous->next : &job->first) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connection->next = connection->previous = NULL;
    connection->job = NULL;
    if (job->passed == connection)
        job->passed = NULL;
    else
        supervisor->waiting--;
}

static void jobs_free_job(struct supervisor *supervisor, struct job *job)
{
    jobs_unshare_job(supervisor, job);
    background_release(supervisor, job);
    queue_remove(&supervisor->queue, &job->queue);
    if (job->slot)
        job->slot->job = NULL;
    free(job);
}

void jobs_leave(struct supervisor *supervisor, struct connection *connection)
{
    struct job *job = connection->job;

    jobs_part(supervisor, connection);
    if (!job->first && !job->is_kept)
        jobs_drop(supervisor, job);
}

void jobs_drop(struct supervisor *supervisor, struct job *job)
{
    struct slot *slot = job->slot;

    jobs_free_job(supervisor, job);
    if (slot)
        workers_kill(supervisor, slot);
}

enum reason jobs_overdue(struct supervisor *supervisor, struct connection *connection)
{
    int kept = background_keep(supervisor, connection->job);

    jobs_leave(supervisor, connection);
    return kept ? REASON_PENDING : REASON_TIMEOUT;
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

/* ----------------------------------------------------------------- answering */

static void jobs_count(struct supervisor *supervisor, const struct connection *connection,
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
    connections_fail(supervisor, connection, reason, detail);
}

void jobs_fail(struct supervisor *supervisor, struct job *job, enum reason reason,
               const char *detail)
{
    while (job->first) {
        struct connection *connection = job->first;
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

/* ---------------------------------------------------------------- submitting */

/* Who asks. c-icap says for whom; another user speaks for himself, whatever he says. */
static uint64_t jobs_client(const struct connection *connection, const struct wire_view *view)
{
    size_t length = peer_is_own(connection->uid) ? view->request->client_length : 0;

    return queue_client(view->client, length, connection->uid);
}

static struct job *jobs_new_job(struct supervisor *supervisor, struct connection *connection,
                                const struct cache_key *key, uint64_t client)
{
    const struct wire_request *request = &connection->request;
    struct job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    job->id = ++supervisor->last_job;
    job->arrived_ns = connection->arrived_ns;
    job->length = request->length;
    job->key = *key;
    job->has_sha256 = (request->flags & WIRE_HAS_SHA256) != 0;
    if (job->has_sha256 && !(request->flags & WIRE_NO_CACHE))
        jobs_share(supervisor, job);
    jobs_join(supervisor, job, connection);
    job->queue.client = client;
    queue_add(&supervisor->queue, &job->queue, job->arrived_ns, job->length);
    return job;
}

/* The verdict of bytes whose scan goes on in the background: nobody waits for that. */
static void jobs_pending_reply(const struct supervisor *supervisor, struct wire_reply *reply)
{
    wire_reply_init(reply, REASON_PENDING);
    reply->flags |= WIRE_CACHED;
    reply->generation = supervisor->about.number;
    memcpy(reply->set_id, supervisor->about.set_id, sizeof reply->set_id);
}

/* The answer that is known without a scan: a verdict, or that it is pending. 1, or 0. */
static int jobs_find_known(struct supervisor *supervisor, const struct cache_key *key,
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

/* 1 when the request was answered without a scan, or joined one. */
static int jobs_answer_known(struct supervisor *supervisor, struct connection *connection,
                             const struct cache_key *key)
{
    struct wire_reply reply;
    struct job *job;

    if (!(connection->request.flags & WIRE_HAS_SHA256))
        return 0;
    if (crashlist_has(supervisor->crashlist, key)) {
        jobs_refuse(supervisor, connection, REASON_CRASH_LISTED, "");
        return 1;
    }
    if (connection->request.flags & WIRE_NO_CACHE)
        return 0;
    if (jobs_find_known(supervisor, key, &reply)) {
        jobs_count(supervisor, connection, &reply);
        connections_answer(supervisor, connection, &reply);
        return 1;
    }
    job = jobs_find_shared(supervisor, key);
    if (job)
        jobs_join(supervisor, job, connection);
    return job != NULL;
}

void jobs_submit(struct supervisor *supervisor, struct connection *connection,
                 const struct wire_view *view)
{
    struct cache_key key;

    memcpy(key.sha256, connection->request.sha256, sizeof key.sha256);
    cache_claims(&key, view);
    deadline_set(&supervisor->deadlines, &connection->deadline,
                 connection->arrived_ns + view->request->deadline_ms * CLOCK_MS);
    if (supervisor->is_stopping)
        jobs_refuse(supervisor, connection, REASON_RETRY, "the scanner is stopping");
    else if (!generations_can_serve(supervisor))
        jobs_refuse(supervisor, connection, REASON_NO_ENGINE, "");
    else if (supervisor->waiting >= (size_t)supervisor->settings.queue)
        jobs_refuse(supervisor, connection, REASON_BUSY, "");
    else if (jobs_answer_known(supervisor, connection, &key))
        return;
    else if (!jobs_new_job(supervisor, connection, &key, jobs_client(connection, view)))
        jobs_refuse(supervisor, connection, REASON_MEMORY, "");
    else
        jobs_dispatch(supervisor);
}

/* ----------------------------------------------------------------- running */

static int jobs_hand_over(struct supervisor *supervisor, struct job *job, struct slot *slot)
{
    struct connection *connection = job->first;
    uint64_t waited = clock_now() - connection->arrived_ns;

    if (workers_start(supervisor, slot, job, connection->fd, (uint32_t)(waited / 1000)) < 0)
        return -1;
    job->limit_ns =
        clock_now() + (uint64_t)supervisor->settings.max_scan_time * CLOCK_MS + JOBS_GRACE_NS;
    job->passed = connection;
    job->is_trusted = (connection->request.flags & WIRE_BODY_FD) && peer_is_trusted(connection->fd);
    supervisor->waiting--;
    return 0;
}

void jobs_dispatch(struct supervisor *supervisor)
{
    int large_too;
    struct slot *slot;
    struct queue_item *item;

    while (supervisor->queue.count && (slot = workers_idle(supervisor, &large_too)) &&
           (item = queue_take(&supervisor->queue, large_too))) {
        struct job *job = (struct job *)(void *)item;
        if (jobs_hand_over(supervisor, job, slot) < 0)
            queue_add(&supervisor->queue, item, job->arrived_ns, job->length);
    }
}

void jobs_again(struct supervisor *supervisor, struct job *job)
{
    job->slot = NULL;
    background_release(supervisor, job);
    queue_add(&supervisor->queue, &job->queue, job->arrived_ns, job->length);
}

void jobs_hashed(struct supervisor *supervisor, struct slot *slot, const uint8_t *sha256)
{
    struct job *job = slot->job;
    struct channel_message answer;
    struct wire_reply reply;
    int go = 1;

    memcpy(job->key.sha256, sha256, sizeof job->key.sha256);
    job->has_sha256 = 1;
    int use_cache = job->passed && !(job->passed->request.flags & WIRE_NO_CACHE);
    if (crashlist_has(supervisor->crashlist, &job->key)) {
        wire_reply_init(&reply, REASON_CRASH_LISTED);
        reply.generation = supervisor->about.number;
        memcpy(reply.set_id, supervisor->about.set_id, sizeof reply.set_id);
        go = 0;
    } else if (use_cache && jobs_find_known(supervisor, &job->key, &reply)) {
        go = 0;
    }
    channel_init(&answer, go ? CHANNEL_GO : CHANNEL_STOP);
    channel_send(slot->channel, &answer, -1, 1);
    if (go) {
        if (use_cache && !jobs_find_shared(supervisor, &job->key))
            jobs_share(supervisor, job);
        return;
    }
    struct connection *connection = job->first;
    jobs_part(supervisor, connection);
    jobs_count(supervisor, connection, &reply);
    connections_answer(supervisor, connection, &reply);
    jobs_free_job(supervisor, job);
    workers_set_state(supervisor, slot, BOARD_WORKER_IDLE);
    jobs_dispatch(supervisor);
}

/* May others have this verdict, who sent the same SHA-256? */
static int jobs_may_share(const struct job *job, const struct wire_reply *reply, int is_stable)
{
    if (job->is_held_up && reply->reason == REASON_LIMIT_TIME)
        return 0;
    return job->is_shared && cache_is_definitive(reply) && (is_stable || job->is_trusted);
}

/* The verdict of a slot's job is there: for the cache, and for those that wait for the same bytes.
 */
static void jobs_conclude(struct supervisor *supervisor, struct slot *slot,
                          struct wire_reply *reply, int is_stable)
{
    struct job *job = slot->job;
    int shared = jobs_may_share(job, reply, is_stable);

    if (shared && supervisor->serving && supervisor->serving->load == slot->load)
        cache_add(supervisor->cache, &job->key, reply);
    if (job->is_kept)
        log_info("a scan in the background has ended: %s: %s", verdict_name(reply->verdict),
                 reason_name(reply->reason));
    slot->job = NULL;
    job->slot = NULL;
    reply->flags |= WIRE_CACHED;
    while (shared && job->first) {
        struct connection *connection = job->first;
        jobs_part(supervisor, connection);
        jobs_count(supervisor, connection, reply);
        connections_answer(supervisor, connection, reply);
    }
    if (job->first) /* their own bytes may fare better */
        jobs_again(supervisor, job);
    else
        jobs_free_job(supervisor, job);
}

void jobs_done(struct supervisor *supervisor, struct slot *slot, struct wire_reply *reply,
               int is_stable)
{
    struct connection *connection = slot->job->passed;

    if (connection) {
        jobs_part(supervisor, connection);
        jobs_count(supervisor, connection, reply);
        connections_close(supervisor, connection);
    }
    jobs_conclude(supervisor, slot, reply, is_stable);
}

void jobs_limit(struct supervisor *supervisor, struct job *job)
{
    struct slot *slot = job->slot;
    int verified = atomic_load(&supervisor->shared[slot - supervisor->slots].verified) == job->id;
    int steady = jobs_is_steady(supervisor, job);
    struct wire_reply reply;

    job->is_held_up = slot->was_stopped;
    /* One that has not even read its body was held up by something else than that. */
    wire_reply_init(&reply, verified ? REASON_LIMIT_TIME : REASON_TIMEOUT);
    reply.depends = atomic_load(&supervisor->shared[slot - supervisor->slots].depends);
    reply.generation = supervisor->about.number;
    memcpy(reply.set_id, supervisor->about.set_id, sizeof reply.set_id);
    log_warn("worker %d was still scanning %llu bytes after MaxScanTime: killed", (int)slot->pid,
             (unsigned long long)job->length);
    workers_kill(supervisor, slot);
    if (job->passed) {
        struct connection *connection = job->passed;
        jobs_part(supervisor, connection);
        jobs_count(supervisor, connection, &reply);
        connections_answer(supervisor, connection, &reply);
    }
    jobs_conclude(supervisor, slot, &reply, steady);
}

void jobs_crashed(struct supervisor *supervisor, struct job *job, int is_verified, uint32_t depends)
{
    boardwriter_count(supervisor->board, BOARD_CRASHES, 1);
    if (job->has_sha256 && is_verified)
        crashlist_add(supervisor->crashlist, &job->key, depends);
    jobs_fail(supervisor, job, REASON_CRASHED, "");
}
