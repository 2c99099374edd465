/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/record.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/hex.h"
#include "common/text.h"
#include "common/verdict.h"
#include "modules/epost_av/policy.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

void record_hash(char *out, size_t size, const char *text, size_t length)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char hex[17];

    SHA256((const unsigned char *)text, length, digest);
    hex_encode(digest, 8, hex);
    snprintf(out, size, "hash:%s", hex);
}

/* ------------------------------------------------------------------------ URL */

void record_url(char *out, size_t size, const char *url, enum record_privacy query)
{
    const char *authority = strstr(url, "://");
    size_t length = strcspn(url, "?#");
    char hash[32];

    /* name:password@ of the authority */
    if (authority && authority < url + length) {
        authority += 3;
        size_t host = strcspn(authority, "/?#");
        const char *at = memrchr(authority, '@', host);
        if (at) {
            snprintf(out, size, "%.*s%.*s", (int)(authority - url), url,
                     (int)(url + length - at - 1), at + 1);
        } else {
            snprintf(out, size, "%.*s", (int)length, url);
        }
    } else {
        snprintf(out, size, "%.*s", (int)length, url);
    }
    if (url[length] != '?' || query == RECORD_OFF)
        return;
    const char *asked = url + length + 1;
    size_t asked_length = strcspn(asked, "#"), used = strlen(out);
    if (query == RECORD_ON) {
        snprintf(out + used, size - used, "?%.*s", (int)asked_length, asked);
    } else {
        record_hash(hash, sizeof hash, asked, asked_length);
        snprintf(out + used, size - used, "?%s", hash);
    }
}

/* ----------------------------------------------------------------------- user */

static void record_user(struct record *record, const char *user, enum record_privacy privacy)
{
    if (!*user || privacy == RECORD_OFF)
        return;
    if (privacy == RECORD_HASH)
        record_hash(record->user, sizeof record->user, user, strlen(user));
    else
        snprintf(record->user, sizeof record->user, "%s", user);
    event_set_text(&record->event, EVENT_FIELD_USER, record->user);
}

/* Persons too: shown, hashed or left out as the user is. */
static void record_person(struct record *record, enum event_field field, char *kept, size_t size,
                          const char *text, enum record_privacy privacy)
{
    if (!*text || privacy == RECORD_OFF)
        return;
    if (privacy == RECORD_HASH)
        record_hash(kept, size, text, strlen(text));
    event_set_text(&record->event, field, privacy == RECORD_HASH ? kept : text);
}

static void record_mail(struct record *record, const struct envelope *envelope,
                        enum record_privacy privacy)
{
    record_person(record, EVENT_FIELD_SENDER, record->sender, sizeof record->sender,
                  envelope->sender, privacy);
    record_person(record, EVENT_FIELD_RECIPIENTS, record->recipients, sizeof record->recipients,
                  envelope->recipients, privacy);
    event_set_text(&record->event, EVENT_FIELD_MESSAGE_ID, envelope->message_id);
}

/* --------------------------------------------------------------------- record */

static void record_request(struct record *record, const struct transaction *t)
{
    const struct transaction_headers *h = &t->headers;
    struct event *event = &record->event;

    snprintf(record->service, sizeof record->service, "%s", t->request->service);
    record_url(record->url, sizeof record->url, buf_text(&h->url),
               (enum record_privacy)state_settings.log_query);
    event_set_text(event, EVENT_FIELD_NODE, state_node());
    event_set_text(event, EVENT_FIELD_ID, t->id);
    event_set_text(event, EVENT_FIELD_CLIENT, h->client);
    record_user(record, h->user, (enum record_privacy)state_settings.log_user);
    if (state_settings.log_user == RECORD_ON)
        event_set_text(event, EVENT_FIELD_GROUPS, h->groups);
    record_mail(record, &h->envelope, (enum record_privacy)state_settings.log_user);
    event_set_text(event, EVENT_FIELD_SERVICE, record->service);
    event_set_text(event, EVENT_FIELD_PROFILE, t->arguments.policy->name);
    event_set_text(event, EVENT_FIELD_ICAP,
                   ci_req_type(t->request) == ICAP_REQMOD ? "REQMOD" : "RESPMOD");
    event_set_text(event, EVENT_FIELD_METHOD, h->method);
    event_set_text(event, EVENT_FIELD_URL, record->url);
    event_set_text(event, EVENT_FIELD_HOST, h->host);
    event_set_text(event, EVENT_FIELD_NAME, buf_text(&h->name));
    event_set_text(event, EVENT_FIELD_TYPE, buf_text(&h->type));
    event_set_number(event, EVENT_FIELD_SIZE, t->received);
    if (t->body.finished && t->received) {
        hex_encode(t->body.sha256, sizeof t->body.sha256, record->sha256);
        event_set_text(event, EVENT_FIELD_SHA256, record->sha256);
    }
}

