/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * minisig: signatures in minisign's format, verified and made with OpenSSL.
 *
 * A signature is Ed25519 over the BLAKE2b-512 digest of the content ("ED"), or
 * over the content itself (the older "Ed"); a second one covers the first and
 * the trusted comment. Both must hold, by the same key.
 *
 * Threads: pure functions. Secrets: minisig_secret_wipe when done.
 */
#ifndef EPOST_UPDATER_MINISIG_H
#define EPOST_UPDATER_MINISIG_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define MINISIG_TEXT_MAX    8192 /* bytes of a signature file that are read */
#define MINISIG_COMMENT_MAX 1024 /* bytes of a trusted comment, with NUL */
#define MINISIG_KEY_ID      8
#define MINISIG_KEY_TEXT    56 /* characters of a public key in base64 */

struct minisig_key { /* public */
    uint8_t id[MINISIG_KEY_ID];
    uint8_t point[32];
};

struct minisig_secret {
    uint8_t id[MINISIG_KEY_ID];
    uint8_t seed[32];
};

struct minisig {
    int prehashed; /* "ED" */
    uint8_t id[MINISIG_KEY_ID];
    uint8_t signature[64];
    char trusted[MINISIG_COMMENT_MAX]; /* not to be believed before minisig_verify */
    uint8_t global[64];
};

/* A public key from its base64 line ("RW…"). Returns 0, or -1 and err. */
EPOST_MUST_CHECK int minisig_key_parse(struct minisig_key *key, const char *base64,
                                       struct err *err);

/* A public key from a file as minisign writes it. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int minisig_key_read(struct minisig_key *key, const char *path, struct err *err);

/* The key's number as minisign prints it ("C0946C8AFF631FCB"). Returns text. */
const char *minisig_id_text(const uint8_t id[MINISIG_KEY_ID], char text[17]);

/* Takes a signature file apart. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int minisig_parse(struct minisig *sig, const char *text, size_t length,
                                   struct err *err);

/* Checks content and trusted comment against the one of `keys` that the
 * signature names. Returns 0 when both hold, else -1 and err that says which
 * of it failed (no such key, content altered, comment altered). */
EPOST_MUST_CHECK int minisig_verify(const struct minisig *sig, const struct minisig_key *keys,
                                    size_t key_count, const void *data, size_t length,
                                    struct err *err);

/* A secret key from a file as minisign writes it; `password` for a protected
 * one (1 GiB of memory and seconds, as minisign), else NULL. Returns 0, or -1 and err
 * ("protected by a password" when one is needed). */
EPOST_MUST_CHECK int minisig_secret_read(struct minisig_secret *secret, const char *path,
                                         const char *password, struct err *err);

/* Signs (prehashed) and appends the signature file's text. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int minisig_sign(const struct minisig_secret *secret, const void *data,
                                  size_t length, const char *trusted_comment, struct buf *out,
                                  struct err *err);

/* The public half. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int minisig_public(const struct minisig_secret *secret, struct minisig_key *key,
                                    struct err *err);

void minisig_secret_wipe(struct minisig_secret *secret);

#endif
