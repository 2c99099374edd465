/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/search.h"

#include <clamav.h>
#include <stdlib.h>
#include <string.h>

#include "engine/anchors.h"
#include "engine/proof.h"
#include "engine/searchrun.h"
#include "engine/settled.h"

#define SEARCH_ROOTS_MAX 128

#define SEARCH_EXPORTED __attribute__((visibility("default")))

static struct {
    bool unused; /* search_use(false) */
    unsigned last;
    struct {
        const struct layout_root *root;
        struct anchors *anchors;
    } entries[SEARCH_ROOTS_MAX];
} self;

/* ------------------------------------------------------ in front of libclamav's own */

static const struct anchors *search_find(const struct layout_root *root)
{
    if (self.unused || !root)
        return NULL;
    if (self.entries[self.last].root == root)
        return self.entries[self.last].anchors;
    for (unsigned i = 0; i < SEARCH_ROOTS_MAX; i++)
        if (self.entries[i].root == root) {
            self.last = i;
            return self.entries[i].anchors;
        }
    return NULL;
}

SEARCH_EXPORTED int cli_ac_scanbuff(const unsigned char *buffer, uint32_t length, const char **name,
                                    void **custom, void **results, const struct layout_root *root,
                                    struct layout_acdata *data, uint32_t offset, int file_type,
                                    void **offsets, unsigned mode, void *context);

int cli_ac_scanbuff(const unsigned char *buffer, uint32_t length, const char **name, void **custom,
                    void **results, const struct layout_root *root, struct layout_acdata *data,
                    uint32_t offset, int file_type, void **offsets, unsigned mode, void *context)
{
    const struct anchors *anchors = search_find(root);

    settled_end();
    /* Without a state libclamav has its own word for it. */
    if (!anchors || !data || (anchors->right_negated && length > LAYOUT_RIGHT_MAX))
        return layout_calls()->scanbuff(buffer, length, name, custom, results, root, data, offset,
                                        file_type, offsets, mode, context);
    return searchrun(anchors, buffer, length, name, custom, results, root, data, offset, file_type,
                     offsets, mode, context);
}

/* ------------------------------------------------------------------ taking over */

int search_take_over(const struct layout_root *root, struct err *err)
{
    struct anchors *anchors;
    unsigned i = 0;

    while (i < SEARCH_ROOTS_MAX && self.entries[i].root)
        i++;
    if (i == SEARCH_ROOTS_MAX || searchrun_prepare() < 0)
        return err_set(err, "no memory for anchors");
    anchors = anchors_new(root, err);
    if (!anchors)
        return -1;
    if (anchors->longest + SEARCHRUN_MARGIN + LAYOUT_DEPTH_MAX >= SEARCHRUN_LEAD_MAX) {
        anchors_free(&anchors);
        return err_set(err, "a pattern has a prefix that is too long");
    }
    if (proof_check(anchors, err) < 0) {
        anchors_free(&anchors);
        return -1;
    }
    self.entries[i].root = root;
    self.entries[i].anchors = anchors;
    return 0;
}

void search_let_go(const struct layout_root *root)
{
    for (unsigned i = 0; i < SEARCH_ROOTS_MAX; i++)
        if (root && self.entries[i].root == root) {
            anchors_free(&self.entries[i].anchors);
            self.entries[i].root = NULL;
        }
}

unsigned search_count(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < SEARCH_ROOTS_MAX; i++)
        if (self.entries[i].root)
            count += self.entries[i].anchors->count;
    return count;
}

uint64_t search_runs(void)
{
    return searchrun_runs();
}

uint64_t search_early(void)
{
    return searchrun_early();
}

void search_use(bool use)
{
    self.unused = !use;
}

static unsigned search_nth(unsigned n)
{
    unsigned i = 0;

    for (; i < SEARCH_ROOTS_MAX; i++)
        if (self.entries[i].root && n-- == 0)
            break;
    return i;
}

struct anchors *search_anchors(unsigned n)
{
    unsigned i = search_nth(n);

    return i < SEARCH_ROOTS_MAX ? self.entries[i].anchors : NULL;
}

const struct layout_root *search_root(unsigned n)
{
    unsigned i = search_nth(n);

    return i < SEARCH_ROOTS_MAX ? self.entries[i].root : NULL;
}
