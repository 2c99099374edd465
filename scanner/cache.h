/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache: verdicts remembered by what was scanned.
 *
 * Only replies that would come out the same again are taken: clean, infected
 * and unscannable. The least recently used goes when it is full. A reply says
 * which claims beside the bytes it depends on; it is found for every request
 * that agrees in these. A generation with another signature set empties it, any
 * other one makes it forget what took too long.
 *
 * Owner: the supervisor, in its private memory. Threads: one.
 */
#ifndef EPOST_SCANNER_CACHE_H
#define EPOST_SCANNER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

#define CACHE_CLAIMS  5 /* bits of WIRE_DEPENDS_ALL */
#define CACHE_CONTEXT 16

/* Everything that a verdict may depend on, the signature set aside. */
struct cache_key {
    uint8_t sha256[WIRE_SHA256];                 /* of the body */
    uint8_t claims[CACHE_CLAIMS][CACHE_CONTEXT]; /* a digest of each, by number of its bit */
};

struct cache; /* NULL is a cache that remembers nothing */

/* Fills key->claims. */
void cache_claims(struct cache_key *key, const struct wire_view *view);

/* Digest of those facts that a verdict depends on (WIRE_DEPENDS_…), and of which they are. */
void cache_context(uint8_t context[CACHE_CONTEXT], const struct cache_key *key, uint32_t depends);

/* A cache for up to `entries` verdicts; NULL for 0, or when memory is out. */
struct cache *cache_new(size_t entries);
void cache_free(struct cache **cache);

/* Forgets everything. */
void cache_empty(struct cache *cache);

/* Forgets what has that reason. */
void cache_forget(struct cache *cache, enum reason reason);

/* Copies what is remembered, marked WIRE_CACHED, into *reply. Returns 1, or 0 if there is none. */
int cache_find(struct cache *cache, const struct cache_key *key, struct wire_reply *reply);

/* Remembers a reply if it is one that may be. */
void cache_add(struct cache *cache, const struct cache_key *key, const struct wire_reply *reply);

/* 1 if the same content would get the same reply again, else 0. */
int cache_is_definitive(const struct wire_reply *reply);

#endif
