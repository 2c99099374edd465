/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remembered: what a worker scanned whole and found clean in earlier bodies: members of archives,
 * attachments of mails and the like, each at a place of one kind.
 *
 * The key is a digest of the content and of all that its scan depends on: see journal.h. A hit
 * stands for a scan, so an entry has all that the scan would have added to the reply of a clean
 * body. A worker keeps it for itself: one that content has taken over deceives no other one. It
 * ends with the worker, and so with the signatures.
 *
 * Owner: the worker. Threads: one.
 */
#ifndef EPOST_INSPECT_REMEMBERED_H
#define EPOST_INSPECT_REMEMBERED_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of what one entry adds to the members of a reply: the names in a large archive. */
#define REMEMBERED_TEXT_MAX (256u << 10)
#define REMEMBERED_KEY      32

struct remembered; /* at most about a megabyte and a half */

struct remembered_entry {
    uint8_t key[REMEMBERED_KEY];
    uint64_t bytes;  /* that were scanned for it */
    uint32_t layers; /* likewise; 0: the entry is free */
    uint32_t length; /* of text */
    char *text;      /* kinds and names of members, each "KIND\0NAME\0" */
};

/* NULL without memory. */
struct remembered *remembered_new(void);
void remembered_free(struct remembered **remembered);

/* NULL if there is none. Valid until the next remembered_add. */
const struct remembered_entry *remembered_find(struct remembered *remembered,
                                               const uint8_t key[REMEMBERED_KEY]);

/* How often there was one. */
uint64_t remembered_hits(const struct remembered *remembered);

/* Adds one, instead of an old one where there is no room; `text` is copied. Without memory nothing
 * is remembered. */
void remembered_add(struct remembered *remembered, const struct remembered_entry *entry);

#endif
