/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdfdict: reads the dictionary of a PDF stream for how its bytes are packed.
 *
 * It knows what libclamav's own reader does not: values that are kept in other
 * objects, predictors, comments between a key and its value.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFDICT_H
#define EPOST_INSPECT_FORMATS_PDFDICT_H

#include <stddef.h>
#include <stdint.h>

#define PDF_FILTERS 8
#define PDF_NAME    32

/* Where an object's content begins, in a sorted table. */
struct pdf_object {
    uint32_t number;
    size_t at;
};

struct pdf {
    const uint8_t *data;
    size_t length;
    struct pdf_object *objects; /* by number, of equal numbers the last in the file first */
    size_t count;
};

/* How the values of a filter are told apart again. */
struct pdf_params {
    int64_t predictor, columns, colors, bits;
};

struct pdf_stream {
    char filters[PDF_FILTERS][PDF_NAME]; /* in the order of decoding */
    struct pdf_params params[PDF_FILTERS];
    unsigned count;
    int64_t length; /* as the dictionary says, or -1 */
    size_t data;    /* where the stream's bytes begin */
    int table;      /* of cross-references, which is never encrypted */
    int odd;        /* packed or written in a way that libclamav does not follow */
    int unknown;    /* how it is packed cannot be told */
};

/* Finds all objects that stand in the file as such. Returns 0, or -1 without memory or when there
 * are too many. Release with pdf_free. */
int pdf_index(struct pdf *pdf, const uint8_t *data, size_t length);
void pdf_free(struct pdf *pdf);

/* Reads the object that begins at `at`. Returns 1 if it is a stream. */
int pdf_read_stream(const struct pdf *pdf, size_t at, struct pdf_stream *stream);

#endif
