/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/seen.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_MAX (1u << 20) /* entries; past that nothing is remembered any more */

/* OpenSSL looks it up each time otherwise, which takes longer than the digest of a small member. */
static const EVP_MD *seen_sha256(void)
{
    static const EVP_MD *fetched;

    if (fetched == NULL)
        fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    return fetched != NULL ? fetched : EVP_sha256();
}

bool seen_digest(uint8_t digest[SEEN_DIGEST], const void *data, size_t length)
{
    unsigned size = SEEN_DIGEST;

    if (EVP_Digest(data, length, digest, &size, seen_sha256(), NULL) == 1)
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

/* The place of a digest, or the free one where it belongs. */
static uint32_t *seen_place(const struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    size_t i;

    memcpy(&i, digest, sizeof i);
    for (i &= seen->size - 1; seen->places[i] != 0; i = (i + 1) & (seen->size - 1))
        if (memcmp(seen->entries[seen->places[i] - 1].digest, digest, SEEN_DIGEST) == 0)
            break;
    return &seen->places[i];
}

static int seen_grow(struct seen *seen)
{
    const size_t room = seen->room ? seen->room * 2 : 32;
    struct seen_entry *entries;
    uint32_t *places;
    size_t i;

    if (room > SEEN_MAX)
        return -1;
    entries = realloc(seen->entries, room * sizeof *entries);
    if (entries == NULL)
        return -1;
    seen->entries = entries;
    places = calloc(room * 2, sizeof *places);
    if (places == NULL)
        return -1;
    free(seen->places);
    seen->places = places;
    seen->size = room * 2;
    seen->room = room;
    for (i = 0; i < seen->count; i++)
        *seen_place(seen, seen->entries[i].digest) = (uint32_t)i + 1;
    return 0;
}

static struct seen_entry *seen_add(struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    uint32_t *place;

    if (!seen_valid(digest) || (seen->count == seen->room && seen_grow(seen) != 0))
        return NULL;
    place = seen_place(seen, digest);
    if (*place == 0) {
        struct seen_entry *entry = &seen->entries[seen->count++];

        memset(entry, 0, sizeof *entry);
        memcpy(entry->digest, digest, SEEN_DIGEST);
        *place = (uint32_t)seen->count;
    }
    return &seen->entries[*place - 1];
}

static const struct seen_entry *seen_find(const struct seen *seen,
                                          const uint8_t digest[SEEN_DIGEST])
{
    uint32_t place;

    if (seen->size == 0 || !seen_valid(digest))
        return NULL;
    place = *seen_place(seen, digest);
    return place != 0 ? &seen->entries[place - 1] : NULL;
}

static int seen_knows(const struct seen *seen, const struct seen_entry *entry, unsigned depth)
{
    return entry->scanned || (seen->guesses > 0 && entry->guessed && entry->guessed_depth <= depth);
}

/* Notes that an entry is marked, so that it can be taken back. */
static int seen_note(struct seen *seen, const struct seen_entry *entry)
{
    if (seen->trial == 0)
        return 0;
    if (seen->noted == seen->journal_room) {
        const size_t room = seen->journal_room ? seen->journal_room * 2 : 64;
        uint32_t *journal = realloc(seen->journal, room * sizeof *journal);

        if (journal == NULL)
            return -1;
        seen->journal = journal;
        seen->journal_room = room;
    }
    seen->journal[seen->noted++] = (uint32_t)(entry - seen->entries);
    return 0;
}

int seen_mark(struct seen *seen, const uint8_t digest[SEEN_DIGEST], unsigned depth)
{
    struct seen_entry *entry = seen_add(seen, digest);

    if (entry == NULL)
        return 0;
    if (seen_knows(seen, entry, depth))
        return 1;
    if (seen_note(seen, entry) == 0) {
        entry->scanned = 1 + seen->trial;
        entry->depth = depth;
    }
    return 0;
}

int seen_scanned(const struct seen *seen, const uint8_t digest[SEEN_DIGEST], unsigned depth)
{
    const struct seen_entry *entry = seen_find(seen, digest);

    return entry != NULL && seen_knows(seen, entry, depth);
}

void seen_set_record(struct seen *seen, const uint8_t digest[SEEN_DIGEST], uint32_t record)
{
    const struct seen_entry *entry = seen_find(seen, digest);

    if (entry != NULL)
        seen->entries[entry - seen->entries].record = record;
}

uint32_t seen_record(const struct seen *seen, const uint8_t digest[SEEN_DIGEST])
{
    const struct seen_entry *entry = seen_find(seen, digest);

    return entry != NULL ? entry->record : 0;
}

size_t seen_begin_trial(struct seen *seen, bool guess)
{
    seen->trial++;
    seen->guesses += guess;
    return seen->noted;
}

static void seen_end_mark(const struct seen *seen, struct seen_entry *entry, enum seen_end end)
{
    if (entry->guessed > seen->trial)
        entry->guessed = end != SEEN_FORGET ? seen->trial : 0;
    if (entry->scanned <= seen->trial)
        return;
    if (end == SEEN_GUESS && (!entry->guessed || entry->depth < entry->guessed_depth)) {
        entry->guessed = seen->trial;
        entry->guessed_depth = entry->depth;
    }
    entry->scanned = end == SEEN_KEEP ? seen->trial : 0;
}

void seen_end_trial(struct seen *seen, size_t begin, bool guess, enum seen_end end)
{
    size_t i;

    for (i = begin; i < seen->noted; i++)
        seen_end_mark(seen, &seen->entries[seen->journal[i]], end);
    seen->trial--;
    seen->guesses -= guess;
    if (seen->trial == 0 || end == SEEN_FORGET)
        seen->noted = begin;
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

    for (i = 0; i < seen->count; i++)
        free(seen->entries[i].name);
    free(seen->entries);
    free(seen->places);
    free(seen->journal);
    memset(seen, 0, sizeof *seen);
}
