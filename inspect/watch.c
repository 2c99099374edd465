/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/formats/archive.h"
#include "inspect/appended.h"
#include "inspect/trailing.h"
#include "inspect/listed.h"
#include "inspect/encrypted.h"
#include "inspect/formats/rar.h"
#include "inspect/active_content.h"
#include "inspect/formats/zip.h"

#define WATCH_CONTEXT 512u /* bytes of names and types; of longer ones every layer is looked at */

/* The path of the layer at `depth`, as inspection_path would have it. */
static void watch_path(const struct watch *watch, unsigned depth, char path[WIRE_PART_MAX])
{
    size_t used;
    unsigned i;

    if (watch->object->path[0] != '\0' || depth == 0)
        used = (size_t)snprintf(path, WIRE_PART_MAX, "%s", watch->object->path);
    else
        used = (size_t)snprintf(path, WIRE_PART_MAX, "%s", watch->levels[0].label);
    for (i = 1; i <= depth; i++) {
        const char *label = watch->levels[i].label;

        if (watch->levels[i].normalized || used + strlen(label) + 4 > WIRE_PART_MAX)
            continue;
        used += (size_t)snprintf(path + used, WIRE_PART_MAX - used, " > %s", label);
    }
}

static void watch_note(const struct watch *watch, unsigned depth, enum reason reason,
                       const char *detail)
{
    char path[WIRE_PART_MAX];

    watch_path(watch, depth, path);
    finding_add(&watch->in->finding, reason, path, NULL, detail);
}

static void watch_enter_zip(struct watch *watch, struct watch_level *level,
                            const struct clam_layer *layer)
{
    struct zip_facts facts;

    zip_walk(layer->data, layer->length, &facts);
    /* A program that merely contains the bytes of an end record is no archive. */
    if (!facts.directory && memcmp(layer->data, "PK", 2) != 0) {
        level->kind = KIND_NONE;
        return;
    }
    /* libclamav takes the first MaxFileSize bytes of a member for the whole. */
    if (facts.largest > watch->in->budget.file_max)
        watch_note(watch, layer->depth, REASON_LIMIT_FILE_SIZE, NULL);
    level->members = facts.members;
    level->odd = facts.odd;
    if (facts.encrypted)
        watch_note(watch, layer->depth, REASON_ENCRYPTED, NULL);
}

/* 1 if libclamav's type is that of an archive or a compressed file. */
static int watch_confirmed(const char *type)
{
    static const char *const types[] = {
        "CL_TYPE_BZ",       "CL_TYPE_POSIX_TAR", "CL_TYPE_OLD_TAR",   "CL_TYPE_LHA_LZH",
        "CL_TYPE_CPIO_OLD", "CL_TYPE_CPIO_ODC",  "CL_TYPE_CPIO_NEWC", "CL_TYPE_CPIO_CRC"};
    size_t i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i]) == 0)
            return 1;
    return 0;
}

/* libclamav has no ceiling for how much larger than its container something may be. */
static void watch_ratio(struct watch *watch, const struct clam_layer *layer)
{
    const struct watch_level *parent = &watch->levels[layer->depth - 1];
    const struct budget *budget = &watch->in->budget;

    if (!parent->normalized && parent->length > 0 && layer->length > BUDGET_RATIO_FREE &&
        layer->length / parent->length >= budget->ratio_max)
        watch_note(watch, layer->depth - 1, REASON_LIMIT_RATIO, NULL);
}

static int watch_has_behind(const uint8_t *data, size_t length, enum kind front)
{
    struct appended_search search = BEHIND_SEARCH(data, length, front);
    struct appended archive;

    return appended_next(&search, &archive) || search.exhausted;
}

/* `name` is what the sender calls it: a part of a mail without a name has its type there. */
static int watch_is_shown(const struct clam_layer *layer, const char *name)
{
    return (layer->name != NULL && active_content_by_name(layer->name, strlen(layer->name))) ||
           (name != NULL && (active_content_by_name(name, strlen(name)) ||
                             active_content_by_type(name, strlen(name))));
}

