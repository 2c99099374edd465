/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchors: where a pattern can be, found by its rarest bytes.
 *
 * libclamav looks for the first three bytes of each pattern, one byte of the content after the
 * other. Here each pattern is looked for by the four bytes of it that are rarest in everyday
 * content (two for the few that have no four fixed ones together), and only where these and the
 * other fixed bytes agree libclamav's own search is asked (engine/search.h). A candidate too many
 * costs time; one too few would be a loss, so engine/proof.h makes a body of each pattern
 * and demands that it is a candidate there.
 *
 * Owner: engine/search.c. Threads: built by one, then read-only.
 */
#ifndef EPOST_ENGINE_ANCHORS_H
#define EPOST_ENGINE_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/err.h"
#include "engine/layout.h"

/* The patterns that differ in no byte, and the stretch of fixed tokens around the trie's key. */
struct anchors_head {
    const struct layout_list *list;
    struct layout_list *distant; /* those of them that are not bound to the begin of a file */
    uint32_t bound;              /* all that are bound lie before this place in the file */
    int16_t low, high;           /* from `low` up to before `high`; the key begins at 0 */
    int16_t check;  /* four bytes of the stretch: where, which of their bits count, and these */
    bool has_parts; /* one of them is a part of a signature with several */
    uint32_t mask, bits;
};

/* Found by four bytes at `shift` bytes from the place of the trie's key. */
struct anchors_entry {
    uint32_t key; /* the bits of `mask` of these bytes; folded, they are the index's key */
    uint32_t mask;
    uint32_t head;
    int32_t shift;
};

/* Entries by the bits of a hash of their windows: of four bytes or of two. */
struct anchors_index {
    unsigned bits;    /* of the filter, as a power of two */
    unsigned groups;  /* bits that choose the group of entries */
    uint32_t window;  /* the bytes of a key that are hashed */
    uint32_t *filter; /* see anchorsint.h */
    uint32_t *starts; /* of the groups, in entries[] */
    struct anchors_entry *entries;
    uint32_t count;
};

struct anchors {
    struct anchors_head *heads; /* in the order in which libclamav looks at them at one place */
    uint32_t count;
    uint32_t farthest;          /* behind a window's place the end of its key may be, at most */
    uint32_t longest;           /* bytes in front of a key that libclamav may look at */
    bool right_negated;         /* there is "no boundary behind it": see LAYOUT_RIGHT_SIDE */
    struct anchors_index fours; /* by four bytes */
    struct anchors_index pairs; /* by two bytes */
};

/* A place that libclamav has to look at: the end of the trie's key, and the patterns. */
struct anchors_event {
    uint32_t end;
    uint32_t head;
};

/* Of a root whose trie is complete, and which outlives the anchors. Returns them
 * (anchors_free) or NULL and err. */
EPOST_MUST_CHECK struct anchors *anchors_new(const struct layout_root *root, struct err *err);

/* NULL is nothing. Nulls the caller's pointer. */
void anchors_free(struct anchors **anchors);

/* Token `at` of a pattern, counted from the trie's key (negative: in the prefix). */
static inline uint16_t anchors_token(const struct layout_patt *pattern, int at)
{
    return at >= 0 ? pattern->pattern[at] : pattern->prefix[pattern->prefix_length[0] + at];
}

/* Whether the fixed tokens of the head are in the content with the trie's key at `place`. */
bool anchors_agree(const struct anchors_head *head, const unsigned char *content, size_t length,
                   size_t place);

/* Those patterns of a head that may count at this place in a file; NULL: none. */
static inline const struct layout_list *anchors_list(const struct anchors_head *head,
                                                     uint32_t place)
{
    return place < head->bound ? head->list : head->distant;
}

/* The quick part of anchors_agree: true if it is false because of four bytes. */
static inline bool anchors_differ(const struct anchors_head *head, const unsigned char *content,
                                  size_t length, size_t place)
{
    uint32_t bytes;

    if (place < (size_t)-head->low || place + (size_t)head->high > length)
        return true;
    place += (size_t)head->check;
    if (!head->mask || place + sizeof bytes > length)
        return false;
    memcpy(&bytes, content + place, sizeof bytes);
    return (bytes & head->mask) != head->bits;
}

/* Looks for all patterns. Calls `found` for each head whose window is in the content, at `at`,
 * so that the trie's key may be at `place`; whether anchors_agree() is not known yet. Windows come
 * in the order of their places; once `found` returns false the search ends. */
typedef bool anchors_found(void *context, uint32_t head, uint32_t place, uint32_t at);

void anchors_find(const struct anchors *anchors, const unsigned char *content, uint32_t length,
                  anchors_found *found, void *context);

#endif
