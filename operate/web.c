/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/value.h"
#include "operate/html.h"
#include "operate/listener.h"
#include "operate/route.h"

#define WEB_LOCAL   16     /* of the connections, over the Unix socket */
#define WEB_POOL    4      /* threads for TCP: a slow search holds up one */
#define WEB_MEMORY  24576u /* of a connection: headers, decoded arguments, the answer's head */
#define WEB_LOOK_MS 200

/* A connection and when it has to end. */
struct web_slot {
    int fd; /* -1 free */
    uint64_t until_ns;
};

struct web_place {
    struct web *web;
    bool is_local;
    int fd; /* the listener, until MHD has it */
    struct MHD_Daemon *daemon;
};

struct web {
    struct monitor *monitor;
    const struct access *access;
    struct web_place place[2]; /* TCP, Unix */
    char *socket;
    pthread_mutex_t mutex; /* of the slots */
    struct web_slot slot[WEB_CONNECTIONS + 8];
    pthread_t watcher;
    bool is_watching;
    atomic_bool is_ending;
};

/* -------------------------------------------------------------------- opening */

/* ADDRESS:PORT or [ADDRESS]:PORT, numbers only. */
static int web_address(const char *text, struct sockaddr_storage *address, socklen_t *length_r,
                       struct err *err)
{
    struct sockaddr_in *four = (struct sockaddr_in *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    const char *colon = strrchr(text, ':');
    char host[64];
    int64_t port = 0;

    memset(address, 0, sizeof *address);
    if (!colon || value_integer(colon + 1, 10, &port) < 0 || port < 1 || port > 65535)
        return err_set(err, "Listen %s: ADDRESS:PORT is expected", text);
    snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
    size_t end = strlen(host);
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        *length_r = sizeof *four;
        return 0;
    }
    if (host[0] == '[' && end > 2 && host[end - 1] == ']') {
        host[end - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1) {
            six->sin6_family = AF_INET6;
            six->sin6_port = htons((uint16_t)port);
            *length_r = sizeof *six;
            return 0;
        }
    }
    return err_set(err, "Listen %s: an address in numbers is expected", text);
}

static int web_listen(const char *text, struct err *err)
{
    struct sockaddr_storage address;
    socklen_t length = 0;
    int on = 1;

    if (web_address(text, &address, &length, err) < 0)
        return -1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "cannot make a socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 128) == 0)
        return fd;
    err_sys(err, "cannot listen on %s", text);
    close(fd);
    return -1;
}

struct web *web_open(struct monitor *monitor, const struct access *access, gid_t group,
                     struct err *err)
{
    struct web *web = calloc(1, sizeof *web);

    if (!web) {
        err_set(err, "out of memory");
        return NULL;
    }
    web->monitor = monitor;
    web->access = access;
    pthread_mutex_init(&web->mutex, NULL);
    for (size_t i = 0; i < sizeof web->slot / sizeof web->slot[0]; i++)
        web->slot[i].fd = -1;
    for (int i = 0; i < 2; i++)
        web->place[i] = (struct web_place){.web = web, .is_local = i == 1, .fd = -1};
    if (*monitor->conf->listen) {
        web->place[0].fd = web_listen(monitor->conf->listen, err);
        if (web->place[0].fd < 0)
            goto fail;
    }
    if (*monitor->conf->socket) {
        web->place[1].fd = listener_open(monitor->conf->socket, SOCK_STREAM, group, err);
        if (web->place[1].fd < 0)
            goto fail;
        web->socket = strdup(monitor->conf->socket);
    }
    return web;
fail:
    web_close(&web);
    return NULL;
}

/* ------------------------------------------------------------------- deadlines */

/* Called by MHD when a connection begins, and before its descriptor is closed. */
static void web_connection(void *cls, struct MHD_Connection *connection, void **context,
                           enum MHD_ConnectionNotificationCode code)
{
    struct web *web = ((struct web_place *)cls)->web;

    pthread_mutex_lock(&web->mutex);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        struct web_slot *slot = *context;
        if (slot)
            slot->fd = -1;
        *context = NULL;
    } else {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        for (size_t i = 0; info && i < sizeof web->slot / sizeof web->slot[0]; i++) {
            if (web->slot[i].fd >= 0)
                continue;
            web->slot[i].fd = info->connect_fd;
            web->slot[i].until_ns = clock_now() + WEB_SECONDS * 1000000000ull;
            *context = &web->slot[i];
            break;
        }
    }
    pthread_mutex_unlock(&web->mutex);
}

/* MHD's own timeout begins anew with each byte; this one does not. */
static void *web_watch(void *data)
{
    struct web *web = data;
    struct timespec pause = {.tv_nsec = WEB_LOOK_MS * 1000000L};

    while (!atomic_load(&web->is_ending)) {
        nanosleep(&pause, NULL);
        uint64_t now = clock_now();
        pthread_mutex_lock(&web->mutex);
        for (size_t i = 0; i < sizeof web->slot / sizeof web->slot[0]; i++)
            if (web->slot[i].fd >= 0 && now > web->slot[i].until_ns)
                shutdown(web->slot[i].fd, SHUT_RDWR);
        pthread_mutex_unlock(&web->mutex);
    }
    return NULL;
}

/* -------------------------------------------------------------------- answering */

