/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine: stands in for engine/clam.h in unit tests and fuzz targets of the
 * content pipeline, so that they test the pipeline and not libclamav.
 *
 * It opens nothing, calls the visitor for the object itself, finds
 * "Test-Threat" where ENGINE_MARK occurs, and remembers what it was given. What begins with
 * ENGINE_SLOW takes ENGINE_SLOW_MS of CPU time, or what its budget has left.
 */
#ifndef EPOST_TESTS_UNIT_ENGINE_H
#define EPOST_TESTS_UNIT_ENGINE_H

#include "inspect/inspect.h"

#define ENGINE_MARK    "EPOST-TEST-MARK"
#define ENGINE_OBJECTS 64
#define ENGINE_SLOW    "EPOST-TEST-SLOW"
#define ENGINE_SLOW_MS 600

struct engine_object {
    char name[256];
    char start[32]; /* the first bytes, as a C string */
    size_t length;
    unsigned flags;
};

struct engine_log {
    struct engine_object objects[ENGINE_OBJECTS];
    unsigned count;
    unsigned scans; /* all of them, also those that were not remembered */
};

extern struct engine_log engine_log;

/* Forgets what was remembered, and runs the pipeline over one body. */
void engine_inspect(const struct scanner_settings *settings, const void *body, size_t length,
                    const char *type, const char *encoding, unsigned flags,
                    struct wire_reply *reply);

/* The same with file names, one a line. */
void engine_inspect_named(const struct scanner_settings *settings, const void *body, size_t length,
                          const char *name, const char *type, const char *encoding, unsigned flags,
                          struct wire_reply *reply);

#endif
