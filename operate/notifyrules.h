/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyrules: who is told of which events, as the file that directive
 * Notifications names says it:
 *
 *     program NAME /PATH
 *     webhook NAME URL [token=FILE] [key=FILE]
 *     mail    NAME smtp://HOST:PORT from=ADDRESS to=ADDRESS,ADDRESS [login=FILE]
 *     rule    NAME to=TARGET CONDITION... [rate=COUNT/TIME] [every=TIME]
 *
 * Nothing in it comes from an event: addresses, URLs and programs are the
 * operator's alone. A file with one mistake is refused as a whole.
 *
 * Owner: whoever loads it; notifyrules_free. Threads: constant after loading.
 */
#ifndef EPOST_OPERATE_NOTIFYRULES_H
#define EPOST_OPERATE_NOTIFYRULES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/event.h"

#define NOTIFYRULES_FILE_MAX   (256u << 10) /* bytes */
#define NOTIFYRULES_TARGETS    32
#define NOTIFYRULES_RULES      64
#define NOTIFYRULES_CONDITIONS 32 /* of one rule */
#define NOTIFYRULES_RECIPIENTS 16 /* of one target */
#define NOTIFYRULES_NAME       40 /* bytes with NUL, of a target or a rule */
#define NOTIFYRULES_PLACE      512
#define NOTIFYRULES_ADDRESS    256
#define NOTIFYRULES_SECRET     256
#define NOTIFYRULES_RATE_MAX   10000 /* events */

enum notifyrules_channel {
    NOTIFYRULES_PROGRAM,
    NOTIFYRULES_WEBHOOK,
    NOTIFYRULES_MAIL,
    NOTIFYRULES_CHANNELS
};

struct notifyrules_target {
    enum notifyrules_channel channel;
    unsigned line; /* of the file */
    char name[NOTIFYRULES_NAME];
    char place[NOTIFYRULES_PLACE];  /* path of a program, else a URL */
    char from[NOTIFYRULES_ADDRESS]; /* of a mail */
    char to[NOTIFYRULES_RECIPIENTS][NOTIFYRULES_ADDRESS];
    unsigned recipients;
    char token_file[NOTIFYRULES_PLACE], key_file[NOTIFYRULES_PLACE], login_file[NOTIFYRULES_PLACE];
    char ca_file[NOTIFYRULES_PLACE], proxy[NOTIFYRULES_PLACE];
    char token[NOTIFYRULES_SECRET]; /* the content of these files */
    char key[NOTIFYRULES_SECRET];
    char login[NOTIFYRULES_SECRET]; /* USER:PASSWORD */
    int is_tls;                     /* of a mail: STARTTLS must succeed */
    int64_t deadline_ms;            /* of one try */
    int64_t tries;
    int64_t pause_ms; /* after the first try; it doubles */
};

/* The event's field must be one of the texts of all conditions on that field. */
struct notifyrules_condition {
    enum event_field field;
    bool is_pattern; /* of the shell, without regard to case; else the word itself */
    char text[128];
};

struct notifyrules_rule {
    unsigned line;
    char name[NOTIFYRULES_NAME];
    unsigned target; /* index */
    unsigned conditions;
    struct notifyrules_condition condition[NOTIFYRULES_CONDITIONS];
    unsigned rate_count; /* so many events ... 0: each counts */
    int64_t rate_ms;     /* ... in that time */
    int64_t every_ms;    /* at most one notification in that time */
};

struct notifyrules {
    unsigned targets, rules;
    struct notifyrules_target target[NOTIFYRULES_TARGETS];
    struct notifyrules_rule rule[NOTIFYRULES_RULES];
};

/* Reads the text, which is changed; `path` is its name in messages. No file is opened. Returns it,
 * or NULL and err ("path:line: ..."). */
EPOST_MUST_CHECK struct notifyrules *notifyrules_parse(char *text, const char *path,
                                                       struct err *err);

/* Reads the file and those that it names, which nobody else may write. Returns the rules, or NULL
 * and err. */
EPOST_MUST_CHECK struct notifyrules *notifyrules_load(const char *path, struct err *err);

void notifyrules_free(struct notifyrules **rules); /* and forgets what is secret */

/* "program", "webhook", "mail". */
const char *notifyrules_channel_name(unsigned channel);

#endif
