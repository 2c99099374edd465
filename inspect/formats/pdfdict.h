/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdfdict: the objects of a PDF, and the dictionary of a stream: how its bytes
 * are packed.
 *
 * Viewers differ on a key that is given twice, on which of several objects of
 * one number counts, and on parameters that are given to no filter. Such a
 * stream has several readings, and each of them is offered.
 *
 * The cost of a walk through references has a ceiling (PDF_VISITS, effort).
 *
 * Threads: pure functions; a struct pdf belongs to one thread.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFDICT_H
#define EPOST_INSPECT_FORMATS_PDFDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/formats/pdftoken.h"

#define PDF_FILTERS 32

/* Where an object's content begins, in a sorted table. */
struct pdf_object {
    uint32_t number, generation;
    bool numbered; /* two numbers stand before its "obj" */
    struct pdftoken_cursor content;
};

struct pdf {
    const uint8_t *data;
    size_t length;
    struct pdf_object *objects; /* by number, of equal numbers the last in the file first */
    size_t count, size;
    uint64_t effort; /* bytes of dictionaries that may still be read */
};

/* How the values of a filter are told apart again. */
struct pdf_params {
    int64_t predictor, columns, colors, bits, early;
    char crypt[PDF_NAME]; /* the name of a Crypt filter */
};

struct pdf_stream {
    char filters[PDF_FILTERS][PDF_NAME]; /* in the order of decoding */
    struct pdf_params params[PDF_FILTERS];
    unsigned count;
    int64_t length;  /* as the dictionary says, or -1 */
    size_t word;     /* where the word "stream" is */
    size_t data;     /* where the stream's bytes begin */
    size_t line;     /* where they begin for who passes over the rest of the line */
    int64_t members; /* of an object stream: their number, and where the first begins */
    int64_t first;
    bool table;        /* of cross-references, which is never encrypted */
    bool packed;       /* an object stream */
    bool odd;          /* written in a way on which viewers may differ */
    bool missing;      /* it refers to an object that is not there */
    bool unknown;      /* how it is packed cannot be told */
    unsigned readings; /* which of the bits below make a difference */
};

#define PDF_OTHER_KEY    1u /* of a key that is given twice the first counts, not the last */
#define PDF_OTHER_OBJECT 2u /* of an object that is given twice the first counts, not the last */
#define PDF_NO_PARAMS    4u /* parameters that are not told for each filter do not count */
#define PDF_READINGS     8u

/* Finds all objects that stand in the file as such. Returns 0, or -1 without memory or when there
 * are too many. Release with pdf_free. */
int pdf_index(struct pdf *pdf, const uint8_t *data, size_t length);
void pdf_free(struct pdf *pdf);

/* Adds the objects of an unpacked object stream, which must stay as long as pdf. 0, or -1. */
int pdf_index_packed(struct pdf *pdf, const uint8_t *data, size_t length, int64_t members,
                     int64_t first);

/* Reads what begins there, in one of the readings. Returns true if it is a stream. */
bool pdf_read_stream(struct pdf *pdf, const uint8_t *at, unsigned reading,
                     struct pdf_stream *stream);

/* The dictionary that ends at the word "stream" at that offset and is no object's, or NULL. */
const uint8_t *pdf_find_dictionary(struct pdf *pdf, size_t word);

#endif
