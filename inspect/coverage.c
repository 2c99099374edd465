/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/coverage.h"

#include "inspect/appended.h"
#include "inspect/formats/archive.h"
#include "inspect/formats/rar.h"
#include "inspect/trailing.h"

#define FORMAT(kind, name, marks, traits, reader, checker, opener) [KIND_##kind] = checker,
static bool (*const coverage_checkers[])(const struct coverage *coverage) = {
#include "inspect/formats.def"
};

bool coverage_needed(const struct coverage *coverage)
{
    const enum kind kind = coverage->object->kind;

    return kind != KIND_NONE && kind < sizeof coverage_checkers / sizeof coverage_checkers[0] &&
           coverage_checkers[kind](coverage);
}

/* The bytes hold what libclamav opens besides members, so its number of layers says nothing. */
static bool coverage_is_mixed(const struct coverage *coverage)
{
    return appended_is_mixed(coverage->object->data, coverage->object->length);
}

/* Only the pipeline opens it. */
bool coverage_none(const struct coverage *coverage)
{
    (void)coverage;
    return true;
}

/* Nobody opens it; that was noted. */
bool coverage_noted(const struct coverage *coverage)
{
    (void)coverage;
    return false;
}

/* A mail that is the object itself has been read before. */
bool coverage_nested(const struct coverage *coverage)
{
    return coverage->layer->depth > 0;
}

bool coverage_zip(const struct coverage *coverage)
{
    return coverage->odd || coverage->members != coverage->layer->children;
}

/* Archives that libarchive can list. */
bool coverage_archive(const struct coverage *coverage)
{
    const struct object *object = coverage->object;
    struct inspection *in = coverage->in;
    struct archive_listing listing;

    archive_list(object->kind, object->data, object->length, (unsigned)in->job->settings->max_files,
                 &listing);
    if (listing.largest > in->budget.file_max)
        inspection_note(in, object, REASON_LIMIT_FILE_SIZE, NULL);
    if (listing.encrypted)
        inspection_note(in, object, REASON_ENCRYPTED, NULL);
    if (listing.members > coverage->layer->children || kind_has(object->kind, KIND_RECHECKED) ||
        coverage_is_mixed(coverage))
        return true;
    /* If libarchive does not understand it either, libclamav's result counts. */
    if (listing.damaged && listing.members == 0)
        return coverage->layer->children == 0 &&
               (object->confirmed || !kind_has(object->kind, KIND_WEAK));
    return listing.damaged;
}

void coverage_note_rar(struct inspection *in, const struct object *object)
{
    struct rar_facts facts;

    rar_walk(object->data, object->length, &facts);
    if (facts.encrypted)
        inspection_note(in, object, REASON_ENCRYPTED, NULL);
    if (facts.split)
        inspection_note(in, object, REASON_PARTIAL, "one volume of several");
}

bool coverage_rar(const struct coverage *coverage)
{
    coverage_note_rar(coverage->in, coverage->object);
    return coverage_archive(coverage);
}

bool coverage_gzip(const struct coverage *coverage)
{
    const struct object *object = coverage->object;

    return !trailing_gzip(object->data, object->length, coverage->layer->child_bytes) ||
           coverage_is_mixed(coverage);
}

bool coverage_bzip2(const struct coverage *coverage)
{
    const struct object *object = coverage->object;

    return coverage->layer->children == 0 || !trailing_bzip2(object->data, object->length) ||
           coverage_is_mixed(coverage);
}

bool coverage_xz(const struct coverage *coverage)
{
    const struct object *object = coverage->object;

    return coverage->layer->children == 0 || !trailing_xz(object->data, object->length) ||
           coverage_is_mixed(coverage);
}
