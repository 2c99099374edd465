/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embeddedfile: a file found in text: decodes it and hands it on. The readers of text share this
 * state: the copy that they look at. embedded.c owns it; datauri.c and textruns.c look.
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_EMBEDDEDFILE_H
#define EPOST_INSPECT_FORMATS_EMBEDDEDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/inspection.h"

#define EMBEDDED_MIN      24   /* bytes: nothing shorter is worth a scan */
#define EMBEDDED_TYPE     4096 /* bytes of a data: URI before its comma */
#define EMBEDDED_CHUNK    4096
#define EMBEDDED_PERCENTS 16 /* in a text that is read once more without them */

enum embedded_packed { EMBEDDED_PACKED_UNKNOWN, EMBEDDED_PACKED_NOT, EMBEDDED_PACKED_NAMED };

struct embedded {
    struct inspection *in;
    const struct object *text;
    const uint8_t *begin, *end;  /* of the copy that is looked at */
    bool joined;                 /* its literals are joined, as far as they can be */
    struct buffer view, spare;   /* the text or the last copy, and room for the next */
    bool owned;                  /* the view is a copy */
    bool has_mark;               /* there is a mark of a file that ends far behind it: a URI */
    enum embedded_packed packed; /* whether it names a packing without a mark; see embedpacked.h */
    unsigned packed_runs;        /* that were tried for it */
    bool trial, hit;             /* nothing is inspected; there would have been something */
    struct buffer drawings, lines; /* see embeddedsmall.h */
    unsigned line_count;
    size_t drawn; /* bytes of the drawings that were inspected */
};

/* Decodes from `at` to the first byte that is not base64, at most `most` bytes. `loose`: as in a
 * URI, both alphabets. Returns where that is; *failed_r: out of memory. */
const uint8_t *embeddedfile_decode(const uint8_t *at, const uint8_t *end, bool loose, size_t most,
                                   struct buffer *buffer, int *failed_r);

/* Inspects what was decoded. `sure`: it is a file, whatever it looks like. */
void embeddedfile_found(struct embedded *embedded, const uint8_t *data, size_t length, bool sure);

/* Decodes base64 from `at` on and inspects it. Returns where it ends. */
const uint8_t *embeddedfile_base64(struct embedded *embedded, const uint8_t *at, bool loose,
                                   bool sure);

/* Notes that memory was short. */
void embeddedfile_no_memory(struct embedded *embedded);

#endif
