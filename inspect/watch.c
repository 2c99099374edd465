/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/active_content.h"
#include "inspect/appended.h"
#include "inspect/coverage.h"
#include "inspect/encrypted.h"
#include "inspect/kindof.h"
#include "inspect/macros.h"
#include "inspect/recall.h"
#include "inspect/formats/zip.h"

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

static bool watch_is_relined(const struct watch *watch, const struct clam_layer *layer)
{
    return layer->depth == 0 && watch->object->is_relined;
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

    if (layer->depth > 0 || !object->is_body || object->name != NULL ||
        !kind_has(kind, KIND_UNCERTAIN))
        return kind;
    for (at = 0; (name = claims_name(&watch->in->claims, at)) != NULL; at++) {
        kind = kind_of(layer->data, layer->length, name);
        if (!kind_has(kind, KIND_UNCERTAIN))
            break;
    }
    return kind;
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

/* May an archive within the layer lie in pieces? */
static bool watch_is_piece(const struct watch *watch, const struct clam_layer *layer)
{
    if (kind_is_paged(layer->data, layer->length))
        return true;
    return layer->depth > 0 ? watch->levels[layer->depth - 1].kind == KIND_OLE2
                            : watch->object->pieces;
}

static void watch_enter(void *context, struct clam_layer *layer)
{
    struct watch *watch = context;
    struct watch_level *level;
    const char *name = NULL;
    char kind[MEMBERS_KIND_MAX];

    if (layer->depth >= WATCH_DEPTH) {
        journal_spoil(&watch->in->journal);
        return;
    }
    level = &watch->levels[layer->depth];
    buffer_free(&level->copy);
    level->kind = KIND_NONE;
    level->shown = level->hiding = level->behind = 0;
    level->normalized = layer->normalized;
    level->length = layer->length;
    recall_begin(watch, level, layer);
    if (layer->normalized || layer->data == NULL)
        return;
    if (layer->depth > 0) {
        watch_ratio(watch, layer);
        name = recall_name(watch, level, layer);
        if (name != NULL)
            snprintf(layer->label, sizeof layer->label, "%s", name);
        level->shown = watch_is_shown(layer, name);
    }
    if (layer->depth == 0)
        clam_kind(level->label, sizeof level->label, layer->type);
    else
        snprintf(level->label, sizeof level->label, "%s", layer->label);
    clam_kind(kind, sizeof kind, layer->type);
    inspection_member(watch->in, kind, watch_called(watch, layer, kind, name));
    if (macros_are_in(layer->name, layer->data, layer->length))
        inspection_member(watch->in, MEMBERS_MACRO, NULL);
    level->kind = watch_kind(watch, layer);
    if (level->kind == KIND_NONE && strcmp(layer->type, "CL_TYPE_PDF") == 0)
        level->kind = KIND_PDF;
    level->pieces = watch_is_piece(watch, layer);
    if ((level->pieces || watch_is_relined(watch, layer)) && level->kind == KIND_ZIP &&
        memcmp(layer->data, "PK", 2) != 0)
        level->kind = KIND_NONE;
    if (level->kind == KIND_ZIP)
        watch_enter_zip(watch, level, layer);
    level->behind = !watch_is_relined(watch, layer) &&
                    watch_has_behind(layer->data, layer->length, level->kind);
    level->confirmed = watch_confirmed(layer->type);
    /* at depth 0 inspection_object looks for it */
    level->hiding = layer->depth > 0 && watch_is_hiding(layer, level->shown);
    if (layer->name != NULL && encrypted_is_odf_manifest(layer->name, layer->data, layer->length))
        watch_note(watch, layer->depth, REASON_ENCRYPTED, NULL);
    if (level->kind == KIND_CLOSED)
        watch_note(watch, layer->depth, REASON_CONTAINER, "a format that cannot be opened");
    else if (level->kind == KIND_ENCRYPTED)
        watch_note(watch, layer->depth, REASON_ENCRYPTED, NULL);
    if ((level->behind || level->hiding ||
         (level->kind != KIND_NONE && !kind_has(level->kind, KIND_SHUT))) &&
        layer->depth > 0 && buffer_add(&level->copy, layer->data, layer->length) != 0)
        watch_note(watch, layer->depth, REASON_MEMORY, NULL);
}

/* The object of a layer; its bytes are the watched object's, or the level's copy. */
static struct object watch_object(const struct watch *watch, const struct clam_layer *layer,
                                  const uint8_t *data, size_t length, char path[WIRE_PART_MAX])
{
    const struct watch_level *level = &watch->levels[layer->depth];

    watch_path(watch, layer->depth, path);
    return (struct object){.data = data,
                           .length = length,
                           .path = path,
                           .depth = watch->object->depth + layer->depth,
                           .shown = level->shown,
                           .pieces = level->pieces,
                           .kind = level->kind,
                           .confirmed = level->confirmed,
                           .guessed = layer->depth == 0 && watch->object->guessed};
}

/* Adds one that waits, as watch_object. NULL: why it does not fit was noted. */
static struct followup *watch_add(struct watch *watch, const struct clam_layer *layer,
                                  const uint8_t *data, size_t length)
{
    /* Texts and the like wait, too: an archive may have as many of them as it may have files. */
    const size_t most = (size_t)watch->in->job->settings->max_files;
    enum reason why;
    struct followup *followup = followups_add(&watch->followups, most, &why);

    if (!followup) {
        watch_note(watch, layer->depth, why, NULL);
        return NULL;
    }
    followup->object = watch_object(watch, layer, data, length, followup->path);
    followup->record = watch->levels[layer->depth].record;
    snprintf(followup->type, sizeof followup->type, "%s", layer->type);
    return followup;
}

/* The archives further behind. */
static void watch_behind(struct watch *watch, const struct clam_layer *layer, const uint8_t *data,
                         size_t length)
{
    const struct watch_level *level = &watch->levels[layer->depth];
    struct appended_search search = BEHIND_SEARCH(data, length, level->kind);
    struct appended archive;

    while (!inspection_over(watch->in) && appended_next(&search, &archive)) {
        struct followup *followup;

        if (archive.kind == KIND_ZIP && level->kind == KIND_OLE2)
            continue; /* ole2_open knows whether it lies in pieces */
        followup = watch_add(watch, layer, data + archive.offset, archive.extent);
        if (!followup)
            return;
        followup->extent = archive.extent < length ? archive.length : 0;
        followup->pieces = archive.kind == KIND_ZIP && (level->pieces || archive.guessed);
        followup->object.kind = archive.kind;
        followup->object.guessed |= archive.guessed;
        followup->object.confirmed = archive.kind != KIND_ZIP && !archive.guessed;
        if (archive.kind == KIND_RAR) {
            struct object rest = followup->object;

            rest.length = length - archive.offset;
            coverage_note_rar(watch->in, &rest);
        }
    }
    if (search.exhausted)
        watch_note(watch, layer->depth, REASON_CONTAINER, "too many marks of archives");
}

static bool watch_is_covered(const struct watch *watch, const struct clam_layer *layer,
                             const uint8_t *data, size_t length)
{
    const struct watch_level *level = &watch->levels[layer->depth];
    char path[WIRE_PART_MAX];
    struct object object;

    if (level->kind == KIND_NONE)
        return true;
    object = watch_object(watch, layer, data, length, path);
    return !coverage_needed(&(struct coverage){.in = watch->in,
                                               .object = &object,
                                               .layer = layer,
                                               .members = level->members,
                                               .odd = level->odd});
}

static void watch_leave_open(struct watch *watch, const struct clam_layer *layer)
{
    struct watch_level *level;
    struct followup *followup;
    const uint8_t *data;
    size_t length, before = watch->followups.count;

    level = &watch->levels[layer->depth];
    data = layer->depth == 0 ? watch->object->data : level->copy.data;
    length = layer->depth == 0 ? watch->object->length : level->copy.length;
    if (!data)
        return;
    if (!watch_is_covered(watch, layer, data, length))
        watch_add(watch, layer, data, length);
    if (level->hiding && (followup = watch_add(watch, layer, data, length)))
        followup->retype = true;
    if (level->behind)
        watch_behind(watch, layer, data, length);
    if (watch->followups.count > before) { /* they share the copy: the last one frees it */
        watch->followups.items[watch->followups.count - 1]->copy = level->copy;
        memset(&level->copy, 0, sizeof level->copy);
    }
}

static void watch_leave(void *context, const struct clam_layer *layer)
{
    struct watch *watch = context;

    if (layer->depth >= WATCH_DEPTH)
        return;
    watch_leave_open(watch, layer);
    if (watch->levels[layer->depth].is_recorded)
        journal_end(&watch->in->journal, watch->levels[layer->depth].record);
}

struct watch *watch_begin(struct inspection *in, const struct object *object)
{
    struct watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL)
        return NULL;
    watch->in = in;
    watch->object = object;
    watch->record = in->journal.open;
    watch->visitor.skip = recall_skip;
    watch->visitor.enter = watch_enter;
    watch->visitor.leave = watch_leave;
    watch->visitor.context = watch;
    clam_set_visitor(in->job->clam, &watch->visitor);
    return watch;
}

void watch_end(struct watch *watch)
{
    size_t i;

    clam_set_visitor(watch->in->job->clam, NULL);
    if (watch->in->journal.open != watch->record) { /* the scan did not come to its end */
        journal_spoil(&watch->in->journal);
        journal_turn(&watch->in->journal, watch->record);
    }
    for (i = 0; i < WATCH_DEPTH; i++)
        buffer_free(&watch->levels[i].copy);
    followups_open(&watch->followups, watch->in);
    free(watch);
}
