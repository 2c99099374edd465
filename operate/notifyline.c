/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyline.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/value.h"
#include "common/verdict.h"
#include "operate/mailout.h"
#include "operate/metrics.h"

#define NOTIFYLINE_S   1000ll
#define NOTIFYLINE_DAY (86400 * NOTIFYLINE_S)

/* ------------------------------------------------------------------------ words */

/* Ends the word that begins at *at, in place and without its quotes; *at goes behind it. */
static int notifyline_word(char **at, struct err *err)
{
    char *from = *at, *to = *at;
    bool is_quoted = false;

    for (; *from && (is_quoted || !strchr(" \t\r", *from)); from++) {
        if (*from == '"')
            is_quoted = !is_quoted;
        else
            *to++ = *from;
    }
    if (is_quoted)
        return err_set(err, "a double quote is not closed");
    *at = from + (*from != '\0');
    *to = '\0';
    return 0;
}

int notifyline_split(struct notifyline *line, char *text, struct err *err)
{
    line->words = 0;
    for (const char *c = text; *c; c++)
        if (((unsigned char)*c < ' ' && !strchr("\t\r", *c)) || *c == 0x7f)
            return err_set(err, "a control character");
    for (char *at = text; *(at += strspn(at, " \t\r")) && *at != '#';) {
        if (line->words == NOTIFYLINE_WORDS)
            return err_set(err, "more than %d words", NOTIFYLINE_WORDS);
        line->word[line->words++] = at;
        if (notifyline_word(&at, err) < 0)
            return -1;
    }
    return 0;
}

static int notifyline_name(const char *word, char name[NOTIFYRULES_NAME], struct err *err)
{
    size_t length = strlen(word);

    if (!length || length >= NOTIFYRULES_NAME ||
        strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") < length)
        return err_set(err, "a name of 1 to %d letters, digits and -_. is expected, not \"%.60s\"",
                       NOTIFYRULES_NAME - 1, word);
    memcpy(name, word, length + 1);
    return 0;
}

static int notifyline_time(const char *name, const char *value, int64_t least, int64_t most,
                           int64_t *ms_r, struct err *err)
{
    if (value_seconds(value, ms_r) < 0 || *ms_r < least || *ms_r > most)
        return err_set(err, "%s=%.60s: a time of %.3g to %.6g seconds is expected (10s, 5m, 1h)",
                       name, value, (double)least / 1000, (double)most / 1000);
    return 0;
}

/* ---------------------------------------------------------------------- targets */

enum notifyline_type {
    NOTIFYLINE_PATH,
    NOTIFYLINE_URL,
    NOTIFYLINE_FROM,
    NOTIFYLINE_TO,
    NOTIFYLINE_BOOL,
    NOTIFYLINE_TIME,
    NOTIFYLINE_INT
};

#define NOTIFYLINE_AT(f) offsetof(struct notifyrules_target, f)
#define NOTIFYLINE_P     (1u << NOTIFYRULES_PROGRAM)
#define NOTIFYLINE_W     (1u << NOTIFYRULES_WEBHOOK)
#define NOTIFYLINE_M     (1u << NOTIFYRULES_MAIL)

static const struct notifyline_option {
    const char *name;
    enum notifyline_type type;
    unsigned channels;
    size_t offset;
    int64_t least, most;
} notifyline_options[] = {
    {"from", NOTIFYLINE_FROM, NOTIFYLINE_M, 0, 0, 0},
    {"to", NOTIFYLINE_TO, NOTIFYLINE_M, 0, 0, 0},
    {"login", NOTIFYLINE_PATH, NOTIFYLINE_M, NOTIFYLINE_AT(login_file), 0, 0},
    {"tls", NOTIFYLINE_BOOL, NOTIFYLINE_M, NOTIFYLINE_AT(is_tls), 0, 0},
    {"token", NOTIFYLINE_PATH, NOTIFYLINE_W, NOTIFYLINE_AT(token_file), 0, 0},
    {"key", NOTIFYLINE_PATH, NOTIFYLINE_W, NOTIFYLINE_AT(key_file), 0, 0},
    {"proxy", NOTIFYLINE_URL, NOTIFYLINE_W, NOTIFYLINE_AT(proxy), 0, 0},
    {"ca", NOTIFYLINE_PATH, NOTIFYLINE_W | NOTIFYLINE_M, NOTIFYLINE_AT(ca_file), 0, 0},
    {"deadline", NOTIFYLINE_TIME, ~0u, NOTIFYLINE_AT(deadline_ms), 100, 600 * NOTIFYLINE_S},
    {"pause", NOTIFYLINE_TIME, ~0u, NOTIFYLINE_AT(pause_ms), 10, 3600 * NOTIFYLINE_S},
    {"tries", NOTIFYLINE_INT, ~0u, NOTIFYLINE_AT(tries), 1, 20},
};

/* A place in a command line or a header: no blanks, printable ASCII. */
static bool notifyline_is_plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '"' || *c == '<' || *c == '>')
            return false;
    return *text != '\0';
}

