/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clam: the one user of libclamav: an engine made from a directory of signatures,
 * and a scan with it that tells the truth.
 *
 * "Truth" means: CL_CLEAN is passed on as clean only if no limit was reached,
 * nothing was encrypted and no parser gave up; everything else has a reason.
 * The same load path serves production (epostavs), kasp's answers and the
 * updater's test-load.
 *
 * Threads: libclamav is used single-threaded, in processes that do little else.
 * clam_scan may be called in children forked after clam_load.
 */
#ifndef EPOST_ENGINE_CLAM_H
#define EPOST_ENGINE_CLAM_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/scannerconf.h"
#include "common/wire.h"
#include "engine/shortcuts.h"

struct clam; /* an engine, compiled and ready */

struct clam_info {
    uint64_t signatures;
    uint64_t built_at;  /* newest build time of a CVD or CLD in the directory, 0 if none */
    char versions[256]; /* "main 62, daily 27000" */
    int uses_fuzzy_img; /* the set has fuzzy_img# signatures */
    char words[256];    /* what libclamav complained about and then loaded without; "" if nothing */
    unsigned shortcuts_on;              /* enum shortcut */
    char shortcuts[SHORTCUTS_TEXT_MAX]; /* what is on, and why something is not */
};

/* Loads and compiles all signature files of a directory. tmpdir is where libclamav
 * may write while loading and scanning. Returns the engine (clam_free), or NULL
 * and err with libclamav's own words and the file they are about. */
EPOST_MUST_CHECK struct clam *clam_load(const char *directory, const char *tmpdir,
                                        const struct scanner_settings *settings,
                                        struct clam_info *info, struct err *err);

/* After everything is loaded that workers share, before the first of them is forked. */
void clam_before_fork(struct clam *clam, struct clam_info *info);

/* The rest, for one call of clam_scan, of the budget that all layers of a body share.
 * clam_load sets the settings' own limits; they hold until the next clam_set_budget. */
struct clam_budget {
    uint64_t bytes; /* over all layers of this object */
    uint64_t files;
    uint32_t depth;        /* layers, the object itself counted */
    uint32_t ms;           /* wall clock; 0 is "no time left" */
    uint64_t cpu_until_ns; /* of the thread's CPU time; 0: no limit */
};

void clam_set_budget(struct clam *clam, const struct clam_budget *budget);

/* One object that libclamav looks at during a scan: the object itself (level 0), an archive's
 * member, an attachment, a stream … */
struct clam_layer {
    unsigned level;
    unsigned depth;   /* index in the list of layers now open; 0 is the object itself */
    const char *type; /* "CL_TYPE_ZIP" */
    const char *name; /* as its container calls it, or NULL */
    const void *data; /* valid during the call only */
    size_t length;
    int normalized;       /* libclamav's own rewriting of its parent (HTML, script), no real file */
    int member;           /* a file that its container lists: see layerkinds.h */
    unsigned children;    /* `leave` only: layers that came directly out of it */
    uint64_t child_bytes; /* `leave` only */
    char label[160];      /* what a path calls it; `enter` may replace it */
};

/* Watches a scan: called when a layer is opened and, unless the scan was cut short, when it is
 * closed. Neither may call libclamav. */
struct clam_visitor {
    /* May be NULL. 1 if the layer need not be looked at: these bytes were, out of `parents` of the
     * same types, outermost first. It counts as one that came out of its parent; `enter` is not
     * called. */
    int (*skip)(void *context, const struct clam_layer *layer, const char *parents);
    void (*enter)(void *context, struct clam_layer *layer);
    void (*leave)(void *context, const struct clam_layer *layer);
    void *context;
};

/* The visitor of all scans from now on; NULL for none. Not copied. */
void clam_set_visitor(struct clam *clam, const struct clam_visitor *visitor);

/* Bytes of all layers that scans have looked at since the engine was loaded. May be called in a
 * signal handler. */
uint64_t clam_seen(const struct clam *clam);

/* enum shortcut: those that are asked for. */
unsigned clam_shortcuts(const struct clam *clam);

/* Where scans write temporary files from now on (a worker's own directory). 0 or -1 and err. */
EPOST_MUST_CHECK int clam_set_tmpdir(struct clam *clam, const char *tmpdir, struct err *err);

/* The findings of one call of clam_scan; add-on to struct wire_reply's fields. */
struct clam_result {
    enum reason reason;
    uint64_t scanned; /* bytes of all layers */
    uint32_t layers;  /* the object itself and what libclamav took out of it */
    char threat[WIRE_THREAT_MAX];
    char part[WIRE_PART_MAX]; /* layers inside this object, outermost first, " > " between;
                                 empty when the object itself is meant */
    char detail[WIRE_DETAIL_MAX];
    char facts[WIRE_FACTS_MAX]; /* all that was found; parts as above */
    int facts_cut;              /* names were found that have no room in the facts */
    char type[32];              /* libclamav's file type of the object itself ("CL_TYPE_ZIP") */
};

#define CLAM_RAW 0x01 /* match signatures on the bytes only; open nothing */
#define CLAM_ALL 0x02 /* do not end the scan at the first threat */

/* Scans one object in memory. `name` may be NULL. Never returns without filling
 * *result; a result is REASON_NONE only if everything was scanned to its end. */
void clam_scan(struct clam *clam, const void *data, size_t length, const char *name, unsigned flags,
               struct clam_result *result);

void clam_free(struct clam **clam);

/* The name in a path of an object of that type of libclamav's: "CL_TYPE_POSIX_TAR" is "tar". */
void clam_kind(char *kind, size_t size, const char *type);

/* libclamav's version ("1.4.6"). */
const char *clam_version(void);

#endif
