/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailout: gives one mail to a mail server by SMTP or LMTP.
 *
 * Sender and recipients are an envelope that somebody else wrote: an address
 * with a character that could end a command is refused, never repaired.
 *
 * Owner: the command that calls. Threads: one; it waits, with deadlines.
 */
#ifndef EPOST_OPERATE_MAILOUT_H
#define EPOST_OPERATE_MAILOUT_H

#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"

#define MAILOUT_RECIPIENTS 200

struct mailout_envelope {
    const char *sender;     /* "" is the empty reverse path */
    const char *recipients; /* one a line */
};

/* True for an address that may stand between < and > in a command. */
int mailout_address_is_good(const char *address, size_t length);

/* Gives the mail in the regular file fd, from its start, to `where`: "smtp://HOST:PORT",
 * "lmtp://HOST:PORT" or "lmtp:/SOCKET". `accepted` takes the recipients that the server took, one
 * a line, `refused` the others with its words. Returns 0 when it took at least one; or -1 and err,
 * and nobody gets it. */
EPOST_MUST_CHECK int mailout_send(const char *where, const struct mailout_envelope *envelope,
                                  int fd, struct buf *accepted, struct buf *refused,
                                  struct err *err);

#endif
