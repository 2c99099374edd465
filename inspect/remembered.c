/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/remembered.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED_SETS  1024       /* a key has its place in one of them */
#define REMEMBERED_WAYS  4          /* entries of a set */
#define REMEMBERED_TEXTS (1u << 20) /* bytes of all texts */

struct remembered {
    struct remembered_entry entries[REMEMBERED_SETS][REMEMBERED_WAYS];
    uint8_t next[REMEMBERED_SETS]; /* the entry that is overwritten next */
    size_t texts;                  /* bytes */
    uint64_t hits;
    size_t hand; /* the set that loses its texts next */
};

struct remembered *remembered_new(void)
{
    return calloc(1, sizeof(struct remembered));
}

static void remembered_drop(struct remembered *remembered, struct remembered_entry *entry)
{
    remembered->texts -= entry->length;
    free(entry->text);
    memset(entry, 0, sizeof *entry);
}

void remembered_free(struct remembered **remembered)
{
    if (!*remembered)
        return;
    for (size_t set = 0; set < REMEMBERED_SETS; set++)
        for (size_t way = 0; way < REMEMBERED_WAYS; way++)
            remembered_drop(*remembered, &(*remembered)->entries[set][way]);
    free(*remembered);
    *remembered = NULL;
}

static size_t remembered_set(const uint8_t key[REMEMBERED_KEY])
{
    size_t set;

    memcpy(&set, key, sizeof set);
    return set % REMEMBERED_SETS;
}

static const struct remembered_entry *remembered_look(const struct remembered *remembered,
                                                      const uint8_t key[REMEMBERED_KEY])
{
    const struct remembered_entry *set = remembered->entries[remembered_set(key)];

    for (size_t way = 0; way < REMEMBERED_WAYS; way++)
        if (set[way].layers && memcmp(set[way].key, key, REMEMBERED_KEY) == 0)
            return &set[way];
    return NULL;
}

const struct remembered_entry *remembered_find(struct remembered *remembered,
                                               const uint8_t key[REMEMBERED_KEY])
{
    const struct remembered_entry *found = remembered_look(remembered, key);

    remembered->hits += found != NULL;
    return found;
}

uint64_t remembered_hits(const struct remembered *remembered)
{
    return remembered->hits;
}

static void remembered_make_room(struct remembered *remembered, size_t length)
{
    while (remembered->texts + length > REMEMBERED_TEXTS) {
        for (size_t way = 0; way < REMEMBERED_WAYS; way++)
            remembered_drop(remembered, &remembered->entries[remembered->hand][way]);
        remembered->hand = (remembered->hand + 1) % REMEMBERED_SETS;
    }
}

void remembered_add(struct remembered *remembered, const struct remembered_entry *entry)
{
    const size_t set = remembered_set(entry->key);
    struct remembered_entry *place = &remembered->entries[set][remembered->next[set]];
    char *text = NULL;

    if (entry->layers == 0 || entry->length > REMEMBERED_TEXT_MAX ||
        remembered_look(remembered, entry->key))
        return;
    if (entry->length > 0 && !(text = malloc(entry->length)))
        return;
    if (text)
        memcpy(text, entry->text, entry->length);
    remembered_make_room(remembered, entry->length);
    remembered_drop(remembered, place);
    *place = *entry;
    place->text = text;
    remembered->texts += entry->length;
    remembered->next[set] = (uint8_t)((remembered->next[set] + 1) % REMEMBERED_WAYS);
}