static int watch_is_hiding(const struct clam_layer *layer, int shown)
{
    const struct object object = {.data = layer->data, .length = layer->length, .shown = shown};

    return retype_is_likely(&object, layer->type);
}

/* Where the bytes leave the kind open, the name decides. */
static enum kind watch_kind(struct watch *watch, const struct clam_layer *layer)
{
    const struct object *object = watch->object;
    enum kind kind =
        kind_of(layer->data, layer->length, layer->depth > 0 ? layer->name : object->name);
    const char *name;
    size_t at;

    if (layer->depth > 0 || !object->is_body || object->name != NULL || kind_is_certain(kind))
        return kind;
    for (at = 0; (name = claims_name(&watch->in->claims, at)) != NULL; at++) {
        kind = kind_of(layer->data, layer->length, name);
        if (kind_is_certain(kind))
            break;
    }
    return kind;
}

/* libclamav comes across a file many times where stored archives lie in one another: once as a
 * member, and once for each archive around it in which it sees the mark of a ZIP. The same bytes
 * under the same name and type, out of parents of the same types, have one verdict. */
static int watch_skip(void *context, const struct clam_layer *layer, const char *parents)
{
    struct watch *watch = context;
    const char *name = layer->name != NULL ? layer->name : "";
    uint8_t text[SEEN_DIGEST + WATCH_CONTEXT], digest[SEEN_DIGEST];
    int length;

    if (layer->normalized || layer->data == NULL || layer->length == 0 ||
        layer->depth >= WATCH_DEPTH || !seen_digest(text, layer->data, layer->length))
        return 0;
    length =
        snprintf((char *)text + SEEN_DIGEST, WATCH_CONTEXT, "%s/%s/%s", parents, layer->type, name);
    if (length < 0 || length >= (int)WATCH_CONTEXT)
        return 0;
    if (!seen_digest(digest, text, SEEN_DIGEST + (size_t)length))
        return 0;
    /* Places and contents share one set. Nobody can send a content that has this digest. */
    for (size_t i = 0; i < SEEN_DIGEST; i++)
        digest[i] ^= 0xff;
    return seen_mark(&watch->in->seen, digest, watch->object->depth + layer->depth);
}

/* The name of a layer for rules, whole and as its sender wrote it; NULL when it has none. `seen` is
 * the name by which its bytes are known. */
static const char *watch_called(const struct watch *watch, const struct clam_layer *layer,
                                const char *kind, const char *seen)
{
    if (layer->depth == 0)
        return watch->object->name;
    if (seen != NULL)
        return seen;
    return strcmp(layer->label, kind) == 0 ? NULL : layer->name; /* it may be called by its kind */
}

