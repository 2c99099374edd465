/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/anchorsindex.h"

#include <stdlib.h>
#include <string.h>

#include "engine/anchorsint.h"

#define ANCHORSINDEX_BITS_MIN   10
#define ANCHORSINDEX_BITS_MAX   22 /* of the filter: half a megabyte stays in the cache */
#define ANCHORSINDEX_BITS_PAIRS 16 /* for the groups of pairs */
#define ANCHORSINDEX_SPARSENESS 6  /* bits of the filter per entry, as a power of two */

int anchorsindex_new(struct anchors_index *index, unsigned length, uint32_t expected,
                     struct err *err)
{
    const unsigned most = length == 4 ? ANCHORSINDEX_BITS_MAX : ANCHORSINDEX_BITS_PAIRS;
    unsigned bits = ANCHORSINDEX_BITS_MIN;

    index->window = anchors_low(length);
    while (bits < most && (UINT64_C(1) << bits) < (uint64_t)expected << ANCHORSINDEX_SPARSENESS)
        bits++;
    index->bits = bits;
    index->groups = bits > 4 + ANCHORSINDEX_BITS_MIN ? bits - 4 : ANCHORSINDEX_BITS_MIN;
    index->filter =
        calloc((length == 4 ? UINT64_C(1) << bits : ANCHORS_PAIRS) / 32, sizeof *index->filter);
    index->starts = calloc((UINT64_C(1) << index->groups) + 1, sizeof *index->starts);
    index->entries = calloc(expected ? expected : 1, sizeof *index->entries);
    if (!index->filter || !index->starts || !index->entries)
        return err_set(err, "no memory for anchors");
    return 0;
}

/* Sets the bit of each pair that agrees. */
static void anchorsindex_mark_pairs(struct anchors_index *index, const struct anchors_entry *entry)
{
    for (uint32_t first = 0; first < 256; first++)
        for (uint32_t pair = first; pair < ANCHORS_PAIRS; pair += 256) {
            if (((first & entry->mask) ^ entry->key) & 0xff)
                break;
            if ((pair & entry->mask) == (entry->key & 0xffff))
                index->filter[pair >> 5] |= UINT32_C(1) << (pair & 31);
        }
}

int anchorsindex_sort(struct anchors_index *index, struct err *err)
{
    struct anchors_entry *sorted = calloc(index->count ? index->count : 1, sizeof *sorted);
    const size_t groups = (size_t)1 << index->groups;

    if (!sorted)
        return err_set(err, "no memory for anchors");
    for (uint32_t i = 0; i < index->count; i++) {
        const struct anchors_entry *entry = &index->entries[i];
        const uint32_t hash = anchors_hash(anchors_fold(entry->key) & index->window);

        if (index->window == UINT32_MAX)
            index->filter[anchors_word(index, hash)] |= anchors_marks(index, hash);
        else
            anchorsindex_mark_pairs(index, entry);
        index->starts[anchors_group(index, hash) + 1]++;
    }
    for (size_t i = 0; i < groups; i++)
        index->starts[i + 1] += index->starts[i];
    for (uint32_t i = index->count; i-- > 0;) {
        uint32_t group =
            anchors_group(index, anchors_hash(anchors_fold(index->entries[i].key) & index->window));

        sorted[--index->starts[group + 1]] = index->entries[i];
    }
    /* Each start was moved down to its group's begin, one place late. */
    memmove(index->starts, index->starts + 1, groups * sizeof *index->starts);
    index->starts[groups] = index->count;
    free(index->entries);
    index->entries = sorted;
    return 0;
}

void anchorsindex_free(struct anchors_index *index)
{
    free(index->filter);
    free(index->starts);
    free(index->entries);
}
