/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/fixedset.h"

#include <stdlib.h>
#include <string.h>

#include "engine/anchorsfilter.h"
#include "engine/anchorsindex.h"
#include "engine/anchorsint.h"

#define FIXEDSET_MAX   65536 /* texts */
#define FIXEDSET_PROOF (3 * ANCHORS_BLOCK_READS)

struct fixedset {
    struct anchors anchors; /* the index of four bytes; that of two is empty */
    struct fixedtext *texts;
    uint32_t *same; /* an equal text before it, or itself: only that is looked for */
    uint32_t count;
};

/* The four bytes by which a text is found begin here: its rarest byte is one of them. */
static unsigned fixedset_window(const struct fixedtext *text)
{
    const unsigned last = text->length - (unsigned)FIXEDTEXT_MIN;

    return text->rare < last ? text->rare : last;
}

static uint32_t fixedset_key(const unsigned char *bytes)
{
    uint32_t key;

    memcpy(&key, bytes, sizeof key);
    return key;
}

static bool fixedset_equal(const struct fixedtext *a, const struct fixedtext *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static void fixedset_look(const struct fixedset *set, uint32_t key, const unsigned char *buffer,
                          size_t length, size_t at, uint64_t *found)
{
    const struct anchors_index *index = &set->anchors.fours;
    const uint32_t group = anchors_group(index, anchors_hash(anchors_fold(key)));

    for (uint32_t i = index->starts[group]; i < index->starts[group + 1]; i++) {
        const struct anchors_entry *entry = &index->entries[i];
        const struct fixedtext *text = &set->texts[entry->head];
        const size_t before = (size_t)entry->shift;

        if (key == entry->key && at >= before && length - at >= text->length - before &&
            memcmp(buffer + at - before, text->bytes, text->length) == 0)
            found[entry->head / 64] |= UINT64_C(1) << entry->head % 64;
    }
}

void fixedset_search(const struct fixedset *set, const void *buffer, size_t length, uint64_t *found)
{
    anchors_filter *filter = anchorsfilter();
    const unsigned char *content = buffer;
    size_t at = 0;

    memset(found, 0, fixedset_words(set) * sizeof *found);
    for (; length - at >= ANCHORS_BLOCK_READS; at += ANCHORS_BLOCK) {
        struct anchors_passed passed;

        filter(&set->anchors, content + at, &passed);
        for (uint32_t left = passed.fours; left; left &= left - 1) {
            const size_t place = at + (unsigned)__builtin_ctz(left);

            fixedset_look(set, fixedset_key(content + place), content, length, place, found);
        }
    }
    for (; length - at >= FIXEDTEXT_MIN; at++)
        if (anchors_has_four(&set->anchors.fours, fixedset_key(content + at)))
            fixedset_look(set, fixedset_key(content + at), content, length, at, found);
    for (uint32_t i = 0; i < set->count; i++)
        if (found[set->same[i] / 64] >> set->same[i] % 64 & 1)
            found[i / 64] |= UINT64_C(1) << i % 64;
}

size_t fixedset_words(const struct fixedset *set)
{
    return (set->count + 63) / 64;
}

/* Each text is found at the begin, in the middle and at the end of a body. */
static int fixedset_prove(const struct fixedset *set, struct err *err)
{
    static const size_t places[] = {0, 17, FIXEDSET_PROOF};
    uint64_t *found = calloc(fixedset_words(set) + 1, sizeof *found);
    bool proven = found != NULL;

    for (uint32_t i = 0; i < set->count && proven; i++)
        for (size_t n = 0; n < sizeof places / sizeof places[0] && proven; n++) {
            unsigned char body[FIXEDSET_PROOF + FIXEDTEXT_MAX];
            const size_t length = FIXEDSET_PROOF + set->texts[i].length;

            memset(body, '\x7f', sizeof body);
            memcpy(body + places[n], set->texts[i].bytes, set->texts[i].length);
            fixedset_search(set, body, length, found);
            proven = found[i / 64] >> i % 64 & 1;
        }
    free(found);
    return proven ? 0 : err_set(err, "a fixed text was not found in a body with it");
}

static int fixedset_fill(struct fixedset *set, const struct fixedtext *texts, struct err *err)
{
    struct anchors_index *fours = &set->anchors.fours;

    memcpy(set->texts, texts, set->count * sizeof *texts);
    for (uint32_t i = 0; i < set->count; i++) {
        const unsigned window = fixedset_window(&texts[i]);

        set->same[i] = 0;
        while (!fixedset_equal(&texts[set->same[i]], &texts[i]))
            set->same[i]++;
        if (set->same[i] == i)
            fours->entries[fours->count++] =
                (struct anchors_entry){.key = fixedset_key(texts[i].bytes + window),
                                       .mask = UINT32_MAX,
                                       .head = i,
                                       .shift = (int32_t)window};
    }
    return anchorsindex_sort(fours, err);
}

struct fixedset *fixedset_new(const struct fixedtext *texts, uint32_t count, struct err *err)
{
    struct fixedset *set = calloc(1, sizeof *set);

    if (count > FIXEDSET_MAX || !set || !(set->texts = calloc(count + 1, sizeof *set->texts)) ||
        !(set->same = calloc(count + 1, sizeof *set->same))) {
        err_set(err, "no memory for fixed texts");
        goto fail;
    }
    set->count = count;
    if (anchorsindex_new(&set->anchors.fours, 4, count, err) < 0 ||
        anchorsindex_new(&set->anchors.pairs, 2, 0, err) < 0 ||
        fixedset_fill(set, texts, err) < 0 || fixedset_prove(set, err) < 0)
        goto fail;
    return set;
fail:
    fixedset_free(&set);
    return NULL;
}

void fixedset_free(struct fixedset **set)
{
    if (!*set)
        return;
    anchorsindex_free(&(*set)->anchors.fours);
    anchorsindex_free(&(*set)->anchors.pairs);
    free((*set)->texts);
    free((*set)->same);
    free(*set);
    *set = NULL;
}
