/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define EVENTLOG_SYSLOG  "/dev/log"
#define EVENTLOG_JOURNAL "/run/systemd/journal/socket"

enum eventlog_kind { EVENTLOG_FILE, EVENTLOG_TO_SYSLOG, EVENTLOG_TO_JOURNAL };

struct eventlog_place {
    enum eventlog_kind kind;
    int facility;
    char path[512]; /* of the file or the socket */
    int fd;         /* the file, or an unconnected datagram socket */
};

struct eventlog {
    enum eventtext_format format;
    char ident[32];
    unsigned count;
    struct eventlog_place place[EVENTLOG_DESTINATIONS];
    _Atomic uint64_t lost;
};

/* -------------------------------------------------------------------- opening */

static const struct {
    const char *name;
    int facility;
} eventlog_facilities[] = {
    {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"daemon", LOG_DAEMON},
    {"mail", LOG_MAIL},     {"user", LOG_USER},         {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},     {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},     {"local6", LOG_LOCAL6},
    {"local7", LOG_LOCAL7},
};

static int eventlog_facility(const char *name, size_t length, int *facility_r, struct err *err)
{
    for (size_t i = 0; i < sizeof eventlog_facilities / sizeof eventlog_facilities[0]; i++)
        if (strlen(eventlog_facilities[i].name) == length &&
            strncasecmp(eventlog_facilities[i].name, name, length) == 0) {
            *facility_r = eventlog_facilities[i].facility;
            return 0;
        }
    return err_set(err,
                   "there is no syslog facility \"%.*s\"; known are auth, authpriv, daemon, "
                   "mail, user, local0 to local7",
                   (int)(length < 40 ? length : 40), name);
}

