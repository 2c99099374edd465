/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers that libclamav does not open, or not wholly: their members, one by one, through
 * libarchive (and libbrotli for .br), each scanned in full. A member that libclamav has seen
 * already is not scanned again. A member that stays closed is noted: encrypted, or container.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/appended.h"
#include "inspect/carried.h"
#include "inspect/formats/archive.h"
#include "common/clock.h"
#include "inspect/inspection.h"
#include "inspect/names.h"
#include "inspect/trial.h"
#include "inspect/formats/rar.h"
#include "inspect/formats/zipopen.h"

#define CONTAINER_BLOCK   65536
#define CONTAINER_HEADERS 16 /* directories, links and all, for each file that is allowed */

/* A member that was read and is not looked at before it is known whether it is the last. */
struct container_part {
    char name[OBJECT_NAME_MAX], path[WIRE_PART_MAX];
    struct buffer buffer;
    bool is_waiting;
};

struct container {
    struct inspection *in;
    const struct object *object;
    enum kind kind;
    uint64_t unpacked;    /* over all members */
    int lenient;          /* if it cannot be opened at all it was perhaps no container */
    int pieces;           /* it may be cut: what cannot be read is no trouble */
    bool is_front;        /* the object was cut off where another archive begins */
    bool is_read;         /* the last time all of it could be read */
    uint64_t least, most; /* members of other sizes are passed over */
    uint64_t lost_ns;     /* time used by trials that did not come to their end */
    int left;             /* members that have to be looked at again for that */
    struct container_part part;
};

/* Names come as UTF-8 from formats that have Unicode, as bytes from the others. */
static void container_name(const struct container *container, struct archive_entry *entry,
                           char name[OBJECT_NAME_MAX])
{
    const char *text = archive_entry_pathname(entry);

    if (text == NULL)
        text = archive_entry_pathname_utf8(entry);
    if (kind_has(container->kind, KIND_STREAM) || text == NULL)
        text = "";
    inspection_trick(container->in, text);
    names_guess(name, OBJECT_NAME_MAX, text, strlen(text));
}

static void container_members(struct container *container);

static void container_trouble(const struct container *container, const struct object *object,
                              struct archive *archive)
{
    const char *words = archive_error_string(archive);
    const enum reason reason = archive_failure(archive);

    if (reason == REASON_LIMIT_MEMORY)
        inspection_note(container->in, object, reason, words);
    else if (archive_read_has_encrypted_entries(archive) > 0 ||
             (words != NULL && strstr(words, "ncrypt") != NULL))
        inspection_note(container->in, object, REASON_ENCRYPTED, words);
    else if (!container->pieces)
        inspection_note(container->in, object, REASON_CONTAINER, words);
}

/* Adds bytes to a member's content, or zeros where `data` is NULL. */
static enum reason container_add(struct container *container, struct buffer *buffer,
                                 const uint8_t *data, uint64_t length)
{
    while (length > 0) {
        const size_t piece = length < CONTAINER_BLOCK ? (size_t)length : CONTAINER_BLOCK;
        enum reason reason;
        uint8_t *room = inspection_room(container->in, container->object, container->unpacked,
                                        buffer, piece, &reason);

        if (room == NULL)
            return reason;
        if (data != NULL) {
            memcpy(room, data, piece);
            data += piece;
        } else {
            memset(room, 0, piece);
        }
        buffer->length += piece;
        container->unpacked += piece;
        length -= piece;
    }
    return REASON_NONE;
}

/* Reads a member's content. Returns REASON_NONE, a ceiling, MEMORY, or CONTAINER when it ended
 * early (what came is in the buffer). By blocks: archive_read_data does not say what it has read
 * before an error, or before a warning of a wrong check sum. */
static enum reason container_read(struct container *container, struct archive *archive,
                                  struct buffer *buffer)
{
    enum reason reason;

    for (;;) {
        const void *block = NULL;
        la_int64_t offset = 0;
        size_t size = 0;
        int code = archive_read_data_block(archive, &block, &size, &offset);

        if (code == ARCHIVE_EOF)
            return REASON_NONE;
        if (code < ARCHIVE_WARN)
            return REASON_CONTAINER;
        if (code == ARCHIVE_OK && offset > 0 && (uint64_t)offset > buffer->length &&
            (reason = container_add(container, buffer, NULL, (uint64_t)offset - buffer->length)) !=
                REASON_NONE)
            return reason;
        reason = container_add(container, buffer, block, code == ARCHIVE_OK ? size : 0);
        if (reason == REASON_NONE)
            reason = budget_member(&container->in->budget, buffer->length);
        if (reason != REASON_NONE)
            return reason;
    }
}

