/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "common/value.h"

#define TIMEOUT_MIN_MS 100
#define TIMEOUT_MAX_MS 3600000

static const char *const action_names[] = {"fail", "pass", "block"};

const char *policy_action_name(enum policy_action action)
{
    return (unsigned)action < 3 ? action_names[action] : action_names[POLICY_FAIL];
}

/* Sets all reasons of a verdict; a number without a name is an error. */
static void policy_set_verdict(struct policy *policy, enum verdict verdict,
                               enum policy_action action, bool keeps)
{
    for (unsigned reason = 0; reason < POLICY_REASONS; reason++)
        if (reason_verdict(reason) == verdict) {
            policy->action[reason] = (uint8_t)action;
            policy->keeps[reason] = keeps;
        }
}

static void policy_start_profile(struct policy *policy, const char *name, uint32_t timeout_ms,
                                 enum policy_action unscannable)
{
    memset(policy, 0, sizeof *policy);
    snprintf(policy->name, sizeof policy->name, "%s", name);
    policy->timeout_ms = timeout_ms;
    policy_set_verdict(policy, VERDICT_INFECTED, POLICY_BLOCK, false);
    policy_set_verdict(policy, VERDICT_UNSCANNABLE, unscannable, false);
    /* The operator's own lists hold in every profile. */
    policy->action[REASON_SKIPPED] = POLICY_PASS;
    policy->action[REASON_ALLOW_LISTED] = POLICY_PASS;
    policy->action[REASON_HEURISTIC] = POLICY_PASS; /* scanned, and only suspected */
}

void policy_init(struct policy_set *set)
{
    /* Content that hardly ever is what it claims to be, and costs the most, is blocked even
     * where people browse: bombs, absurd nesting, scans without an end. */
    static const enum reason hostile[] = {REASON_LIMIT_RATIO, REASON_LIMIT_RECURSION,
                                          REASON_LIMIT_ENCODINGS, REASON_LIMIT_TIME,
                                          REASON_LIMIT_MEMORY};

    memset(set, 0, sizeof *set);
    policy_start_profile(&set->profile[0], "web", 120000, POLICY_PASS);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        set->profile[0].action[hostile[i]] = POLICY_BLOCK;
    set->profile[0].trickles = true; /* apt, pip and others give up after seconds of silence */
    policy_start_profile(&set->profile[1], "mail", 6000, POLICY_BLOCK);
    policy_start_profile(&set->profile[2], "strict", 120000, POLICY_BLOCK);
    policy_set_verdict(&set->profile[2], VERDICT_ERROR, POLICY_BLOCK, false);
    set->count = 3;
}

const struct policy *policy_find(const struct policy_set *set, const char *name)
{
    for (unsigned i = 0; i < set->count; i++)
        if (strcasecmp(set->profile[i].name, name) == 0)
            return &set->profile[i];
    return NULL;
}

enum policy_action policy_decide(const struct policy *policy, enum verdict verdict,
                                 enum reason reason)
{
    if ((unsigned)reason >= POLICY_REASONS || reason_verdict(reason) != verdict)
        return policy->action[REASON_UNKNOWN];
    if (verdict == VERDICT_NO_BODY)
        return POLICY_PASS;
    if (verdict == VERDICT_CLEAN)
        return reason == REASON_NONE ? POLICY_PASS : policy->action[REASON_UNKNOWN];
    return policy->action[reason];
}

bool policy_keeps(const struct policy *policy, enum verdict verdict, enum reason reason)
{
    if (verdict == VERDICT_CLEAN || verdict == VERDICT_NO_BODY)
        return false;
    if ((unsigned)reason >= POLICY_REASONS || reason_verdict(reason) != verdict)
        reason = REASON_UNKNOWN;
    return policy->keeps[reason];
}

/* -------------------------------------------------------------------- parsing */

static int policy_parse_timeout(struct policy *policy, const char *value, struct err *err)
{
    int64_t ms;

    if (value_seconds(value, &ms) < 0)
        return err_set(err, "timeout=%.40s is not a time; allowed is 0.1 to 3600 seconds", value);
    if (ms < TIMEOUT_MIN_MS || ms > TIMEOUT_MAX_MS)
        return err_set(err, "timeout=%.40s is not allowed; allowed is 0.1 to 3600 seconds", value);
    policy->timeout_ms = (uint32_t)ms;
    return 0;
}

/* "pass", "block+quarantine"; `value` is cut into pieces. */
static int policy_parse_action(char *value, enum policy_action *action_r, bool *keeps_r,
                               struct err *err)
{
    char *plus = strchr(value, '+');

    *keeps_r = plus != NULL;
    if (plus)
        *plus++ = '\0';
    if (plus && strcasecmp(plus, "quarantine") != 0)
        return err_set(err, "\"+%.40s\" is not known; allowed is +quarantine", plus);
    for (unsigned i = 0; i < 3; i++)
        if (strcasecmp(value, action_names[i]) == 0) {
            *action_r = (enum policy_action)i;
            return 0;
        }
    return err_set(err, "\"%.40s\" is no action; allowed is pass, block or fail", value);
}

