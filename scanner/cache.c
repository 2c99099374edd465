/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/cache.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/facts.h"
#include "inspect/claims.h"

_Static_assert(WIRE_DEPENDS_ALL == (1u << CACHE_CLAIMS) - 1, "each fact has its digest");

#define HEAD offsetof(struct wire_reply, threat) /* bytes of a reply before its texts */

/* A reply without the unused rest of its texts: most have none. */
struct entry {
    uint8_t sha256[WIRE_SHA256];
    uint8_t context[CACHE_CONTEXT]; /* of the facts that it depends on */
    LIST_ENTRY(entry) chain;        /* in the bucket */
    TAILQ_ENTRY(entry) use;
    char head[HEAD];
    char texts[]; /* threat, part, detail, facts, members, each with its NUL */
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(uses, entry);

struct cache {
    struct bucket *buckets;
    size_t mask, count, ceiling;
    struct uses uses; /* all entries, the oldest first */
    uint32_t kinds;   /* bit n: there have been entries that depend on the facts n */
};

static void cache_digest_fact(uint8_t fact[CACHE_CONTEXT], const void *text, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    memset(fact, 0, CACHE_CONTEXT);
    if (!length)
        return;
    EVP_Digest(text, length, digest, NULL, EVP_sha256(), NULL);
    memcpy(fact, digest, CACHE_CONTEXT);
}

void cache_claims(struct cache_key *key, const struct wire_view *view)
{
    const struct wire_request *request = view->request;
    struct claims_endings endings;
    const char *upload = request->flags & WIRE_UPLOAD ? "1" : "";
    const char *threats = request->flags & WIRE_ALL_THREATS ? "1" : "";

    claims_endings(&endings, view->name, request->name_length);
    const struct {
        uint32_t fact;
        const char *text;
        size_t length;
    } texts[CACHE_CLAIMS] = {
        {WIRE_DEPENDS_ENDING, endings.text[0], endings.count * sizeof endings.text[0]},
        {WIRE_DEPENDS_TYPE, view->type, request->type_length},
        {WIRE_DEPENDS_ENCODING, view->encoding, request->encoding_length},
        {WIRE_DEPENDS_UPLOAD, upload, strlen(upload)},
        {WIRE_DEPENDS_THREATS, threats, strlen(threats)},
    };
    for (size_t i = 0; i < CACHE_CLAIMS; i++)
        cache_digest_fact(key->claims[__builtin_ctz(texts[i].fact)], texts[i].text,
                          texts[i].length);
}

void cache_context(uint8_t context[CACHE_CONTEXT], const struct cache_key *key, uint32_t depends)
{
    uint8_t text[CACHE_CLAIMS + sizeof key->claims] = {0};

    for (size_t i = 0; i < CACHE_CLAIMS; i++)
        if (depends & 1u << i) {
            text[i] = 1;
            memcpy(text + CACHE_CLAIMS + i * CACHE_CONTEXT, key->claims[i], CACHE_CONTEXT);
        }
    cache_digest_fact(context, text, sizeof text);
}

struct cache *cache_new(size_t entries)
{
    size_t buckets = 64;
    struct cache *cache = entries ? calloc(1, sizeof *cache) : NULL;

    if (!cache)
        return NULL;
    while (buckets < entries)
        buckets *= 2;
    cache->buckets = calloc(buckets, sizeof *cache->buckets);
    if (!cache->buckets) {
        free(cache);
        return NULL;
    }
    TAILQ_INIT(&cache->uses);
    cache->mask = buckets - 1;
    cache->ceiling = entries;
    return cache;
}

void cache_free(struct cache **cache)
{
    if (*cache) {
        cache_empty(*cache);
        free((*cache)->buckets);
        free(*cache);
    }
    *cache = NULL;
}

/* SHA-256 is as good a hash as there is; who can choose it cheaply can only slow a bucket. */
static struct bucket *cache_bucket(const struct cache *cache, const uint8_t sha256[WIRE_SHA256],
                                   const uint8_t context[CACHE_CONTEXT])
{
    size_t hash, more;

    memcpy(&hash, sha256 + 8, sizeof hash);
    memcpy(&more, context, sizeof more);
    return &cache->buckets[(hash ^ more) & cache->mask];
}

static struct entry *cache_find_entry(const struct cache *cache, const uint8_t sha256[WIRE_SHA256],
                                      const uint8_t context[CACHE_CONTEXT])
{
    struct entry *entry;

    LIST_FOREACH(entry, cache_bucket(cache, sha256, context), chain)
        if (memcmp(entry->sha256, sha256, WIRE_SHA256) == 0 &&
            memcmp(entry->context, context, CACHE_CONTEXT) == 0)
            return entry;
    return NULL;
}

/* The entry that fits the key in all that it depends on, or NULL. */
static struct entry *cache_find_fitting(const struct cache *cache, const struct cache_key *key)
{
    uint8_t context[CACHE_CONTEXT];
    struct entry *entry = NULL;

