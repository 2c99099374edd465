/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vault: the directory of the quarantine.
 *
 * A copy is two files under its number, 20 hexadecimal digits of which the first
 * 12 are the time: NUMBER.sealed, the event and the body encrypted (seal.h), and
 * NUMBER.event, the same event in the open, so that copies can be listed without
 * a secret key. The event is written last: what has none is not there. No name
 * of a file comes from an event.
 *
 * Owner: the monitor's keeper thread writes and prunes; the command
 * epost-quarantine reads and removes beside it. Threads: a struct vault belongs
 * to one thread, but for vault_totals.
 */
#ifndef EPOST_OPERATE_VAULT_H
#define EPOST_OPERATE_VAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/event.h"
#include "operate/seal.h"

#define VAULT_NUMBER     21      /* bytes with NUL */
#define VAULT_COPIES_MAX 1000000 /* in one directory */

struct vault;

struct vault_limits {
    uint64_t item;    /* bytes of one body */
    uint64_t bytes;   /* of all files */
    uint64_t copies;  /* how many */
    uint64_t keep_ms; /* age at which they go */
};

/* A copy: an event as eventwire_encode makes it, and a body in a regular file. */
struct vault_content {
    const void *event;
    size_t event_length;
    int fd;
    uint64_t length;
    const char *sha256; /* of the body as the sender says, 64 digits; NULL: not said */
};

/* Told of a copy that was removed for its age or for want of room. */
typedef void vault_gone(void *data, const char *number, const struct event *event, const char *why);

/* Opens the directory, makes it (mode 0770) if it is not there, gives it to the group, and removes
 * what an earlier process left half written. Returns it, or NULL and err. */
EPOST_MUST_CHECK struct vault *vault_open(const char *path, gid_t group,
                                          const struct vault_limits *limits, struct err *err);

/* Opens it for reading and removing; nothing is changed by that. Returns it, or NULL and err. */
EPOST_MUST_CHECK struct vault *vault_open_reader(const char *path, struct err *err);
void vault_close(struct vault **vault);

/* Keeps a copy; on the disk when it returns. Older ones make room, each of which is told. Returns
 * 0 with its number; or -1 and err, and nothing is kept. */
EPOST_MUST_CHECK int vault_put(struct vault *vault, const struct seal_key *key,
                               const struct vault_content *content, uint64_t now_ms,
                               vault_gone *gone, void *data, char number_r[VAULT_NUMBER],
                               struct err *err);

/* Removes what is too old, each told. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int vault_prune(struct vault *vault, uint64_t now_ms, vault_gone *gone, void *data,
                                 struct err *err);

/* The numbers of all copies, oldest first, one a line. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int vault_list(struct vault *vault, struct buf *numbers, struct err *err);

/* True for a text that could be a number. */
bool vault_is_number(const char *text);

/* Reads the event in the open; its texts point into `message`. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int vault_event(struct vault *vault, const char *number, struct buf *message,
                                 struct event *event, struct err *err);

/* Opens the encrypted file for reading. Returns a descriptor, or -1 and err. */
EPOST_MUST_CHECK int vault_sealed(struct vault *vault, const char *number, struct err *err);

/* Bytes of both files, 0 if it is not there. */
uint64_t vault_bytes(struct vault *vault, const char *number);

/* Removes a copy. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int vault_remove(struct vault *vault, const char *number, struct err *err);

/* How much there is, as of the last look. Any thread. */
void vault_totals(struct vault *vault, uint64_t *copies_r, uint64_t *bytes_r);

#endif
