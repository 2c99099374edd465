/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/members.h"
#include "modules/epost_av/host.h"
#include "modules/epost_av/network.h"

#define RULES_PATTERN_MAX 200
#define RULES_NAME_MAX    4096 /* bytes of a name of a body; of a longer one the end is looked at */
#define RULES_ENCRYPTED   "encrypted"

enum rules_verb { RULES_VERB_BLOCK, RULES_VERB_PASS, RULES_VERB_MARK };

enum rules_about { RULES_GROUP, RULES_CLIENT, RULES_HOST, RULES_TIME, RULES_DAYS, RULES_ABOUTS };

static const char *const rules_about_names[RULES_ABOUTS] = {"group", "client", "host", "time",
                                                            "days"};

struct rules_condition {
    enum rules_about about;
    char *text;             /* group, host */
    struct network network; /* client */
    unsigned from, until;   /* time: minutes of the day, until not included */
    unsigned days;          /* bit 0 is Sunday */
};

struct rules_rule {
    enum rules_verb verb;
    bool is_name; /* else about a kind */
    char *pattern;
    unsigned count;
    struct rules_condition *conditions;
};

struct ruleset {
    size_t count;
    struct rules_rule rule[RULES_MAX];
};

bool rules_is_kind(const char *word)
{
    return strcmp(word, "name") == 0 || strcmp(word, "kind") == 0;
}

/* ----------------------------------------------------------------------- parsing */

static int rules_parse_minutes(const char *text, unsigned *minutes_r)
{
    unsigned hour, minute;
    char end;

    if (sscanf(text, "%2u:%2u%c", &hour, &minute, &end) != 2 || minute > 59 ||
        hour * 60 + minute > 1440)
        return -1;
    *minutes_r = hour * 60 + minute;
    return 0;
}

/* "08:00-18:00"; over midnight too. */
static int rules_parse_time(struct rules_condition *condition, char *value)
{
    char *dash = strchr(value, '-');

    if (!dash)
        return -1;
    *dash++ = '\0';
    return rules_parse_minutes(value, &condition->from) < 0 ||
                   rules_parse_minutes(dash, &condition->until) < 0 ||
                   condition->from == condition->until
               ? -1
               : 0;
}

static int rules_day(const char *text)
{
    static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

    for (int i = 0; i < 7; i++)
        if (strcasecmp(text, days[i]) == 0)
            return i;
    return -1;
}

