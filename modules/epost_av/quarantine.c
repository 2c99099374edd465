/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/quarantine.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/err.h"
#include "common/keepwire.h"
#include "common/writeall.h"
#include "modules/epost_av/record.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

/* A small body lies in memory; the monitor takes a descriptor. */
static int quarantine_make_file(const struct body *body, struct err *err)
{
    int fd = memfd_create("epost_av quarantine", MFD_CLOEXEC);

    if (fd < 0)
        return err_sys(err, "no memory file can be made");
    if (writeall(fd, body->memory, body->length) < 0) {
        err_sys(err, "the body cannot be handed over");
        close(fd);
        return -1;
    }
    return fd;
}

static int quarantine_ask(struct transaction *t, struct err *err)
{
    struct record record;
    char text[KEEPWIRE_TEXT];
    int made = -1;

    if (!*state_settings.quarantine)
        return err_set(err, "there is no directive Quarantine");
    /* Decided by its first bytes alone, and yet all of it is here. */
    if (t->ended && t->mode == TRANSACTION_SCAN && !t->body.finished && !t->body.ring &&
        body_finish(&t->body, err) < 0)
        return -1;
    if (!t->body.finished)
        return err_set(err, "the body did not come whole");
    if (t->body.fd < 0 && (made = quarantine_make_file(&t->body, err)) < 0)
        return -1;
    record_fill(&record, t);
    /* A release goes to these. Addresses that stand in the mail itself are written by its sender,
     * and a hash is nobody's address. */
    if (!t->headers.envelope.has_sender || !t->headers.envelope.has_recipients ||
        state_settings.log_user != RECORD_ON) {
        event_unset(&record.event, EVENT_FIELD_SENDER);
        event_unset(&record.event, EVENT_FIELD_RECIPIENTS);
    }
    /* These are not known before the answer went out. */
    event_unset(&record.event, EVENT_FIELD_ANSWERED);
    event_unset(&record.event, EVENT_FIELD_SENT);
    event_unset(&record.event, EVENT_FIELD_MS);
    int status =
        keepwire_ask(state_settings.quarantine, &record.event, made >= 0 ? made : t->body.fd,
                     t->body.length, (uint32_t)state_settings.quarantine_wait, text, sizeof text);
    if (made >= 0)
        close(made);
    if (status < 0)
        return err_set(err, "%s", text);
    snprintf(t->kept, sizeof t->kept, "%s", text);
    return 0;
}

int quarantine_keep(struct transaction *t)
{
    const struct policy *policy = t->arguments.policy;
    struct err err;

    if (!policy_keeps(policy, t->reply.verdict, t->reply.reason))
        return 0;
    if (quarantine_ask(t, &err) == 0)
        return 0;
    snprintf(t->kept, sizeof t->kept, "not kept: %.200s", err.text);
    return policy->fails_unkept ? -1 : 0;
}
