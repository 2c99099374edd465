/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/quarantine.h"

#include <string.h>

void quarantine_empty(struct quarantine *quarantine)
{
    quarantine->count = 0;
}

int quarantine_has(const struct quarantine *quarantine, const struct cache_key *key)
{
    size_t held = quarantine->count < QUARANTINE_MAX ? quarantine->count : QUARANTINE_MAX;
    uint8_t context[CACHE_CONTEXT];

    for (size_t i = 0; i < held; i++) {
        if (memcmp(quarantine->body[i].sha256, key->sha256, WIRE_SHA256) != 0)
            continue;
        cache_context(context, key, quarantine->body[i].depends);
        if (memcmp(quarantine->body[i].context, context, sizeof context) == 0)
            return 1;
    }
    return 0;
}

void quarantine_add(struct quarantine *quarantine, const struct cache_key *key, uint32_t depends)
{
    size_t at = quarantine->count % QUARANTINE_MAX;

    if (quarantine_has(quarantine, key))
        return;
    memcpy(quarantine->body[at].sha256, key->sha256, WIRE_SHA256);
    quarantine->body[at].depends = depends & WIRE_DEPENDS_ALL;
    cache_context(quarantine->body[at].context, key, depends & WIRE_DEPENDS_ALL);
    quarantine->count++;
}