/* A member of which bytes can be expected: links and devices mostly have none. */
static int container_is_due(struct archive_entry *entry)
{
    return archive_has_content(entry) ||
           (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0);
}

/* Reads a member. What is noted about its end is noted at once, while the archive knows it. */
static void container_take(struct container *container, struct archive *archive,
                           struct archive_entry *entry)
{
    struct container_part *part = &container->part;
    struct object member = {.path = part->path, .depth = container->object->depth + 1};
    enum reason reason;

    container_name(container, entry, part->name);
    inspection_path(part->path, container->object, kind_name(container->kind), part->name);
    if (archive_entry_is_data_encrypted(entry)) {
        inspection_note(container->in, &member, REASON_ENCRYPTED, NULL);
        return;
    }
    reason = container_read(container, archive, &part->buffer);
    part->is_waiting = part->buffer.length > 0;
    if (reason == REASON_CONTAINER && !part->is_waiting && !container_is_due(entry))
        reason = REASON_NONE;
    if (reason == REASON_CONTAINER)
        container_trouble(container, &member, archive);
    else if (reason != REASON_NONE)
        inspection_note(container->in, &member, reason, NULL);
}

static void container_look(struct container *container)
{
    const struct container_part *part = &container->part;
    const struct object member = {.data = part->buffer.data,
                                  .length = part->buffer.length,
                                  .name = part->name[0] ? part->name : NULL,
                                  .path = part->path,
                                  .depth = container->object->depth + 1};

    inspection_object(container->in, &member);
}

/* For a short time only at first, unless that cost too much before, or it hides nothing. */
static void container_try(struct container *container, bool is_last)
{
    struct inspection *in = container->in;
    const uint64_t begun = clock_thread_cpu();
    struct trial trial;

    if (!container->part.is_waiting)
        return;
    if ((is_last && !container->left) || container->object->length > TRIAL_SIZE_MAX ||
        !trial_possible(in) || container->lost_ns > TRIAL_PARTS_MS * CLOCK_MS) {
        container_look(container);
    } else {
        trial_begin(in, &trial, TRIAL_PART_MS);
        container_look(container);
        if (!trial_end(in, &trial, 0)) {
            container->lost_ns += clock_thread_cpu() - begun;
            container->left = 1;
        }
    }
    buffer_free(&container->part.buffer);
    container->part.is_waiting = false;
}

/* One whose header names no size may have any. */
static int container_wants(const struct container *container, struct archive_entry *entry)
{
    const uint64_t size = archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0
                              ? (uint64_t)archive_entry_size(entry)
                              : UINT64_MAX;

    return archive_may_have_content(entry) && size >= container->least && size <= container->most;
}

/* It cannot be read to its end: perhaps because it ends where another archive begins, which is
 * opened for itself. Then it must be readable to that place. */
static bool container_ends_early(struct container *container)
{
    const struct object *object = container->object;
    struct container cut = *container;
    struct object front = *object;
    uint64_t work = 0;

    if (container->is_front || container->pieces)
        return false;
    front.length = appended_front(object->data, object->length, container->kind);
    if (front.length == 0)
        return false;
    /* No unpacker takes it for a RAR if the first header is none. */
    if (container->kind == KIND_RAR && rar_extent(object->data, object->length, &work) == 0)
        return true;
    cut.object = &front;
    cut.is_front = true;
    container_members(&cut);
    container->left |= cut.left;
    return true;
}

/* Says how far the members were read, where the format stores them one behind the other as they
 * are, or how many streams of a chain. */
static void container_says_end(const struct container *container, struct archive *archive, int code,
                               bool is_too_many)
{
    const bool is_whole = container->least == 0 && container->most == UINT64_MAX &&
                          (!container->left || container->lost_ns == UINT64_MAX);
    const uint8_t *data = container->object->data;

    if (!is_whole)
        return;
    if (container->kind == KIND_BZIP2)
        inspection_read_to(container->in, data + archive_filter_bytes(archive, -1));
    else if ((code == ARCHIVE_EOF || is_too_many) &&
             (container->kind == KIND_TAR || container->kind == KIND_LHA))
        inspection_read_to(container->in, data + archive_read_header_position(archive));
}

