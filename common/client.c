/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/message.h"
#include "common/text.h"

#define GRACE_NS 1000000000ull /* the scanner answers a timeout itself; wait for that answer */

/* A failure of the transport is an answer too. */
static int client_give_up(struct client *client, struct wire_reply *reply, enum reason reason)
{
    client_close(client);
    wire_reply_init(reply, reason);
    return -1;
}

static int client_connect_to(struct client *client, const char *socket_path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = 5};

    if (strlen(socket_path) >= sizeof address.sun_path)
        return err_set(err, "the socket's path is too long: %s", socket_path);
    text_fit(address.sun_path, sizeof address.sun_path, socket_path);
    client->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return err_sys(err, "cannot make a socket");
    /* Bounds a connect that waits for room in the listener's backlog, and the send. */
    setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0)
        return 0;
    if (errno == EACCES || errno == EPERM)
        return err_sys(err, "no access to the scanner's socket %s: run as a user of its group",
                       socket_path);
    if (errno == ENOENT || errno == ECONNREFUSED)
        return err_sys(err, "no scanner at %s: start c-icap with the epost_av service, or epostavs",
                       socket_path);
    return err_sys(err, "cannot reach the scanner at %s", socket_path);
}

int client_reaches(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || strlen(socket_path) >= sizeof address.sun_path) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    text_fit(address.sun_path, sizeof address.sun_path, socket_path);
    /* A full backlog means that somebody is there. */
    int reaches = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
    close(fd);
    return reaches;
}

static size_t client_text_length(const char *text, size_t ceiling)
{
    return text ? strnlen(text, ceiling + 1) : 0;
}

/* Appends a text behind the header. */
static char *client_put_text(char *at, const char *text, size_t length)
{
    if (length)
        memcpy(at, text, length);
    return at + length;
}

/* Header and texts into head; returns their length, or 0 if a text does not fit. */
static size_t client_build_head(struct wire_request *request, char *head,
                                const struct client_body *body, uint32_t deadline_ms)
{
    size_t name = client_text_length(body->name, WIRE_NAME_MAX);
    size_t type = client_text_length(body->type, WIRE_TYPE_MAX);
    size_t encoding = client_text_length(body->encoding, WIRE_ENCODING_MAX);
    size_t client = client_text_length(body->client, WIRE_CLIENT_MAX);

    if (name > WIRE_NAME_MAX || type > WIRE_TYPE_MAX || encoding > WIRE_ENCODING_MAX)
        return 0;
    if (client > WIRE_CLIENT_MAX)
        client = WIRE_CLIENT_MAX;
    wire_request_init(request, WIRE_SCAN);
    request->deadline_ms = deadline_ms < 1                      ? 1
                           : deadline_ms > WIRE_DEADLINE_MAX_MS ? WIRE_DEADLINE_MAX_MS
                                                                : deadline_ms;
    request->length = body->length;
    request->flags = body->flags & (WIRE_NO_CACHE | WIRE_UPLOAD | WIRE_ALL_THREATS);
    if (!body->inline_data)
        request->flags |= WIRE_BODY_FD;
    if (body->sha256) {
        request->flags |= WIRE_HAS_SHA256;
        memcpy(request->sha256, body->sha256, sizeof request->sha256);
    }
    request->name_length = (uint16_t)name;
    request->type_length = (uint16_t)type;
    request->encoding_length = (uint16_t)encoding;
    request->client_length = (uint16_t)client;
    memcpy(head, request, sizeof *request);
    char *at = head + sizeof *request;
    at = client_put_text(at, body->name, name);
    at = client_put_text(at, body->type, type);
    at = client_put_text(at, body->encoding, encoding);
    at = client_put_text(at, body->client, client);
    return (size_t)(at - head);
}