static void watch_enter(void *context, struct clam_layer *layer)
{
    struct watch *watch = context;
    struct watch_level *level;
    uint8_t digest[SEEN_DIGEST];
    const char *name = NULL;
    char kind[MEMBERS_KIND_MAX];

    if (layer->depth >= WATCH_DEPTH)
        return;
    level = &watch->levels[layer->depth];
    buffer_free(&level->copy);
    level->kind = KIND_NONE;
    level->shown = level->hiding = level->behind = 0;
    level->normalized = layer->normalized;
    level->length = layer->length;
    if (layer->normalized || layer->data == NULL)
        return;
    if (layer->depth > 0) {
        watch_ratio(watch, layer);
        seen_digest(digest, layer->data, layer->length);
        seen_mark(&watch->in->seen, digest, watch->object->depth + layer->depth);
        name = seen_name(&watch->in->seen, digest);
        if (name != NULL)
            snprintf(layer->label, sizeof layer->label, "%s", name);
        level->shown = watch_is_shown(layer, name);
    }
    if (layer->depth == 0)
        clam_kind(level->label, sizeof level->label, layer->type);
    else
        snprintf(level->label, sizeof level->label, "%s", layer->label);
    clam_kind(kind, sizeof kind, layer->type);
    members_note(&watch->in->members, kind, watch_called(watch, layer, kind, name));
    level->kind = watch_kind(watch, layer);
    if (level->kind == KIND_NONE && strcmp(layer->type, "CL_TYPE_PDF") == 0)
        level->kind = KIND_PDF;
    level->pieces = layer->depth > 0 ? watch->levels[layer->depth - 1].kind == KIND_OLE2
                                     : watch->object->pieces;
    if (level->pieces && level->kind == KIND_ZIP && memcmp(layer->data, "PK", 2) != 0)
        level->kind = KIND_NONE;
    level->behind = watch_has_behind(layer->data, layer->length, level->kind);
    level->confirmed = watch_confirmed(layer->type);
    if (level->kind == KIND_ZIP)
        watch_enter_zip(watch, level, layer);
    /* at depth 0 inspection_object looks for it */
    level->hiding = layer->depth > 0 && watch_is_hiding(layer, level->shown);
    if (layer->name != NULL && encrypted_is_odf_manifest(layer->name, layer->data, layer->length))
        watch_note(watch, layer->depth, REASON_ENCRYPTED, NULL);
    if (level->kind == KIND_CLOSED)
        watch_note(watch, layer->depth, REASON_CONTAINER, "a format that cannot be opened");
    else if (level->kind == KIND_ENCRYPTED)
        watch_note(watch, layer->depth, REASON_ENCRYPTED, NULL);
    if ((level->behind || level->hiding ||
         (level->kind != KIND_NONE && level->kind != KIND_CLOSED &&
          level->kind != KIND_ENCRYPTED)) &&
        layer->depth > 0 && buffer_add(&level->copy, layer->data, layer->length) != 0)
        watch_note(watch, layer->depth, REASON_MEMORY, NULL);
}

static void watch_rar(const struct watch *watch, unsigned depth, const uint8_t *data, size_t length)
{
    struct rar_facts facts;

    rar_walk(data, length, &facts);
    if (facts.encrypted)
        watch_note(watch, depth, REASON_ENCRYPTED, NULL);
    if (facts.split)
        watch_note(watch, depth, REASON_PARTIAL, "one volume of several");
}

/* Layers may have come from other places than the members. RAR is not libclamav's in Debian; the
 * others of these hold their members as they are, and going through them costs less than to look
 * for what may be inside. */
static int watch_may_count_wrong(enum kind kind, const uint8_t *data, size_t length)
{
    return kind == KIND_RAR || kind == KIND_TAR || kind == KIND_CPIO || kind == KIND_XAR ||
           kind == KIND_ISO || appended_is_mixed(data, length);
}

/* Did libclamav see all members? Archives that libarchive can list. */
static int watch_archive_needed(struct watch *watch, const struct watch_level *level,
                                const struct clam_layer *layer, const uint8_t *data, size_t length)
{
    struct archive_listing listing;

    archive_list(level->kind, data, length, (unsigned)watch->in->job->settings->max_files,
                 &listing);
    if (level->kind == KIND_RAR)
        watch_rar(watch, layer->depth, data, length);
    if (listing.largest > watch->in->budget.file_max)
        watch_note(watch, layer->depth, REASON_LIMIT_FILE_SIZE, NULL);
    if (listing.encrypted)
        watch_note(watch, layer->depth, REASON_ENCRYPTED, NULL);
    if (listing.members > layer->children || watch_may_count_wrong(level->kind, data, length))
        return 1;
    /* If libarchive does not understand it either, libclamav's result counts. */
    if (listing.damaged && listing.members == 0)
        return layer->children == 0 && (level->confirmed || !kind_is_weak(level->kind));
    return listing.damaged;
}

