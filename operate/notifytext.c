/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifytext.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/eventtext.h"
#include "common/eventwire.h"
#include "common/text.h"

#define NOTIFYTEXT_LINE 57 /* bytes in a line of 76 characters in base64 */

static int notifytext_event(const struct notifyslot_group *group, struct event *event)
{
    struct err ignored;

    return eventwire_decode(group->event.data, group->event.length, event, NULL, &ignored);
}

/* Letters, digits and what names of threats are made of; everything else is an underscore. */
static void notifytext_plain(char *text)
{
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/:";

    for (; *text; text++)
        if (!strchr(good, *text))
            *text = '_';
}

/* "infected (signature), block, Eicar-Test; 42 more": no name, address or URL. */
static void notifytext_sentence(struct buf *out, const struct event *event, uint64_t count)
{
    static const enum event_field fields[] = {EVENT_FIELD_VERDICT, EVENT_FIELD_REASON,
                                              EVENT_FIELD_ACTION, EVENT_FIELD_PROFILE,
                                              EVENT_FIELD_THREAT};
    char word[128];
    const char *before = ": ";

    buf_adds(out, event_kind_text(event_kind_of(event)));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        event_copy(event, fields[i], word, sizeof word);
        notifytext_plain(word);
        if (*word)
            buf_addf(out, "%s%s", before, word);
        before = *word ? ", " : before;
    }
    if (count > 1)
        buf_addf(out, "; %llu more", (unsigned long long)(count - 1));
}

int notifytext_json(struct buf *out, const struct notifyrules_rule *rule, const char *node,
                    const struct notifyslot_group *group)
{
    struct event event;
    struct buf sentence;

    if (notifytext_event(group, &event) < 0)
        return -1;
    buf_init(&sentence, 1024);
    notifytext_sentence(&sentence, &event, group->count);
    buf_addf(out, "{\"rule\":\"%s\",\"node\":", rule->name);
    text_json(out, node, strlen(node));
    buf_addf(out, ",\"count\":%llu,\"more\":%llu,\"first\":\"", (unsigned long long)group->count,
             (unsigned long long)(group->count - 1));
    eventtext_time(out, group->first_ms);
    buf_adds(out, "\",\"last\":\"");
    eventtext_time(out, group->last_ms);
    buf_adds(out, "\",\"text\":");
    text_json(out, buf_text(&sentence), sentence.length);
    buf_adds(out, ",\"event\":");
    eventtext_json(out, &event);
    buf_adds(out, "}\n");
    buf_free(&sentence);
    return out->failed ? -1 : 0;
}

/* ------------------------------------------------------------------------- mail */

static void notifytext_base64(struct buf *out, const struct buf *body)
{
    unsigned char line[4 * ((NOTIFYTEXT_LINE + 2) / 3) + 1];

    for (size_t at = 0; at < body->length; at += NOTIFYTEXT_LINE) {
        size_t left = body->length - at;
        EVP_EncodeBlock(line, (const unsigned char *)body->data + at,
                        left < NOTIFYTEXT_LINE ? (int)left : NOTIFYTEXT_LINE);
        buf_addf(out, "%s\r\n", (const char *)line);
    }
}

static void notifytext_body(struct buf *body, const struct event *event,
                            const struct notifyrules_rule *rule, const char *node,
                            const struct notifyslot_group *group)
{
    size_t count;
    const struct event_row *rows = event_rows(&count);

    notifytext_sentence(body, event, group->count);
    buf_addf(body, ".\n\nRule %s of the monitor on ", rule->name);
    text_plain(body, node, strlen(node));
    buf_addf(body, ". Events: %llu", (unsigned long long)group->count);
    if (group->count > 1) {
        buf_adds(body, ", the first at ");
        eventtext_time(body, group->first_ms);
        buf_adds(body, ", the last at ");
        eventtext_time(body, group->last_ms);
    }
    buf_addf(body, ".\n\nThe last one; names and addresses in it are what a stranger may have "
                   "chosen:\n\n");
    for (size_t i = 0; i < count; i++) {
        if (!event_has(event, rows[i].field))
            continue;
        struct buf value;
        buf_init(&value, EVENTTEXT_MAX);
        eventtext_value(&value, event, rows[i].field);
        buf_addf(body, "%12s: ", rows[i].name);
        text_plain(body, buf_text(&value), value.length);
        buf_adds(body, "\n");
        buf_free(&value);
    }
}

static void notifytext_head(struct buf *out, const struct notifyrules_rule *rule,
                            const struct notifyrules_target *target, const char *node,
                            uint64_t now_ms, uint64_t count)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(now_ms / 1000);
    unsigned char random[12] = {0};
    char name[65];
    struct tm t;

    gmtime_r(&now, &t);
    RAND_bytes(random, sizeof random);
    snprintf(name, sizeof name, "%s", node);
    notifytext_plain(name);
    buf_addf(out, "From: <%s>\r\nTo: ", target->from);
    for (unsigned i = 0; i < target->recipients; i++)
        buf_addf(out, "%s<%s>", i ? ",\r\n " : "", target->to[i]);
    buf_addf(out, "\r\nSubject: epost-av on %s: %s", name, rule->name);
    if (count > 1)
        buf_addf(out, " (%llu events)", (unsigned long long)count);
    buf_addf(out, "\r\nDate: %s, %02d %s %d %02d:%02d:%02d +0000\r\nMessage-ID: <", days[t.tm_wday],
             t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    for (size_t i = 0; i < sizeof random; i++)
        buf_addf(out, "%02x", random[i]);
    buf_addf(out,
             "@%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
             strchr(target->from, '@') + 1);
}

int notifytext_mail(struct buf *out, const struct notifyrules_rule *rule,
                    const struct notifyrules_target *target, const char *node, uint64_t now_ms,
                    const struct notifyslot_group *group)
{
    struct event event;
    struct buf body;

    if (notifytext_event(group, &event) < 0)
        return -1;
    buf_init(&body, out->ceiling / 2);
    notifytext_body(&body, &event, rule, node, group);
    notifytext_head(out, rule, target, node, now_ms, group->count);
    notifytext_base64(out, &body);
    buf_free(&body);
    return out->failed ? -1 : 0;
}
