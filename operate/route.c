/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/route.h"

#include <stdio.h>
#include <string.h>

#include "operate/answers.h"
#include "operate/html.h"
#include "operate/words.h"

#define ROUTE_PLAIN "text/plain; charset=utf-8"
#define ROUTE_HTML  "text/html; charset=utf-8"

static void route_style(struct monitor *monitor, const struct request *request,
                        struct route_answer *answer)
{
    (void)monitor, (void)request;
    answer->type = "text/css; charset=utf-8";
    answer->may_be_kept = true;
    buf_adds(&answer->body, html_style);
}

static void route_icon(struct monitor *monitor, const struct request *request,
                       struct route_answer *answer)
{
    (void)monitor, (void)request;
    answer->type = "image/svg+xml";
    answer->may_be_kept = true;
    buf_adds(&answer->body, html_icon);
}

static const struct {
    const char *path;
    answers_function *answer;
    bool is_open; /* tells of nobody: needs no token */
} route_table[] = {
    {"/metrics", health_metrics, true},    {"/healthz", health_healthz, true},
    {"/readyz", health_readyz, true},      {"/style.css", route_style, true},
    {"/icon.svg", route_icon, true},       {"/", statuspage_answer, false},
    {"/events", eventspage_list, false},   {"/event", eventspage_one, false},
    {"/api/v1/status", api_status, false}, {"/api/v1/events", api_events, false},
    {"/api/v1/event", api_event, false},
};

/* A short answer in words. */
static void route_refuse(const struct request *request, struct route_answer *answer,
                         unsigned status, const char *key)
{
    buf_reset(&answer->body);
    answer->status = status;
    answer->type = ROUTE_PLAIN;
    answer->may_be_kept = false;
    buf_addf(&answer->body, "%s\n", words(request->language, key));
}

static void route_language(const struct monitor *monitor, struct request *request)
{
    const char *asked = request_value(request, "lang");

    request->language = strcmp(asked, "ja") == 0 ? "ja"
                        : strcmp(asked, "en") == 0
                            ? "en"
                            : words_language(request->accept_language, monitor->conf->language);
}

void route_answer(struct monitor *monitor, const struct access *access, struct request *request,
                  struct route_answer *answer)
{
    size_t i = 0, count = sizeof route_table / sizeof route_table[0];

    memset(answer, 0, sizeof *answer);
    buf_init(&answer->body, ROUTE_BODY_MAX);
    route_language(monitor, request);
    if (!request->is_local && !access_host(access, request->host)) {
        route_refuse(request, answer, 421, "bad-host");
        return;
    }
    if (strcmp(request->method, "GET") != 0) {
        route_refuse(request, answer, 405, "only-get");
        return;
    }
    while (i < count && strcmp(route_table[i].path, request->path) != 0)
        i++;
    /* Without the token nobody learns which paths there are. */
    bool is_open = i < count && route_table[i].is_open;
    if (!is_open && !request->is_local && !access_token(access, request->authorization)) {
        route_refuse(request, answer, 401, "need-token");
        return;
    }
    if (i == count) {
        route_refuse(request, answer, 404, "no-page");
        return;
    }
    answer->status = 200;
    answer->type = ROUTE_HTML;
    route_table[i].answer(monitor, request, answer);
    if (answer->body.failed)
        route_refuse(request, answer, 500, "failed");
}
