/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seal: keys of the quarantine, and one encrypted copy as a file.
 *
 * A key file holds one line beside comments (#): 64 hexadecimal digits, a key of
 * AES-256-GCM that encrypts and decrypts; "age1…", a public key that only
 * encrypts; or "AGE-SECRET-KEY-1…", which decrypts what was encrypted to its
 * public key. With an age key a copy is a file that age(1) reads; else it is the
 * line SEAL_INTRO, 32 random bytes, and operate/chunks.h under a key derived
 * from both.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_SEAL_H
#define EPOST_OPERATE_SEAL_H

#include <stdbool.h>

#include "operate/chunks.h"

#define SEAL_INTRO "epost-av-quarantine/1 AES-256-GCM\n"

enum seal_kind { SEAL_NONE = 0, SEAL_AES, SEAL_AGE_PUBLIC, SEAL_AGE_SECRET };

struct seal_key {
    enum seal_kind kind;
    uint8_t bytes[32];
};

/* Reads a key file. One that somebody else than root, the caller's user, or for a secret key the
 * file's group could read or write is refused. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int seal_key_load(struct seal_key *key, const char *path, struct err *err);

/* Overwrites it. */
void seal_key_forget(struct seal_key *key);

/* Encrypts to the descriptor; sha256_r takes the SHA-256 of the file's bytes. 0, or -1 and err. */
EPOST_MUST_CHECK int seal_write(const struct seal_key *key, const struct chunks_input *input,
                                int out, uint8_t sha256_r[32], struct err *err);

/* Decrypts a regular file; see chunks_open. 0, or -1 and err. */
EPOST_MUST_CHECK int seal_read(const struct seal_key *key, int in, chunks_take *take, void *data,
                               struct err *err);

#endif
