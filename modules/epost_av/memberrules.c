/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/memberrules.h"

#include <stdio.h>
#include <time.h>

#include "common/facts.h"
#include "modules/epost_av/rules.h"
#include "modules/epost_av/transaction.h"

/* An allowed archive that is closed, by name. */
static bool memberrules_is_encrypted(const struct wire_reply *reply)
{
    const char *facts = reply->facts;
    struct fact fact;

    while (facts_next(&facts, &fact))
        if (fact.reason == REASON_ENCRYPTED)
            return true;
    return reply->reason == REASON_ENCRYPTED;
}

static void memberrules_change(struct transaction *t, enum reason reason, const char *threat)
{
    t->reply.reason = (uint8_t)reason;
    t->reply.verdict = (uint8_t)reason_verdict(reason);
    t->reply.part[0] = '\0';
    snprintf(t->reply.threat, sizeof t->reply.threat, "%s", threat);
    t->action = policy_decide(t->arguments.policy, t->reply.verdict, reason);
}

void memberrules_apply(struct transaction *t)
{
    const struct ruleset *rules = exceptions_rules(t->exceptions);
    struct rules_subject subject = {.name = buf_text(&t->headers.name),
                                    .host = t->headers.host,
                                    .client = t->headers.client,
                                    .groups = t->headers.groups,
                                    .now = time(NULL),
                                    .members = t->reply.members,
                                    .flags = t->reply.flags,
                                    .is_encrypted = memberrules_is_encrypted(&t->reply)};
    char rule[sizeof t->rule], threat[sizeof t->rule + 24];

    if (!rules || t->reply.verdict == VERDICT_INFECTED || t->reply.verdict == VERDICT_NO_BODY ||
        t->reply.verdict == VERDICT_ERROR || t->reply.reason == REASON_SKIPPED)
        return;
    enum rules_answer answer = rules_decide(rules, &subject, rule, sizeof rule);
    if (answer == RULES_NONE)
        return;
    snprintf(t->rule, sizeof t->rule, "%s", rule);
    if (answer == RULES_BLOCK) {
        snprintf(threat, sizeof threat, "Blocked.By.Operator (%s)", rule);
        memberrules_change(t, REASON_BLOCK_LISTED, threat);
    } else if (answer == RULES_UNDECIDED && t->action == POLICY_PASS) {
        memberrules_change(t, REASON_LIMIT_OTHER, "");
        snprintf(t->reply.detail, sizeof t->reply.detail,
                 "more files inside than the rule can look at");
    }
}
