/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crashlist: the bodies that killed a worker of this generation, by SHA-256,
 * so that the same bytes do not kill a second one; and by what else the scan
 * had looked at by then: the same bytes under another type may fare better.
 *
 * Bounded: the oldest is forgotten for a new one. Emptied when another
 * generation takes over, because that one may cope.
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_CRASHLIST_H
#define EPOST_SCANNER_CRASHLIST_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"
#include "scanner/cache.h"

#define CRASHLIST_MAX 1024

struct crashlist {
    struct {
        uint8_t sha256[WIRE_SHA256];
        uint32_t depends;               /* WIRE_DEPENDS_…: facts looked at before the crash */
        uint8_t context[CACHE_CONTEXT]; /* of these */
    } body[CRASHLIST_MAX];
    size_t count; /* all that were ever added since it was emptied */
};

void crashlist_empty(struct crashlist *crashlist);

/* Adds a body, and the facts that had been looked at when it crashed. */
void crashlist_add(struct crashlist *crashlist, const struct cache_key *key, uint32_t depends);

/* 1 when the body is in it, and these facts would lead to the same crash, else 0. */
int crashlist_has(const struct crashlist *crashlist, const struct cache_key *key);

#endif
