/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: everything an operator can set about the monitor and its commands, as
 * one table (common/directive.h).
 *
 * Owner: one struct conf in a process, filled at its start. Threads: constant
 * after that.
 */
#ifndef EPOST_OPERATE_CONF_H
#define EPOST_OPERATE_CONF_H

#include <stdint.h>
#include <stdio.h>

#include "common/directive.h"

#define CONF_FILE          EPOST_SYSCONFDIR "/epost-monitord.conf"
#define CONF_NOTIFICATIONS EPOST_CONFDIR "/notifications"

struct conf {
    /* what comes in */
    char *events;       /* socket */
    char *events_group; /* "" the daemon's own */
    int64_t backlog;    /* bytes of events that may wait for the database */
    char *board;        /* of the scanner */
    int64_t signature_age;
    /* what is kept */
    char *database;
    int keep_clean;
    int64_t keep_time; /* ms */
    int64_t keep_size; /* bytes */
    /* what is kept in quarantine */
    char *quarantine;           /* socket */
    char *quarantine_directory; /* for the copies */
    char *quarantine_key;       /* file, "" no quarantine */
    char *quarantine_group;     /* whose members may read copies, "" the daemon's own */
    int64_t quarantine_item;    /* bytes of one body */
    int64_t quarantine_size;    /* bytes of all */
    int64_t quarantine_copies;
    int64_t quarantine_time; /* ms */
    char *release_to;        /* where a mail is released to, "" nowhere */
    char *exceptions;        /* the service's file */
    char *control;           /* c-icap's control pipe, "" none */
    char *scanner;           /* the scanner's socket, for rescan */
    char *notifications;     /* file of the rules */
    /* what is told */
    char *listen;       /* ADDRESS:PORT, "" none */
    char *hosts;        /* further names in Host */
    char *token_file;   /* "" no access over TCP but to what tells of nobody */
    char *socket;       /* Unix socket for HTTP, "" none */
    char *socket_group; /* "" the daemon's own */
    char *node;
    char *language;
};

extern const struct directive conf_rows[];
extern const size_t conf_count;

/* Defaults, then the file. A missing file is no error unless `must` is set. Returns 0, or -1
 * and err. Release with conf_free either way. */
EPOST_MUST_CHECK int conf_load(struct conf *conf, const char *path, int must, struct err *err);

void conf_free(struct conf *conf);

/* Writes the commented sample, or the manual's list (mdoc). */
void conf_print_sample(FILE *out);
void conf_print_manual(FILE *out);

#endif
