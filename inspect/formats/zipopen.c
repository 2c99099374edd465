/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of a ZIP in every reading of it (see zipread.h), each scanned.
 * Deflated content tells by itself where it ends; stored content is scanned in
 * every length that some header gives it, and inflated too where its sum is
 * not what the headers say; the other methods are libarchive's. Content that
 * was scanned before is recognised and costs no second scan.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "common/clock.h"
#include "inspect/decode.h"
#include "inspect/formats/zip.h"
#include "inspect/formats/ziprecords.h"
#include "inspect/formats/zipopen.h"
#include "inspect/formats/zipspans.h"
#include "inspect/formats/zipwrap.h"
#include "inspect/kindof.h"
#include "inspect/names.h"
#include "inspect/tiny.h"
#include "inspect/trial.h"

#define ZIPOPEN_FAILURES 8 /* members that are told about at the end of a pass; more at once */

enum zipopen_method { ZIPOPEN_STORED = 0, ZIPOPEN_DEFLATE = 8 };

/* A member that cannot be read. */
struct zipopen_failure {
    const uint8_t *data, *entry;
    char path[WIRE_PART_MAX];
};

struct zipopen {
    struct inspection *in;
    const struct object *object;
    uint64_t least, most; /* members of other sizes are passed over */
    bool lenient;         /* it may lie in pieces: what cannot be read is no trouble */
    uint64_t unpacked;    /* over all members */
    uint64_t members;
    uint64_t lost_ns;      /* time used by trials that did not come to their end */
    bool left;             /* members that have to be looked at again for that */
    struct zipspans spans; /* of members that were read whole */
    struct zipopen_failure failures[ZIPOPEN_FAILURES];
    unsigned failure_count;
};

/* One member, and what came of it so far. */
struct zipopen_member {
    struct zipopen *open;
    const struct zipread_member *from;
    struct object object;
    bool read;  /* in one way at least */
    bool guess; /* it may be no member: only a threat counts */
    enum reason trouble;
};

static void zipopen_note_failure(struct zipopen *open, const struct zipopen_failure *failure)
{
    const struct object member = {.path = (char *)(uintptr_t)failure->path,
                                  .depth = open->object->depth + 1};

    /* A ZIP in a ZIP that is packed no smaller shows its headers and its directory, with block
     * headers of the packer between them. Its members are read where it is opened itself. */
    if (!zipspans_have(&open->spans, failure->data) ||
        (failure->entry != NULL && !zipspans_have(&open->spans, failure->entry)))
        inspection_note(open->in, &member, REASON_CONTAINER, "a member that cannot be read");
}

static void zipopen_fail(struct zipopen *open, const struct zipread_member *from, const char *path)
{
    struct zipopen_failure *failure = &open->failures[0];

    if (open->failure_count == ZIPOPEN_FAILURES) { /* room for it: this one is told now */
        zipopen_note_failure(open, failure);
        memmove(failure, failure + 1, (ZIPOPEN_FAILURES - 1) * sizeof *failure);
        open->failure_count--;
    }
    failure = &open->failures[open->failure_count++];
    failure->data = from->data;
    failure->entry = from->entry;
    snprintf(failure->path, sizeof failure->path, "%s", path);
}

/* The member was read whole from its first `length` packed bytes. */
static void zipopen_cover(struct zipopen_member *member, size_t length)
{
    const struct zipread_member *from = member->from;

    if (from->listed && !from->guess)
        zipspans_add(&member->open->spans, from->data, length);
}

/* A ZIP whose members this walk lists anyway. */
static bool zipopen_is_walked(const struct zipopen_member *member, const uint8_t *data,
                              size_t length)
{
    return member->guess && member->from->based && data == member->from->data &&
           kind_of(data, length, NULL) == KIND_ZIP;
}

/* Signatures are matched on it as it is, once. */
static void zipopen_scan_walked(struct inspection *in, const struct object *object)
{
    const unsigned depth = object->depth >= in->budget.depth_max ? object->depth : 0;
    uint8_t digest[SEEN_DIGEST];
    size_t i;

    if (seen_digest(digest, object->data, object->length)) {
        if (inspection_has_seen(in, digest, object->depth))
            return;
        for (i = 0; i < SEEN_DIGEST; i++) /* no content has this digest, nor any of watch's */
            digest[i] ^= 0x55;
        if (inspection_mark(in, digest, depth))
            return;
    }
    inspection_raw(in, object);
}

static void zipopen_scan(struct zipopen_member *member, const uint8_t *data, size_t length)
{
    member->object.data = data;
    member->object.length = length;
    if (zipopen_is_walked(member, data, length))
        zipopen_scan_walked(member->open->in, &member->object);
    else if (length > 0)
        inspection_object(member->open->in, &member->object);
}

