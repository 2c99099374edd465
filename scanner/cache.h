/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache: verdicts remembered by what was scanned.
 *
 * Only replies that would come out the same again are taken: clean, infected,
 * and unscannable unless time was the reason. The least recently used goes
 * when it is full. A generation with another signature set empties it.
 *
 * Owner: the supervisor, in its private memory. Threads: one.
 */
#ifndef EPOST_SCANNER_CACHE_H
#define EPOST_SCANNER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

/* Everything that a verdict depends on, the signature set aside. */
struct cache_key {
    uint8_t sha256[WIRE_SHA256]; /* of the body */
    uint8_t context[16];         /* digest of content type, encoding and flags */
};

struct cache; /* NULL is a cache that remembers nothing */

/* Fills key->context. */
void cache_context(struct cache_key *key, const struct wire_view *view);

/* A cache for up to `entries` verdicts; NULL for 0, or when memory is out. */
struct cache *cache_new(size_t entries);
void cache_free(struct cache **cache);

/* Forgets everything. */
void cache_empty(struct cache *cache);

/* Copies what is remembered, marked WIRE_CACHED, into *reply. Returns 1, or 0 if there is none. */
int cache_find(struct cache *cache, const struct cache_key *key, struct wire_reply *reply);

/* Remembers a reply if it is one that may be. */
void cache_add(struct cache *cache, const struct cache_key *key, const struct wire_reply *reply);

/* 1 if the same content would get the same reply again, else 0. */
int cache_is_definitive(const struct wire_reply *reply);

#endif
