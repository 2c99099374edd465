/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire: the request and the reply that pass between a client of the scanner
 * (the c-icap service, kasp, the updater) and epostavs.
 *
 * One AF_UNIX SOCK_SEQPACKET connection is one exchange: the client sends one
 * message, receives one message, closes. A request message is
 *
 *     struct wire_request | name | content type | content encoding | client | inline body
 *
 * with the four texts not NUL-terminated, their lengths in the header. A body
 * over WIRE_INLINE_MAX travels as one passed descriptor (SCM_RIGHTS) of a
 * regular file or memfd instead. A reply message is one struct wire_reply.
 * Both ends are the same machine, so fields are in host order.
 *
 * Errors: whatever does not fit these rules is refused by wire_request_check
 * with a reason in words; it never crashes anything.
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_WIRE_H
#define EPOST_COMMON_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/verdict.h"

#define WIRE_MAGIC           0x56415045u /* "EPAV" */
#define WIRE_VERSION         2
#define WIRE_INLINE_MAX      65536u   /* bytes of body that may travel inline */
#define WIRE_NAME_MAX        8192u    /* bytes */
#define WIRE_TYPE_MAX        8192u    /* bytes, a Content-Type field value */
#define WIRE_ENCODING_MAX    1024u    /* bytes, a Content-Encoding field value */
#define WIRE_CLIENT_MAX      256u     /* bytes */
#define WIRE_SETTINGS_MAX    65536u   /* bytes of "Name=value\n" lines, as inline body */
#define WIRE_DEADLINE_MAX_MS 3600000u /* an hour */
#define WIRE_SHA256          32
#define WIRE_SET_ID          16

enum wire_kind {
    WIRE_SCAN = 1,     /* scan the body */
    WIRE_RELOAD = 2,   /* resolve Bases again and load it, unless it is what serves already */
    WIRE_SETTINGS = 3, /* inline body: new scanner settings; then as WIRE_RELOAD */
    WIRE_PING = 4,     /* answered at once by the supervisor: verdict clean when an engine serves */
    WIRE_REOPEN = 5    /* open the log anew (it was rotated); loads nothing */
};

/* Flags of a request. */
#define WIRE_BODY_FD    0x01u /* the body is the one passed descriptor, from offset 0 */
#define WIRE_HAS_SHA256 0x02u /* sha256 is set; the worker computes it anyway and compares */
#define WIRE_NO_CACHE   0x04u /* neither answer from the verdict cache nor fill it */
#define WIRE_UPLOAD     0x08u /* the body is an HTTP request's: take form uploads apart */
/* Go on behind a threat and report every one: for a client that allows some of them by name. */
#define WIRE_ALL_THREATS 0x100u

struct wire_request {
    uint32_t magic;       /* WIRE_MAGIC */
    uint16_t version;     /* WIRE_VERSION */
    uint16_t kind;        /* enum wire_kind */
    uint32_t flags;       /* WIRE_… */
    uint32_t deadline_ms; /* budget from the moment of sending, 1 … WIRE_DEADLINE_MAX_MS */
    uint64_t length;      /* bytes of body, inline or in the descriptor */
    uint8_t sha256[WIRE_SHA256];
    uint16_t name_length;     /* file names, one a line: the body may have several */
    uint16_t type_length;     /* Content-Type as the sender gave it; empty is unknown */
    uint16_t encoding_length; /* Content-Encoding as the sender gave it; empty is none */
    uint16_t client_length;   /* who asks (address or user), for fairness and the log */
};

_Static_assert(sizeof(struct wire_request) == 64, "no padding in a request");

#define WIRE_THREAT_MAX  256  /* bytes with NUL */
#define WIRE_PART_MAX    768  /* bytes with NUL */
#define WIRE_DETAIL_MAX  256  /* bytes with NUL */
#define WIRE_FACTS_MAX   2048 /* bytes with NUL; see facts.h */
#define WIRE_MEMBERS_MAX 4096 /* bytes with NUL; see members.h */

