/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/listed.h"

#include "inspect/formats/arj.h"
#include "inspect/appended.h"
#include "inspect/formats/chm.h"
#include "inspect/formats/dmg.h"
#include "inspect/formats/egg.h"

#define LISTED_VOLUME "one volume of several"
#define LISTED_BREAKS "the list of members breaks off"
#define LISTED_CLOSED "not every member could be opened"
#define LISTED_MIXED  "which members were opened cannot be told"

static enum reason listed_arj(const struct clam_layer *layer, const uint8_t *data, size_t length,
                              const char **words)
{
    struct arj_facts facts;

    arj_walk(data, length, &facts);
    if (facts.encrypted)
        return REASON_ENCRYPTED;
    *words = LISTED_VOLUME;
    if (facts.split)
        return REASON_PARTIAL;
    *words = LISTED_BREAKS;
    if (facts.damaged)
        return REASON_CONTAINER;
    *words = LISTED_CLOSED;
    if (facts.unknown || facts.members > layer->children || facts.bytes > layer->child_bytes)
        return REASON_CONTAINER;
    *words = LISTED_MIXED;
    return facts.members > 1 && appended_is_mixed(data, length) ? REASON_CONTAINER : REASON_NONE;
}

static enum reason listed_egg(enum kind kind, const struct clam_layer *layer, const uint8_t *data,
                              size_t length, const char **words)
{
    struct egg_facts facts;

    (kind == KIND_EGG ? egg_walk : egg_walk_alz)(data, length, &facts);
    if (facts.encrypted)
        return REASON_ENCRYPTED;
    *words = facts.split ? LISTED_VOLUME : LISTED_CLOSED;
    if (facts.split)
        return REASON_PARTIAL;
    return facts.closed || facts.damaged || facts.members > layer->children ? REASON_CONTAINER
                                                                            : REASON_NONE;
}

static enum reason listed_chm(const struct clam_layer *layer, const uint8_t *data, size_t length,
                              const char **words)
{
    struct chm_facts facts;

    chm_walk(data, length, &facts);
    *words = LISTED_BREAKS;
    if (facts.damaged)
        return REASON_CONTAINER;
    *words = LISTED_CLOSED;
    if (facts.members > layer->children || facts.bytes > layer->child_bytes)
        return REASON_CONTAINER;
    *words = LISTED_MIXED;
    return facts.members > 1 && appended_is_mixed(data, length) ? REASON_CONTAINER : REASON_NONE;
}

enum reason listed_check(enum kind kind, const struct clam_layer *layer, const uint8_t *data,
                         size_t length, const char **words)
{
    *words = NULL;
    switch (kind) {
    case KIND_ARJ:
        return listed_arj(layer, data, length, words);
    case KIND_EGG:
    case KIND_ALZ:
        return listed_egg(kind, layer, data, length, words);
    case KIND_CHM:
        return listed_chm(layer, data, length, words);
    default:
        *words = dmg_closed(data, length);
        return *words != NULL ? REASON_CONTAINER : REASON_NONE;
    }
}
