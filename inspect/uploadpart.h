/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uploadpart: one part of a multipart body over HTTP: where its header ends,
 * its encodings, its place in a range, a multipart inside it.
 *
 * Owner: upload.c makes a struct upload for each multipart body and frees it.
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_UPLOADPART_H
#define EPOST_INSPECT_UPLOADPART_H

#include <stddef.h>
#include <stdint.h>

#include "inspect/boundaries.h"
#include "inspect/buffer.h"
#include "inspect/inspection.h"

/* The bytes between two delimiters, or around all of them. */
struct upload_piece {
    const uint8_t *begin, *end;
    int around;
};

/* Where a delimiter may stand. */
enum upload_reading {
    UPLOAD_STRICT,   /* behind CRLF, and nothing but blanks behind it */
    UPLOAD_LINES,    /* at the begin of a line that LF ends, whatever is behind it */
    UPLOAD_GENEROUS, /* behind a bare CR too */
    UPLOAD_ANYWHERE  /* as Django looks for it */
};

struct upload {
    struct inspection *in;
    /* Splits the body by each of the boundaries and inspects the parts; a part that is a multipart
     * itself is split by it too. Returns 1 if one of the boundaries is used, else 0. */
    int (*split)(struct upload *upload, const struct boundaries *boundaries);
    const struct object *object; /* the multipart body, or the part that is one */
    const char *delimiter;       /* "--boundary" */
    size_t delimiter_length;
    enum upload_reading reading;
    unsigned nesting;
    int byteranges;
    uint64_t covered, total; /* of byteranges: bytes seen in order from 0, and of the whole */
    int gaps, rest;          /* rest: there are bytes around the parts */
    struct buffer whole;
    struct upload_piece *pieces;
    uint64_t *costs; /* of each; see trial.h */
    size_t count, size;
};

const uint8_t *uploadpart_blank_line(const uint8_t *at, const uint8_t *end);

/* Inspects the part whose header begins at `begin`, in each way in which servers end the header. */
void uploadpart_open(struct upload *upload, const uint8_t *begin, const uint8_t *end);

#endif
