/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdfqpdf: the one user of libqpdf, which is C++: a second reader of PDF beside
 * our own. It follows the table of cross-references, where ours looks at every
 * byte, and derives the key of a document that opens without a user's password.
 *
 * Each call has a ceiling of CPU time and one of memory. They are looked at
 * whenever the library reads, writes or asks for memory; past them it gets an
 * exception, which ends the call and nothing else.
 *
 * Threads: one; one document at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFQPDF_H
#define EPOST_INSPECT_FORMATS_PDFQPDF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "inspect/budget.h"
#include "inspect/formats/pdfcrypt.h"
#include "inspect/buffer.h"

#define PDFQPDF_MS     2000u                 /* of CPU for each call, and for all of one document */
#define PDFQPDF_MEMORY (UINT64_C(256) << 20) /* bytes that the library may hold */

enum pdfqpdf_state {
    PDFQPDF_READ,
    PDFQPDF_END,      /* there is no further stream */
    PDFQPDF_REFUSED,  /* the library makes nothing of it */
    PDFQPDF_PASSWORD, /* it opens with a password only, or by a public key */
    PDFQPDF_LIMIT     /* of CPU time or memory, or of the budget */
};

struct pdfqpdf;

/* Opens a document, whose bytes must stay. `allowed` of CPU milliseconds and bytes are for this
 * document. READ: *document_r is to be closed, and *key_r is the key if it is encrypted. */
enum pdfqpdf_state pdfqpdf_open(const uint8_t *data, size_t length, uint64_t cpu_ms,
                                uint64_t memory, struct pdfqpdf **document_r,
                                struct pdfcrypt_key *key_r);

/* Appends what the next stream holds to the buffer, decrypted and, but for pictures, unpacked. */
enum pdfqpdf_state pdfqpdf_next(struct pdfqpdf *document, const struct budget *budget,
                                struct buffer *buffer, uint32_t *number_r);

void pdfqpdf_close(struct pdfqpdf **document);

#ifdef __cplusplus
}
#endif

#endif