/* Goes through the members. */
static void container_members(struct container *container)
{
    const struct object *object = container->object;
    struct archive_entry *entry;
    struct archive *archive;
    enum reason why;
    int code = ARCHIVE_OK;
    /* Most were seen and cost nothing: only what is new takes from the budget. Directories and
     * links are no files: a set of icons has more links than files. */
    const uint64_t most = (uint64_t)container->in->job->settings->max_files;
    uint64_t members = 0, files = 0;

    archive = archive_open_kind(container->kind, object->data, object->length, &why);
    if (archive == NULL) {
        if (why != REASON_CONTAINER || (!container->lenient && !container_ends_early(container)))
            inspection_note(container->in, object, why, NULL);
        return;
    }
    while (!inspection_over(container->in)) {
        code = archive_read_next_header(archive, &entry);
        if (code == ARCHIVE_RETRY && members++ < most)
            continue;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            break;
        files += container_is_due(entry);
        if (files > most || ++members > CONTAINER_HEADERS * most) {
            inspection_note(container->in, object, REASON_LIMIT_FILES, NULL);
            break;
        }
        if (!container_wants(container, entry))
            continue;
        container_try(container, false);
        container_take(container, archive, entry);
    }
    container_try(container, code == ARCHIVE_EOF);
    container->is_read = code == ARCHIVE_EOF;
    container_says_end(container, archive, code, files > most);
    buffer_free(&container->part.buffer); /* of one that was encrypted, or empty */
    if (code < ARCHIVE_WARN && (members > 0 || !container->lenient)) {
        if (archive_failure(archive) != REASON_CONTAINER || !container_ends_early(container))
            container_trouble(container, object, archive);
    } else if (code == ARCHIVE_EOF && archive_read_has_encrypted_entries(archive) > 0) {
        inspection_note(container->in, object, REASON_ENCRYPTED, NULL);
    }
    archive_read_free(archive);
}

/* And once more where some took long, without a limit of their own. */
static void container_pass(struct container *container)
{
    const uint64_t unpacked = container->unpacked;

    container->left = 0;
    container_members(container);
    if (!container->left || inspection_over(container->in))
        return;
    container->unpacked = unpacked;
    container->lost_ns = UINT64_MAX;
    container_members(container);
}

static struct container container_begin(struct inspection *in, const struct object *object)
{
    return (struct container){.in = in,
                              .object = object,
                              .kind = object->kind,
                              .most = UINT64_MAX,
                              .lenient = inspection_doubts(object)};
}

/* One stream of a chain that was read as a whole: it ends at the next mark, unless the mark is a
 * part of it. Then it cannot be read that far. */
static bool container_single(struct inspection *in, const struct object *object)
{
    const uint8_t *data = object->data, *end = data + object->length, *at = data + 1;
    struct object stream = *object;
    struct container container = container_begin(in, object);
    uint64_t work = 0;

    while (at < end && (at = memchr(at, 'B', (size_t)(end - at))) != NULL &&
           carried_bzip2(at, (size_t)(end - at), &work) == 0)
        at++;
    if (at == NULL || at == end)
        return false;
    stream.length = (size_t)(at - data);
    container.object = &stream;
    container.pieces = container.lenient = 1;
    container_pass(&container);
    return container.is_read;
}

void container_open(struct inspection *in, const struct object *object)
{
    struct container container = container_begin(in, object);

    if (object->single && object->kind == KIND_BZIP2 && container_single(in, object))
        return;
    container_pass(&container);
}

void container_open_zip(struct inspection *in, const struct object *object)
{
    zipopen_whole(in, object, 0, UINT64_MAX, false);
}

void container_closed(struct inspection *in, const struct object *object)
{
    inspection_note(in, object, REASON_CONTAINER, "a format that cannot be opened");
}

void container_encrypted(struct inspection *in, const struct object *object)
{
    inspection_note(in, object, REASON_ENCRYPTED, NULL);
}

void container_within(struct inspection *in, const struct object *object)
{
    const struct object inner = inspection_inner(object, object->data, object->length);

    inspection_guess(in, &inner);
}

void container_pieces(struct inspection *in, const struct object *object)
{
    zipopen_whole(in, object, 0, UINT64_MAX, true);
}

void container_small_first(struct inspection *in, const struct object *object, enum kind kind)
{
    static const uint64_t sizes[] = {256, 4096, 65536, UINT64_MAX};
    uint64_t least = 0;
    size_t i;

    for (i = 0; i < sizeof sizes / sizeof sizes[0] && !inspection_over(in); i++) {
        struct container container = {.in = in,
                                      .object = object,
                                      .kind = kind,
                                      .least = least,
                                      .most = sizes[i],
                                      .lenient = 1};

        if (kind == KIND_ZIP)
            zipopen_whole(in, object, least, sizes[i], false);
        else
            container_pass(&container);
        least = sizes[i] + 1;
    }
}
