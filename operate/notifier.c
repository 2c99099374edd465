/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifier.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/eventwire.h"
#include "operate/confine.h"
#include "operate/notifymatch.h"
#include "operate/notifyprogram.h"
#include "operate/notifytext.h"
#include "operate/notifyweb.h"

#define NOTIFIER_ROUND     2000     /* events before anything else is looked at */
#define NOTIFIER_WAIT_MS   30000    /* between two looks, if nothing happens */
#define NOTIFIER_BLIND_MS  100      /* the same, while a program cannot be watched */
#define NOTIFIER_COUNT_MAX 1000000u /* events for which one may stand */

/* A rule at work. */
struct notifier_slot {
    const struct notifyrules_rule *rule;
    const struct notifyrules_target *target;
    struct notifymatch match;
    struct notifyslot slot;
    struct notifyprogram program;
};

struct notifier {
    const struct notifier_start *start;
    int fd; /* -1: the monitor has ended */
    uint64_t end_ms;
    struct notifyfeed_shared *shared;
    struct notifyrules *rules;
    struct notifier_slot *slots; /* one for each rule */
    struct notifyweb *web;
    unsigned running; /* programs */
};

void notifier_say(const char *format, ...)
{
    char line[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "epost-monitord: notifications: %s\n", line);
}

static uint64_t notifier_now(void)
{
    return clock_now() / CLOCK_MS;
}

/* ------------------------------------------------------------------------ slots */

static void notifier_free_slots(struct notifier_slot *slots, unsigned count)
{
    for (unsigned i = 0; slots && i < count; i++) {
        notifyprogram_kill(&slots[i].program);
        notifymatch_free(&slots[i].match);
        notifyslot_free(&slots[i].slot);
    }
    free(slots);
}

static struct notifier_slot *notifier_make_slots(const struct notifyrules *rules, struct err *err)
{
    struct notifier_slot *slots = calloc(NOTIFYRULES_RULES, sizeof *slots);

    for (unsigned i = 0; slots && i < rules->rules; i++) {
        struct notifier_slot *slot = &slots[i];
        slot->rule = &rules->rule[i];
        slot->target = &rules->target[slot->rule->target];
        notifyslot_init(&slot->slot, (uint64_t)slot->rule->every_ms,
                        (uint64_t)slot->target->pause_ms, (unsigned)slot->target->tries);
        if (notifymatch_init(&slot->match, slot->rule) < 0) {
            notifier_free_slots(slots, i + 1);
            slots = NULL;
        }
    }
    if (!slots)
        err_set(err, "out of memory");
    return slots;
}

/* The events of a rule go to the rule of the same name; else nobody is told. */
static void notifier_move(struct notifier *n, struct notifier_slot *slots,
                          const struct notifyrules *rules)
{
    for (unsigned i = 0; i < n->rules->rules; i++) {
        struct notifyslot *old = &n->slots[i].slot;
        unsigned k = 0;
        while (k < rules->rules && strcmp(rules->rule[k].name, n->slots[i].rule->name) != 0)
            k++;
        if (k < rules->rules)
            notifyslot_move(old, &slots[k].slot);
        else
            atomic_fetch_add(&n->shared->dropped, notifyslot_untold(old));
    }
}

/* Takes other rules into force. Returns 0; or -1 and err, and the old ones stay. */
static int notifier_take(struct notifier *n, struct notifyrules *rules, struct err *err)
{
    struct notifier_slot *slots = notifier_make_slots(rules, err);
    struct notifyweb *web = slots ? notifyweb_new(err) : NULL;

    if (!web) {
        notifier_free_slots(slots, rules->rules);
        return -1;
    }
    if (n->slots) {
        notifyweb_free(&n->web);
        notifier_move(n, slots, rules);
        notifier_free_slots(n->slots, n->rules->rules);
        notifyrules_free(&n->rules);
    }
    n->web = web;
    n->slots = slots;
    n->rules = rules;
    n->running = 0;
    atomic_store(&n->shared->rules, rules->rules);
    atomic_store(&n->shared->is_refused, 0);
    return 0;
}

