/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/settled.h"

#include <string.h>

#define SETTLED_MAX 2048 /* signatures that are evaluated; of more, all are */

static struct {
    struct layout_root *root; /* whose table is short; or NULL */
    struct state_rows rows;
    uint32_t lsigs, chosen;
    uint64_t count;
    uint32_t ids[SETTLED_MAX];
    struct {
        struct layout_lsig *lsig;
        uint32_t *cnt, *last, *first;
    } before[SETTLED_MAX]; /* the first entries */
} self;

static bool settled_choose(uint32_t id)
{
    if (self.chosen == SETTLED_MAX)
        return false;
    self.ids[self.chosen++] = id;
    return true;
}

/* Signatures with code, and those that change the type of a layer, begin scans when they are true,
 * and those scans need the table. */
static bool settled_is_harmless(const struct state_shape *shape, uint32_t id, uint32_t *row)
{
    const struct layout_lsig *lsig = shape->root->lsigtable[id];
    unsigned count = 0;
    uint64_t ids = 0;

    if (!lsig->bc_idx && !lsig->handler)
        return true;
    return !lsig->macro_ptids &&
           layout_calls()->chklsig(lsig->logic, lsig->logic + strlen(lsig->logic), row, &count,
                                   &ids, 0) == 0;
}

/* The next signature at or behind `id` that nothing found does not make false. */
static uint32_t settled_next(const struct state_shape *shape, uint32_t id)
{
    const uint8_t *at = memchr(shape->answers + id, 0, shape->lsigs - id);

    return at ? (uint32_t)(at - shape->answers) : shape->lsigs;
}

static bool settled_collect(const struct state_shape *shape)
{
    uint32_t odd = settled_next(shape, 0), touched = state_touched(&self.rows, 0);

    self.chosen = 0;
    for (uint32_t id = 0; id < shape->lsigs; id = odd < touched ? odd : touched) {
        if (!settled_choose(id) || !settled_is_harmless(shape, id, self.rows.cnt[id]))
            return false;
        if (odd <= id)
            odd = settled_next(shape, id + 1);
        if (touched <= id)
            touched = state_touched(&self.rows, id + 1);
    }
    return true;
}

void settled_begin(const struct state_shape *shape, const uint32_t *row)
{
    struct layout_root *root = shape->root;

    if (shape->has_yara || !state_rows(row, &self.rows) || !settled_collect(shape))
        return;
    for (uint32_t i = 0; i < self.chosen; i++) {
        const uint32_t id = self.ids[i]; /* at or behind i: still what it was */

        self.before[i].lsig = root->lsigtable[i];
        self.before[i].cnt = self.rows.cnt[i];
        self.before[i].last = self.rows.last[i];
        self.before[i].first = self.rows.first[i];
        if (id == i)
            continue;
        root->lsigtable[i] = root->lsigtable[id];
        self.rows.cnt[i] = self.rows.cnt[id];
        self.rows.last[i] = self.rows.last[id];
        self.rows.first[i] = self.rows.first[id];
    }
    self.root = root;
    self.lsigs = root->lsigs;
    self.count++;
    root->lsigs = self.chosen;
}

bool settled_has(const uint32_t *row)
{
    return self.root && row >= self.rows.begin && row < self.rows.end;
}

void settled_end(void)
{
    if (!self.root)
        return;
    for (uint32_t i = 0; i < self.chosen; i++) {
        if (self.ids[i] == i)
            continue;
        self.root->lsigtable[i] = self.before[i].lsig;
        self.rows.cnt[i] = self.before[i].cnt;
        self.rows.last[i] = self.before[i].last;
        self.rows.first[i] = self.before[i].first;
    }
    self.root->lsigs = self.lsigs;
    self.root = NULL;
}

uint64_t settled_count(void)
{
    return self.count;
}
