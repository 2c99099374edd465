/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/seen.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX (1u << 20) /* entries; past that nothing is remembered any more */

bool seen_digest(uint8_t digest[SEEN_DIGEST], const void *data, size_t length)
{
    unsigned size = SEEN_DIGEST;

    if (EVP_Digest(data, length, digest, &size, EVP_sha256(), NULL) == 1)
        return true;
    memset(digest, 0, SEEN_DIGEST); /* see seen_valid */
    return false;
}

/* An all-zero digest stands for "could not be computed" and equals nothing. */
static int seen_valid(const uint8_t digest[SEEN_DIGEST])
{
    static const uint8_t zero[SEEN_DIGEST];

    return memcmp(digest, zero, SEEN_DIGEST) != 0;
}

static struct seen_entry *seen_slot(struct seen_entry *entries, size_t size,
                                    const uint8_t digest[SEEN_DIGEST])
{
    size_t i;

    memcpy(&i, digest, sizeof i);
    for (i &= size - 1; entries[i].used; i = (i + 1) & (size - 1))
        if (memcmp(entries[i].digest, digest, SEEN_DIGEST) == 0)
            break;
    return &entries[i];
}

static struct seen_entry *seen_add(struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    struct seen_entry *entry;
    size_t i;

    if (!seen_valid(digest))
        return NULL;
    if (seen->count * 2 >= seen->size) {
        size_t size = seen->size ? seen->size * 2 : 64;
        struct seen_entry *entries = size > SEEN_MAX ? NULL : calloc(size, sizeof *entries);

        if (entries == NULL)
            return NULL;
        for (i = 0; i < seen->size; i++)
            if (seen->entries[i].used)
                *seen_slot(entries, size, seen->entries[i].digest) = seen->entries[i];
        free(seen->entries);
        seen->entries = entries;
        seen->size = size;
    }
    entry = seen_slot(seen->entries, seen->size, digest);
    if (!entry->used) {
        memcpy(entry->digest, digest, SEEN_DIGEST);
        entry->used = 1;
        seen->count++;
    }
    return entry;
}

static const struct seen_entry *seen_find(const struct seen *seen,
                                          const uint8_t digest[SEEN_DIGEST])
{
    const struct seen_entry *entry;

    if (seen->size == 0 || !seen_valid(digest))
        return NULL;
    entry = seen_slot(seen->entries, seen->size, digest);
    return entry->used ? entry : NULL;
}

int seen_mark(struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    struct seen_entry *entry = seen_add(seen, digest);

    if (entry == NULL)
        return 0;
    if (entry->scanned)
        return 1;
    entry->scanned = 1 + seen->trial;
    return 0;
}

int seen_scanned(const struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    const struct seen_entry *entry = seen_find(seen, digest);

    return entry != NULL && entry->scanned;
}

void seen_end_trial(struct seen *seen, int kept)
{
    size_t i;

    for (i = 0; i < seen->size; i++)
        if (seen->entries[i].scanned > seen->trial)
            seen->entries[i].scanned = kept ? seen->trial : 0;
    seen->trial--;
}

void seen_set_name(struct seen *seen, const uint8_t digest[SEEN_DIGEST], const char *name)
{
    struct seen_entry *entry = seen_add(seen, digest);

    if (entry != NULL && entry->name == NULL)
        entry->name = strdup(name);
}

const char *seen_name(const struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    const struct seen_entry *entry = seen_find(seen, digest);

    return entry != NULL ? entry->name : NULL;
}

void seen_free(struct seen *seen)
{
    size_t i;

    for (i = 0; i < seen->size; i++)
        free(seen->entries[i].name);
    free(seen->entries);
    memset(seen, 0, sizeof *seen);
}
