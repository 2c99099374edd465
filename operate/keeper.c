/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/eventwire.h"
#include "common/keepwire.h"
#include "common/message.h"
#include "common/text.h"
#include "operate/listener.h"

#define KEEPER_TICK_MS 60000 /* between two looks at the age of copies */
#define KEEPER_PEER_S  2     /* a peer may take to send its request */
#define KEEPER_MESSAGE (sizeof(struct keepwire_request) + EVENTWIRE_MAX)

struct keeper {
    struct monitor *monitor;
    gid_t senders;
    struct seal_key key;
    int listener, stop;
    const char *path;
    uint64_t prune_ms; /* when they are looked at next, by clock_now_ms */
};

struct keeper *keeper_open(struct monitor *monitor, gid_t senders, gid_t readers, struct err *err)
{
    const struct conf *conf = monitor->conf;
    const struct vault_limits limits = {.item = (uint64_t)conf->quarantine_item,
                                        .bytes = (uint64_t)conf->quarantine_size,
                                        .copies = (uint64_t)conf->quarantine_copies,
                                        .keep_ms = (uint64_t)conf->quarantine_time};
    struct keeper *keeper = NULL;

    err_set(err, "%s", "");
    if (!*conf->quarantine_key || !*conf->quarantine)
        return NULL;
    keeper = calloc(1, sizeof *keeper);
    if (!keeper) {
        err_set(err, "out of memory");
        return NULL;
    }
    keeper->monitor = monitor;
    keeper->senders = senders;
    keeper->listener = keeper->stop = -1;
    if (seal_key_load(&keeper->key, conf->quarantine_key, err) < 0)
        goto fail;
    if (keeper->key.kind == SEAL_AGE_SECRET) {
        err_set(err, "QuarantineKey: the secret key belongs to the persons who release; give the "
                     "public key (age1...) here");
        goto fail;
    }
    monitor->vault = vault_open(conf->quarantine_directory, readers, &limits, err);
    if (!monitor->vault)
        goto fail;
    keeper->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    keeper->listener = listener_open(conf->quarantine, SOCK_SEQPACKET, senders, err);
    if (keeper->listener < 0)
        goto fail;
    keeper->path = conf->quarantine;
    if (keeper->stop >= 0)
        return keeper;
    err_sys(err, "the quarantine cannot start");
fail:
    keeper_close(&keeper);
    return NULL;
}

/* A copy made room, or was too old. */
static void keeper_gone(void *data, const char *number, const struct event *event, const char *why)
{
    struct keeper *keeper = data;
    struct event deleted;
    static const enum event_field same[] = {EVENT_FIELD_ID,     EVENT_FIELD_CLIENT,
                                            EVENT_FIELD_USER,   EVENT_FIELD_SHA256,
                                            EVENT_FIELD_THREAT, EVENT_FIELD_NAME};

    event_init(&deleted, EVENT_KIND_DELETED, event_now());
    event_set_text(&deleted, EVENT_FIELD_KEPT, number);
    event_set_text(&deleted, EVENT_FIELD_DETAIL, why);
    for (size_t i = 0; event && i < sizeof same / sizeof same[0]; i++)
        deleted.values[same[i]] = event->values[same[i]];
    monitor_tell(keeper->monitor, &deleted);
}

/* ---------------------------------------------------------------------- a peer */

static int keeper_check(const char *message, ssize_t got, int fd, struct keepwire_request *request,
                        struct event *event, struct err *err)
{
    struct stat st;

    if (got < (ssize_t)sizeof *request)
        return err_set(err, "not a request");
    memcpy(request, message, sizeof *request);
    if (request->magic != KEEPWIRE_MAGIC || request->version != KEEPWIRE_VERSION)
        return err_set(err, "not a request of version %d", KEEPWIRE_VERSION);
    if (eventwire_decode(message + sizeof *request, (size_t)got - sizeof *request, event, NULL,
                         err) < 0)
        return -1;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_set(err, "a request without a file");
    if ((uint64_t)st.st_size < request->length)
        return err_set(err, "the body is shorter than its request says");
    return 0;
}