/* The socket behind "journal:" or "syslog:FACILITY:", or the default. */
static int eventlog_socket(struct eventlog_place *place, const char *path, const char *deflt,
                           struct err *err)
{
    if (*path == ':')
        path++;
    else if (*path)
        return err_set(err, "a destination is /FILE, syslog:FACILITY or journal");
    if (!*path)
        path = deflt;
    if (*path != '/' || strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
        return err_set(err, "\"%.200s\" is not the path of a socket", path);
    snprintf(place->path, sizeof place->path, "%s", path);
    place->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return place->fd < 0 ? err_sys(err, "cannot make a socket") : 0;
}

static int eventlog_file(const struct eventlog_place *place, struct err *err)
{
    int fd = open(place->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

    return fd < 0 ? err_sys(err, "cannot open Log %s", place->path) : fd;
}

static int eventlog_place(struct eventlog_place *place, const char *word, struct err *err)
{
    place->fd = -1;
    if (strncasecmp(word, "syslog:", 7) == 0) {
        size_t length = strcspn(word + 7, ":");
        place->kind = EVENTLOG_TO_SYSLOG;
        if (eventlog_facility(word + 7, length, &place->facility, err) < 0)
            return -1;
        return eventlog_socket(place, word + 7 + length, EVENTLOG_SYSLOG, err);
    }
    if (strncasecmp(word, "journal", 7) == 0) {
        place->kind = EVENTLOG_TO_JOURNAL;
        return eventlog_socket(place, word + 7, EVENTLOG_JOURNAL, err);
    }
    place->kind = EVENTLOG_FILE;
    if (*word != '/')
        return err_set(
            err, "\"%.200s\" is no destination: known are /FILE, syslog:FACILITY, journal", word);
    if (strlen(word) >= sizeof place->path)
        return err_set(err, "the name of a log file is too long");
    snprintf(place->path, sizeof place->path, "%s", word);
    place->fd = eventlog_file(place, err);
    return place->fd < 0 ? -1 : 0;
}

struct eventlog *eventlog_open(const char *destinations, enum eventtext_format format,
                               const char *ident, struct err *err)
{
    struct eventlog *log = calloc(1, sizeof *log);
    char words[EVENTLOG_WORDS_MAX + 1], *rest = words;

    if (!log) {
        err_set(err, "out of memory");
        return NULL;
    }
    log->format = format;
    snprintf(log->ident, sizeof log->ident, "%s", ident);
    if (snprintf(words, sizeof words, "%s", destinations) >= (int)sizeof words) {
        err_set(err, "the destinations of the log are too long");
        goto fail;
    }
    for (char *word; (word = strtok_r(rest, " \t", &rest));) {
        if (log->count == EVENTLOG_DESTINATIONS) {
            err_set(err, "more than %d destinations", EVENTLOG_DESTINATIONS);
            goto fail;
        }
        if (eventlog_place(&log->place[log->count], word, err) < 0)
            goto fail;
        log->count++;
    }
    return log;
fail:
    eventlog_close(&log);
    return NULL;
}

int eventlog_reopen(struct eventlog *log, struct err *err)
{
    int status = 0;

    for (unsigned i = 0; i < log->count; i++) {
        struct eventlog_place *place = &log->place[i];
        if (place->kind != EVENTLOG_FILE)
            continue;
        int fd = eventlog_file(place, err);
        if (fd < 0) {
            status = -1;
            continue;
        }
        /* The number stays the same, so that a line being written elsewhere hits a file. */
        if (dup3(fd, place->fd, O_CLOEXEC) < 0)
            status = err_sys(err, "cannot open Log %s", place->path);
        close(fd);
    }
    return status;
}

void eventlog_close(struct eventlog **log)
{
    if (!*log)
        return;
    for (unsigned i = 0; i < (*log)->count; i++)
        close((*log)->place[i].fd);
    free(*log);
    *log = NULL;
}

unsigned eventlog_count(const struct eventlog *log)
{
    return log ? log->count : 0;
}

uint64_t eventlog_lost(const struct eventlog *log)
{
    return log ? atomic_load(&log->lost) : 0;
}

/* -------------------------------------------------------------------- writing */

/* Of syslog: CEF's severity is 0 to 10 upwards, syslog's 7 to 0. */
static int eventlog_priority(const struct event *event)
{
    unsigned severity = event_severity(event);

    return severity >= 9 ? LOG_ERR : severity >= 4 ? LOG_WARNING : LOG_INFO;
}

static int eventlog_to_file(const struct eventlog_place *place, struct buf *line)
{
    size_t length = line->length;

    if (buf_adds(line, "\n") < 0)
        return -1;
    ssize_t done = write(place->fd, line->data, line->length);
    size_t wanted = line->length;
    line->data[length] = '\0';
    line->length = length;
    return done == (ssize_t)wanted ? 0 : -1;
}

static int eventlog_datagram(const struct eventlog_place *place, const struct buf *message)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (message->failed)
        return -1;
    memcpy(address.sun_path, place->path, strlen(place->path) + 1);
    ssize_t done = sendto(place->fd, message->data, message->length, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (struct sockaddr *)&address, sizeof address);
    return done == (ssize_t)message->length ? 0 : -1;
}

/* RFC 3164, as every log daemon takes it on its socket. */
static int eventlog_to_syslog(const struct eventlog *log, const struct eventlog_place *place,
                              const struct event *event, const struct buf *line)
{
    char stamp[32];
    struct buf message;
    struct tm local;
    time_t now = time(NULL);

    buf_init(&message, EVENTTEXT_MAX + 200);
    strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", localtime_r(&now, &local));
    buf_addf(&message, "<%d>%s %s[%d]: ", place->facility | eventlog_priority(event), stamp,
             log->ident, (int)getpid());
    buf_add(&message, buf_text(line), line->length);
    int status = eventlog_datagram(place, &message);
    buf_free(&message);
    return status;
}

/* The journal's own form: NAME=value lines; our values hold no line break. */
static void eventlog_journal_fields(struct buf *message, const struct event *event)
{
    size_t count;
    const struct event_row *rows = event_rows(&count);

    for (size_t i = 0; i < count; i++) {
        if (!event_has(event, rows[i].field))
            continue;
        buf_adds(message, "EPOST_");
        for (const char *c = rows[i].name; *c; c++)
            buf_addf(message, "%c", *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        buf_adds(message, "=");
        eventtext_value(message, event, rows[i].field);
        buf_adds(message, "\n");
    }
}

static int eventlog_to_journal(const struct eventlog *log, const struct eventlog_place *place,
                               const struct event *event, const struct buf *line)
{
    struct buf message;

    buf_init(&message, 2 * EVENTTEXT_MAX);
    buf_addf(&message, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=", eventlog_priority(event),
             log->ident);
    buf_add(&message, buf_text(line), line->length);
    buf_adds(&message, "\n");
    eventlog_journal_fields(&message, event);
    int status = eventlog_datagram(place, &message);
    buf_free(&message);
    return status;
}

unsigned eventlog_write(struct eventlog *log, const struct event *event)
{
    struct buf line;
    unsigned failed = 0;

    buf_init(&line, EVENTTEXT_MAX);
    int written = eventtext_add(&line, event, log->format);
    for (unsigned i = 0; i < log->count; i++) {
        const struct eventlog_place *place = &log->place[i];
        int status = -1;
        if (written < 0) {
            failed++;
            continue;
        }
        switch (place->kind) {
        case EVENTLOG_FILE:
            status = eventlog_to_file(place, &line);
            break;
        case EVENTLOG_TO_SYSLOG:
            status = eventlog_to_syslog(log, place, event, &line);
            break;
        case EVENTLOG_TO_JOURNAL:
            status = eventlog_to_journal(log, place, event, &line);
            break;
        }
        failed += status < 0;
    }
    atomic_fetch_add(&log->lost, failed);
    buf_free(&line);
    return failed;
}
