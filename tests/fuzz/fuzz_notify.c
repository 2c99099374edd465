/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_notify: the file of notifications, and behind a NUL byte an event as it is
 * on the socket: rules that are read are whole, and what they tell of an event
 * has nothing of it in the head of a mail, and is one line of JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/eventwire.h"
#include "operate/notifymatch.h"
#include "operate/notifytext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(const struct notifyrules *rules)
{
    for (unsigned i = 0; i < rules->targets; i++) {
        const struct notifyrules_target *target = &rules->target[i];
        if (!*target->name || !*target->place || target->tries < 1 || target->deadline_ms < 100 ||
            strpbrk(target->place, " \r\n\"<>"))
            abort();
        for (unsigned k = 0; k < target->recipients; k++)
            if (strpbrk(target->to[k], " \r\n\"<>,") || !strchr(target->to[k], '@'))
                abort();
    }
    for (unsigned i = 0; i < rules->rules; i++)
        if (rules->rule[i].target >= rules->targets || !rules->rule[i].conditions)
            abort();
}

static void fuzz_tell(const struct notifyrules *rules, const uint8_t *message, size_t length)
{
    static struct notifyrules_target target = {
        .channel = NOTIFYRULES_MAIL, .from = "a@gate.test", .to = {"b@x.test"}, .recipients = 1};
    static struct notifyrules_rule rule = {.name = "r"};
    struct notifyslot_group group = {.count = 2};
    struct event event;
    struct err err;
    struct buf text;

    if (length > EVENTWIRE_MAX || eventwire_decode(message, length, &event, NULL, &err) < 0)
        return;
    for (unsigned i = 0; rules && i < rules->rules; i++)
        notifymatch_fits(&rules->rule[i], &event);
    buf_init(&group.event, EVENTWIRE_MAX);
    if (buf_add(&group.event, message, length) < 0)
        abort();
    buf_init(&text, NOTIFYTEXT_MAX);
    if (notifytext_mail(&text, &rule, &target, "gate", 1700000000000ull, &group) == 0) {
        const char *end = strstr(text.data, "\r\n\r\n");
        unsigned lines = 0;
        for (const char *at = text.data; end && at < end; at++)
            lines += *at == '\n';
        if (lines != 8)
            abort();
    }
    buf_reset(&text);
    if (notifytext_json(&text, &rule, "gate", &group) == 0 &&
        (strlen(text.data) != text.length ||
         strchr(text.data, '\n') != text.data + text.length - 1))
        abort();
    buf_free(&text);
    buf_free(&group.event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    size_t length = nul ? (size_t)(nul - data) : size;
    char *text = malloc(length + 1);
    struct err err;

    if (!text)
        abort();
    if (length)
        memcpy(text, data, length);
    text[length] = '\0';
    struct notifyrules *rules = notifyrules_parse(text, "rules", &err);
    if (rules)
        fuzz_check(rules);
    else if (strncmp(err.text, "rules:", 6) != 0)
        abort();
    if (nul)
        fuzz_tell(rules, nul + 1, size - length - 1);
    notifyrules_free(&rules);
    free(text);
    return 0;
}