struct wire_reply {
    uint32_t magic;   /* WIRE_MAGIC */
    uint16_t version; /* WIRE_VERSION */
    uint8_t verdict;  /* enum verdict */
    uint8_t reason;   /* enum reason */
    uint32_t flags;   /* WIRE_CACHED … */
    uint32_t layers;  /* objects looked at: the body, what was unpacked, parts, members */
    uint64_t scanned; /* bytes given to the engine, all layers */
    uint64_t generation;
    uint8_t set_id[WIRE_SET_ID];      /* digest of the signature set and of the scan options */
    uint32_t queued_us;               /* waited for a worker */
    uint32_t elapsed_us;              /* in the worker */
    uint32_t depends;                 /* WIRE_DEPENDS_…: what it depends on beside the bytes */
    uint32_t cpu_us;                  /* CPU time of the scan in the worker */
    uint8_t part_sha256[WIRE_SHA256]; /* of the infected part; zeros: none, or not known */
    char threat[WIRE_THREAT_MAX];     /* UTF-8, empty unless infected or heuristic */
    /* Where inside the body, outermost container first: "mail > invoice.zip > eicar.com".
     * Empty when the body itself is meant. UTF-8; hostile text, to be escaped. */
    char part[WIRE_PART_MAX];
    char detail[WIRE_DETAIL_MAX]; /* more on the reason for the operator, may be empty */
    /* All that was found, the worst included; see facts.h. After a scan without WIRE_ALL_THREATS
     * that found a threat, only what came before it. */
    char facts[WIRE_FACTS_MAX];
    /* Kinds and names of what is inside; see members.h. As facts, when a threat ended the scan. */
    char members[WIRE_MEMBERS_MAX];
};

_Static_assert(sizeof(struct wire_reply) == 96 + WIRE_THREAT_MAX + WIRE_PART_MAX + WIRE_DETAIL_MAX +
                                                WIRE_FACTS_MAX + WIRE_MEMBERS_MAX,
               "no padding in a reply");

/* Flags of a reply. */
#define WIRE_CACHED        0x01u /* from the verdict cache, or shared with a scan of the same bytes */
#define WIRE_HEAVY         0x02u  /* the scan went on at lower priority */
#define WIRE_COMPLETE      0x100u /* no threat has ended the scan: the facts are all there are */
#define WIRE_FACTS_CUT     0x200u /* more names were found than the facts have room for */
#define WIRE_MEMBERS_SHORT 0x400u /* some names of members are only endings */
#define WIRE_MEMBERS_CUT   0x800u /* some members are not named at all */

/* Claims of a request about its body that a verdict may depend on. A set bit says that the claim
 * was looked at: another value of it could have led to another verdict for the same bytes. */
#define WIRE_DEPENDS_ENDING   0x01u /* the endings of the file names, without regard to case */
#define WIRE_DEPENDS_TYPE     0x02u /* the Content-Type */
#define WIRE_DEPENDS_ENCODING 0x04u /* the Content-Encoding */
#define WIRE_DEPENDS_UPLOAD   0x08u /* WIRE_UPLOAD */
#define WIRE_DEPENDS_THREATS  0x10u /* WIRE_ALL_THREATS: a threat ended the scan, or would have */
#define WIRE_DEPENDS_ALL      0x1fu

/* The texts of a request together. */
#define WIRE_TEXTS_MAX (WIRE_NAME_MAX + WIRE_TYPE_MAX + WIRE_ENCODING_MAX + WIRE_CLIENT_MAX)

/* The largest request message, texts and inline body included. */
#define WIRE_MESSAGE_MAX (sizeof(struct wire_request) + WIRE_TEXTS_MAX + WIRE_INLINE_MAX)

/* A request taken apart: the pointers point into the message given to wire_request_check. */
struct wire_view {
    const struct wire_request *request;
    const char *name, *type, *encoding, *client; /* not NUL-terminated */
    const uint8_t *body;                         /* inline body, or NULL with WIRE_BODY_FD */
};

/* Starts a request of that kind: magic, version, kind, all else zero. */
void wire_request_init(struct wire_request *request, enum wire_kind kind);

/* Checks a received message and takes it apart. `message` must be aligned for
 * struct wire_request. With `head_only` the message may be cut anywhere behind
 * the texts (a peek); view->body is then NULL. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int wire_request_check(const void *message, size_t length, int head_only,
                                        struct wire_view *view, struct err *err);

/* Starts a reply: the reason's verdict and the reason, all else zero. */
void wire_reply_init(struct wire_reply *reply, enum reason reason);

/* Checks a received reply: size, magic, version, verdict that fits its reason,
 * texts terminated. Returns 0; or -1, err set and *reply made an error/protocol. */
EPOST_MUST_CHECK int wire_reply_check(struct wire_reply *reply, size_t length, struct err *err);

#endif
