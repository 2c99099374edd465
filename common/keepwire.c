/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/keepwire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/eventwire.h"
#include "common/message.h"
#include "common/text.h"

/* A connect that does not wait: a monitor that is stopped may have a full queue. */
static int keepwire_connect(const char *path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, "the path of the monitor's socket is too long");
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "no socket can be made");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    err_sys(err, "the monitor is not there");
    close(fd);
    return -1;
}

static int keepwire_send(int to, const struct event *event, int fd, uint64_t length,
                         struct err *err)
{
    struct keepwire_request request = {
        .magic = KEEPWIRE_MAGIC, .version = KEEPWIRE_VERSION, .length = length};
    struct buf message;
    int status = -1;

    buf_init(&message, EVENTWIRE_MAX);
    if (eventwire_encode(&message, event, 0) == 0) {
        struct iovec parts[2] = {{&request, sizeof request}, {message.data, message.length}};
        status = message_send(to, parts, 2, fd, 1);
        if (status < 0)
            err_sys(err, "the monitor takes nothing");
    } else {
        err_set(err, "the event is too large");
    }
    buf_free(&message);
    return status;
}

static int keepwire_receive(int from, uint64_t until_ns, struct keepwire_reply *reply,
                            struct err *err)
{
    struct pollfd wait = {.fd = from, .events = POLLIN};
    int ready;

    do {
        uint64_t now = clock_now();
        ready = poll(&wait, 1, now < until_ns ? (int)((until_ns - now) / CLOCK_MS) : 0);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return err_set(err, "the monitor did not answer in time");
    ssize_t got = recv(from, reply, sizeof *reply, MSG_DONTWAIT);
    if (got != sizeof *reply || reply->magic != KEEPWIRE_MAGIC ||
        reply->version != KEEPWIRE_VERSION || !memchr(reply->text, 0, sizeof reply->text))
        return err_set(err, got == 0 ? "the monitor refused" : "the monitor's answer is malformed");
    return 0;
}

int keepwire_ask(const char *socket_path, const struct event *event, int fd, uint64_t length,
                 uint32_t timeout_ms, char *text, size_t size)
{
    uint64_t until_ns = clock_now() + timeout_ms * CLOCK_MS;
    struct keepwire_reply reply = {.is_kept = 0};
    struct err err = {""};
    int to = keepwire_connect(socket_path, &err), status = -1;

    if (to >= 0 && keepwire_send(to, event, fd, length, &err) == 0 &&
        keepwire_receive(to, until_ns, &reply, &err) == 0) {
        status = reply.is_kept == 1 ? 0 : -1;
        snprintf(err.text, sizeof err.text, "%s", reply.text);
    }
    if (to >= 0)
        close(to);
    text_copy(text, size, err.text, strlen(err.text));
    return status;
}