int client_start(struct client *client, const char *socket_path, const struct client_body *body,
                 uint32_t deadline_ms, struct wire_reply *reply, struct err *err)
{
    struct wire_request request;
    char head[sizeof request + WIRE_TEXTS_MAX];
    size_t head_length = client_build_head(&request, head, body, deadline_ms);

    client->fd = -1;
    client->deadline_ns = clock_now() + request.deadline_ms * 1000000ull;
    if (!head_length || (body->inline_data && body->length > WIRE_INLINE_MAX)) {
        err_set(err, "a text of the request or its inline body is too long for the scanner");
        return client_give_up(client, reply, REASON_PROTOCOL);
    }
    if (client_connect_to(client, socket_path, err) < 0)
        return client_give_up(client, reply, REASON_UNAVAILABLE);

    struct iovec pieces[2] = {
        {head, head_length},
        {(void *)(uintptr_t)body->inline_data, body->inline_data ? (size_t)body->length : 0},
    };
    if (message_send(client->fd, pieces, 2, body->inline_data ? -1 : body->fd, 0) < 0) {
        err_sys(err, "cannot send to the scanner at %s", socket_path);
        return client_give_up(client, reply, REASON_UNAVAILABLE);
    }
    return 0;
}

/* Waits for input until `until`. Returns 1 when there is some, else 0. */
static int client_wait_readable(int fd, uint64_t until)
{
    for (;;) {
        uint64_t now = clock_now();
        struct pollfd item = {.fd = fd, .events = POLLIN};
        uint64_t left = until > now ? (until - now + 999999) / 1000000 : 0;
        int ready = poll(&item, 1, left > 3600000 ? 3600000 : (int)left);
        if (ready > 0)
            return 1;
        if (ready < 0 && errno != EINTR)
            return 1; /* let recv say what is wrong */
        if (ready == 0 && clock_now() >= until)
            return 0;
    }
}

int client_wait(struct client *client, int wait_ms, struct wire_reply *reply, struct err *err)
{
    uint64_t last = client->deadline_ns + GRACE_NS;
    uint64_t until = wait_ms < 0 ? last : clock_now() + (uint64_t)wait_ms * 1000000u;

    if (client->fd < 0) {
        err_set(err, "no scan is under way");
        wire_reply_init(reply, REASON_UNAVAILABLE);
        return 1;
    }
    if (until > last)
        until = last;
    if (!client_wait_readable(client->fd, until)) {
        if (until < last)
            return 0;
        err_set(err, "the scanner did not answer within the deadline");
        client_give_up(client, reply, REASON_TIMEOUT);
        return 1;
    }
    ssize_t length;
    do
        length = recv(client->fd, reply, sizeof *reply, MSG_TRUNC);
    while (length < 0 && errno == EINTR);
    if (length <= 0) {
        err_set(err, "the scanner went away during the scan");
        client_give_up(client, reply, REASON_UNAVAILABLE);
        return 1;
    }
    client_close(client);
    if (wire_reply_check(reply, (size_t)length, err) < 0)
        reply->verdict = VERDICT_ERROR; /* as the check has left it */
    return 1;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

int client_control(const char *socket_path, enum wire_kind kind, const char *settings,
                   uint32_t deadline_ms, struct wire_reply *reply, struct err *err)
{
    struct client client = CLIENT_INIT;
    struct wire_request request;
    size_t length = settings ? strlen(settings) : 0;

    wire_request_init(&request, kind);
    request.deadline_ms = deadline_ms;
    request.length = length;
    client.deadline_ns = clock_now() + deadline_ms * 1000000ull;
    if (length > WIRE_SETTINGS_MAX) {
        wire_reply_init(reply, REASON_PROTOCOL);
        return err_set(err, "the settings are too long");
    }
    if (client_connect_to(&client, socket_path, err) < 0)
        return client_give_up(&client, reply, REASON_UNAVAILABLE);
    struct iovec pieces[2] = {{&request, sizeof request}, {(void *)(uintptr_t)settings, length}};
    if (message_send(client.fd, pieces, 2, -1, 0) < 0) {
        err_sys(err, "cannot send to the scanner at %s", socket_path);
        return client_give_up(&client, reply, REASON_UNAVAILABLE);
    }
    client_wait(&client, -1, reply, err);
    if (reply->verdict == VERDICT_CLEAN || reply->reason == REASON_NO_ENGINE)
        return 0;
    if (reply->detail[0])
        return err_set(err, "the scanner refused: %s", reply->detail);
    return -1;
}
