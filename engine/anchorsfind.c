/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for anchors in a content: anchors_find and anchors_agree of anchors.h.
 */
#include "config.h"

#include <string.h>

#include "engine/anchorsfilter.h"
#include "engine/anchorsint.h"

#define ANCHORS_RUN_MIN      48 /* bytes; shorter runs are looked at as the rest is */
#define ANCHORS_RUN_AGREEING 48 /* patterns in a run */

static bool anchorsfind_same(uint16_t token, unsigned char byte)
{
    switch (token & LAYOUT_TOKEN_KIND) {
    case LAYOUT_TOKEN_ANY:
        return true;
    case LAYOUT_TOKEN_HIGH:
        return (token & 0xf0) == (byte & 0xf0);
    case LAYOUT_TOKEN_LOW:
        return (token & 0x0f) == (byte & 0x0f);
    default:
        if ((token & LAYOUT_TOKEN_CASE) && byte >= 'A' && byte <= 'Z')
            byte |= 0x20;
        return (token & 0xff) == byte;
    }
}

bool anchors_agree(const struct anchors_head *head, const unsigned char *content, size_t length,
                   size_t place)
{
    const struct layout_patt *me = head->list->me;

    if (anchors_differ(head, content, length, place))
        return false;
    for (int at = 0; at < head->high; at++)
        if (!anchorsfind_same(me->pattern[at], content[place + (size_t)at]))
            return false;
    for (int at = -1; at >= head->low; at--)
        if (!anchorsfind_same(anchors_token(me, at), content[place - (size_t)-at]))
            return false;
    return true;
}

/* Returns false when the search is to end. */
static bool anchorsfind_look(const struct anchors_index *index, uint32_t key, uint32_t at,
                             anchors_found *found, void *context)
{
    const uint32_t group = anchors_group(index, anchors_hash(anchors_fold(key) & index->window));
    const uint32_t stop = index->starts[group + 1];

    for (uint32_t i = index->starts[group]; i < stop; i++) {
        const struct anchors_entry *entry = &index->entries[i];
        const int64_t place = (int64_t)at - entry->shift;

        if ((key & entry->mask) == entry->key && place >= 0 &&
            !found(context, entry->head, (uint32_t)place, at))
            return false;
    }
    return true;
}

/* In a run of one byte the same windows come at each place, and away from the run's ends it is
 * the same for all of them whether the bytes around agree. Only those that do are shown there. */
struct anchors_run {
    uint32_t known;      /* up to here runs have been looked for */
    uint32_t begin, end; /* of the places without the others */
    uint32_t count;
    struct anchors_entry agreeing[ANCHORS_RUN_AGREEING];
};

static bool anchorsfind_agree_in_run(const struct anchors_head *head, unsigned char byte)
{
    for (int at = head->low; at < head->high; at++)
        if (!anchorsfind_same(anchors_token(head->list->me, at), byte))
            return false;
    return true;
}

/* Returns false if too many agree. */
static bool anchorsfind_enter_run(const struct anchors *anchors, const struct anchors_index *index,
                                  uint32_t key, unsigned char byte, int64_t end,
                                  struct anchors_run *run)
{
    const uint32_t group = anchors_group(index, anchors_hash(anchors_fold(key) & index->window));
    int64_t first = run->begin, last = run->end;

    for (uint32_t i = index->starts[group]; i < index->starts[group + 1]; i++) {
        const struct anchors_entry *entry = &index->entries[i];
        const struct anchors_head *head = &anchors->heads[entry->head];

        if ((key & entry->mask) != entry->key)
            continue;
        if (anchorsfind_agree_in_run(head, byte)) {
            if (run->count == ANCHORS_RUN_AGREEING)
                return false;
            run->agreeing[run->count++] = *entry;
            continue;
        }
        if (run->known + entry->shift - head->low > first)
            first = run->known + entry->shift - head->low;
        if (end + entry->shift - head->high + 1 < last)
            last = end + entry->shift - head->high + 1;
    }
    run->begin = (uint32_t)(first < 0 ? 0 : first);
    run->end = (uint32_t)(last < first ? run->begin : last);
    return true;
}

/* A run may begin at `at`, where four bytes are the same. */
static void anchorsfind_begin_run(const struct anchors *anchors, const unsigned char *content,
                                  uint32_t length, uint32_t at, struct anchors_run *run)
{
    const unsigned char byte = content[at];
    const uint32_t key = byte * UINT32_C(0x01010101);
    uint32_t end = at + 4;

    while (end < length && content[end] == byte)
        end++;
    *run = (struct anchors_run){.known = at, .begin = at, .end = end - 3};
    if (end - at < ANCHORS_RUN_MIN ||
        !anchorsfind_enter_run(anchors, &anchors->fours, key, byte, end, run) ||
        !anchorsfind_enter_run(anchors, &anchors->pairs, key, byte, end, run))
        run->begin = run->end = 0;
    run->known = end - 3; /* the next window is another */
}

