/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/crashlist.h"

#include <string.h>

void crashlist_empty(struct crashlist *crashlist)
{
    crashlist->count = 0;
}

int crashlist_has(const struct crashlist *crashlist, const struct cache_key *key)
{
    size_t held = crashlist->count < CRASHLIST_MAX ? crashlist->count : CRASHLIST_MAX;
    uint8_t context[CACHE_CONTEXT];

    for (size_t i = 0; i < held; i++) {
        if (memcmp(crashlist->body[i].sha256, key->sha256, WIRE_SHA256) != 0)
            continue;
        cache_context(context, key, crashlist->body[i].depends);
        if (memcmp(crashlist->body[i].context, context, sizeof context) == 0)
            return 1;
    }
    return 0;
}

void crashlist_add(struct crashlist *crashlist, const struct cache_key *key, uint32_t depends)
{
    size_t at = crashlist->count % CRASHLIST_MAX;

    if (crashlist_has(crashlist, key))
        return;
    memcpy(crashlist->body[at].sha256, key->sha256, WIRE_SHA256);
    crashlist->body[at].depends = depends & WIRE_DEPENDS_ALL;
    cache_context(crashlist->body[at].context, key, depends & WIRE_DEPENDS_ALL);
    crashlist->count++;
}