static void record_reply(struct record *record, const struct transaction *t)
{
    static const uint8_t none[WIRE_SHA256];
    const struct wire_reply *r = &t->reply;
    struct event *event = &record->event;

    if (memcmp(r->part_sha256, none, sizeof none) != 0) {
        hex_encode(r->part_sha256, sizeof r->part_sha256, record->part_sha256);
        event_set_text(event, EVENT_FIELD_PART_SHA256, record->part_sha256);
    }
    event_set_text(event, EVENT_FIELD_THREAT, r->threat);
    event_set_text(event, EVENT_FIELD_PART, r->part);
    event_set_text(event, EVENT_FIELD_RULE, t->rule);
    event_set_text(event, EVENT_FIELD_DETAIL, r->detail);
    if (r->generation)
        event_set_number(event, EVENT_FIELD_GENERATION, r->generation);
    if (r->layers)
        event_set_number(event, EVENT_FIELD_LAYERS, r->layers);
    if (r->scanned)
        event_set_number(event, EVENT_FIELD_SCANNED, r->scanned);
    if (r->cpu_us)
        event_set_number(event, EVENT_FIELD_CPU_MS, r->cpu_us);
    if (r->flags & WIRE_CACHED)
        event_set_number(event, EVENT_FIELD_CACHED, 1);
    if (r->flags & WIRE_HEAVY)
        event_set_number(event, EVENT_FIELD_HEAVY, 1);
}

/* The findings and the action. */
static void record_verdict(struct record *record, const struct transaction *t)
{
    struct event *event = &record->event;

    if (t->phase == TRANSACTION_OPEN) {
        event_set_text(event, EVENT_FIELD_VERDICT, verdict_name(reason_verdict(REASON_ABORTED)));
        event_set_text(event, EVENT_FIELD_REASON, reason_name(REASON_ABORTED));
        event_set_text(event, EVENT_FIELD_ACTION, "aborted");
        return;
    }
    event_set_text(event, EVENT_FIELD_VERDICT, verdict_name(t->reply.verdict));
    event_set_text(event, EVENT_FIELD_REASON, reason_name(t->reply.reason));
    event_set_text(event, EVENT_FIELD_ACTION,
                   t->phase == TRANSACTION_LEFT  ? "aborted"
                   : t->phase == TRANSACTION_CUT ? "cut"
                                                 : policy_action_name(t->action));
    if (!t->status && t->phase != TRANSACTION_CUT)
        event_set_number(event, EVENT_FIELD_ANSWERED, 0);
    record_reply(record, t);
}

void record_fill(struct record *record, const struct transaction *t)
{
    struct event *event = &record->event;

    event_init(event, EVENT_KIND_TRANSACTION, event_now());
    record_request(record, t);
    record_verdict(record, t);
    event_set_text(event, EVENT_FIELD_KEPT, t->kept);
    if (t->status)
        event_set_number(event, EVENT_FIELD_STATUS, (uint64_t)t->status);
    event_set_number(event, EVENT_FIELD_SENT, t->sent);
    if (t->stripped)
        event_set_text(event, EVENT_FIELD_RANGE, "stripped");
    if (t->scan_took_ns) {
        event_set_number(event, EVENT_FIELD_SCAN_MS, t->scan_took_ns / 1000u);
        event_set_number(event, EVENT_FIELD_QUEUED_MS, t->reply.queued_us);
    }
    event_set_number(event, EVENT_FIELD_MS, (clock_now() - t->started_ns) / 1000u);
}
