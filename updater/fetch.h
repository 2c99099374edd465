/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch: the one user of libcurl: one file over HTTP(S), within limits.
 *
 * Bytes are counted as they arrive against the ceiling of the request; a
 * transfer that is too slow, too long or too late is given up; redirects are
 * followed three times and never from https to http; a download that was cut
 * off goes on where it stopped (Range and If-Range).
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_FETCH_H
#define EPOST_UPDATER_FETCH_H

#include <stdint.h>

#include "common/buf.h"
#include "updater/result.h"
#include "updater/settings.h"

#define FETCH_TAG_MAX 256

enum fetch_end {
    FETCH_DONE = 0,  /* all of it is there */
    FETCH_SAME,      /* 304: what the caller has is still it */
    FETCH_MISSING,   /* 404, 410 */
    FETCH_FORBIDDEN, /* 401, 403, 407 */
    FETCH_BUSY,      /* 429, 503: see retry_at */
    FETCH_STATUS,    /* any other status */
    FETCH_NETWORK,   /* no connection, no such host, connection lost */
    FETCH_SLOW,      /* below LowSpeed, or past a deadline */
    FETCH_TLS,       /* the server's certificate is not accepted, or TLS failed */
    FETCH_TRUNCATED, /* ended early: what arrived is kept */
    FETCH_TOO_LARGE, /* more bytes than the ceiling: nothing is kept */
    FETCH_REDIRECT,  /* to a place it must not lead to, or too often */
    FETCH_DISK,      /* could not be written */
    FETCH_LOCAL      /* nothing to do with the server: settings, memory */
};

struct fetch_request {
    const char *url;
    const char *what;     /* for progress and messages: "daily.cvd" */
    uint64_t ceiling;     /* bytes the whole file may have */
    struct buf *memory;   /* where it goes: here (NULL: to fd) … */
    int fd;               /* … or into this file, which is read and written from `offset` */
    int only_first;       /* only the first `ceiling` bytes are wanted */
    uint64_t offset;      /* bytes of fd that are there already; 0 for all anew */
    const char *if_range; /* validator that belongs to them, or NULL: then by position alone */
    const char *etag, *modified; /* conditional: 304 when the server still has that; or NULL */
    int64_t now;                 /* Unix seconds */
    uint64_t deadline_ms;        /* CLOCK_MONOTONIC of the whole run */
    void (*progress)(const char *what, uint64_t done, uint64_t total);
};

struct fetch_reply {
    enum fetch_end end;
    long status;                            /* HTTP, 0 if there was none */
    uint64_t received;                      /* bytes over the network */
    uint64_t length;                        /* bytes in fd or memory now */
    char etag[FETCH_TAG_MAX], modified[64]; /* empty if the server gave none */
    int64_t retry_at;                       /* Unix seconds, 0 when the server did not say */
    struct err err;                         /* why, when it is not FETCH_DONE or FETCH_SAME */
};

/* Fetches. Returns reply->end. */
enum fetch_end fetch_get(const struct settings *settings, const struct fetch_request *request,
                         struct fetch_reply *reply);

/* The result that an end means for a run. */
enum result fetch_result(enum fetch_end end);

#endif
