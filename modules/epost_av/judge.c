/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/judge.h"

#include <stdio.h>
#include <string.h>

#include "common/facts.h"

#define JUDGE_RULE_MAX 160 /* bytes with NUL; longer rules are shown cut */

struct judge_choice {
    struct fact fact;
    unsigned weight;
    char rule[JUDGE_RULE_MAX];
    bool is_first; /* what the scanner called the worst */
};

static bool judge_has_name(enum reason reason)
{
    return reason == REASON_SIGNATURE || reason == REASON_HEURISTIC;
}

bool judge_wants_all(const struct exceptions *exceptions, const struct wire_reply *reply)
{
    char rule[JUDGE_RULE_MAX];

    return reply->verdict == VERDICT_INFECTED && reply->reason == REASON_SIGNATURE &&
           !(reply->flags & WIRE_COMPLETE) &&
           exceptions_allow(exceptions, reply->threat, rule, sizeof rule);
}

/* A fact that is not passed goes before one that is; then the worse verdict, then the stricter
 * action, and what somebody allowed or only suspects comes last. */
static unsigned judge_weight(const struct policy *policy, enum reason reason)
{
    static const unsigned verdicts[VERDICT_COUNT] = {[VERDICT_CLEAN] = 0,
                                                     [VERDICT_UNSCANNABLE] = 1,
                                                     [VERDICT_ERROR] = 2,
                                                     [VERDICT_INFECTED] = 3};
    enum verdict verdict = reason_verdict(reason);
    enum policy_action action = policy_decide(policy, verdict, reason);
    unsigned weight = action != POLICY_PASS;

    weight = weight * 4 + verdicts[verdict];
    weight = weight * 3 + (action == POLICY_BLOCK ? 2 : action == POLICY_FAIL ? 1 : 0);
    return weight * 3 + (reason == REASON_ALLOW_LISTED ? 0 : reason == REASON_HEURISTIC ? 1 : 2);
}

/* Looks at one more fact. The first of equals stays. */
static void judge_take(const struct exceptions *exceptions, const struct policy *policy,
                       bool may_allow, const struct fact *fact, bool is_first,
                       struct judge_choice *choice)
{
    struct judge_choice next = {.fact = *fact, .is_first = is_first};

    if (may_allow && judge_has_name(fact->reason) &&
        exceptions_allow(exceptions, fact->name, next.rule, sizeof next.rule))
        next.fact.reason = REASON_ALLOW_LISTED;
    next.weight = judge_weight(policy, next.fact.reason);
    if (choice->fact.reason == REASON_UNKNOWN || next.weight > choice->weight)
        *choice = next;
}

enum policy_action judge(const struct exceptions *exceptions, const struct policy *policy,
                         enum reason also, struct wire_reply *reply, char *rule, size_t size)
{
    /* A list of names that is not whole allows nothing. */
    const bool whole = (reply->flags & WIRE_COMPLETE) && !(reply->flags & WIRE_FACTS_CUT);
    const bool ended = reply->verdict == VERDICT_INFECTED && !(reply->flags & WIRE_COMPLETE);
    const char *facts = ended ? "" : reply->facts; /* else what came before it by chance */
    struct judge_choice choice = {.fact = {.reason = REASON_UNKNOWN}};
    struct fact fact = {.reason = (enum reason)reply->reason};

    if (reply->verdict != reason_verdict(reply->reason))
        fact.reason = REASON_UNKNOWN;
    snprintf(fact.name, sizeof fact.name, "%s", reply->threat);
    snprintf(fact.part, sizeof fact.part, "%s", reply->part);
    judge_take(exceptions, policy, whole, &fact, true, &choice);
    while (facts_next(&facts, &fact))
        judge_take(exceptions, policy, whole, &fact, false, &choice);
    if (also != REASON_NONE) {
        fact = (struct fact){.reason = also};
        judge_take(exceptions, policy, whole, &fact, false, &choice);
    }
    reply->reason = (uint8_t)choice.fact.reason;
    reply->verdict = (uint8_t)reason_verdict(choice.fact.reason);
    if (!choice.is_first) {
        snprintf(reply->threat, sizeof reply->threat, "%s", choice.fact.name);
        snprintf(reply->part, sizeof reply->part, "%s", choice.fact.part);
        reply->detail[0] = '\0';
    }
    if (choice.rule[0])
        snprintf(rule, size, "%s", choice.rule);
    return policy_decide(policy, reply->verdict, choice.fact.reason);
}
