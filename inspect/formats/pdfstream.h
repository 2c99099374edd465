/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdfstream: what a stream of a PDF holds, in every reading that viewers have
 * of it, handed to the inspection.
 *
 * Owner: pdf_open. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFSTREAM_H
#define EPOST_INSPECT_FORMATS_PDFSTREAM_H

#include "inspect/inspection.h"
#include "inspect/formats/pdfcrypt.h"
#include "inspect/formats/pdfdict.h"
#include "inspect/formats/pdffilter.h"

/* One walk over one document. */
struct pdf_walk {
    struct inspection *in;
    const struct object *object;
    struct pdf pdf;
    struct pdfcrypt_key key;
    uint64_t input_left; /* bytes of the document that may still be looked at for its streams */
    bool odd;            /* another reader may see something else */
    bool missing;        /* a stream refers to an object that is not there */
    bool unknown;        /* how a stream is packed could not be told */
    bool damaged;        /* nothing came out of a stream that has bytes */
};

/* Opens one reading of a stream. `packed` (or NULL) gets the content of an object stream. */
void pdfstream_open(struct pdf_walk *walk, uint32_t number, uint32_t generation,
                    const struct pdf_stream *stream, struct buffer *packed);

/* Tries the filters on what follows the word "stream" at that offset, which has no dictionary. */
void pdfstream_guess(struct pdf_walk *walk, size_t word);

/* Hands over what a stream holds. */
void pdfstream_scan(struct pdf_walk *walk, uint32_t number, const uint8_t *data, size_t length);

#endif
