/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checkers of coverage.h for archives and images that nothing but libclamav
 * opens: is all that they list among what it came across? What it left out
 * stays closed.
 */
#include "config.h"

#include "inspect/appended.h"
#include "inspect/coverage.h"
#include "inspect/formats/arj.h"
#include "inspect/formats/chm.h"
#include "inspect/formats/dmg.h"
#include "inspect/formats/egg.h"

#define LISTED_VOLUME "one volume of several"
#define LISTED_BREAKS "the list of members breaks off"
#define LISTED_CLOSED "not every member could be opened"
#define LISTED_MIXED  "which members were opened cannot be told"

/* There is nobody who could open it. */
static bool listed_note(const struct coverage *coverage, enum reason reason, const char *words)
{
    inspection_note(coverage->in, coverage->object, reason, words);
    return false;
}

/* The members of a list that has been read to its end. */
static bool listed_members(const struct coverage *coverage, unsigned members, uint64_t bytes)
{
    const struct object *object = coverage->object;

    if (members > coverage->layer->children || bytes > coverage->layer->child_bytes)
        return listed_note(coverage, REASON_CONTAINER, LISTED_CLOSED);
    if (members > 1 && appended_is_mixed(object->data, object->length))
        return listed_note(coverage, REASON_CONTAINER, LISTED_MIXED);
    return false;
}

bool listed_arj(const struct coverage *coverage)
{
    struct arj_facts facts;

    arj_walk(coverage->object->data, coverage->object->length, &facts);
    if (facts.encrypted)
        return listed_note(coverage, REASON_ENCRYPTED, NULL);
    if (facts.split)
        return listed_note(coverage, REASON_PARTIAL, LISTED_VOLUME);
    if (facts.damaged)
        return listed_note(coverage, REASON_CONTAINER, LISTED_BREAKS);
    if (facts.unknown)
        return listed_note(coverage, REASON_CONTAINER, LISTED_CLOSED);
    return listed_members(coverage, facts.members, facts.bytes);
}

static bool listed_egg_facts(const struct coverage *coverage, const struct egg_facts *facts)
{
    if (facts->encrypted)
        return listed_note(coverage, REASON_ENCRYPTED, NULL);
    if (facts->split)
        return listed_note(coverage, REASON_PARTIAL, LISTED_VOLUME);
    if (facts->closed || facts->damaged || facts->members > coverage->layer->children)
        return listed_note(coverage, REASON_CONTAINER, LISTED_CLOSED);
    return false;
}

bool listed_egg(const struct coverage *coverage)
{
    struct egg_facts facts;

    egg_walk(coverage->object->data, coverage->object->length, &facts);
    return listed_egg_facts(coverage, &facts);
}

bool listed_alz(const struct coverage *coverage)
{
    struct egg_facts facts;

    egg_walk_alz(coverage->object->data, coverage->object->length, &facts);
    return listed_egg_facts(coverage, &facts);
}

bool listed_chm(const struct coverage *coverage)
{
    struct chm_facts facts;

    chm_walk(coverage->object->data, coverage->object->length, &facts);
    if (facts.damaged)
        return listed_note(coverage, REASON_CONTAINER, LISTED_BREAKS);
    return listed_members(coverage, facts.members, facts.bytes);
}

bool listed_dmg(const struct coverage *coverage)
{
    const char *words = dmg_closed(coverage->object->data, coverage->object->length);

    return words && listed_note(coverage, REASON_CONTAINER, words);
}
