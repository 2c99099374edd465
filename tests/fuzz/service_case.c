/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/service_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/host.h"

#define TEXT_MAX 2048

static const char exceptions[] = "skip host .skip.test\nblock host .block.test\n"
                                 "skip type image/png\nallow threat Allowed.*\n"
                                 "skip client 192.0.2.0/24\nskip user alice\nblock url *evil*\n";

/* Takes the input apart piece by piece; when it is used up everything is zero. */
struct cursor {
    const uint8_t *data;
    size_t left;
};

static unsigned byte(struct cursor *c)
{
    if (!c->left)
        return 0;
    c->left--;
    return *c->data++;
}

/* A C string of what comes, up to a NUL. */
static void text(struct cursor *c, char *out, size_t size)
{
    size_t length = 0;

    for (unsigned b; c->left && (b = byte(c)) != 0;)
        if (length + 1 < size)
            out[length++] = (char)b;
    out[length] = '\0';
}

void service_case_start(void)
{
    char path[] = "/tmp/epost-case-XXXXXX", settings[512];
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, exceptions, sizeof exceptions - 1) != (ssize_t)sizeof exceptions - 1)
        abort();
    close(fd);
    snprintf(settings, sizeof settings,
             "MaxBodySize 100K\nMemoryBody 64K\nSpool /tmp\nReadyWait 0\nRangePolicy strip-risky\n"
             "TrickleAfter 0\nExceptions %s\n",
             path);
    host_start(settings);
    unlink(path);
}

/* Headers are lines: nothing in them may begin another (folding aside). */
static void check_headers(const char *headers)
{
    static const char *const ours[] = {"X-Infection-Found", "X-Virus-ID",   "X-Epost-AV-",
                                       "X-Response-Info",   "X-Error-Code", "Content-Language"};

    for (const char *line = headers; *line; line = strstr(line, "\n\n") + 2) {
        size_t length = (size_t)(strstr(line, "\n\n") - line);
        for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
            if (strncmp(line, ours[i], strlen(ours[i])) == 0)
                for (size_t at = 0; at < length; at++)
                    if ((unsigned char)line[at] < 0x20 || (unsigned char)line[at] > 0x7e)
                        abort();
    }
}

/* 1 if a header begins so. */
static int has(const struct host_result *r, const char *begin)
{
    for (const char *line = buf_text(&r->headers); *line; line = strstr(line, "\n\n") + 2)
        if (strncmp(line, begin, strlen(begin)) == 0)
            return 1;
    return 0;
}

/* The counters say the same as the client was told. */
static void check_counters(const struct host_result *r)
{
    const unsigned all = r->passes + r->blocks + r->fails;

    switch (r->outcome) {
    case HOST_204:
        if (r->passes != 1 || all != 1)
            abort();
        break;
    case HOST_ANSWER:
        if ((r->blocked ? r->blocks : r->passes) != 1 || all != 1)
            abort();
        break;
    case HOST_FAILED:
        if (r->fails != 1 || all != 1)
            abort();
        break;
    default: /* left or broken off: the original did not go out whole */
        if (all > 1)
            abort();
    }
    if (r->unscanned > r->passes)
        abort();
}

/* A body that passes without being clean is marked; a blocked answer holds nothing of the original.
 */
static void check(const struct host_input *in, const struct host_result *r)
{
    int echoed = r->outcome == HOST_204 || (r->outcome == HOST_ANSWER && !r->blocked);
    int marked = has(r, "X-Epost-AV-Reason: ");

    check_headers(buf_text(&r->headers));
    if (r->blocked)
        check_headers(buf_text(&r->http));
    if (!echoed) {
        if (r->outcome == HOST_FAILED && (r->body.length || has(r, "X-Virus-ID")))
            abort();
        if (r->outcome == HOST_ANSWER && r->blocked &&
            (!has(r, "X-Infection-Found: Type=") || !r->body.length))
            abort();
        return;
    }
    if (has(r, "X-Virus-ID") || has(r, "X-Infection-Found"))
        abort();
    if (in->body && !marked && (!r->scanned || in->reason != REASON_NONE))
        abort(); /* called clean without having been scanned */
    if (r->outcome == HOST_ANSWER && in->body &&
        (r->body.length != in->length ||
         memcmp(r->body.data ? r->body.data : "", in->body, in->length) != 0))
        abort(); /* not the original */
}

int service_case_run(const uint8_t *data, size_t size)
{
    static const enum reason reasons[] = {REASON_NONE,      REASON_NONE,     REASON_SIGNATURE,
                                          REASON_ENCRYPTED, REASON_TIMEOUT,  REASON_LIMIT_RATIO,
                                          REASON_BUSY,      REASON_UNKNOWN,  REASON_CRASHED,
                                          REASON_CONTAINER, REASON_INTERNAL, REASON_LIMIT_TIME};
    struct cursor c = {data, size};
    char args[256], icap[TEXT_MAX], request[TEXT_MAX], response[TEXT_MAX], threat[256];
    struct host_result result;
    struct host_input in = {
        .args = args, .icap = icap, .request = request, .response = response, .threat = threat};
    unsigned flags = byte(&c);

    in.respmod = flags & 1;
    in.allow204 = (flags & 2) != 0;
    in.preview = flags & 4 ? (int)(byte(&c) << 4) : -1;
    in.reason = reasons[byte(&c) % (sizeof reasons / sizeof reasons[0])];
    in.waits = byte(&c) % 4;
    in.away = flags & 8 ? byte(&c) % 3 : 0;
    in.leave = flags & 16 ? byte(&c) : 0;
    in.chunk = 1 + (byte(&c) << 4);
    in.space = 1 + (byte(&c) << 3);
    unsigned times = flags & 32 ? 1 + byte(&c) * 8 : 1;
    text(&c, args, sizeof args);
    text(&c, icap, sizeof icap);
    text(&c, request, sizeof request);
    text(&c, response, sizeof response);
    text(&c, threat, sizeof threat);
    if (!*request)
        in.request = NULL;
    if (!*response)
        in.response = NULL;
    uint8_t *body = NULL;
    if (!(flags & 64)) {
        in.length = c.left * times < 300000 ? c.left * times : c.left;
        body = malloc(in.length + 1);
        for (size_t i = 0; i < in.length; i++)
            body[i] = c.data[i % c.left];
        in.body = body;
    }
    host_run(&in, &result);
    if (result.outcome != HOST_REFUSED) {
        check(&in, &result);
        check_counters(&result);
    }
    host_free(&result);
    free(body);
    return result.scanned;
}
