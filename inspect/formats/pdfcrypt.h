/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdfcrypt: decrypts a stream of a PDF that opens without a user's password.
 * The key of the document comes from pdfqpdf.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFCRYPT_H
#define EPOST_INSPECT_FORMATS_PDFCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/buffer.h"

enum pdfcrypt_method {
    PDFCRYPT_NONE = 0,
    PDFCRYPT_RC4,
    PDFCRYPT_AESV2,
    PDFCRYPT_AESV3,
    PDFCRYPT_METHODS
};

struct pdfcrypt_key {
    uint8_t bytes[32];
    size_t length;               /* 0: the document is not encrypted */
    enum pdfcrypt_method stream; /* how streams are encrypted */
    enum pdfcrypt_method file;   /* how embedded files are */
};

/* Decrypts the bytes of that object's stream into the buffer. Returns 0, or -1 without memory or
 * when the bytes cannot be the result of that method. */
int pdfcrypt_undo(const struct pdfcrypt_key *key, enum pdfcrypt_method method, uint32_t number,
                  uint32_t generation, const uint8_t *data, size_t length, struct buffer *buffer);

#endif