static int policy_parse_verdict(const char *name, enum verdict *verdict_r)
{
    for (unsigned v = 0; v < VERDICT_COUNT; v++)
        if (strcasecmp(verdict_name(v), name) == 0) {
            *verdict_r = (enum verdict)v;
            return 0;
        }
    return -1;
}

/* "verdict=action" or "verdict:reason=action"; `rule` is cut into pieces. */
static int policy_parse_rule(struct policy *policy, char *rule, char *value, struct err *err)
{
    enum verdict verdict = VERDICT_ERROR;
    enum policy_action action = POLICY_FAIL;
    bool keeps;
    char *reason = strchr(rule, ':');

    if (reason)
        *reason++ = '\0';
    if (policy_parse_verdict(rule, &verdict) < 0 || verdict == VERDICT_CLEAN ||
        verdict == VERDICT_NO_BODY)
        return err_set(err,
                       "\"%.40s\" is no verdict to decide on; allowed is infected, unscannable or "
                       "error",
                       rule);
    if (policy_parse_action(value, &action, &keeps, err) < 0)
        return -1;
    if (!reason) {
        policy_set_verdict(policy, verdict, action, keeps);
        return 0;
    }
    int number = reason_from_name(reason);
    if (number < 0 || reason_verdict((unsigned)number) != verdict)
        return err_set(err, "\"%.40s\" is no reason of the verdict %s", reason,
                       verdict_name(verdict));
    policy->action[number] = (uint8_t)action;
    policy->keeps[number] = keeps;
    return 0;
}

static int policy_check_name(const char *name, struct err *err)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
            length = 0;
    if (length == 0 || length >= POLICY_NAME_MAX)
        return err_set(err,
                       "\"%.40s\" is no name for a profile; allowed is up to %d letters, "
                       "digits, '-', '_' and '.'",
                       name, POLICY_NAME_MAX - 1);
    return 0;
}

/* One word behind the name. */
static int policy_parse_word(const struct policy_set *set, struct policy *policy, char *word,
                             int first, struct err *err)
{
    char *value = strchr(word, '=');

    if (!value)
        return err_set(err, "\"%.60s\" is no rule; a rule reads verdict[:reason]=action", word);
    *value++ = '\0';
    if (strcasecmp(word, "timeout") == 0)
        return policy_parse_timeout(policy, value, err);
    if (strcasecmp(word, "not-kept") == 0) {
        policy->fails_unkept = strcasecmp(value, "fail") == 0;
        return policy->fails_unkept || strcasecmp(value, "action") == 0
                   ? 0
                   : err_set(err, "not-kept=%.40s is not known; allowed is action or fail", value);
    }
    if (strcasecmp(word, "trickle") == 0) {
        policy->trickles = strcasecmp(value, "on") == 0;
        return policy->trickles || strcasecmp(value, "off") == 0
                   ? 0
                   : err_set(err, "trickle=%.40s is not known; allowed is on or off", value);
    }
    if (strcasecmp(word, "like") != 0)
        return policy_parse_rule(policy, word, value, err);
    const struct policy *model = policy_find(set, value);
    if (!model || !first)
        return err_set(err,
                       model ? "like=%.40s must be the first rule" : "like=%.40s names no profile",
                       value);
    memcpy(policy->action, model->action, sizeof policy->action);
    memcpy(policy->keeps, model->keeps, sizeof policy->keeps);
    policy->fails_unkept = model->fails_unkept;
    policy->trickles = model->trickles;
    policy->timeout_ms = model->timeout_ms;
    return 0;
}

int policy_parse(struct policy_set *set, const char *text, struct err *err)
{
    char copy[1024];
    char *rest = NULL;
    struct policy policy;

    if (strlen(text) >= sizeof copy)
        return err_set(err, "the rules are too long; allowed are %zu bytes", sizeof copy - 1);
    text_fit(copy, sizeof copy, text);
    const char *name = strtok_r(copy, " \t", &rest);
    if (!name)
        return err_set(err, "the name of the profile is missing");
    if (policy_check_name(name, err) < 0)
        return -1;
    const struct policy *known = policy_find(set, name);
    if (!known && set->count == POLICY_PROFILES_MAX)
        return err_set(err, "too many profiles; allowed are %d", POLICY_PROFILES_MAX);
    policy = known ? *known : *policy_find(set, "strict");
    snprintf(policy.name, sizeof policy.name, "%s", name);
    int first = 1;
    for (char *word; (word = strtok_r(NULL, " \t", &rest)); first = 0)
        if (policy_parse_word(set, &policy, word, first, err) < 0)
            return -1;
    if (known)
        set->profile[known - set->profile] = policy;
    else
        set->profile[set->count++] = policy;
    return 0;
}