/* Returns false when the search is to end. */
static bool anchorsfind_look_in_run(const struct anchors_run *run, uint32_t at,
                                    anchors_found *found, void *context)
{
    for (uint32_t i = 0; i < run->count; i++) {
        const int64_t place = (int64_t)at - run->agreeing[i].shift;

        if (place >= 0 && !found(context, run->agreeing[i].head, (uint32_t)place, at))
            return false;
    }
    return true;
}

static bool anchorsfind_is_same(uint32_t key)
{
    return key == (key & 0xff) * UINT32_C(0x01010101);
}

/* The search at one place. Returns false when it is to end. */
static bool anchorsfind_at(const struct anchors *anchors, uint32_t key, uint32_t at,
                           anchors_found *found, void *context)
{
    if (anchors_has_four(&anchors->fours, key) &&
        !anchorsfind_look(&anchors->fours, key, at, found, context))
        return false;
    return !anchors_has_pair(&anchors->pairs, key) ||
           anchorsfind_look(&anchors->pairs, key, at, found, context);
}

/* The places from `at` up to before `stop` that have four bytes, with what runs save. Returns the
 * place to go on at: the search may be further within a run; UINT32_MAX when it is to end. */
static uint32_t anchorsfind_one_by_one(const struct anchors *anchors, const unsigned char *content,
                                       uint32_t length, uint32_t at, uint32_t stop,
                                       struct anchors_run *run, anchors_found *found, void *context)
{
    for (; at < stop; at++) {
        uint32_t key;

        memcpy(&key, content + at, sizeof key);
        if (anchorsfind_is_same(key) && at >= run->known)
            anchorsfind_begin_run(anchors, content, length, at, run);
        if (at >= run->begin && at < run->end) {
            if (run->count == 0)
                at = run->end - 1;
            else if (!anchorsfind_look_in_run(run, at, found, context))
                return UINT32_MAX;
            continue;
        }
        if (!anchorsfind_at(anchors, key, at, found, context))
            return UINT32_MAX;
    }
    return at;
}

/* Goes through the places of a block that the filters let pass. */
static bool anchorsfind_block(const struct anchors *anchors, const unsigned char *content,
                              uint32_t at, const struct anchors_passed *passed,
                              anchors_found *found, void *context)
{
    for (uint32_t left = passed->fours | passed->pairs; left; left &= left - 1) {
        const unsigned i = (unsigned)__builtin_ctz(left);
        uint32_t key;

        memcpy(&key, content + at + i, sizeof key);
        if ((passed->fours >> i & 1) &&
            !anchorsfind_look(&anchors->fours, key, at + i, found, context))
            return false;
        if ((passed->pairs >> i & 1) &&
            !anchorsfind_look(&anchors->pairs, key, at + i, found, context))
            return false;
    }
    return true;
}

/* The last bytes, where only two are left. */
static void anchorsfind_end(const struct anchors *anchors, const unsigned char *content,
                            uint32_t length, uint32_t at, anchors_found *found, void *context)
{
    const struct anchors_index *pairs = &anchors->pairs;

    for (; at + 2 <= length && pairs->count; at++) {
        uint32_t key = 0; /* a pattern with bytes behind the end is not there */

        memcpy(&key, content + at, length - at < sizeof key ? length - at : sizeof key);
        if (anchors_has_pair(pairs, key) && !anchorsfind_look(pairs, key, at, found, context))
            return;
    }
}

void anchors_find(const struct anchors *anchors, const unsigned char *content, uint32_t length,
                  anchors_found *found, void *context)
{
    struct anchors_run run;
    struct anchors_passed passed;
    anchors_filter *filter = anchorsfilter();
    uint32_t at = 0, last;

    /* A run long enough to matter that begins in a block goes on behind it. */
    _Static_assert(ANCHORS_RUN_MIN >= ANCHORS_BLOCK + 4, "a run in the middle of a block counts");
    run.known = run.begin = run.end = run.count = 0;
    while (length >= ANCHORS_BLOCK_READS && at <= length - ANCHORS_BLOCK_READS) {
        memcpy(&last, content + at + ANCHORS_BLOCK - 1, sizeof last);
        if (anchorsfind_is_same(last) || at < run.end) {
            at = anchorsfind_one_by_one(anchors, content, length, at, at + ANCHORS_BLOCK, &run,
                                        found, context);
            if (at == UINT32_MAX)
                return;
            continue;
        }
        filter(anchors, content + at, &passed);
        if (!anchorsfind_block(anchors, content, at, &passed, found, context))
            return;
        at += ANCHORS_BLOCK;
    }
    if (length >= 4 && at <= length - 4)
        at = anchorsfind_one_by_one(anchors, content, length, at, length - 3, &run, found, context);
    if (at != UINT32_MAX)
        anchorsfind_end(anchors, content, length, at, found, context);
}
