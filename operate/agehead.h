/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agehead: the head of a file in the format age v1 (age-encryption.org/v1) for
 * one X25519 recipient: it carries the key of the content, encrypted to the
 * recipient's public key.
 *
 * Written is one recipient stanza; read are files with several, of which one may
 * be ours.
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_AGEHEAD_H
#define EPOST_OPERATE_AGEHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define AGEHEAD_MAX 4096 /* bytes of a head that is read */

/* Appends a head with a fresh key to `out`; key_r takes the key of the content behind it. Returns
 * 0, or -1 and err. */
EPOST_MUST_CHECK int agehead_write(struct buf *out, const uint8_t recipient[32], uint8_t key_r[32],
                                   struct err *err);

/* Reads the head at the start of text[length]; *length_r takes its length. Returns 0, or -1 and
 * err: no such head, not encrypted to that key, or changed since. */
EPOST_MUST_CHECK int agehead_read(const char *text, size_t length, const uint8_t identity[32],
                                  uint8_t key_r[32], size_t *length_r, struct err *err);

#endif