static void notifier_reload(struct notifier *n)
{
    struct err err;
    struct notifyrules *rules = notifyrules_load(n->start->path, &err);

    if (rules && notifier_take(n, rules, &err) == 0) {
        notifier_say("%s: %u rules are in force", n->start->path, rules->rules);
        return;
    }
    notifyrules_free(&rules);
    atomic_store(&n->shared->is_refused, 1);
    notifier_say("%s; the %u rules from before stay in force", err.text, n->rules->rules);
}

/* ---------------------------------------------------------------------- telling */

static void notifier_ended(struct notifier *n, struct notifier_slot *slot,
                           enum notifyslot_outcome outcome, const char *why)
{
    bool is_first = slot->slot.tried == 1;
    uint64_t lost = notifyslot_end(&slot->slot, outcome, notifier_now());

    if (outcome == NOTIFYSLOT_SENT) {
        atomic_fetch_add(&n->shared->sent[slot->target->channel], 1);
        return;
    }
    if (lost) {
        atomic_fetch_add(&n->shared->failed[slot->target->channel], 1);
        notifier_say("rule %s, %s %s: %s; given up, nobody is told of %llu events",
                     slot->rule->name, notifyrules_channel_name(slot->target->channel),
                     slot->target->name, why, (unsigned long long)lost);
        atomic_fetch_add(&n->shared->dropped, lost);
    } else if (is_first) {
        notifier_say("rule %s, %s %s: %s; it is tried again", slot->rule->name,
                     notifyrules_channel_name(slot->target->channel), slot->target->name, why);
    }
}

static void notifier_web_ended(void *data, void *owner, enum notifyslot_outcome outcome,
                               const char *why)
{
    notifier_ended(data, owner, outcome, why);
}

static int notifier_send(struct notifier *n, struct notifier_slot *slot, struct err *err)
{
    const struct notifyslot_group *group = &slot->slot.on_its_way;
    bool is_mail = slot->target->channel == NOTIFYRULES_MAIL;
    struct buf content;
    int status = -1;

    buf_init(&content, NOTIFYTEXT_MAX);
    if ((is_mail ? notifytext_mail(&content, slot->rule, slot->target, n->start->node, event_now(),
                                   group)
                 : notifytext_json(&content, slot->rule, n->start->node, group)) < 0) {
        buf_free(&content);
        return err_set(err, "its text cannot be made");
    }
    if (slot->target->channel != NOTIFYRULES_PROGRAM)
        return notifyweb_start(n->web, slot->target, &content, slot, err);
    status = notifyprogram_start(&slot->program, slot->target, &content, notifier_now(), err);
    n->running += status == 0;
    buf_free(&content);
    return status;
}

static bool notifier_has_room(const struct notifier *n, const struct notifier_slot *slot)
{
    return slot->target->channel != NOTIFYRULES_PROGRAM || n->running < NOTIFIER_RUNNING;
}

static void notifier_begin(struct notifier *n)
{
    struct err err;

    for (unsigned i = 0; i < n->rules->rules; i++) {
        struct notifier_slot *slot = &n->slots[i];
        if (notifier_has_room(n, slot) && notifyslot_begin(&slot->slot, notifier_now()) &&
            notifier_send(n, slot, &err) < 0)
            notifier_ended(n, slot, NOTIFYSLOT_RETRY, err.text);
    }
}

static void notifier_look_at_programs(struct notifier *n)
{
    enum notifyslot_outcome outcome;
    struct err err;

    for (unsigned i = 0; i < n->rules->rules; i++) {
        struct notifier_slot *slot = &n->slots[i];
        if (slot->program.pid &&
            notifyprogram_is_over(&slot->program, notifier_now(), &outcome, &err)) {
            n->running--;
            notifier_ended(n, slot, outcome, err.text);
        }
    }
}

/* -------------------------------------------------------------------- receiving */