static int notifyline_address(const char *text, size_t length, char address[NOTIFYRULES_ADDRESS],
                              struct err *err)
{
    const char *at = memchr(text, '@', length);

    if (length >= NOTIFYRULES_ADDRESS || !mailout_address_is_good(text, length) || !at ||
        at == text || at + 1 == text + length)
        return err_set(err, "\"%.*s\" is no mail address", (int)(length < 60 ? length : 60), text);
    memcpy(address, text, length);
    address[length] = '\0';
    if (notifyline_is_plain(address))
        return 0;
    return err_set(err, "\"%.60s\": only ASCII addresses can be used", address);
}

static int notifyline_recipients(const char *value, struct notifyrules_target *target,
                                 struct err *err)
{
    for (const char *at = value;; at++) {
        size_t length = strcspn(at, ",");
        if (target->recipients == NOTIFYRULES_RECIPIENTS)
            return err_set(err, "more than %d recipients", NOTIFYRULES_RECIPIENTS);
        if (notifyline_address(at, length, target->to[target->recipients], err) < 0)
            return -1;
        target->recipients++;
        at += length;
        if (!*at)
            return 0;
    }
}

static int notifyline_option(const struct notifyline_option *option, const char *value,
                             struct notifyrules_target *target, struct err *err)
{
    char *field = (char *)target + option->offset;
    int64_t number;

    switch (option->type) {
    case NOTIFYLINE_PATH:
    case NOTIFYLINE_URL:
        if ((option->type == NOTIFYLINE_PATH && *value != '/') || !notifyline_is_plain(value) ||
            strlen(value) >= NOTIFYRULES_PLACE)
            return err_set(err, "%s=%.60s: %s is expected", option->name, value,
                           option->type == NOTIFYLINE_PATH ? "an absolute path" : "a URL");
        memcpy(field, value, strlen(value) + 1);
        return 0;
    case NOTIFYLINE_FROM:
        return notifyline_address(value, strlen(value), target->from, err);
    case NOTIFYLINE_TO:
        return notifyline_recipients(value, target, err);
    case NOTIFYLINE_BOOL:
        if (value_bool(value, (int *)(void *)field) < 0)
            return err_set(err, "%s=%.60s: on or off is expected", option->name, value);
        return 0;
    case NOTIFYLINE_TIME:
        return notifyline_time(option->name, value, option->least, option->most,
                               (int64_t *)(void *)field, err);
    case NOTIFYLINE_INT:
        if (value_integer(value, 10, &number) < 0 || number < option->least ||
            number > option->most)
            return err_set(err, "%s=%.60s: %lld to %lld is expected", option->name, value,
                           (long long)option->least, (long long)option->most);
        memcpy(field, &number, sizeof number);
        return 0;
    }
    return err_set(err, "%s", option->name);
}

static bool notifyline_has_scheme(const char *place, const char *const *schemes)
{
    for (; *schemes; schemes++) {
        size_t length = strlen(*schemes);
        if (strncmp(place, *schemes, length) == 0 && place[length] && place[length] != '/')
            return true;
    }
    return false;
}

