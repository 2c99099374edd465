/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailturns: in which order the parts of a mail are inspected, and how long
 * each may take, so that one that takes long does not hide the others.
 *
 * Owner: mail.c makes and frees the mail. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_MAILTURNS_H
#define EPOST_INSPECT_FORMATS_MAILTURNS_H

#include <gmime/gmime.h>

#include "inspect/inspection.h"

#define MAIL_PARTS 4096 /* parts of one message, nested ones included */

/* One decoded part. */
struct mail_leaf {
    GByteArray *bytes;
    char name[OBJECT_NAME_MAX];
    char path[WIRE_PART_MAX];
    unsigned depth;
    bool is_relined; /* see struct object */
};

struct mail {
    struct inspection *in;
    const struct object *object;
    struct mail_leaf *leaves[MAIL_PARTS];
    size_t count, parts;
    size_t found; /* parts with a content of their own */
};

/* Inspects the parts that no scan has seen, and what GMime does not find. */
void mailturns_whole(struct mail *mail);

/* After a scan of the whole that takes too long: looks at each part for a short time. */
void mailturns_shortly(struct mail *mail);

/* Before the scan of the whole message: where there is an attachment, looks at the other parts
 * that cost little beside it, so that a slow one does not hide what is in them. */
void mailturns_cheap(struct mail *mail);

#endif
