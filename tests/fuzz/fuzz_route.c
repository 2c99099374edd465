/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_route: a request to the monitor's HTTP, as lines: method, path, Host,
 * Authorization, Accept, Accept-Language, "local" or not, then NAME=VALUE of the
 * query. Nothing that needs the token is told without it, and no answer is
 * without status and type.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operate/answers.h"

#define FUZZ_LINES 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct monitor monitor;
static struct conf conf;
static struct access doors;
static char directory[] = "/tmp/epost-fuzz-XXXXXX";

/* A database with one event, made once. */
static int fuzz_prepare(void)
{
    static char database[64];
    struct store_options options = {.path = database, .keep_ms = 1u << 30, .keep_bytes = 1u << 24};
    bool is_aside;
    struct err err;

    if (monitor.conf)
        return 0;
    if (!mkdtemp(directory))
        return -1;
    snprintf(database, sizeof database, "%s/events.db", directory);
    memset(&conf, 0, sizeof conf);
    conf.database = database;
    static char none[] = "", node[] = "fuzz", language[] = "en";
    conf.board = conf.socket = none;
    conf.node = node;
    conf.language = language;
    monitor.conf = &conf;
    monitor.metrics = metrics_new();
    monitor.backlog = backlog_new(1 << 20);
    monitor.store = store_open(&options, &is_aside, &err);
    if (access_load(&doors, "", "127.0.0.1:9344", "", &err) < 0)
        return -1;
    snprintf(doors.token, sizeof doors.token, "a-token-of-the-fuzzer-0123");
    return monitor.metrics && monitor.backlog && monitor.store ? 0 : -1;
}

static void fuzz_ask(struct request *request)
{
    static const char *const open[] = {"/metrics", "/healthz", "/readyz", "/style.css",
                                       "/icon.svg"};
    struct route_answer answer;
    bool is_open = false;

    route_answer(&monitor, &doors, request, &answer);
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        is_open |= strcmp(open[i], request->path) == 0;
    if (answer.status < 200 || answer.status > 599 || !answer.type)
        abort();
    if (answer.status == 200 && !is_open && !request->is_local &&
        (!request->authorization || !access_token(&doors, request->authorization)))
        abort();
    buf_free(&answer.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    char *line[FUZZ_LINES] = {NULL};
    unsigned count = 0;
    char *text = malloc(size + 1), *at = text;

    if (!text || fuzz_prepare() < 0)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    memset(&request, 0, sizeof request);
    while (at) {
        char *next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        char *equals = strchr(at, '=');
        if (count < FUZZ_LINES) {
            line[count++] = at;
        } else if (equals) {
            *equals = '\0';
            request_add(&request, at, equals + 1);
        }
        at = next;
    }
    request.method = line[0] ? line[0] : "GET";
    request.path = line[1] ? line[1] : "/";
    request.host = line[2];
    request.authorization = line[3];
    request.accept = line[4];
    request.accept_language = line[5];
    request.is_local = line[6] && strcmp(line[6], "local") == 0;
    fuzz_ask(&request);
    free(text);
    return 0;
}
