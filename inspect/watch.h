/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: looks over libclamav's shoulder during a scan, layer by layer, and
 * keeps what it did not, or not wholly, open (coverage.h says which).
 *
 * While libclamav scans it must not be called again, so what is to be opened
 * by the pipeline is copied and waits for the end of the scan.
 *
 * Owner: inspection_object, for one scan. Threads: one.
 */
#ifndef EPOST_INSPECT_WATCH_H
#define EPOST_INSPECT_WATCH_H

#include "inspect/followups.h"
#include "inspect/inspection.h"

#define WATCH_DEPTH 64 /* layers of libclamav's that are followed */

struct watch_level {
    char label[OBJECT_NAME_MAX];
    int normalized;
    uint32_t record; /* of the journal: of this layer, or of what it is in */
    bool is_recorded;
    size_t length; /* bytes */
    enum kind kind;
    int shown;          /* see struct object */
    int hiding;         /* libclamav's type may hide something: see retype.c */
    int behind;         /* an archive begins further behind: see appended.h */
    int pieces;         /* see struct object */
    int confirmed;      /* libclamav takes it for an archive too */
    unsigned members;   /* of a ZIP, as its directory says */
    int odd;            /* a ZIP that libclamav cannot be relied on for */
    struct buffer copy; /* of the object, if it may have to be opened; unused at depth 0 */
};

struct watch {
    struct inspection *in;
    const struct object *object;
    struct clam_visitor visitor;
    struct watch_level levels[WATCH_DEPTH];
    struct followups followups;
    uint32_t record; /* that was open before */
    /* Of the layer that libclamav has asked about last: */
    const void *asked; /* its data */
    uint8_t content[SEEN_DIGEST], key[REMEMBERED_KEY];
    bool has_key;
};

/* Sets the engine's visitor; until watch_end. NULL without memory. */
struct watch *watch_begin(struct inspection *in, const struct object *object);

/* Opens what waits, after the scan, and frees everything. */
void watch_end(struct watch *watch);

#endif
