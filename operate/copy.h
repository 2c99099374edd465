/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy: one copy out of the quarantine, decrypted into memory.
 *
 * Owner: the command that opens it. Threads: one.
 */
#ifndef EPOST_OPERATE_COPY_H
#define EPOST_OPERATE_COPY_H

#include "operate/vault.h"

struct copy {
    char number[VAULT_NUMBER];
    struct buf message; /* the event as it was sealed; the event's texts point into it */
    struct event event;
    int fd; /* a memory file with the body */
    uint64_t length;
    uint8_t sha256[32]; /* of the body */
};

/* Finds a copy by its own number or by its request's. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int copy_find(struct vault *vault, const char *name, char number_r[VAULT_NUMBER],
                               struct err *err);

/* Decrypts it. One that was changed, whose event in the open is another one, or whose body is not
 * the one that the event names, is refused. Returns 0, or -1 and err; copy_close either way. */
EPOST_MUST_CHECK int copy_open(struct copy *copy, struct vault *vault, const char *number,
                               const struct seal_key *key, struct err *err);
void copy_close(struct copy *copy);

#endif
