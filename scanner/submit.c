/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/submit.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/peer.h"
#include "scanner/connections.h"
#include "scanner/engines.h"
#include "scanner/jobs.h"
#include "scanner/slots.h"

/* Who asks. c-icap says for whom; another user speaks for himself, whatever he says. */
static uint64_t submit_client(const struct connection *connection, const struct wire_view *view)
{
    size_t length = peer_is_own(connection->uid) ? view->request->client_length : 0;

    return queue_client(view->client, length, connection->uid);
}

static struct job *submit_new_job(struct supervisor *supervisor, struct connection *connection,
                                  const struct cache_key *key, uint64_t client)
{
    const struct wire_request *request = &connection->request;
    struct job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    TAILQ_INIT(&job->waiters);
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

/* 1 when the request was answered without a scan, or joined one. */
static int submit_answer_known(struct supervisor *supervisor, struct connection *connection,
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

/* Jobs that will be handed over at the end of this round do not wait. */
static int submit_is_full(const struct supervisor *supervisor)
{
    size_t most = (size_t)supervisor->settings.queue, soon = supervisor->queue.count;

    if (supervisor->waiting < most)
        return 0;
    size_t room = slots_room(supervisor);
    return supervisor->waiting - (soon < room ? soon : room) >= most;
}

void submit_request(struct supervisor *supervisor, struct connection *connection,
                    const struct wire_view *view)
{
    struct cache_key key;

    memcpy(key.sha256, connection->request.sha256, sizeof key.sha256);
    cache_claims(&key, view);
    deadline_set(&supervisor->deadlines, &connection->deadline,
                 connection->arrived_ns + view->request->deadline_ms * CLOCK_MS);
    if (supervisor->is_stopping)
        jobs_refuse(supervisor, connection, REASON_RETRY, "the scanner is stopping");
    else if (!engines_can_serve(supervisor))
        jobs_refuse(supervisor, connection, REASON_NO_ENGINE, "");
    else if (submit_is_full(supervisor))
        jobs_refuse(supervisor, connection, REASON_BUSY, "");
    else if (submit_answer_known(supervisor, connection, &key))
        return;
    else if (!submit_new_job(supervisor, connection, &key, submit_client(connection, view)))
        jobs_refuse(supervisor, connection, REASON_MEMORY, "");
}
