/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings: everything an operator can set about the service, as one table.
 *
 * The service's own rows and the scanner's (common/scannerconf) are all written
 * "epost_av.Name value" in c-icap's configuration.
 *
 * Owner: one struct settings in the process, filled while c-icap reads its
 * configuration. Threads: constant after settings_finish.
 */
#ifndef EPOST_AV_SETTINGS_H
#define EPOST_AV_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "common/directive.h"
#include "common/scannerconf.h"
#include "modules/epost_av/policy.h"

/* The file of exceptions that the installation brings; it need not be there. */
#define SETTINGS_EXCEPTIONS EPOST_CONFDIR "/exceptions"

/* The log of an installation; where it cannot be opened, c-icap's server log takes the lines. */
#define SETTINGS_LOG EPOST_LOGDIR "/epost_av.log"

enum settings_range { SETTINGS_RANGE_ALLOW = 0, SETTINGS_RANGE_STRIP, SETTINGS_RANGE_STRIP_RISKY };

struct settings {
    struct scanner_settings scanner;
    struct policy_set policies;
    /* the scanner as the service sees it */
    int start_scanner;
    char *scanner_path;
    char *scanner_pid;  /* file, "" none */
    int64_t ready_wait; /* ms a request waits for a scanner that is just restarting */
    /* bodies */
    int64_t memory_body;     /* bytes of one body kept in memory, beyond goes to a file */
    int64_t max_body_size;   /* bytes of one body */
    char *spool;             /* directory */
    int64_t receive_timeout; /* ms for one body */
    int64_t receive_rate;    /* bytes a second, averaged, after the first minute */
    /* what is done */
    char *profile;         /* the profile of requests that name none */
    int range_policy;      /* enum settings_range */
    char *range_risky;     /* file name endings, separated by blanks or commas */
    int64_t trickle_after; /* ms, 0: off */
    int64_t trickle_interval;
    int64_t trickle_bytes;
    char *exceptions; /* file, "" none */
    /* what is said */
    char *templates;         /* directory with one directory a language */
    char *language;          /* when the browser asks for none we have */
    char *contact;           /* whom the block page names */
    char *log;               /* destinations (common/eventlog.h), "" c-icap's server log */
    int log_format;          /* enum eventtext_format */
    int log_query;           /* enum record_privacy */
    int log_user;            /* enum record_privacy */
    int user_encoded;        /* X-Client-Username is base64 */
    char *quarantine;        /* the monitor's socket for copies, "" none */
    int64_t quarantine_wait; /* ms for one copy */
    char *events;            /* the monitor's socket, "" none */
    char *node;              /* the name of this machine; settings_finish puts it in */
    int64_t signature_age;   /* ms after which signatures are old, 0: never */
};

#define SETTINGS_ROWS 64 /* directives at most */

extern const struct directive settings_rows[];
extern const size_t settings_count;

/* All defaults, the scanner's too. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int settings_init(struct settings *settings, struct err *err);

/* Sets one directive, the service's own or the scanner's. Returns 0, or -1 and
 * err that says what is allowed. */
EPOST_MUST_CHECK int settings_set(struct settings *settings, const char *name, const char *value,
                                  struct err *err);

/* Checks what depends on several directives, when all are set. 0, or -1 and err. */
EPOST_MUST_CHECK int settings_finish(struct settings *settings, struct err *err);

/* 1 if there is a directive of that name, the service's or the scanner's. */
int settings_known(const char *name);

/* Writes the commented sample of all directives. */
void settings_print_sample(FILE *out);

/* Writes the manual's list of all directives (mdoc). */
void settings_print_manual(FILE *out);

void settings_free(struct settings *settings);

#endif
