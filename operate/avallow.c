/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epost-av-allow: from a false positive to an exception: by the number on the
 * block page, by SHA-256, or by the name of a threat.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "operate/allow.h"
#include "operate/deed.h"
#include "operate/find.h"

#define AVALLOW_UNTOLD 3 /* exit status: done, but the monitor does not know */

struct avallow {
    struct conf conf;
    bool by_threat; /* of a number: its threat instead of its SHA-256 */
    char id[64], sha256[65], threat[257];
    unsigned found;
};

static void avallow_say(const char *text)
{
    fprintf(stderr, "epost-av-allow: %s\n", text);
}

/* ---------------------------------------------------------------------- the event */

static void avallow_take(void *data, int64_t number, const struct event *event)
{
    struct avallow *a = data;

    (void)number;
    if (event_kind_of(event) != EVENT_KIND_TRANSACTION)
        return;
    event_copy(event, EVENT_FIELD_ID, a->id, sizeof a->id);
    event_copy(event, EVENT_FIELD_SHA256, a->sha256, sizeof a->sha256);
    event_copy(event, EVENT_FIELD_THREAT, a->threat, sizeof a->threat);
    a->found++;
}

static int avallow_look_up(struct avallow *a, const char *number, struct err *err)
{
    struct find_query query;
    struct find *find = find_open(a->conf.database, err);
    int status = -1;

    if (!find)
        return -1;
    find_init(&query);
    query.kind = EVENT_KIND_TRANSACTION;
    query.limit = 2;
    for (unsigned i = 0; i < SCHEMA_COLUMN_COUNT; i++)
        if (schema_columns[i].field == EVENT_FIELD_ID)
            snprintf(query.text[i], sizeof query.text[i], "%s", number);
    if (find_events(find, &query, avallow_take, a, err) >= 0)
        status = a->found == 1 ? 0
                               : err_set(err,
                                         a->found ? "%.60s is not the number of one request"
                                                  : "the monitor knows no request %.60s",
                                         number);
    find_close(&find);
    return status;
}

/* ----------------------------------------------------------------------- the deed */

static bool avallow_is_number(const char *text)
{
    unsigned dashes = 0;

    for (const char *c = text; *c; c++) {
        dashes += *c == '-';
        if (!strchr("0123456789abcdef-", *c))
            return false;
    }
    return dashes == 2;
}

static bool avallow_is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

/* A number or a SHA-256 of which a part is missing; no threat has such a name. */
static bool avallow_is_cut_off(const char *text)
{
    return *text && !text[strspn(text, "0123456789abcdefABCDEF-")];
}

static int avallow_decide(struct avallow *a, const char *word, struct err *err)
{
    if (avallow_is_number(word)) {
        if (avallow_look_up(a, word, err) < 0)
            return -1;
        if (a->by_threat ? !a->threat[0] : !a->sha256[0])
            return err_set(err, "the event of %.60s names no %s", word,
                           a->by_threat ? "threat" : "SHA-256 (use --threat)");
        return 0;
    }
    if (avallow_is_sha256(word)) {
        for (size_t i = 0; i < sizeof a->sha256; i++)
            a->sha256[i] = (char)tolower((unsigned char)word[i]);
        a->by_threat = false;
        return 0;
    }
    if (avallow_is_cut_off(word))
        return err_set(err,
                       "%.80s is not the number of a request, which the block page shows and which "
                       "has three parts, and not a SHA-256 of 64 digits",
                       word);
    if (strlen(word) >= sizeof a->threat)
        return err_set(err, "this is too long for the name of a threat");
    snprintf(a->threat, sizeof a->threat, "%s", word);
    a->by_threat = true;
    return 0;
}

/* The exit status, or -1 and err. */
static int avallow_do(struct avallow *a, const char *word, struct err *err)
{
    struct event deed;
    char why[128], rule[320];
    bool is_new;
    int status;

    if (avallow_decide(a, word, err) < 0)
        return -1;
    snprintf(why, sizeof why, "epost-av-allow %.90s", word);
    status = a->by_threat ? allow_threat(&a->conf, a->threat, why, &is_new, err)
                          : allow_sha256(&a->conf, a->sha256, why, &is_new, err);
    if (status < 0)
        return -1;
    snprintf(rule, sizeof rule, "%s %s", a->by_threat ? "threat" : "sha256",
             a->by_threat ? a->threat : a->sha256);
    printf("%s: %s %s\n", is_new ? "allowed" : "allowed already", rule,
           *a->conf.control ? "; the service was told"
                            : "; the service is not told: Control is not set");
    deed_begin(&deed, EVENT_KIND_ALLOWED, &a->conf, NULL);
    event_set_text(&deed, EVENT_FIELD_ID, a->id);
    event_set_text(&deed, EVENT_FIELD_SHA256, a->sha256);
    event_set_text(&deed, EVENT_FIELD_THREAT, a->threat);
    event_set_text(&deed, EVENT_FIELD_RULE, rule);
    if (deed_tell(&a->conf, &deed) == 0)
        return EXIT_SUCCESS;
    avallow_say("done, but the monitor was not told; syslog has the event");
    return AVALLOW_UNTOLD;
}

static int avallow_usage(FILE *out)
{
    fputs("usage: epost-av-allow [--config FILE] [--threat] NUMBER\n"
          "       epost-av-allow [--config FILE] SHA256 | THREAT\n"
          "       epost-av-allow --version | --help\n",
          out);
    return out == stdout ? EXIT_SUCCESS : 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"threat", no_argument, NULL, 't'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct avallow a;
    const char *config = CONF_FILE;
    struct err err;
    int status = -1;

    memset(&a, 0, sizeof a);
    for (int option; (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 't':
            a.by_threat = true;
            break;
        case 'V':
            puts("epost-av-allow " PACKAGE_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            return avallow_usage(stdout);
        default:
            return avallow_usage(stderr);
        }
    }
    if (optind + 1 != argc)
        return avallow_usage(stderr);
    if (conf_load(&a.conf, config, strcmp(config, CONF_FILE) != 0, &err) == 0)
        status = avallow_do(&a, argv[optind], &err);
    if (status == -1)
        avallow_say(err.text);
    conf_free(&a.conf);
    return status == -1 ? EXIT_FAILURE : status;
}