    for (uint32_t depends = 0; depends <= WIRE_DEPENDS_ALL && !entry; depends++)
        if (cache->kinds & 1u << depends) {
            cache_context(context, key, depends);
            entry = cache_find_entry(cache, key->sha256, context);
        }
    return entry;
}

static void cache_drop(struct cache *cache, struct entry *entry)
{
    LIST_REMOVE(entry, chain);
    TAILQ_REMOVE(&cache->uses, entry, use);
    free(entry);
    cache->count--;
}

void cache_empty(struct cache *cache)
{
    while (cache && !TAILQ_EMPTY(&cache->uses))
        cache_drop(cache, TAILQ_FIRST(&cache->uses));
}

void cache_forget(struct cache *cache, enum reason reason)
{
    struct entry *entry = cache ? TAILQ_FIRST(&cache->uses) : NULL;

    while (entry) {
        struct entry *newer = TAILQ_NEXT(entry, use);
        struct wire_reply head;
        memcpy(&head, entry->head, HEAD);
        if (head.reason == reason)
            cache_drop(cache, entry);
        entry = newer;
    }
}

static const char *cache_unpack(char *field, size_t size, const char *text)
{
    size_t length = strlen(text) + 1;

    memcpy(field, text, length < size ? length : size);
    return text + length;
}

int cache_find(struct cache *cache, const struct cache_key *key, struct wire_reply *reply)
{
    struct entry *entry = cache ? cache_find_fitting(cache, key) : NULL;

    if (!entry)
        return 0;
    TAILQ_REMOVE(&cache->uses, entry, use);
    TAILQ_INSERT_TAIL(&cache->uses, entry, use);
    memset(reply, 0, sizeof *reply);
    memcpy(reply, entry->head, HEAD);
    const char *text = cache_unpack(reply->threat, sizeof reply->threat, entry->texts);
    text = cache_unpack(reply->part, sizeof reply->part, text);
    text = cache_unpack(reply->detail, sizeof reply->detail, text);
    text = cache_unpack(reply->facts, sizeof reply->facts, text);
    cache_unpack(reply->members, sizeof reply->members, text);
    reply->flags |= WIRE_CACHED;
    reply->queued_us = 0;
    reply->elapsed_us = 0;
    reply->cpu_us = 0;
    return 1;
}

static int cache_is_definitive_reason(enum reason reason)
{
    if (reason == REASON_LIMIT_MEMORY) /* it depends on the scans beside it */
        return 0;
    switch (reason_verdict(reason)) {
    case VERDICT_CLEAN:
    case VERDICT_INFECTED:
    case VERDICT_UNSCANNABLE:
        return 1;
    default:
        return 0;
    }
}

int cache_is_definitive(const struct wire_reply *reply)
{
    const char *facts = reply->facts;
    struct fact fact;

    if (!cache_is_definitive_reason(reply->reason))
        return 0;
    if (reply->verdict == VERDICT_INFECTED && !(reply->flags & WIRE_COMPLETE))
        return 1; /* the threat alone decides */
    while (facts_next(&facts, &fact))
        if (!cache_is_definitive_reason(fact.reason))
            return 0;
    return *facts == '\0';
}

void cache_add(struct cache *cache, const struct cache_key *key, const struct wire_reply *reply)
{
    if (!cache || !cache_is_definitive(reply))
        return;
    size_t threat = strlen(reply->threat) + 1, part = strlen(reply->part) + 1,
           detail = strlen(reply->detail) + 1, facts = strlen(reply->facts) + 1,
           members = strlen(reply->members) + 1;
    struct entry *entry = malloc(sizeof *entry + threat + part + detail + facts + members);
    if (!entry)
        return;
    memcpy(entry->sha256, key->sha256, sizeof entry->sha256);
    cache_context(entry->context, key, reply->depends & WIRE_DEPENDS_ALL);
    struct entry *old = cache_find_entry(cache, entry->sha256, entry->context);
    if (old)
        cache_drop(cache, old);
    else if (cache->count == cache->ceiling)
        cache_drop(cache, TAILQ_FIRST(&cache->uses));
    memcpy(entry->head, reply, HEAD);
    memcpy(entry->texts, reply->threat, threat);
    memcpy(entry->texts + threat, reply->part, part);
    memcpy(entry->texts + threat + part, reply->detail, detail);
    memcpy(entry->texts + threat + part + detail, reply->facts, facts);
    memcpy(entry->texts + threat + part + detail + facts, reply->members, members);
    LIST_INSERT_HEAD(cache_bucket(cache, entry->sha256, entry->context), entry, chain);
    TAILQ_INSERT_TAIL(&cache->uses, entry, use);
    cache->kinds |= 1u << (reply->depends & WIRE_DEPENDS_ALL);
    cache->count++;
}
