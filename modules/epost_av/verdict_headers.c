/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/verdict_headers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define MARKS_MAX 4096 /* bytes of one header */

/* Adds "name: value" with the value made safe for a header line. */
static void verdict_headers_add(struct transaction *t, const char *name, const char *value,
                                int no_semicolon, const char *end)
{
    struct buf line;

    buf_init(&line, MARKS_MAX);
    buf_addf(&line, "%s", name);
    text_header(&line, value, strlen(value), no_semicolon);
    buf_adds(&line, end);
    if (!line.failed)
        ci_icap_add_xheader(t->request, buf_text(&line));
    buf_free(&line);
}

static const char *verdict_headers_file_name(const struct transaction *t)
{
    if (t->reply.part[0])
        return t->reply.part;
    return t->headers.shown_name[0] ? t->headers.shown_name : "-";
}

/* The count, then name, threat, problem and what was done, each on a folded line:
 * folding is the format. */
static void verdict_headers_add_violations(struct transaction *t, const char *threat)
{
    struct buf line;

    buf_init(&line, MARKS_MAX);
    buf_adds(&line, "X-Violations-Found: 1\r\n\t");
    text_header(&line, verdict_headers_file_name(t), strlen(verdict_headers_file_name(t)), 0);
    buf_adds(&line, "\r\n\t");
    text_header(&line, threat, strlen(threat), 1);
    buf_adds(&line, "\r\n\t0\r\n\t2");
    if (!line.failed)
        ci_icap_add_xheader(t->request, buf_text(&line));
    buf_free(&line);
}

/* Nextcloud's words for what could not be scanned. */
static const char *verdict_headers_error_code(enum reason reason)
{
    switch (reason) {
    case REASON_ENCRYPTED:
        return "password_protected";
    case REASON_LIMIT_RECURSION:
    case REASON_LIMIT_ENCODINGS:
        return "max_archive_layers_exceeded";
    case REASON_ENCODING:
    case REASON_CONTAINER:
    case REASON_MALFORMED:
        return "decode_error";
    default:
        return NULL;
    }
}

static void verdict_headers_mark_blocked(struct transaction *t)
{
    const char *threat = t->reply.threat;
    int infected = t->reply.verdict == VERDICT_INFECTED;
    char name[64];

    if (!infected || !*threat) {
        snprintf(name, sizeof name, "%s.%s", infected ? "Infected" : "Not-Scanned",
                 reason_name(t->reply.reason));
        threat = name;
    }
    verdict_headers_add(t,
                        infected ? "X-Infection-Found: Type=0; Resolution=2; Threat="
                                 : "X-Infection-Found: Type=2; Resolution=2; Threat=",
                        threat, 1, ";");
    if (infected)
        verdict_headers_add(t, "X-Virus-ID: ", threat, 1, "");
    verdict_headers_add_violations(t, threat);
    ci_icap_add_xheader(t->request, "X-Response-Info: Blocked");
}

void verdict_headers_icap(struct transaction *t)
{
    if (t->phase == TRANSACTION_OPEN) {
        ci_icap_add_xheader(t->request, "X-Epost-AV-Verdict: pending");
        return;
    }
    if (t->action == POLICY_BLOCK)
        verdict_headers_mark_blocked(t);
    else if (t->action == POLICY_FAIL)
        verdict_headers_add(t, "X-Response-Info: ", reason_text(t->reply.reason), 0, "");
    verdict_headers_add(t, "X-Epost-AV-Verdict: ", verdict_name(t->reply.verdict), 0, "");
    if (t->rule[0])
        verdict_headers_add(t, "X-Epost-AV-Rule: ", t->rule, 0, "");
    if (t->reply.verdict == VERDICT_CLEAN || t->reply.verdict == VERDICT_NO_BODY)
        return;
    verdict_headers_add(t, "X-Epost-AV-Reason: ", reason_name(t->reply.reason), 0, "");
    if (t->reply.verdict == VERDICT_UNSCANNABLE && t->reply.threat[0])
        verdict_headers_add(t, "X-Epost-AV-Threat: ", t->reply.threat, 0,
                            ""); /* suspected or allowed */
    if (t->reply.part[0])
        verdict_headers_add(t, "X-Epost-AV-Part: ", t->reply.part, 0, "");
    verdict_headers_add(t, "X-Epost-AV-Id: ", t->id, 0, "");
    if (t->action == POLICY_FAIL && verdict_headers_error_code(t->reply.reason))
        verdict_headers_add(t, "X-Error-Code: ", verdict_headers_error_code(t->reply.reason), 0,
                            "");
}

void verdict_headers_http(struct transaction *t)
{
    char line[96];

    if (ci_req_type(t->request) != ICAP_RESPMOD || t->reply.verdict == VERDICT_CLEAN ||
        t->reply.verdict == VERDICT_NO_BODY)
        return;
    snprintf(line, sizeof line, "X-Epost-AV-Verdict: %s", verdict_name(t->reply.verdict));
    ci_http_response_add_header(t->request, line);
    snprintf(line, sizeof line, "X-Epost-AV-Reason: %s", reason_name(t->reply.reason));
    ci_http_response_add_header(t->request, line);
}

/* ------------------------------------------------------------------ block page */

static int verdict_headers_render(struct transaction *t, const char **language_r,
                                  const char **policy_r)
{
    char when[64];
    time_t now = time(NULL);
    struct tm local;
    struct page_values values = {
        .value =
            {
                [PAGE_THREAT] = t->reply.verdict == VERDICT_INFECTED ? t->reply.threat : "",
                [PAGE_PART] = t->reply.part,
                [PAGE_URL] = t->headers.shown_url,
                [PAGE_ID] = t->id,
                [PAGE_TIME] = when,
                [PAGE_CONTACT] = state_settings.contact,
                [PAGE_CLIENT] = t->headers.client,
                [PAGE_USER] = t->headers.user,
                [PAGE_SERVER] = t->request->req_server,
            },
    };

    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S %z", localtime_r(&now, &local));
    return page_render(state_pages(), t->headers.language, t->reply.verdict, t->reply.reason,
                       &values, &t->page, language_r, policy_r);
}

int verdict_headers_page(struct transaction *t)
{
    const char *language, *policy;
    char line[PAGE_CSP_MAX + 64];

    if (verdict_headers_render(t, &language, &policy) < 0 ||
        !ci_http_response_create(t->request, 1, 1))
        return -1;
    ci_http_response_add_header(t->request, "HTTP/1.1 403 Forbidden");
    ci_http_response_add_header(t->request, "Server: epost-av");
    ci_http_response_add_header(t->request, "Content-Type: text/html; charset=utf-8");
    snprintf(line, sizeof line, "Content-Language: %s", language);
    ci_http_response_add_header(t->request, line);
    snprintf(line, sizeof line, "Content-Length: %zu", t->page.length);
    ci_http_response_add_header(t->request, line);
    snprintf(line, sizeof line, "Content-Security-Policy: %s", policy);
    ci_http_response_add_header(t->request, line);
    ci_http_response_add_header(t->request, "Cache-Control: no-store");
    ci_http_response_add_header(t->request, "X-Content-Type-Options: nosniff");
    ci_http_response_add_header(t->request, "Referrer-Policy: no-referrer");
    ci_http_response_add_header(t->request, "Connection: close");
    return 0;
}
