/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transaction: one request of an ICAP client and all that becomes of it.
 *
 * Its steps are files of their own, called by service.c in this order:
 * headers (what the request says), preview (is there anything to scan?), body,
 * scan, respond; log when it is released.
 *
 * Owner: made by service.c when c-icap starts a request and freed when c-icap
 * releases it, in whatever state it is then. Threads: the one that serves the
 * connection.
 */
#ifndef EPOST_AV_TRANSACTION_H
#define EPOST_AV_TRANSACTION_H

#include <stdint.h>

#include "common/buf.h"
#include "common/client.h"
#include "common/wire.h"
#include "modules/epost_av/body.h"
#include "modules/epost_av/compat.h"
#include "modules/epost_av/envelope.h"
#include "modules/epost_av/exceptions.h"
#include "modules/epost_av/policy.h"
#include "modules/epost_av/stream.h"

#define TRANSACTION_URL_MAX    65536 /* bytes; a longer one is an error */
#define TRANSACTION_HOST_MAX   4096  /* bytes with NUL, as sent; a longer one is an error */
#define TRANSACTION_USER_MAX   1024  /* bytes with NUL; a longer one is an error */
#define TRANSACTION_GROUPS_MAX 2048  /* bytes with NUL of all groups; more are an error */
#define TRANSACTION_CLIENT_MAX 64    /* bytes with NUL; a longer one is an error */
#define TRANSACTION_SHOWN_MAX  2048  /* bytes with NUL of URL and name in the log and on pages */
#define TRANSACTION_ID_MAX     32

/* How far it has come. */
enum transaction_phase {
    TRANSACTION_OPEN = 0, /* no verdict; bytes go out all the same if answer is TRANSACTION_ECHO */
    TRANSACTION_DECIDED,  /* reply and action hold; the action may still turn out impossible */
    TRANSACTION_SETTLED,  /* the action is final, and counted */
    TRANSACTION_CUT,      /* the same, and it was broken off after bytes had gone out */
    TRANSACTION_LEFT      /* the client went away during the scan; nothing was counted */
};

/* The way that the bytes of the body take. */
enum transaction_mode {
    TRANSACTION_SCAN = 0, /* stored to be scanned */
    TRANSACTION_PASS,     /* going through unscanned, because the policy says so */
    TRANSACTION_DISCARD   /* thrown away: the answer is known and holds none of them */
};

/* The kind of the answer's body. */
enum transaction_answer {
    TRANSACTION_NOTHING = 0, /* not known yet, or none */
    TRANSACTION_ECHO,        /* the original */
    TRANSACTION_PAGE         /* the block page */
};

/* The fields of the request, as far as they are needed; "" is unknown. Untrusted. */
struct transaction_headers {
    struct buf url, name;                  /* the name is the file's, out of the URL */
    char shown_url[TRANSACTION_SHOWN_MAX]; /* the same for people, perhaps cut */
    char shown_name[512];
    char host[TRANSACTION_HOST_MAX];
    char method[32];                     /* of HTTP; for the log, perhaps cut */
    char client[TRANSACTION_CLIENT_MAX]; /* address of the browser, or of the ICAP client */
    char user[TRANSACTION_USER_MAX];
    char groups[TRANSACTION_GROUPS_MAX]; /* of the user, one a line */
    struct envelope envelope;            /* of a mail; for the log */
    char language[256];                  /* Accept-Language; for the page, perhaps cut */
    struct buf type, encoding;           /* Content-Type, Content-Encoding */
    const char *overlong; /* a field that was not kept, being too long, or NULL: nothing may
                             be decided by what is here */
    size_t overlong_max;  /* bytes that would have been */
    int status;           /* of HTTP, 0 in a request */
    bool may_stream;      /* an answer that says it is a stream of events, and no file */
    int part;             /* carries a part of a whole */
    uint64_t whole;       /* bytes that a Content-Range calls the whole, 0 unknown */
};

/* Service arguments ("?profile=mail&allow204=off"). */
struct transaction_arguments {
    const struct policy *policy;
    int never_204;
};

struct transaction {
    ci_request_t *request;
    char id[TRANSACTION_ID_MAX];
    uint64_t started_ns;
    struct transaction_headers headers;
    struct transaction_arguments arguments;
    struct exceptions *exceptions;

    enum transaction_phase phase;
    enum transaction_mode mode;
    struct body body;
    uint64_t received; /* bytes of body that came */
    bool streaming;    /* goes through as it comes, as long as `stream` takes it */
    struct stream stream;
    int type_checked;  /* the exceptions have seen the content's first bytes */
    int stripped;      /* Range was removed: the request must go back changed */
    int whole_preview; /* the preview was all, the client waits for its answer */
    int ended;         /* the end of data has been seen */

    struct client client;
    uint64_t deadline_ns;                 /* of the scan */
    uint64_t retry_ns;                    /* when to try again, 0: not waiting */
    uint64_t outage_ns;                   /* since when the scanner has been away, 0: it is there */
    unsigned lost;                        /* times a scan was under way when the scanner went */
    int all_threats;                      /* the first threat is allowed: scanned to the end */
    uint64_t scan_began_ns, scan_took_ns; /* 0: no scan */

    struct wire_reply reply;
    enum policy_action action;
    char rule[160]; /* the exception that decided, "" none */
    char kept[224]; /* number of the copy in quarantine, or "not kept: …"; "" none was asked for */

    enum transaction_answer answer;
    uint64_t trickled_ns; /* the last time that bytes went out before the verdict */
    int status;           /* of the ICAP answer given to c-icap; 0 none yet */
    struct buf page;
    size_t page_at;
    uint64_t sent; /* bytes of body given to c-icap */
};

/* Starts one and reads its headers. Returns it, or NULL without memory. */
struct transaction *transaction_new(ci_request_t *request);

/* The verdict is known: takes it over, applies allow list and parts, and decides by
 * the profile. The first decision holds, later calls change nothing. */
void transaction_decide(struct transaction *t, const struct wire_reply *reply);

/* The same for a verdict that is only a reason; detail may be NULL. */
void transaction_decide_reason(struct transaction *t, enum reason reason, const char *detail);

/* The same for a body of which a part was lost: it cannot be passed, whatever the profile says. */
void transaction_decide_lost(struct transaction *t, const char *detail);

/* The action that was decided cannot be carried out: fails instead. Until the answer is given. */
void transaction_fail(struct transaction *t);

/* The answer that was decided is given, so that the action is final: counts it. Changes nothing
 * before a decision and after the first call. */
void transaction_settle(struct transaction *t);

/* The verdict came after bytes had gone out: the connection is broken off. */
void transaction_cut(struct transaction *t);

/* The client went away before there was a verdict. */
void transaction_leave(struct transaction *t);

/* Ends it in whatever state it is: logs, closes, frees. */
void transaction_free(struct transaction *t);

#endif