/* A threat counts, and nothing else: these bytes are a member to few unpackers, or to none. */
static void zipopen_scan_guess(struct zipopen_member *member, const uint8_t *data, size_t length)
{
    struct inspection *in = member->open->in;
    const bool guess = member->guess;
    struct trial trial;

    trial_begin_guess(in, &trial);
    member->guess = true;
    zipopen_scan(member, data, length);
    member->guess = guess;
    trial_end_guess(in, &trial);
}

static void zipopen_inflate(struct zipopen_member *member)
{
    struct inspection *in = member->open->in;
    const struct zipread_member *from = member->from;
    struct decoded decoded;
    enum reason reason = decode(CODEC_DEFLATE, from->data, from->available, &in->budget, &decoded);

    zipopen_scan(member, decoded.out.data, decoded.out.length);
    /* An unpacker that goes by a smaller size stops there. The size may be another member's: an
     * archive in an archive that is packed no smaller shows its own directory too. */
    if (from->size < decoded.out.length && !inspection_over(in))
        zipopen_scan_guess(member, decoded.out.data, (size_t)from->size);
    member->open->unpacked += decoded.out.length;
    if (reason == REASON_NONE) {
        member->read = true;
        zipopen_cover(member, decoded.used);
    } else if (reason != REASON_ENCODING)
        member->trouble = reason;
    buffer_free(&decoded.out);
}

/* Every length: the one that has the sum that a header gives, and the others as a guess.
 * Returns true if one has it. */
static bool zipopen_stored(struct zipopen_member *member)
{
    const struct zipread_member *from = member->from;
    const unsigned count = from->exact ? 1 : from->count;
    unsigned i, right = count;

    for (i = 0; i < count && right == count; i++) {
        const uint32_t sum = (uint32_t)crc32_z(0, from->data, from->lengths[i]);

        if (sum == from->crc[0] || sum == from->crc[1])
            right = i;
    }
    if (right < count && from->lengths[right] > TINY_BYTES) {
        zipopen_scan(member, from->data, from->lengths[right]);
        zipopen_cover(member, from->lengths[right]);
    }
    for (i = 0; i < count && !inspection_over(member->open->in); i++) {
        if (i == right || from->lengths[i] <= TINY_BYTES)
            continue;
        if (right < count)
            zipopen_scan_guess(member, from->data, from->lengths[i]);
        else
            zipopen_scan(member, from->data, from->lengths[i]);
    }
    member->read = true;
    return from->count == 0 || (right < count && !from->differs);
}

/* Any other method. */
static void zipopen_other(struct zipopen_member *member, unsigned method)
{
    struct inspection *in = member->open->in;
    const struct zipread_member *from = member->from;
    unsigned i;

    if (!zipread_method_known(method)) /* nor by libarchive */
        return;
    for (i = 0; i < from->count && !member->read && !inspection_over(in); i++) {
        const struct zipwrap_piece piece = {from->data, from->lengths[i]};
        struct buffer wrapped = BUFFER_INIT, out = BUFFER_INIT;
        enum reason reason = REASON_MEMORY;

        if (zipwrap(&wrapped, method, from->crc[1],
                    from->size != UINT64_MAX ? from->size : UINT32_MAX - 1, &piece, 1) == 0)
            reason = zipwrap_undo(in, member->open->object, &wrapped, &out);
        zipopen_scan(member, out.data, out.length);
        member->open->unpacked += out.length;
        if (reason == REASON_NONE)
            member->read = true;
        else if (reason != REASON_CONTAINER)
            member->trouble = reason;
        buffer_free(&wrapped);
        buffer_free(&out);
    }
}

static void zipopen_method(struct zipopen_member *member, unsigned method)
{
    if (method == ZIPOPEN_DEFLATE) {
        zipopen_inflate(member);
    } else if (method != ZIPOPEN_STORED) {
        zipopen_other(member, method);
    } else if (!zipopen_stored(member) && !inspection_over(member->open->in)) {
        zipopen_inflate(member);
        member->trouble = REASON_NONE; /* it was scanned as it is */
    }
}

