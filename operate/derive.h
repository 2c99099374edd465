/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * derive: keys out of keys: HKDF and HMAC with SHA-256, X25519.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_DERIVE_H
#define EPOST_OPERATE_DERIVE_H

#include <stddef.h>
#include <stdint.h>

#define DERIVE_KEY 32

/* HKDF-SHA256. Returns 0, or -1. */
int derive_hkdf(uint8_t key_r[DERIVE_KEY], const uint8_t *secret, size_t secret_length,
                const uint8_t *salt, size_t salt_length, const char *info);

/* HMAC-SHA256. Returns 0, or -1. */
int derive_hmac(uint8_t sum_r[DERIVE_KEY], const uint8_t key[DERIVE_KEY], const void *data,
                size_t length);

/* The public key of a secret one. Returns 0, or -1. */
int derive_x25519_public(uint8_t public_r[DERIVE_KEY], const uint8_t secret[DERIVE_KEY]);

/* The secret that both ends share. Returns 0, or -1, for a public key of low order too. */
int derive_x25519(uint8_t shared_r[DERIVE_KEY], const uint8_t secret[DERIVE_KEY],
                  const uint8_t public_key[DERIVE_KEY]);

#endif
