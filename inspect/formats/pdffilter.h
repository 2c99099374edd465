/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdffilter: undoes one filter of a PDF's stream, as leniently as viewers do.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFFILTER_H
#define EPOST_INSPECT_FORMATS_PDFFILTER_H

#include <stdbool.h>

#include "inspect/budget.h"
#include "inspect/formats/pdfdict.h"
#include "inspect/buffer.h"

enum pdffilter {
    PDFFILTER_NONE, /* Crypt, and what no viewer knows: the bytes stay as they are */
    PDFFILTER_FLATE,
    PDFFILTER_LZW,
    PDFFILTER_HEX,
    PDFFILTER_ASCII85,
    PDFFILTER_RUNS,
    PDFFILTER_BROTLI, /* of the newest viewers */
    PDFFILTER_IMAGE   /* a picture's own format, which stays as it is */
};

struct pdffilter_job {
    const struct budget *budget;
    uint64_t container; /* bytes of the document */
    bool other;         /* the other of two readings of what is against the rules */
};

struct pdffilter_result {
    struct buffer out; /* free it with buffer_free */
    bool complete;     /* the stream came to its own end */
    bool unknown;      /* there was a predictor that no viewer knows */
    bool differs;      /* the other reading is a different one */
};

/* By its long or short name. *known_r is false for a name that no viewer knows. */
enum pdffilter pdffilter_named(const char *name, bool *known_r);

/* Returns REASON_NONE, or a ceiling, or MEMORY. The bytes that could be undone are in the result in
 * every case: damaged streams are shown as far as they go. */
enum reason pdffilter_undo(enum pdffilter filter, const struct pdf_params *params,
                           const uint8_t *data, size_t length, const struct pdffilter_job *job,
                           struct pdffilter_result *result);

/* pdfpredict.c: undoes a predictor in place. Returns false, and does nothing, if it is not known.
 */
bool pdfpredict_undo(struct buffer *buffer, const struct pdf_params *params);

#endif
