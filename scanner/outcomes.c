/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/outcomes.h"

#include <string.h>

#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/connections.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/slots.h"

void outcomes_hashed(struct supervisor *supervisor, struct slot *slot, const uint8_t *sha256)
{
    struct job *job = slot->job;
    struct channel_message answer;
    struct wire_reply reply;
    int go = 1;

    memcpy(job->key.sha256, sha256, sizeof job->key.sha256);
    job->has_sha256 = 1;
    int use_cache = job->passed && !(job->passed->request.flags & WIRE_NO_CACHE);
    if (crashlist_has(supervisor->crashlist, &job->key)) {
        connections_init_reply(supervisor, &reply, REASON_CRASH_LISTED);
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
    struct connection *connection = TAILQ_FIRST(&job->waiters);
    jobs_part(supervisor, connection);
    jobs_count(supervisor, connection, &reply);
    connections_answer(supervisor, connection, &reply);
    jobs_free_job(supervisor, job);
    slots_set_state(supervisor, slot, BOARD_WORKER_IDLE);
}

/* May others have this verdict, who sent the same SHA-256? */
static int outcomes_may_share(const struct job *job, const struct wire_reply *reply, int is_stable)
{
    if (job->is_held_up && reply->reason == REASON_LIMIT_TIME)
        return 0;
    return job->is_shared && cache_is_definitive(reply) && (is_stable || job->is_trusted);
}

/* The verdict of a slot's job is there: for the cache, and for those that wait for the same bytes.
 */
static void outcomes_conclude(struct supervisor *supervisor, struct slot *slot,
                              struct wire_reply *reply, int is_stable)
{
    struct job *job = slot->job;
    int shared = outcomes_may_share(job, reply, is_stable);
    struct connection *connection;

    if (shared && supervisor->serving && supervisor->serving->load == slot->load)
        cache_add(supervisor->cache, &job->key, reply);
    if (job->is_kept)
        log_info("a scan in the background has ended: %s: %s", verdict_name(reply->verdict),
                 reason_name(reply->reason));
    slot->job = NULL;
    job->slot = NULL;
    reply->flags |= WIRE_CACHED;
    while (shared && (connection = TAILQ_FIRST(&job->waiters))) {
        jobs_part(supervisor, connection);
        jobs_count(supervisor, connection, reply);
        connections_answer(supervisor, connection, reply);
    }
    if (!TAILQ_EMPTY(&job->waiters)) /* their own bytes may fare better */
        jobs_again(supervisor, job);
    else
        jobs_free_job(supervisor, job);
}

void outcomes_done(struct supervisor *supervisor, struct slot *slot, struct wire_reply *reply,
                   int is_stable)
{
    struct connection *connection = slot->job->passed;

    if (connection) {
        jobs_part(supervisor, connection);
        jobs_count(supervisor, connection, reply);
        connections_close(supervisor, connection);
    }
    outcomes_conclude(supervisor, slot, reply, is_stable);
}

void outcomes_limit(struct supervisor *supervisor, struct job *job)
{
    struct slot *slot = job->slot;
    int verified = atomic_load(&supervisor->shared[slot - supervisor->slots].verified) == job->id;
    int steady = jobs_is_steady(supervisor, job);
    struct wire_reply reply;

    job->is_held_up = slot->was_stopped;
    /* One that has not even read its body was held up by something else than that. */
    connections_init_reply(supervisor, &reply, verified ? REASON_LIMIT_TIME : REASON_TIMEOUT);
    reply.depends = atomic_load(&supervisor->shared[slot - supervisor->slots].depends);
    log_warn("worker %d was still scanning %llu bytes after MaxScanTime: killed", (int)slot->pid,
             (unsigned long long)job->length);
    slots_kill(supervisor, slot);
    if (job->passed) {
        struct connection *connection = job->passed;
        jobs_part(supervisor, connection);
        jobs_count(supervisor, connection, &reply);
        connections_answer(supervisor, connection, &reply);
    }
    outcomes_conclude(supervisor, slot, &reply, steady);
}

void outcomes_crashed(struct supervisor *supervisor, struct job *job, int is_verified,
                      uint32_t depends)
{
    boardwriter_count(supervisor->board, BOARD_CRASHES, 1);
    if (job->has_sha256 && is_verified)
        crashlist_add(supervisor->crashlist, &job->key, depends);
    jobs_fail(supervisor, job, REASON_CRASHED, "");
}