static void web_headers(struct MHD_Response *response, const struct route_answer *answer)
{
    static const char *const fixed[][2] = {
        {"Connection", "close"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Content-Security-Policy", HTML_POLICY},
    };

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        MHD_add_response_header(response, fixed[i][0], fixed[i][1]);
    MHD_add_response_header(response, "Content-Type", answer->type);
    MHD_add_response_header(response, "Cache-Control",
                            answer->may_be_kept ? "private, max-age=300" : "no-store");
    if (answer->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate",
                                "Basic realm=\"epost-av monitor\", charset=\"UTF-8\"");
    if (answer->status == 405)
        MHD_add_response_header(response, "Allow", "GET");
}

static enum MHD_Result web_send(struct MHD_Connection *connection, struct route_answer *answer)
{
    enum MHD_Result result = MHD_NO;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.length, (void *)(uintptr_t)buf_text(&answer->body), MHD_RESPMEM_MUST_COPY);

    if (response) {
        web_headers(response, answer);
        result = MHD_queue_response(connection, answer->status, response);
        MHD_destroy_response(response);
    }
    buf_free(&answer->body);
    return result;
}

static enum MHD_Result web_refuse(struct MHD_Connection *connection, unsigned status,
                                  const char *text)
{
    struct route_answer answer = {.status = status, .type = "text/plain; charset=utf-8"};

    buf_init(&answer.body, 256);
    buf_addf(&answer.body, "%s\n", text);
    return web_send(connection, &answer);
}

struct web_arguments {
    struct request *request;
    bool is_too_much;
};

static enum MHD_Result web_argument(void *cls, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct web_arguments *arguments = cls;

    (void)kind;
    arguments->is_too_much |= request_add(arguments->request, name, value ? value : "") < 0;
    return arguments->is_too_much ? MHD_NO : MHD_YES;
}

static const char *web_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result web_answer(struct web_place *place, struct MHD_Connection *connection,
                                  const char *path, const char *method)
{
    struct request *request = calloc(1, sizeof *request);
    struct web_arguments arguments = {.request = request};
    struct route_answer answer;

    if (!request)
        return MHD_NO;
    request->method = method;
    request->path = path;
    request->host = web_header(connection, "Host");
    request->authorization = web_header(connection, "Authorization");
    request->accept = web_header(connection, "Accept");
    request->accept_language = web_header(connection, "Accept-Language");
    request->is_local = place->is_local;
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, web_argument, &arguments);
    enum MHD_Result result;
    if (arguments.is_too_much) {
        result = web_refuse(connection, 400, "the query is too long");
    } else {
        route_answer(place->web->monitor, place->web->access, request, &answer);
        result = web_send(connection, &answer);
    }
    free(request);
    return result;
}

/* MHD calls it when the headers are there, and again for each piece of a body and its end. */
static enum MHD_Result web_request(void *cls, struct MHD_Connection *connection, const char *path,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_size, void **context)
{
    static int seen;
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    (void)version, (void)upload;
    if (!*context) {
        *context = &seen;
        if (size && size->header_size > WEB_HEADER_MAX)
            return web_refuse(connection, 431, "the headers are too long");
        if (strcmp(method, "GET") != 0 || web_header(connection, "Content-Length") ||
            web_header(connection, "Transfer-Encoding"))
            return web_answer(cls, connection, path, strcmp(method, "GET") == 0 ? "BODY" : method);
        return MHD_YES;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    return web_answer(cls, connection, path, method);
}

static void web_silence(void *cls, const char *format, va_list args)
{
    (void)cls, (void)format, (void)args;
}

static int web_start_place(struct web_place *place, struct err *err)
{
    unsigned limit = place->is_local ? WEB_LOCAL : WEB_CONNECTIONS - WEB_LOCAL;
    unsigned pool = place->is_local ? 2 : WEB_POOL;

    if (place->fd < 0)
        return 0;
    place->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        web_request, place, MHD_OPTION_EXTERNAL_LOGGER, web_silence, NULL, MHD_OPTION_LISTEN_SOCKET,
        place->fd, MHD_OPTION_THREAD_POOL_SIZE, pool, MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)WEB_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
        web_connection, place, MHD_OPTION_END);
    if (!place->daemon)
        return err_set(err, "libmicrohttpd does not start");
    place->fd = -1; /* MHD closes it */
    return 0;
}

int web_start(struct web *web, struct err *err)
{
    if (pthread_create(&web->watcher, NULL, web_watch, web) != 0)
        return err_set(err, "cannot start a thread");
    web->is_watching = true;
    for (int i = 0; i < 2; i++)
        if (web_start_place(&web->place[i], err) < 0)
            return -1;
    return 0;
}

void web_close(struct web **web)
{
    struct web *w = *web;

    if (!w)
        return;
    for (int i = 0; i < 2; i++) {
        if (w->place[i].daemon)
            MHD_stop_daemon(w->place[i].daemon);
        if (w->place[i].fd >= 0)
            close(w->place[i].fd);
    }
    atomic_store(&w->is_ending, true);
    if (w->is_watching)
        pthread_join(w->watcher, NULL);
    if (w->socket)
        unlink(w->socket);
    pthread_mutex_destroy(&w->mutex);
    free(w->socket);
    free(w);
    *web = NULL;
}