static int notifyline_place(const char *word, struct notifyrules_target *target, struct err *err)
{
    static const char *const web[] = {"https://", "http://", NULL};
    static const char *const mail[] = {"smtp://", "smtps://", NULL};
    bool is_good = strlen(word) < NOTIFYRULES_PLACE && notifyline_is_plain(word);

    if (target->channel == NOTIFYRULES_PROGRAM && (!is_good || *word != '/'))
        return err_set(err, "the absolute path of a program is expected, not \"%.60s\"", word);
    if (target->channel == NOTIFYRULES_WEBHOOK && (!is_good || !notifyline_has_scheme(word, web)))
        return err_set(err, "http:// or https:// is expected, not \"%.60s\"", word);
    if (target->channel == NOTIFYRULES_MAIL &&
        (!is_good || !notifyline_has_scheme(word, mail) || strchr(word + 8, '/')))
        return err_set(err, "smtp://HOST:PORT or smtps://HOST:PORT is expected, not \"%.60s\"",
                       word);
    memcpy(target->place, word, strlen(word) + 1);
    return 0;
}

int notifyline_target(struct notifyline *line, struct notifyrules_target *target, struct err *err)
{
    const size_t count = sizeof notifyline_options / sizeof notifyline_options[0];

    target->deadline_ms = 10 * NOTIFYLINE_S;
    target->pause_ms = 5 * NOTIFYLINE_S;
    target->tries = 5;
    if (line->words < 3)
        return err_set(err, "%s NAME %s is expected", line->word[0],
                       target->channel == NOTIFYRULES_PROGRAM ? "/PATH" : "URL");
    if (notifyline_name(line->word[1], target->name, err) < 0 ||
        notifyline_place(line->word[2], target, err) < 0)
        return -1;
    for (unsigned i = 3; i < line->words; i++) {
        size_t at = 0, length = strcspn(line->word[i], "=");
        while (at < count && (strncmp(notifyline_options[at].name, line->word[i], length) != 0 ||
                              notifyline_options[at].name[length] ||
                              !(notifyline_options[at].channels & 1u << target->channel)))
            at++;
        if (!line->word[i][length] || at == count)
            return err_set(err, "a %s has no option \"%.60s\"", line->word[0], line->word[i]);
        if (notifyline_option(&notifyline_options[at], line->word[i] + length + 1, target, err) < 0)
            return -1;
    }
    if (target->channel == NOTIFYRULES_MAIL && (!*target->from || !target->recipients))
        return err_set(err, "a mail needs from=ADDRESS and to=ADDRESS");
    return 0;
}

/* ------------------------------------------------------------------------ rules */

static const struct {
    const char *name;
    enum event_field field;
    bool is_pattern;
} notifyline_conditions[] = {
    {"event", EVENT_FIELD_EVENT, false},   {"verdict", EVENT_FIELD_VERDICT, false},
    {"reason", EVENT_FIELD_REASON, false}, {"action", EVENT_FIELD_ACTION, false},
    {"threat", EVENT_FIELD_THREAT, true},  {"profile", EVENT_FIELD_PROFILE, true},
    {"user", EVENT_FIELD_USER, true},      {"client", EVENT_FIELD_CLIENT, true},
    {"host", EVENT_FIELD_HOST, true},      {"name", EVENT_FIELD_NAME, true},
    {"sender", EVENT_FIELD_SENDER, true},  {"rule", EVENT_FIELD_RULE, true},
};
#define NOTIFYLINE_CONDITIONS (sizeof notifyline_conditions / sizeof notifyline_conditions[0])

/* Whether such events are ever offered to the rules. */
static int notifyline_known(enum event_field field, const char *word, struct err *err)
{
    bool is_known = false;

    if (field == EVENT_FIELD_EVENT) {
        for (unsigned kind = 1; kind < EVENT_KIND_END; kind++)
            is_known |= strcmp(event_kind_name(kind), word) == 0;
    } else if (field == EVENT_FIELD_VERDICT) {
        for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++)
            is_known |= strcmp(verdict_name(verdict), word) == 0;
        if (strcmp(word, verdict_name(VERDICT_CLEAN)) == 0 ||
            strcmp(word, verdict_name(VERDICT_NO_BODY)) == 0)
            return err_set(err, "verdict=%s: nobody is told of requests in which nothing was found",
                           word);
    } else if (field == EVENT_FIELD_REASON) {
        is_known = reason_from_name(word) >= 0;
    } else {
        is_known = metrics_action_of(word) >= 0;
    }
    return is_known ? 0 : err_set(err, "there is no %s \"%.60s\"", event_row(field)->name, word);
}

