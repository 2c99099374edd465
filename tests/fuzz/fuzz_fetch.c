/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mirror answers over HTTP: status lines, headers, redirects, bodies. A thread here is the
 * proxy of all requests, so that a redirect to any host leads to it as well.
 *
 * The input is a byte of flags, a byte for the ceiling, and the answers, one a connection: two
 * bytes of length, the answer.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/fuzz/place.h"
#include "updater/fetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void fuzz_fetch_start(void);

#define FETCH_FLAG_MEMORY 0x01u /* the body goes to memory and not into a file */
#define FETCH_FLAG_FIRST  0x02u /* its first bytes are enough */
#define FETCH_FLAG_RESUME 0x04u /* a part of the file is there */
#define FETCH_FLAG_TAG    0x08u /* with its validator; else the request is conditional */
#define FETCH_FLAG_SECURE 0x10u /* https: the proxy is asked for a tunnel */

#define FETCH_CEILING(byte) ((uint64_t)(byte)*17 + 2) /* never 0, nor 1: a half of it is there */
#define FETCH_NOW           1700000000
#define FETCH_RETRY_MAX     (366 * 86400)

static pthread_mutex_t fetch_lock = PTHREAD_MUTEX_INITIALIZER;
static const uint8_t *fetch_answers; /* of this input, under the lock */
static size_t fetch_left;
static int fetch_listener;
static uint16_t fetch_port;

/* Copies the next answer: the input is gone when a client that gave up is still being answered. */
static size_t fetch_take(uint8_t answer[UINT16_MAX])
{
    size_t length = 0;

    pthread_mutex_lock(&fetch_lock);
    if (fetch_left >= 2) {
        length = (size_t)fetch_answers[0] | (size_t)fetch_answers[1] << 8;
        if (length > fetch_left - 2)
            length = fetch_left - 2;
        memcpy(answer, fetch_answers + 2, length);
        fetch_answers += 2 + length;
        fetch_left -= 2 + length;
    }
    pthread_mutex_unlock(&fetch_lock);
    return length;
}

static void fetch_hear(int fd)
{
    char request[8192];
    size_t used = 0;
    ssize_t got;

    while (used < sizeof request &&
           (got = recv(fd, request + used, sizeof request - used, 0)) > 0) {
        used += (size_t)got;
        if (memmem(request, used, "\r\n\r\n", 4))
            break;
    }
}

static void *fetch_serve(void *unused)
{
    static uint8_t answer[UINT16_MAX];
    int fd;

    (void)unused;
    while ((fd = accept4(fetch_listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        fetch_hear(fd);
        const size_t length = fetch_take(answer);
        if (length)
            send(fd, answer, length, MSG_NOSIGNAL);
        close(fd);
    }
    return NULL;
}

void fuzz_fetch_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    pthread_t thread;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fetch_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fetch_listener < 0 ||
        bind(fetch_listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(fetch_listener, 16) < 0 ||
        getsockname(fetch_listener, (struct sockaddr *)&address, &length) < 0 ||
        pthread_create(&thread, NULL, fetch_serve, NULL) != 0)
        abort();
    fetch_port = ntohs(address.sin_port);
    pthread_detach(thread);
}

static void fetch_check_tag(const char *tag, size_t size)
{
    if (strnlen(tag, size) == size || strpbrk(tag, "\r\n\t"))
        abort();
}

static void fetch_check(const struct fetch_request *request, const struct fetch_reply *reply)
{
    struct stat st;

    fetch_check_tag(reply->etag, sizeof reply->etag);
    fetch_check_tag(reply->modified, sizeof reply->modified);
    if (reply->retry_at &&
        (reply->retry_at <= FETCH_NOW || reply->retry_at > FETCH_NOW + FETCH_RETRY_MAX))
        abort();
    if (reply->length > request->ceiling)
        abort();
    if (request->memory && request->memory->length != reply->length)
        abort();
    if (!request->memory && (fstat(request->fd, &st) < 0 || (uint64_t)st.st_size != reply->length))
        abort();
    if (reply->end == FETCH_DONE && reply->status != 200 && reply->status != 206)
        abort();
    if (reply->end != FETCH_DONE && reply->end != FETCH_SAME && !reply->err.text[0])
        abort(); /* a failure without words */
    if (strpbrk(reply->err.text, "\r\n"))
        abort(); /* it goes into logs */
}

static void fetch_once(const struct settings *settings, unsigned flags, uint64_t ceiling)
{
    struct fetch_request request = {.url = flags & FETCH_FLAG_SECURE ? "https://a.example/main.cvd"
                                                                     : "http://a.example/main.cvd",
                                    .what = "main.cvd",
                                    .ceiling = ceiling,
                                    .fd = -1,
                                    .now = FETCH_NOW,
                                    .deadline_ms = clock_now_ms() + 3000};
    struct fetch_reply reply;
    struct buf memory;

    buf_init(&memory, ceiling);
    if (flags & FETCH_FLAG_MEMORY) {
        request.memory = &memory;
    } else {
        char content[8192] = "";
        request.offset = flags & FETCH_FLAG_RESUME ? ceiling / 2 : 0;
        request.fd = open(place_file("part", content, request.offset), O_RDWR | O_CLOEXEC);
        if (request.fd < 0)
            abort();
        if (flags & FETCH_FLAG_TAG)
            request.if_range = "\"1\"";
    }
    request.only_first = flags & FETCH_FLAG_FIRST && !request.offset;
    if (!request.offset && flags & FETCH_FLAG_TAG)
        request.etag = "\"1\"", request.modified = "Mon, 01 Jan 2024 00:00:00 GMT";
    if (fetch_get(settings, &request, &reply) != reply.end)
        abort();
    fetch_result(reply.end);
    fetch_check(&request, &reply);
    if (request.fd >= 0)
        close(request.fd);
    buf_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* No certificates: the real ones take long to read, and nobody here has a key. */
    static char proxy[] = "http://127.0.0.1", none[] = "/dev/null";
    struct settings settings = {.proxy = proxy,
                                .ca_file = none,
                                .connect_timeout = 2000,
                                .file_timeout = 2000,
                                .low_speed = 1,
                                .low_speed_time = 2000,
                                .proxy_parts = {.server = "http://127.0.0.1", .port = fetch_port}};

    if (size < 4)
        return 0;
    pthread_mutex_lock(&fetch_lock);
    fetch_answers = data + 2;
    fetch_left = size - 2;
    pthread_mutex_unlock(&fetch_lock);
    fetch_once(&settings, data[0], FETCH_CEILING(data[1]));
    pthread_mutex_lock(&fetch_lock);
    fetch_left = 0;
    pthread_mutex_unlock(&fetch_lock);
    return 0;
}
