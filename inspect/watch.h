/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: looks over libclamav's shoulder during a scan and remembers what it
 * came across but did not, or not wholly, open.
 *
 * While libclamav scans it must not be called again, so what is to be opened
 * by the pipeline is copied and waits for the end of the scan.
 *
 * Owner: inspection_object, for one scan. Threads: one.
 */
#ifndef EPOST_INSPECT_WATCH_H
#define EPOST_INSPECT_WATCH_H

#include "inspect/inspection.h"

#define WATCH_DEPTH     64   /* layers of libclamav's that are followed */
#define WATCH_FOLLOWUPS 4096 /* objects that wait to be opened */

struct watch_level {
    char label[OBJECT_NAME_MAX];
    int normalized;
    size_t length; /* bytes */
    enum kind kind;
    int shown;          /* see struct object */
    int hiding;         /* libclamav's type may hide something: see hidden.c */
    int behind;         /* an archive begins further behind: see behind.h */
    int pieces;         /* see struct object */
    int confirmed;      /* libclamav takes it for an archive too */
    unsigned members;   /* of a ZIP, as its directory says */
    int odd;            /* a ZIP that libclamav cannot be relied on for */
    struct buffer copy; /* of the object, if it may have to be opened; unused at depth 0 */
};

struct watch_followup {
    char type[32]; /* libclamav's */
    struct buffer copy;
    struct object object; /* path points to `path`, data mostly into `copy` */
    enum kind kind;
    size_t extent; /* bytes of the object that were perhaps scanned already, or 0 */
    int pieces;    /* see container_pieces */
    int confirmed;
    char path[WIRE_PART_MAX];
};

struct watch {
    struct inspection *in;
    const struct object *object;
    struct clam_visitor visitor;
    struct watch_level levels[WATCH_DEPTH];
    struct watch_followup **followups;
    size_t count, size;
};

/* Sets the engine's visitor; until watch_end. NULL without memory. */
struct watch *watch_begin(struct inspection *in, const struct object *object);

/* Opens what waits, after the scan, and frees everything. */
void watch_end(struct watch *watch);

#endif
