/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/archive.h"

#include <limits.h>
#include <string.h>

#include "inspect/formats/sevenzip.h"
#include "inspect/tiny.h"
#include "inspect/window.h"

int archive_has_content(struct archive_entry *entry)
{
    const unsigned type = archive_entry_filetype(entry);

    return (type == AE_IFREG || type == 0) && archive_entry_hardlink(entry) == NULL;
}

bool archive_may_have_content(struct archive_entry *entry)
{
    return archive_has_content(entry) || archive_entry_filetype(entry) != AE_IFDIR ||
           (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0);
}

static int archive_rar(struct archive *archive)
{
    return archive_read_support_format_rar(archive) == ARCHIVE_OK
               ? archive_read_support_format_rar5(archive)
               : ARCHIVE_FATAL;
}

/* libclamav and some unpackers stop at the end mark, others read what follows. */
static int archive_tar(struct archive *archive)
{
    return archive_read_support_format_tar(archive) == ARCHIVE_OK
               ? archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1")
               : ARCHIVE_FATAL;
}

#define FORMAT(kind, name, marks, traits, reader, ...) [KIND_##kind] = (reader),
static int (*const archive_readers[])(struct archive *archive) = {
#include "inspect/formats.def"
};

static bool archive_enable(struct archive *archive, enum kind kind)
{
    if (kind >= sizeof archive_readers / sizeof archive_readers[0] || !archive_readers[kind])
        return false;
    /* ARCHIVE_WARN says that a program would be started for it. */
    return archive_readers[kind](archive) == ARCHIVE_OK &&
           (!kind_has(kind, KIND_STREAM) || archive_read_support_format_raw(archive) == ARCHIVE_OK);
}

enum reason archive_failure(struct archive *archive)
{
    const char *words = archive_error_string(archive);

    /* Its words for zstd in a ZIP, and for RAR 5. */
    if (window_refused() || (words != NULL && (strstr(words, "requires too much memory") != NULL ||
                                               strstr(words, "dictionary size") != NULL)))
        return REASON_LIMIT_MEMORY;
    return REASON_CONTAINER;
}

struct archive *archive_open_kind(enum kind kind, const uint8_t *data, size_t length,
                                  enum reason *why_r)
{
    struct archive *archive = archive_read_new();
    const char *words;

    *why_r = REASON_MEMORY;
    if (archive == NULL)
        return NULL;
    (void)window_refused(); /* what was refused before is told already */
    if (kind == KIND_7Z && sevenzip_is_greedy(data, length)) {
        *why_r = REASON_LIMIT_MEMORY;
        archive_read_free(archive);
        return NULL;
    }
    if (archive_enable(archive, kind) &&
        archive_read_open_memory(archive, data, length) == ARCHIVE_OK)
        return archive;
    /* It undoes streams in streams of the same kind in one go, up to 25. */
    words = archive_error_string(archive);
    *why_r = words != NULL && strstr(words, "too many filters") != NULL ? REASON_LIMIT_RECURSION
                                                                        : archive_failure(archive);
    archive_read_free(archive);
    return NULL;
}

void archive_list(enum kind kind, const uint8_t *data, size_t length, unsigned max,
                  struct archive_listing *listing)
{
    struct archive_entry *entry;
    struct archive *archive;
    int code = ARCHIVE_OK;
    enum reason why;
    unsigned count;

    memset(listing, 0, sizeof *listing);
    archive = archive_open_kind(kind, data, length, &why);
    if (archive == NULL) {
        listing->damaged = 1;
        return;
    }
    for (count = 0; count < max; count++) {
        do {
            code = archive_read_next_header(archive, &entry);
        } while (code == ARCHIVE_RETRY && ++count < max);
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            break;
        if (archive_entry_is_encrypted(entry))
            listing->encrypted = 1;
        if ((archive_has_content(entry) && !archive_entry_size_is_set(entry)) ||
            (archive_entry_size_is_set(entry) && archive_entry_size(entry) > TINY_BYTES))
            listing->members++;
        if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0 &&
            (uint64_t)archive_entry_size(entry) > listing->largest)
            listing->largest = (uint64_t)archive_entry_size(entry);
    }
    if (count >= max) /* who opens it sees what else there is */
        listing->members = UINT_MAX;
    if (archive_read_has_encrypted_entries(archive) > 0)
        listing->encrypted = 1;
    listing->damaged = code != ARCHIVE_EOF && code != ARCHIVE_OK && code != ARCHIVE_WARN;
    archive_read_free(archive);
}
