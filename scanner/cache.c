/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/cache.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/shown.h"

#define CONTEXT_SHOWN 0x80000000u /* beside the request's flags */

#define HEAD offsetof(struct wire_reply, threat) /* bytes of a reply before its texts */

/* A reply without the unused rest of its texts: most have none. */
struct entry {
    struct cache_key key;
    struct entry *chain;         /* in the bucket */
    struct entry *newer, *older; /* by use */
    char head[HEAD];
    char texts[]; /* threat, part, detail, each with its NUL */
};

struct cache {
    struct entry **buckets;
    size_t mask, count, ceiling;
    struct entry *newest, *oldest;
};

void cache_context(struct cache_key *key, const struct wire_view *view)
{
    const struct wire_request *request = view->request;
    char text[WIRE_TYPE_MAX + WIRE_ENCODING_MAX + 8];
    unsigned char digest[EVP_MAX_MD_SIZE];
    uint32_t flags = request->flags & WIRE_UPLOAD;
    size_t used = 0;

    memset(key->context, 0, sizeof key->context);
    if (shown_by_name(view->name, request->name_length))
        flags |= CONTEXT_SHOWN;
    if (!flags && !request->type_length && !request->encoding_length)
        return;
    memcpy(text, &flags, sizeof flags);
    used += sizeof flags;
    memcpy(text + used, &request->type_length, sizeof request->type_length);
    used += sizeof request->type_length;
    memcpy(text + used, view->type, request->type_length);
    used += request->type_length;
    memcpy(text + used, view->encoding, request->encoding_length);
    used += request->encoding_length;
    EVP_Digest(text, used, digest, NULL, EVP_sha256(), NULL);
    memcpy(key->context, digest, sizeof key->context);
}

struct cache *cache_new(size_t entries)
{
    size_t buckets = 64;
    struct cache *cache = entries ? calloc(1, sizeof *cache) : NULL;

    if (!cache)
        return NULL;
    while (buckets < entries)
        buckets *= 2;
    cache->buckets = calloc(buckets, sizeof(struct entry *));
    if (!cache->buckets) {
        free(cache);
        return NULL;
    }
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
static struct entry **bucket(const struct cache *cache, const struct cache_key *key)
{
    size_t hash, more;

    memcpy(&hash, key->sha256 + 8, sizeof hash);
    memcpy(&more, key->context, sizeof more);
    return &cache->buckets[(hash ^ more) & cache->mask];
}

static struct entry **find(const struct cache *cache, const struct cache_key *key)
{
    struct entry **at = bucket(cache, key);

    while (*at && memcmp(&(*at)->key, key, sizeof *key) != 0)
        at = &(*at)->chain;
    return at;
}

static void unlink_use(struct cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void forget(struct cache *cache, struct entry **at)
{
    struct entry *entry = *at;

    *at = entry->chain;
    unlink_use(cache, entry);
    free(entry);
    cache->count--;
}

void cache_empty(struct cache *cache)
{
    while (cache && cache->oldest)
        forget(cache, find(cache, &cache->oldest->key));
}

static const char *unpack(char *field, size_t size, const char *text)
{
    size_t length = strlen(text) + 1;

    memcpy(field, text, length < size ? length : size);
    return text + length;
}

int cache_find(struct cache *cache, const struct cache_key *key, struct wire_reply *reply)
{
    struct entry *entry = cache ? *find(cache, key) : NULL;

    if (!entry)
        return 0;
    unlink_use(cache, entry);
    link_newest(cache, entry);
    memset(reply, 0, sizeof *reply);
    memcpy(reply, entry->head, HEAD);
    const char *text = unpack(reply->threat, sizeof reply->threat, entry->texts);
    text = unpack(reply->part, sizeof reply->part, text);
    unpack(reply->detail, sizeof reply->detail, text);
    reply->flags |= WIRE_CACHED;
    reply->queued_us = 0;
    reply->elapsed_us = 0;
    reply->cpu_us = 0;
    return 1;
}

int cache_is_definitive(const struct wire_reply *reply)
{
    switch (reply->verdict) {
    case VERDICT_CLEAN:
    case VERDICT_INFECTED:
        return 1;
    case VERDICT_UNSCANNABLE:
        return reply->reason != REASON_LIMIT_TIME;
    default:
        return 0;
    }
}

void cache_add(struct cache *cache, const struct cache_key *key, const struct wire_reply *reply)
{
    if (!cache || !cache_is_definitive(reply))
        return;
    size_t threat = strlen(reply->threat) + 1, part = strlen(reply->part) + 1,
           detail = strlen(reply->detail) + 1;
    struct entry *entry = malloc(sizeof *entry + threat + part + detail);
    if (!entry)
        return;
    struct entry **at = find(cache, key);
    if (*at)
        forget(cache, at);
    else if (cache->count == cache->ceiling)
        forget(cache, find(cache, &cache->oldest->key));
    entry->key = *key;
    memcpy(entry->head, reply, HEAD);
    memcpy(entry->texts, reply->threat, threat);
    memcpy(entry->texts + threat, reply->part, part);
    memcpy(entry->texts + threat + part, reply->detail, detail);
    at = bucket(cache, key);
    entry->chain = *at;
    *at = entry;
    link_newest(cache, entry);
    cache->count++;
}