static int notifyline_condition(struct notifyrules_rule *rule, enum event_field field,
                                bool is_pattern, const char *value, struct err *err)
{
    for (const char *at = value;; at++) {
        struct notifyrules_condition *condition = &rule->condition[rule->conditions];
        size_t length = is_pattern ? strlen(at) : strcspn(at, ",");
        if (rule->conditions == NOTIFYRULES_CONDITIONS)
            return err_set(err, "more than %d conditions", NOTIFYRULES_CONDITIONS);
        if (!length || length >= sizeof condition->text)
            return err_set(err, "%s=: 1 to %zu characters are expected", event_row(field)->name,
                           sizeof condition->text - 1);
        condition->field = field;
        condition->is_pattern = is_pattern;
        memcpy(condition->text, at, length);
        condition->text[length] = '\0';
        if (!is_pattern && notifyline_known(field, condition->text, err) < 0)
            return -1;
        rule->conditions++;
        at += length;
        if (!*at)
            return 0;
    }
}

static int notifyline_rate(const char *value, struct notifyrules_rule *rule, struct err *err)
{
    char count[16];
    const char *slash = strchr(value, '/');
    int64_t number = 0;

    snprintf(count, sizeof count, "%.*s", slash ? (int)(slash - value) : 0, value);
    if (!slash || slash - value >= (ptrdiff_t)sizeof count ||
        value_integer(count, 10, &number) < 0 || number < 1 || number > NOTIFYRULES_RATE_MAX)
        return err_set(err, "rate=%.60s: COUNT/TIME is expected, as 100/1m, COUNT at most %d",
                       value, NOTIFYRULES_RATE_MAX);
    rule->rate_count = (unsigned)number;
    return notifyline_time("rate", slash + 1, NOTIFYLINE_S, NOTIFYLINE_DAY, &rule->rate_ms, err);
}

static int notifyline_part(struct notifyrules_rule *rule, const char *word,
                           char to[NOTIFYRULES_NAME], struct err *err)
{
    size_t length = strcspn(word, "=");
    const char *value = word + length + 1;

    if (!word[length])
        return err_set(err, "NAME=VALUE is expected, not \"%.60s\"", word);
    if (strncmp(word, "to=", 3) == 0)
        return notifyline_name(value, to, err);
    if (strncmp(word, "every=", 6) == 0)
        return notifyline_time("every", value, 0, NOTIFYLINE_DAY, &rule->every_ms, err);
    if (strncmp(word, "rate=", 5) == 0)
        return notifyline_rate(value, rule, err);
    for (size_t i = 0; i < NOTIFYLINE_CONDITIONS; i++)
        if (strlen(notifyline_conditions[i].name) == length &&
            strncmp(word, notifyline_conditions[i].name, length) == 0)
            return notifyline_condition(rule, notifyline_conditions[i].field,
                                        notifyline_conditions[i].is_pattern, value, err);
    return err_set(err, "a rule has no condition \"%.60s\"", word);
}

int notifyline_rule(struct notifyline *line, struct notifyrules_rule *rule,
                    char to[NOTIFYRULES_NAME], struct err *err)
{
    bool has_event = false;

    rule->every_ms = 600 * NOTIFYLINE_S;
    to[0] = '\0';
    if (line->words < 3)
        return err_set(err, "rule NAME to=TARGET CONDITION... is expected");
    if (notifyline_name(line->word[1], rule->name, err) < 0)
        return -1;
    for (unsigned i = 2; i < line->words; i++)
        if (notifyline_part(rule, line->word[i], to, err) < 0)
            return -1;
    if (!*to)
        return err_set(err, "rule %s has no to=TARGET", rule->name);
    if (!rule->conditions)
        return err_set(err, "rule %s has no condition", rule->name);
    for (unsigned i = 0; i < rule->conditions; i++)
        has_event |= rule->condition[i].field == EVENT_FIELD_EVENT;
    /* Service events carry what they say of a request: who means those names them. */
    return has_event ? 0
                     : notifyline_condition(rule, EVENT_FIELD_EVENT, false,
                                            event_kind_name(EVENT_KIND_TRANSACTION), err);
}
