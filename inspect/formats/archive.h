/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * archive: libarchive, set up for one kind at a time and for bytes in memory.
 *
 * Only formats and filters that libarchive has built in are ever enabled:
 * the others would start programs, which the sandbox forbids.
 *
 * Sandbox: no files, no processes; iconv for names (see inspect_prepare).
 * Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_ARCHIVE_H
#define EPOST_INSPECT_FORMATS_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict.h"
#include "inspect/kind.h"

/* Opens an archive, or a single compressed stream as an archive of one nameless member.
 * Returns NULL and the reason in *why_r: MEMORY, CONTAINER when it is not of that kind,
 * LIMIT_RECURSION, LIMIT_MEMORY. Release with archive_read_free. */
struct archive *archive_open_kind(enum kind kind, const uint8_t *data, size_t length,
                                  enum reason *why_r);

/* Why libarchive could not read something just now: LIMIT_MEMORY, or CONTAINER. */
enum reason archive_failure(struct archive *archive);

/* The members that libarchive lists. */
struct archive_listing {
    unsigned members; /* regular files of more than a few bytes */
    uint64_t largest; /* bytes of the largest member, as the archive says */
    int encrypted;    /* some member or the directory is */
    int damaged;      /* the list ends with an error */
};

/* Lists at most `max` members. Reads no content. */
void archive_list(enum kind kind, const uint8_t *data, size_t length, unsigned max,
                  struct archive_listing *listing);

/* 1 for members that are files; also for those of which the format does not say what they are. */
int archive_has_content(struct archive_entry *entry);

/* true for those, and for members of another type that may have bytes all the same: there are
 * unpackers that write a device, a pipe or a link as a plain file. */
bool archive_may_have_content(struct archive_entry *entry);

#endif
