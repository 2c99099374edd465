/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyrules.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "operate/notifyline.h"
#include "operate/trustedfile.h"

const char *notifyrules_channel_name(unsigned channel)
{
    static const char *const names[NOTIFYRULES_CHANNELS] = {"program", "webhook", "mail"};

    return channel < NOTIFYRULES_CHANNELS ? names[channel] : "none";
}

void notifyrules_free(struct notifyrules **rules)
{
    if (!*rules)
        return;
    OPENSSL_cleanse(*rules, sizeof **rules);
    free(*rules);
    *rules = NULL;
}

/* A rule may stand before its target: names are looked up when all is read. */
static int notifyrules_line(struct notifyrules *rules, struct notifyline *line, unsigned number,
                            char (*to)[NOTIFYRULES_NAME], struct err *err)
{
    const char *verb = line->word[0];

    for (unsigned channel = 0; channel < NOTIFYRULES_CHANNELS; channel++)
        if (strcmp(verb, notifyrules_channel_name(channel)) == 0) {
            if (rules->targets == NOTIFYRULES_TARGETS)
                return err_set(err, "more than %d targets", NOTIFYRULES_TARGETS);
            struct notifyrules_target *target = &rules->target[rules->targets];
            target->channel = (enum notifyrules_channel)channel;
            target->line = number;
            if (notifyline_target(line, target, err) < 0)
                return -1;
            for (unsigned i = 0; i < rules->targets; i++)
                if (strcmp(rules->target[i].name, target->name) == 0)
                    return err_set(err, "there is a target %s already, on line %u", target->name,
                                   rules->target[i].line);
            rules->targets++;
            return 0;
        }
    if (strcmp(verb, "rule") != 0)
        return err_set(err, "program, webhook, mail or rule is expected, not \"%.60s\"", verb);
    if (rules->rules == NOTIFYRULES_RULES)
        return err_set(err, "more than %d rules", NOTIFYRULES_RULES);
    struct notifyrules_rule *rule = &rules->rule[rules->rules];
    rule->line = number;
    if (notifyline_rule(line, rule, to[rules->rules], err) < 0)
        return -1;
    for (unsigned i = 0; i < rules->rules; i++)
        if (strcmp(rules->rule[i].name, rule->name) == 0)
            return err_set(err, "there is a rule %s already, on line %u", rule->name,
                           rules->rule[i].line);
    rules->rules++;
    return 0;
}

static int notifyrules_join(struct notifyrules *rules, char (*to)[NOTIFYRULES_NAME],
                            unsigned *line_r, struct err *err)
{
    for (unsigned i = 0; i < rules->rules; i++) {
        struct notifyrules_rule *rule = &rules->rule[i];

        while (rule->target < rules->targets &&
               strcmp(rules->target[rule->target].name, to[i]) != 0)
            rule->target++;
        *line_r = rule->line;
        if (rule->target == rules->targets)
            return err_set(err, "to=%s: there is no such program, webhook or mail", to[i]);
    }
    return 0;
}

struct notifyrules *notifyrules_parse(char *text, const char *path, struct err *err)
{
    struct notifyrules *rules = calloc(1, sizeof *rules);
    char(*to)[NOTIFYRULES_NAME] = calloc(NOTIFYRULES_RULES, sizeof *to);
    struct notifyline line;
    unsigned number = 0;
    int status = rules && to ? 0 : err_set(err, "out of memory");

    for (char *next = text; status == 0 && next;) {
        char *at = next;
        next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        number++;
        status = notifyline_split(&line, at, err);
        if (status == 0 && line.words)
            status = notifyrules_line(rules, &line, number, to, err);
    }
    if (status == 0)
        status = notifyrules_join(rules, to, &number, err);
    if (status < 0) {
        err_prefix(err, "%s:%u", path, number);
        notifyrules_free(&rules);
    }
    free(to);
    return rules;
}

/* --------------------------------------------------------------- what it names */

static int notifyrules_secret(const char *file, char secret[NOTIFYRULES_SECRET], struct err *err)
{
    if (!*file)
        return 0;
    if (trustedfile_line(file, TRUSTEDFILE_SECRET, secret, NOTIFYRULES_SECRET, err) < 0)
        return -1;
    for (const char *c = secret; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return err_set(err, "%s holds a control character", file);
    return 0;
}

static int notifyrules_open(struct notifyrules_target *target, struct err *err)
{
    if (target->channel == NOTIFYRULES_PROGRAM) {
        int fd = trustedfile_open(target->place, TRUSTEDFILE_PROGRAM, err);
        if (fd < 0)
            return -1;
        close(fd);
    }
    if (*target->ca_file) {
        int fd = trustedfile_open(target->ca_file, TRUSTEDFILE_OPEN, err);
        if (fd < 0)
            return -1;
        close(fd);
    }
    if (notifyrules_secret(target->token_file, target->token, err) < 0 ||
        notifyrules_secret(target->key_file, target->key, err) < 0 ||
        notifyrules_secret(target->login_file, target->login, err) < 0)
        return -1;
    return !*target->login || strchr(target->login, ':')
               ? 0
               : err_set(err, "%s: USER:PASSWORD is expected", target->login_file);
}

struct notifyrules *notifyrules_load(const char *path, struct err *err)
{
    struct notifyrules *rules = NULL;
    struct buf text;

    buf_init(&text, NOTIFYRULES_FILE_MAX);
    if (trustedfile_read(path, TRUSTEDFILE_OPEN, &text, err) == 0 && buf_adds(&text, "\n") == 0)
        rules = notifyrules_parse(text.data, path, err);
    buf_free(&text);
    for (unsigned i = 0; rules && i < rules->targets; i++)
        if (notifyrules_open(&rules->target[i], err) < 0) {
            err_prefix(err, "%s:%u", path, rules->target[i].line);
            notifyrules_free(&rules);
        }
    return rules;
}