static int keeper_keep(struct keeper *keeper, const char *message, ssize_t got, int fd,
                       char number[VAULT_NUMBER], struct err *err)
{
    struct keepwire_request request;
    struct event event;
    char sum[65];

    if (keeper_check(message, got, fd, &request, &event, err) < 0)
        return -1;
    event_copy(&event, EVENT_FIELD_SHA256, sum, sizeof sum);
    struct vault_content content = {.event = message + sizeof request,
                                    .event_length = (size_t)got - sizeof request,
                                    .fd = fd,
                                    .length = request.length,
                                    .sha256 = *sum ? sum : NULL};
    return vault_put(keeper->monitor->vault, &keeper->key, &content, event_now(), keeper_gone,
                     keeper, number, err);
}

static void keeper_answer(struct keeper *keeper, int peer)
{
    struct keepwire_reply reply = {.magic = KEEPWIRE_MAGIC, .version = KEEPWIRE_VERSION};
    static char message[KEEPER_MESSAGE];
    char number[VAULT_NUMBER];
    struct err err = {""};
    bool is_cut;
    int fd;
    ssize_t got = message_receive(peer, message, sizeof message, &fd, &is_cut, 0);

    if (is_cut)
        got = -1;
    reply.is_kept = keeper_keep(keeper, message, got, fd, number, &err) == 0;
    metrics_add(keeper->monitor->metrics, reply.is_kept ? METRICS_KEPT : METRICS_UNKEPT, 1);
    text_copy(reply.text, sizeof reply.text, reply.is_kept ? number : err.text,
              strlen(reply.is_kept ? number : err.text));
    if (!reply.is_kept)
        fprintf(stderr, "epost-monitord: not kept in quarantine: %s\n", reply.text);
    /* Nobody learns its number: the event says "not kept" already. */
    if (send(peer, &reply, sizeof reply, MSG_NOSIGNAL) < 0 && reply.is_kept &&
        vault_remove(keeper->monitor->vault, number, &err) < 0)
        fprintf(stderr, "epost-monitord: not removed from quarantine: %s\n", err.text);
    if (fd >= 0)
        close(fd);
}

static void keeper_accept(struct keeper *keeper)
{
    struct timeval patience = {.tv_sec = KEEPER_PEER_S};
    int peer = accept4(keeper->listener, NULL, NULL, SOCK_CLOEXEC);

    if (peer < 0)
        return;
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (listener_is_welcome(peer, keeper->senders))
        keeper_answer(keeper, peer);
    else
        metrics_add(keeper->monitor->metrics, METRICS_STRANGERS, 1);
    close(peer);
}

void keeper_run(struct keeper *keeper)
{
    struct pollfd wait[2] = {{.fd = keeper->listener, .events = POLLIN},
                             {.fd = keeper->stop, .events = POLLIN}};
    struct err err;

    for (;;) {
        if (clock_now_ms() >= keeper->prune_ms) {
            if (vault_prune(keeper->monitor->vault, event_now(), keeper_gone, keeper, &err) < 0)
                fprintf(stderr, "epost-monitord: %s\n", err.text);
            keeper->prune_ms = clock_now_ms() + KEEPER_TICK_MS;
        }
        poll(wait, 2, KEEPER_TICK_MS);
        if (wait[1].revents)
            return;
        if (wait[0].revents)
            keeper_accept(keeper);
    }
}

void keeper_stop(struct keeper *keeper)
{
    uint64_t one = 1;
    ssize_t done = write(keeper->stop, &one, sizeof one);

    (void)done; /* it cannot be full */
}

void keeper_close(struct keeper **keeper)
{
    struct keeper *k = *keeper;

    if (!k)
        return;
    if (k->listener >= 0)
        close(k->listener);
    if (k->path)
        unlink(k->path);
    if (k->stop >= 0)
        close(k->stop);
    seal_key_forget(&k->key);
    free(k);
    *keeper = NULL;
}