/* "mon-fri" or "sat,sun". */
static int rules_parse_days(struct rules_condition *condition, char *value)
{
    char *rest = NULL;

    for (char *word = strtok_r(value, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        char *dash = strchr(word, '-');
        if (dash)
            *dash++ = '\0';
        int from = rules_day(word), until = dash ? rules_day(dash) : from;
        if (from < 0 || until < 0)
            return -1;
        for (int day = from;; day = (day + 1) % 7) {
            condition->days |= 1u << day;
            if (day == until)
                break;
        }
    }
    return condition->days ? 0 : -1;
}

static int rules_parse_condition(struct rules_condition *condition, char *word, struct err *err)
{
    char *value = strchr(word, '=');
    unsigned about = 0;
    int status = 0;

    if (value)
        *value++ = '\0';
    while (about < RULES_ABOUTS && strcmp(rules_about_names[about], word) != 0)
        about++;
    if (about == RULES_ABOUTS || !value || !*value)
        return err_set(err,
                       "\"%.40s\" is no condition; allowed is group=, client=, host=, time= "
                       "and days=",
                       word);
    condition->about = (enum rules_about)about;
    if (about == RULES_CLIENT)
        status = network_parse(value, &condition->network);
    else if (about == RULES_TIME)
        status = rules_parse_time(condition, value);
    else if (about == RULES_DAYS)
        status = rules_parse_days(condition, value);
    else if (!(condition->text = strdup(value)))
        return err_set(err, "out of memory");
    return status < 0 ? err_set(err, "%s=%.60s cannot be understood", word, value) : 0;
}

static int rules_parse_verb(const char *verb, enum rules_verb *verb_r)
{
    static const char *const verbs[] = {"block", "pass", "mark"};

    for (unsigned i = 0; i < 3; i++)
        if (strcmp(verb, verbs[i]) == 0) {
            *verb_r = (enum rules_verb)i;
            return 0;
        }
    return -1;
}

static void rules_release(struct rules_rule *rule)
{
    for (unsigned i = 0; i < rule->count; i++)
        free(rule->conditions[i].text);
    free(rule->conditions);
    free(rule->pattern);
}

int rules_add(struct ruleset **set, const char *verb, const char *what, const char *pattern,
              char *rest, struct err *err)
{
    struct rules_rule rule = {.is_name = strcmp(what, "name") == 0};
    char *at = NULL;

    if (!*set && !(*set = calloc(1, sizeof **set)))
        return err_set(err, "out of memory");
    if ((*set)->count == RULES_MAX)
        return err_set(err, "too many rules about names and kinds; allowed are %d", RULES_MAX);
    if (rules_parse_verb(verb, &rule.verb) < 0)
        return err_set(err, "\"%.40s %s\" is not known; name and kind take block, pass and mark",
                       verb, what);
    if (!pattern || strlen(pattern) >= RULES_PATTERN_MAX)
        return err_set(err, "a pattern of up to %d bytes is expected", RULES_PATTERN_MAX - 1);
    rule.pattern = strdup(pattern);
    rule.conditions = calloc(RULES_CONDITIONS, sizeof *rule.conditions);
    if (!rule.pattern || !rule.conditions) {
        rules_release(&rule);
        return err_set(err, "out of memory");
    }
    for (char *word = strtok_r(rest, " \t", &at); word; word = strtok_r(NULL, " \t", &at)) {
        if (rule.count == RULES_CONDITIONS ||
            rules_parse_condition(&rule.conditions[rule.count++], word, err) < 0) {
            if (rule.count == RULES_CONDITIONS)
                err_set(err, "too many conditions; allowed are %d", RULES_CONDITIONS - 1);
            rules_release(&rule);
            return -1;
        }
    }
    (*set)->rule[(*set)->count++] = rule;
    return 0;
}

void rules_free(struct ruleset **set)
{
    for (size_t i = 0; *set && i < (*set)->count; i++)
        rules_release(&(*set)->rule[i]);
    free(*set);
    *set = NULL;
}

/* -------------------------------------------------------------------- conditions */

static bool rules_has_group(const char *groups, const char *group)
{
    size_t length = strlen(group);

    for (const char *at = groups; *at;) {
        size_t line = strcspn(at, "\n");
        if (line == length && strncasecmp(at, group, length) == 0)
            return true;
        at += line + (at[line] == '\n');
    }
    return false;
}

/* "example.com", or ".example.com" and all below it. */
static bool rules_is_host(const char *host, const char *wanted)
{
    char plain[HOST_MAX + 1];

    if (host_normalise(plain, host, strlen(host)) < 0)
        return false;
    if (*wanted != '.')
        return strcasecmp(plain, wanted) == 0;
    size_t length = strlen(plain), below = strlen(wanted);
    return strcasecmp(plain, wanted + 1) == 0 ||
           (length > below && strcasecmp(plain + length - below, wanted) == 0);
}

static bool rules_is_time(const struct rules_condition *condition, const struct tm *now)
{
    unsigned minutes = (unsigned)(now->tm_hour * 60 + now->tm_min);

    if (condition->from < condition->until)
        return minutes >= condition->from && minutes < condition->until;
    return minutes >= condition->from || minutes < condition->until;
}

static bool rules_condition_holds(const struct rules_condition *condition,
                                  const struct rules_subject *subject, const struct tm *now)
{
    struct network client;

    switch (condition->about) {
    case RULES_GROUP:
        return rules_has_group(subject->groups, condition->text);
    case RULES_CLIENT:
        return network_parse_address(subject->client, &client) == 0 &&
               network_has(&condition->network, &client);
    case RULES_HOST:
        return rules_is_host(subject->host, condition->text);
    case RULES_TIME:
        return rules_is_time(condition, now);
    default:
        return condition->days >> now->tm_wday & 1;
    }
}

/* Of several conditions about the same one must hold. */
static bool rules_applies(const struct rules_rule *rule, const struct rules_subject *subject)
{
    unsigned asked = 0, holds = 0;
    struct tm now;

    localtime_r(&subject->now, &now);
    for (unsigned i = 0; i < rule->count; i++) {
        const struct rules_condition *condition = &rule->conditions[i];
        asked |= 1u << condition->about;
        if (rules_condition_holds(condition, subject, &now))
            holds |= 1u << condition->about;
    }
    return asked == holds;
}

/* ---------------------------------------------------------------------- matching */

static bool rules_fits(const char *pattern, const char *text)
{
    return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

/* True for "*.exe": a pattern that names' endings alone can answer. */
static bool rules_is_ending(const char *pattern)
{
    return pattern[0] == '*' && pattern[1] == '.' && pattern[2] && !strpbrk(pattern + 2, "*?[\\.");
}

static bool rules_meets_name(const struct rules_rule *rule, const char *name, char *met,
                             size_t size)
{
    const char *trick = members_trick(name);
    char base[MEMBERS_NAME_MAX];

    members_base(base, sizeof base, name);
    bool meets = rule->is_name ? *base && rules_fits(rule->pattern, base)
                               : trick && rules_fits(rule->pattern, trick);
    if (meets)
        snprintf(met, size, "%s", base);
    return meets;
}

/* The names that the sender gives the body, one a line: who saves it may take any of them. One
 * that fits is enough, but to pass all must. */
static bool rules_meets_own(const struct rules_rule *rule, const char *names, char *met,
                            size_t size)
{
    unsigned count = 0, fit = 0;

    for (const char *line = names; *line;) {
        char name[RULES_NAME_MAX];
        size_t all = strcspn(line, "\n"), from = all < sizeof name ? 0 : all - (sizeof name - 1);

        snprintf(name, sizeof name, "%.*s", (int)(all - from), line + from);
        count += all > 0;
        fit += all > 0 && rules_meets_name(rule, name, met, size);
        line += all + (line[all] == '\n');
    }
    return fit > 0 && (fit == count || rule->verb != RULES_VERB_PASS);
}

/* The name or kind that the rule fits, into met[size]. */
static bool rules_meets(const struct rules_rule *rule, const struct rules_subject *subject,
                        char *met, size_t size)
{
    const char *at = subject->members;
    struct member member;

    if (rules_meets_own(rule, subject->name, met, size))
        return true;
    snprintf(met, size, "%s", "");
    if (!rule->is_name && subject->is_encrypted && rules_fits(rule->pattern, RULES_ENCRYPTED))
        return true;
    while (members_next(&at, &member)) {
        const char *text = rule->is_name ? member.name : member.kind;
        if (!*text || !rules_fits(rule->pattern, text))
            continue;
        snprintf(met, size, "%s", text);
        return true;
    }
    return false;
}

/* True if what the list of members leaves out could fit. */
static bool rules_may_meet(const struct rules_rule *rule, const struct rules_subject *subject)
{
    if (subject->flags & WIRE_MEMBERS_CUT)
        return true;
    return rule->is_name && subject->flags & WIRE_MEMBERS_SHORT && !rules_is_ending(rule->pattern);
}

static void rules_tell(const struct rules_rule *rule, const char *met, char *text, size_t size)
{
    snprintf(text, size, "%s %s%s%s", rule->is_name ? "name" : "kind", rule->pattern,
             *met ? ": " : "", met);
}

enum rules_answer rules_decide(const struct ruleset *set, const struct rules_subject *subject,
                               char *rule, size_t size)
{
    enum rules_answer answer = RULES_NONE;
    char met[MEMBERS_NAME_MAX];

    for (size_t i = 0; set && i < set->count; i++) {
        const struct rules_rule *one = &set->rule[i];
        if (!rules_applies(one, subject))
            continue;
        if (rules_meets(one, subject, met, sizeof met)) {
            if (one->verb == RULES_VERB_PASS)
                return answer;
            rules_tell(one, met, rule, size);
            if (one->verb == RULES_VERB_BLOCK)
                return RULES_BLOCK;
            answer = RULES_MARK;
        } else if (one->verb == RULES_VERB_BLOCK && rules_may_meet(one, subject)) {
            rules_tell(one, "", rule, size);
            return RULES_UNDECIDED;
        }
    }
    return answer;
}