static int watch_needed(struct watch *watch, const struct watch_level *level,
                        const struct clam_layer *layer, const uint8_t *data, size_t length)
{
    const char *words = NULL;
    enum reason reason;

    switch (level->kind) {
    case KIND_ZIP:
        return level->odd || level->members != layer->children;
    case KIND_7Z:
    case KIND_RAR:
    case KIND_TAR:
    case KIND_CPIO:
    case KIND_CAB:
    case KIND_LHA:
    case KIND_XAR:
    case KIND_ISO:
        return watch_archive_needed(watch, level, layer, data, length);
    case KIND_GZIP:
        return !trailing_gzip(data, length, layer->child_bytes) || appended_is_mixed(data, length);
    case KIND_BZIP2:
        return layer->children == 0 || !trailing_bzip2(data, length) ||
               appended_is_mixed(data, length);
    case KIND_XZ:
        return layer->children == 0 || !trailing_xz(data, length) ||
               appended_is_mixed(data, length);
    case KIND_ARJ:
    case KIND_CHM:
    case KIND_EGG:
    case KIND_ALZ:
    case KIND_DMG:
        reason = listed_check(level->kind, layer, data, length, &words);
        if (reason != REASON_NONE)
            watch_note(watch, layer->depth, reason, words);
        return 0;
    case KIND_MAIL:
        return layer->depth > 0; /* at depth 0 inspection_object has done it */
    default:
        return level->kind != KIND_CLOSED && level->kind != KIND_ENCRYPTED;
    }
}

static int watch_room(struct watch *watch)
{
    struct watch_followup **followups;
    size_t size = watch->size ? watch->size * 2 : 16;

    if (watch->count < watch->size)
        return 0;
    followups = realloc(watch->followups, size * sizeof *followups);
    if (followups == NULL)
        return -1;
    watch->followups = followups;
    watch->size = size;
    return 0;
}

/* Adds one that waits; its bytes are the object's, or the level's copy. NULL says why not. */
static struct watch_followup *watch_add(struct watch *watch, const struct clam_layer *layer,
                                        const uint8_t *data, size_t length)
{
    struct watch_followup *followup;

    if (watch->count >= WATCH_FOLLOWUPS) {
        watch_note(watch, layer->depth, REASON_LIMIT_FILES, NULL);
        return NULL;
    }
    if (watch_room(watch) != 0 || (followup = calloc(1, sizeof *followup)) == NULL) {
        watch_note(watch, layer->depth, REASON_MEMORY, NULL);
        return NULL;
    }
    watch_path(watch, layer->depth, followup->path);
    followup->object.data = data;
    followup->object.length = length;
    followup->object.path = followup->path;
    followup->object.shown = watch->levels[layer->depth].shown;
    followup->object.pieces = watch->levels[layer->depth].pieces;
    followup->object.guessed = layer->depth == 0 && watch->object->guessed;
    followup->object.depth = watch->object->depth + layer->depth;
    snprintf(followup->type, sizeof followup->type, "%s", layer->type);
    watch->followups[watch->count++] = followup;
    return followup;
}

/* The archives further behind. */
static void watch_behind(struct watch *watch, const struct clam_layer *layer, const uint8_t *data,
                         size_t length)
{
    struct appended_search search = BEHIND_SEARCH(data, length, watch->levels[layer->depth].kind);
    struct appended archive;

    while (!inspection_over(watch->in) && appended_next(&search, &archive)) {
        struct watch_followup *followup;

        if (archive.kind == KIND_ZIP && watch->levels[layer->depth].kind == KIND_OLE2)
            continue; /* ole2_open knows whether it lies in pieces */
        followup = watch_add(watch, layer, data + archive.offset, archive.extent);
        if (followup == NULL)
            return;
        followup->kind = archive.kind;
        followup->extent = archive.extent < length ? archive.length : 0;
        followup->object.guessed |= archive.guessed;
        followup->pieces = archive.kind == KIND_ZIP && watch->levels[layer->depth].pieces;
        followup->confirmed = archive.kind != KIND_ZIP && !archive.guessed;
        if (archive.kind == KIND_RAR)
            watch_rar(watch, layer->depth, data + archive.offset, length - archive.offset);
    }
    if (search.exhausted)
        watch_note(watch, layer->depth, REASON_CONTAINER, "too many marks of archives");
}