static void notifier_event(struct notifier *n, const void *message, size_t length)
{
    struct event event;
    struct err ignored;
    bool is_told = false;

    if (eventwire_decode(message, length, &event, NULL, &ignored) < 0)
        return; /* the monitor has looked at it */
    uint64_t count = event_number(&event, EVENT_FIELD_COUNT);
    count = count && count < NOTIFIER_COUNT_MAX ? count : 1;
    for (unsigned i = 0; i < n->rules->rules; i++) {
        struct notifier_slot *slot = &n->slots[i];
        if (!notifymatch_fits(slot->rule, &event) ||
            !notifymatch_is_due(&slot->match, count, notifier_now()))
            continue;
        notifyslot_take(&slot->slot, message, length, event_number(&event, EVENT_FIELD_TIME),
                        count);
        is_told = true;
    }
    if (is_told)
        atomic_fetch_add(&n->shared->events, count);
}

static void notifier_receive(struct notifier *n)
{
    static char message[EVENTWIRE_MAX];

    for (int i = 0; n->fd >= 0 && i < NOTIFIER_ROUND; i++) {
        ssize_t got = recv(n->fd, message, sizeof message, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (got == 1) {
            notifier_reload(n);
        } else if (got > 1) {
            notifier_event(n, message, (size_t)got);
        } else {
            close(n->fd);
            n->fd = -1;
            n->end_ms = notifier_now() + NOTIFIER_END_MS;
        }
    }
}

/* The monitor has ended: what waits is told at once, and nothing is tried again. */
static bool notifier_is_done(struct notifier *n)
{
    uint64_t untold = 0;

    if (n->fd >= 0)
        return false;
    for (unsigned i = 0; i < n->rules->rules; i++) {
        struct notifyslot *slot = &n->slots[i].slot;
        if (!slot->is_sending)
            slot->next_ms = 0;
        slot->tries = 1;
        slot->every_ms = 0;
        untold += notifyslot_untold(slot);
    }
    if (!untold)
        return true;
    if (notifier_now() < n->end_ms)
        return false;
    notifier_say("the monitor ends: nobody is told of %llu events", (unsigned long long)untold);
    atomic_fetch_add(&n->shared->dropped, untold);
    return true;
}

static void notifier_wait(struct notifier *n)
{
    int fds[NOTIFIER_RUNNING + 1];
    unsigned count = 0;
    uint64_t now = notifier_now(), wake = now + NOTIFIER_WAIT_MS;

    if (n->fd >= 0)
        fds[count++] = n->fd;
    else if (n->end_ms < wake)
        wake = n->end_ms;
    for (unsigned i = 0; i < n->rules->rules; i++) {
        struct notifier_slot *slot = &n->slots[i];
        uint64_t next = notifier_has_room(n, slot) ? notifyslot_wake(&slot->slot) : wake;
        if (slot->program.pid) {
            next = slot->program.end_ms;
            if (slot->program.fd < 0)
                next = now + NOTIFIER_BLIND_MS;
            else if (count < NOTIFIER_RUNNING + 1)
                fds[count++] = slot->program.fd;
        }
        wake = next < wake ? next : wake;
    }
    notifyweb_wait(n->web, fds, count, wake > now ? (int)(wake - now) : 0);
}

int notifier_run(const struct notifier_start *start, struct notifyrules *rules, bool is_again)
{
    struct notifier n = {.start = start, .fd = start->fd, .shared = start->shared};
    struct err err;

    prctl(PR_SET_NAME, "epost-notifier");
    signal(SIGPIPE, SIG_IGN);
    if (confine_helper(&err) < 0 || notifier_take(&n, rules, &err) < 0) {
        notifier_say("%s", err.text);
        return EXIT_FAILURE;
    }
    if (is_again)
        notifier_reload(&n); /* they may have changed since the monitor read them */
    while (!notifier_is_done(&n)) {
        notifier_begin(&n);
        notifier_wait(&n);
        notifier_receive(&n);
        notifier_look_at_programs(&n);
        notifyweb_collect(n.web, notifier_web_ended, &n);
    }
    notifyweb_free(&n.web);
    notifier_free_slots(n.slots, n.rules->rules);
    notifyrules_free(&n.rules);
    return EXIT_SUCCESS;
}