static void zipopen_read(struct zipopen *open, const struct zipread_member *from)
{
    char name[OBJECT_NAME_MAX], path[WIRE_PART_MAX];
    struct zipopen_member member = {
        .open = open, .from = from, .guess = from->guess, .trouble = REASON_NONE};
    enum reason ratio;
    unsigned i;

    inspection_trick(open->in, from->name);
    names_guess(name, sizeof name, from->name, strlen(from->name));
    inspection_path(path, open->object, kind_name(KIND_ZIP), name);
    member.object.path = path;
    member.object.depth = open->object->depth + 1;
    member.object.name = name[0] != '\0' ? name : NULL;
    ratio = budget_ratio(&open->in->budget, open->object->length, open->unpacked);
    if (ratio != REASON_NONE) {
        inspection_note(open->in, &member.object, ratio, NULL);
        return;
    }
    if (from->encrypted && !open->lenient && (from->listed || from->likely))
        inspection_note(open->in, &member.object, REASON_ENCRYPTED, NULL);
    zipopen_method(&member, from->method[0]);
    if (from->method[1] != from->method[0] && !inspection_over(open->in))
        zipopen_method(&member, from->method[1]);
    for (i = 0; i < 2 && !inspection_over(open->in); i++) /* some look at one byte of it */
        if (from->method[i] > 0xff && zipread_method_known(from->method[i] & 0xff))
            zipopen_method(&member, from->method[i] & 0xff);
    if (member.trouble != REASON_NONE)
        inspection_note(open->in, &member.object, member.trouble, NULL);
    else if (!member.read && from->count > 0 && from->size > TINY_BYTES && !from->encrypted &&
             !open->lenient && (from->listed || from->likely))
        zipopen_fail(open, from, path);
}

/* Of what may be no member at all only a threat counts. */
static void zipopen_member(struct zipopen *open, const struct zipread_member *from)
{
    struct trial trial;

    if (!from->guess) {
        zipopen_read(open, from);
        return;
    }
    const unsigned failures = open->failure_count;
    trial_begin_guess(open->in, &trial);
    zipopen_read(open, from);
    trial_end_guess(open->in, &trial);
    if (open->failure_count > failures)
        open->failure_count = failures;
}

/* Only for a short time at first, while that does not cost too much. */
static bool zipopen_visit(void *context, const struct zipread_member *from)
{
    struct zipopen *open = context;
    struct inspection *in = open->in;
    const uint64_t begun = clock_thread_cpu();
    struct trial trial;

    if (inspection_over(in))
        return false;
    if (from->size < open->least || from->size > open->most)
        return true;
    if (++open->members > (uint64_t)in->job->settings->max_files) {
        inspection_note(in, open->object, REASON_LIMIT_FILES, NULL);
        return false;
    }
    if (open->object->length > TRIAL_SIZE_MAX || !trial_possible(in) ||
        open->lost_ns > TRIAL_PARTS_MS * CLOCK_MS) {
        zipopen_member(open, from);
        return true;
    }
    trial_begin(in, &trial, TRIAL_PART_MS);
    zipopen_member(open, from);
    if (!trial_end(in, &trial, 0)) {
        open->lost_ns += clock_thread_cpu() - begun;
        open->left = true;
    }
    return true;
}

static void zipopen_pass(struct zipopen *open)
{
    unsigned i;

    open->unpacked = open->members = 0;
    open->failure_count = 0;
    zipspans_clear(&open->spans);
    open->left = false;
    if (zipread_walk(open->object->data, open->object->length, zipopen_visit, open) != 0)
        inspection_note(open->in, open->object, REASON_LIMIT_FILES, "a ZIP of too many members");
    for (i = 0; i < open->failure_count; i++)
        zipopen_note_failure(open, &open->failures[i]);
}

static void zipopen_members(struct inspection *in, const struct object *object, uint64_t least,
                            uint64_t most, bool lenient)
{
    struct zipopen open = {
        .in = in, .object = object, .least = least, .most = most, .lenient = lenient};

    zipopen_pass(&open);
    if (open.left && !inspection_over(in)) {
        open.lost_ns = UINT64_MAX;
        zipopen_pass(&open);
    }
    zipspans_free(&open.spans);
}

/* Bytes between the members and behind them, as a file of its own. */
static void zipopen_gaps(struct inspection *in, const struct object *object, bool lenient,
                         const struct zip_facts *facts)
{
    unsigned i;

    for (i = 0; i < facts->gaps && i < ZIP_HIDDEN_MAX && !inspection_over(in); i++) {
        struct object gap = {.data = object->data + facts->gap[i].begin,
                             .length = facts->gap[i].end - facts->gap[i].begin,
                             .path = object->path,
                             .depth = object->depth + 1,
                             .guessed = true};

        inspection_object(in, &gap);
    }
    if (facts->gaps > ZIP_HIDDEN_MAX && !lenient)
        inspection_note(in, object, REASON_CONTAINER, facts->why);
}

void zipopen_whole(struct inspection *in, const struct object *object, uint64_t least,
                   uint64_t most, bool lenient)
{
    struct zip_facts facts;

    zip_walk(object->data, object->length, &facts);
    if (!facts.directory && facts.hidden == 0 && !lenient)
        inspection_note(in, object, REASON_CONTAINER, facts.why);
    zipopen_gaps(in, object, lenient, &facts);
    zipopen_members(in, object, least, most, lenient);
}