static void watch_leave(void *context, const struct clam_layer *layer)
{
    struct watch *watch = context;
    struct watch_level *level;
    struct watch_followup *followup;
    const uint8_t *data;
    size_t length, before = watch->count;

    if (layer->depth >= WATCH_DEPTH)
        return;
    level = &watch->levels[layer->depth];
    data = layer->depth == 0 ? watch->object->data : level->copy.data;
    length = layer->depth == 0 ? watch->object->length : level->copy.length;
    if (data == NULL)
        return;
    if (level->kind != KIND_NONE && watch_needed(watch, level, layer, data, length) &&
        (followup = watch_add(watch, layer, data, length)) != NULL) {
        followup->kind = level->kind;
        followup->confirmed = level->confirmed;
    }
    if (level->hiding && (followup = watch_add(watch, layer, data, length)) != NULL)
        followup->kind = KIND_HIDDEN;
    if (level->behind)
        watch_behind(watch, layer, data, length);
    if (watch->count > before) { /* they share the copy: the last one frees it */
        watch->followups[watch->count - 1]->copy = level->copy;
        memset(&level->copy, 0, sizeof level->copy);
    }
}

struct watch *watch_begin(struct inspection *in, const struct object *object)
{
    struct watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL)
        return NULL;
    watch->in = in;
    watch->object = object;
    watch->visitor.skip = watch_skip;
    watch->visitor.enter = watch_enter;
    watch->visitor.leave = watch_leave;
    watch->visitor.context = watch;
    clam_set_visitor(in->job->clam, &watch->visitor);
    return watch;
}

/* Kinds that libarchive does not open. */
static void (*const watch_openers[])(struct inspection *in, const struct object *object) = {
    [KIND_MAIL] = mail_open,
    [KIND_INLINED] = inlined_open,
    [KIND_PDF] = pdf_open,
    [KIND_UDF] = udf_open,
    [KIND_OLE2] = ole2_open,
    [KIND_CMS] = cms_open,
    [KIND_PGP] = pgp_open,
    [KIND_APPLESINGLE] = applesingle_open,
    [KIND_ONENOTE] = onenote_open,
    [KIND_RTF] = rtf_open,
    [KIND_TNEF] = tnef_open,
    [KIND_ACTIVEMIME] = activemime_open,
    [KIND_FORKS] = forks_open,
    [KIND_GITPACK] = gitpack_open,
    [KIND_PYINSTALLER] = pyinstaller_open,
    [KIND_ASAR] = asar_open,
};

static void watch_open(struct watch *watch, const struct watch_followup *followup)
{
    const enum kind kind = followup->kind;
    uint8_t digest[SEEN_DIGEST];

    if (inspection_over(watch->in))
        return;
    if (followup->extent > 0) { /* a member, most often */
        seen_digest(digest, followup->object.data, followup->extent);
        if (seen_scanned(&watch->in->seen, digest, followup->object.depth))
            return;
    }
    if (kind == KIND_HIDDEN)
        retype_open(watch->in, &followup->object, followup->type);
    else if (kind < sizeof watch_openers / sizeof watch_openers[0] && watch_openers[kind] != NULL)
        watch_openers[kind](watch->in, &followup->object);
    else if (followup->pieces)
        container_pieces(watch->in, &followup->object);
    else
        container_open(watch->in, &followup->object, kind, followup->confirmed);
}

void watch_end(struct watch *watch)
{
    size_t i;

    clam_set_visitor(watch->in->job->clam, NULL);
    for (i = 0; i < WATCH_DEPTH; i++)
        buffer_free(&watch->levels[i].copy);
    for (i = 0; i < watch->count; i++) {
        watch_open(watch, watch->followups[i]);
        buffer_free(&watch->followups[i]->copy);
        free(watch->followups[i]);
    }
    free(watch->followups);
    free(watch);
}
