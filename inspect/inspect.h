/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspect: the content pipeline: what a scan worker does with one body.
 *
 * Everything that parses hostile bytes is behind this call, and this call is
 * made in the sandboxed worker only: content encodings, form uploads, mail,
 * containers and libclamav itself. It may crash or never return; the worker's
 * process and the supervisor's deadline are what bounds it.
 *
 * Owner: the worker; nothing in the job is kept after the call.
 * Threads: one; the worker has no other.
 */
#ifndef EPOST_INSPECT_INSPECT_H
#define EPOST_INSPECT_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/clam.h"
#include "inspect/remembered.h"
#include "common/scannerconf.h"
#include "common/wire.h"

struct inspect_job {
    const struct wire_view *view; /* checked: name, content type, encoding, flags */
    const uint8_t *body;          /* never NULL; may be a mapping of a file */
    size_t length;                /* bytes */
    struct clam *clam;
    const struct scanner_settings *settings;
    struct remembered *remembered;       /* of earlier bodies; NULL: nothing is remembered */
    _Atomic uint32_t *depends;           /* keeps a copy of what the verdict depends on; or NULL */
    const char *tmpdir;                  /* the worker's own, empty before and after the scan */
    const char *(*memory_refusal)(void); /* which limit has refused memory so far, or NULL; or
                                            NULL itself */
};

/* Looks at everything in the body and fills verdict, reason, threat, part,
 * detail, facts, part_sha256, depends, scanned, layers and their flags of a reply that the caller
 * started with wire_reply_init(REASON_UNKNOWN); leaves the other fields alone. */
void inspect_body(const struct inspect_job *job, struct wire_reply *reply);

/* Whether all there is to say of the body is that it is over MaxFileSize: then no byte of it is
 * read. One with claims may be taken apart, and what comes of it is smaller. */
bool inspect_is_too_large(const struct inspect_job *job);

/* Loads what the pipeline's libraries would load from files on first use (character sets,
 * GMime). Once, before the sandbox closes; from then on the pipeline needs memory (mmap, mremap),
 * clocks, and files in the job's tmpdir only (libclamav's): no other files, no threads, no
 * processes, no sockets. Unpacked layers are private memory: RLIMIT_DATA counts them. */
void inspect_prepare(void);

#endif
