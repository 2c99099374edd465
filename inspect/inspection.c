/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/inspection.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/facts.h"
#include "common/text.h"
#include "engine/clam.h"

void inspection_note(struct inspection *in, const struct object *object, enum reason reason,
                     const char *detail)
{
    finding_add(&in->finding, reason, object->path, NULL, detail);
}

void inspection_member(struct inspection *in, const char *kind, const char *name)
{
    members_note(&in->members, kind, name);
    journal_member(&in->journal, kind, name);
}

void inspection_trick(struct inspection *in, const char *name)
{
    const char *trick = members_trick(name);

    members_note_trick(&in->members, name);
    if (trick)
        journal_member(&in->journal, trick, NULL);
}

bool inspection_has_seen(struct inspection *in, const uint8_t digest[SEEN_DIGEST], unsigned depth)
{
    if (!seen_scanned(&in->seen, digest, depth))
        return false;
    journal_again(&in->journal, seen_record(&in->seen, digest));
    return true;
}

bool inspection_mark(struct inspection *in, const uint8_t digest[SEEN_DIGEST], unsigned depth)
{
    if (inspection_has_seen(in, digest, depth))
        return true;
    seen_mark(&in->seen, digest, depth);
    seen_set_record(&in->seen, digest, in->journal.open);
    return false;
}

/* Not if it could reach a ceiling: then the scan itself is to say so. */
int inspection_recall(struct inspection *in, const uint8_t key[REMEMBERED_KEY])
{
    const struct remembered_entry *entry =
        in->journal.remembered ? remembered_find(in->journal.remembered, key) : NULL;

    if (!entry || entry->bytes > in->budget.scan_left / 2 ||
        entry->layers > in->budget.files_left / 2)
        return 0;
    for (const char *at = entry->text, *end = at + entry->length; at < end;) {
        const char *name = at + strlen(at) + 1;

        inspection_member(in, at, name[0] ? name : NULL);
        at = name + strlen(name) + 1;
    }
    journal_count(&in->journal, entry->bytes, entry->layers);
    budget_take(&in->budget, entry->bytes, entry->layers);
    in->layers += entry->layers;
    in->scanned += entry->bytes;
    in->recalled++;
    return 1;
}

uint8_t *inspection_room(struct inspection *in, const struct object *container, uint64_t unpacked,
                         struct buffer *buffer, size_t size, enum reason *why_r)
{
    uint8_t *room;

    *why_r = budget_ratio(&in->budget, container->length, unpacked);
    if (*why_r == REASON_NONE)
        *why_r = budget_member(&in->budget, buffer->length);
    if (*why_r != REASON_NONE)
        return NULL;
    room = buffer_room(buffer, size);
    if (room == NULL)
        *why_r = REASON_MEMORY;
    return room;
}

int inspection_over(const struct inspection *in)
{
    return finding_final(&in->finding) || in->budget.files_left == 0 || budget_ms(&in->budget) == 0;
}

void inspection_path(char path[WIRE_PART_MAX], const struct object *container, const char *kind,
                     const char *name)
{
    char label[OBJECT_NAME_MAX];
    const char *base = container->path[0] ? container->path : kind;

    text_copy(label, sizeof label, name, strlen(name));
    if (label[0] == '\0' || snprintf(path, WIRE_PART_MAX, "%s > %s", base, label) >= WIRE_PART_MAX)
        snprintf(path, WIRE_PART_MAX, "%s", base);
}

void inspection_object(struct inspection *in, const struct object *object)
{
    in->object(in, object);
}

void inspection_encoded(struct inspection *in, const struct object *object, const char *encoding)
{
    in->encoded(in, object, encoding, "");
}

void inspection_guess(struct inspection *in, const struct object *object)
{
    const struct finding before = in->finding;
    struct object guess = *object;

    guess.guessed = true;
    inspection_object(in, &guess);
    if (in->finding.reason != before.reason &&
        (in->finding.reason == REASON_CONTAINER || in->finding.reason == REASON_MALFORMED))
        in->finding = before;
}

/* Adds what the engine found in an object: the worst first, then all of it. */
static void inspection_found(struct inspection *in, const struct object *object,
                             const struct clam_result *result)
{
    char base[WIRE_PART_MAX], path[WIRE_PART_MAX];
    const char *facts = result->facts;
    struct fact fact;

    snprintf(base, sizeof base, "%s", object->path);
    if (base[0] == '\0')
        clam_kind(base, sizeof base, result->type);
    snprintf(fact.part, sizeof fact.part, "%s", result->part);
    snprintf(fact.name, sizeof fact.name, "%s", result->threat);
    fact.reason = result->reason;
    do {
        if (fact.part[0] == '\0')
            snprintf(path, sizeof path, "%s", object->path);
        else if (snprintf(path, sizeof path, "%s > %s", base, fact.part) >= (int)sizeof path)
            path[sizeof path - 1] = '\0';
        finding_add(&in->finding, fact.reason, path, fact.name,
                    fact.reason == result->reason ? result->detail : NULL);
    } while (facts_next(&facts, &fact));
    if (result->facts_cut)
        in->finding.facts_cut = true;
}

void inspection_scan(struct inspection *in, const struct object *object, unsigned flags,
                     struct clam_result *result)
{
    struct clam_budget budget = {.bytes = in->budget.scan_left,
                                 .files = in->budget.files_left,
                                 .depth = in->budget.depth_max - object->depth,
                                 .ms = budget_ms(&in->budget),
                                 .cpu_until_ns = in->budget.cpu_until_ns};

    if (in->finding.all)
        flags |= CLAM_ALL;
    clam_set_budget(in->job->clam, &budget);
    clam_scan(in->job->clam, object->data, object->length, object->name, flags, result);
    in->layers += result->layers ? result->layers : 1;
    in->scanned += result->scanned ? result->scanned : object->length;
    budget_take(&in->budget, result->scanned, result->layers);
    if (result->reason == REASON_SIGNATURE && in->finding.reason != REASON_SIGNATURE &&
        object->path[0] && !result->part[0])
        EVP_Digest(object->data, object->length, in->part_sha256, NULL, EVP_sha256(), NULL);
    inspection_found(in, object, result);
}

void inspection_raw(struct inspection *in, const struct object *object)
{
    enum reason reason = budget_object(&in->budget, object->length, object->depth);
    struct clam_result result;

    if (finding_final(&in->finding))
        return;
    if (reason != REASON_NONE) {
        inspection_note(in, object, reason, NULL);
        return;
    }
    inspection_scan(in, object, CLAM_RAW, &result);
    journal_count(&in->journal, object->length, 1);
}
