/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/untouched.h"

#include <clamav.h>
#include <string.h>

#include "engine/search.h"
#include "engine/selfcheck.h"
#include "engine/settled.h"

#define UNTOUCHED_ROOTS_MAX 128 /* kinds of content times engines in one process */

#define UNTOUCHED_EXPORTED __attribute__((visibility("default")))

static struct {
    bool unused; /* untouched_use(false) */
    struct {
        struct layout_root *root;  /* compiled; NULL: free */
        struct state_shape *shape; /* NULL: not taken over */
        bool anchored;             /* engine/search.h has its patterns */
    } entries[UNTOUCHED_ROOTS_MAX];
} self;

UNTOUCHED_EXPORTED int cli_ac_chklsig(const char *expr, const char *end, uint32_t *lsigcnt,
                                      unsigned *cnt, uint64_t *ids, unsigned parse_only);

/* ----------------------------------------------------------------- taking over */

/* With conditions on counts (= < >) zero may be true; without them it is false. */
static bool untouched_is_plain(const char *expr, const char *end)
{
    for (; expr < end; expr++)
        if (*expr == '=' || *expr == '<' || *expr == '>')
            return false;
    return true;
}

static int untouched_answers(struct state_shape *shape, struct err *err)
{
    for (uint32_t i = 0; i < shape->lsigs; i++) {
        const struct layout_lsig *lsig = shape->root->lsigtable[i];
        uint32_t zeros[LAYOUT_ROW] = {0};
        unsigned count = 0;
        uint64_t ids = 0;
        int value;

        if (lsig->type != LAYOUT_LOGICAL)
            continue;
        const char *end = lsig->logic + strlen(lsig->logic);
        if (untouched_is_plain(lsig->logic, end)) {
            shape->answers[i] = 1;
            continue;
        }
        value = layout_calls()->chklsig(lsig->logic, end, zeros, &count, &ids, 0);
        if (value < 0)
            return err_set(err, "libclamav cannot evaluate logical signature %u", i);
        shape->answers[i] = value == 0 && count == 0 && ids == 0;
    }
    return 0;
}

int untouched_check(struct state_shape *shape, struct err *err)
{
    static const struct selfcheck_calls ours = {cli_ac_chklsig, untouched_is_answered};

    return selfcheck_shape(shape, &ours, err);
}

static struct state_shape *untouched_take_over(struct layout_root *root, struct err *err)
{
    struct state_shape *shape = state_shape_new(root, err);

    if (shape && (untouched_answers(shape, err) < 0 || untouched_check(shape, err) < 0))
        state_shape_free(&shape);
    return shape;
}

int untouched_build(struct err *err)
{
    bool fresh[UNTOUCHED_ROOTS_MAX] = {false};
    int result = 0;

    if (layout_agrees(err) < 0)
        return -1;
    for (unsigned i = 0; result == 0 && i < UNTOUCHED_ROOTS_MAX; i++) {
        if (!self.entries[i].root || self.entries[i].shape || self.entries[i].root->lsigs == 0)
            continue;
        self.entries[i].shape = untouched_take_over(self.entries[i].root, err);
        fresh[i] = true;
        result = self.entries[i].shape ? 0 : -1;
    }
    for (unsigned i = 0; result < 0 && i < UNTOUCHED_ROOTS_MAX; i++)
        if (fresh[i])
            state_shape_free(&self.entries[i].shape);
    return result;
}

/* The trie of host names is deeper than the others, and small. */
static bool untouched_has_anchors(unsigned i)
{
    const struct layout_root *root = self.entries[i].root;

    return root && root->patterns > 0 && root->maxdepth <= LAYOUT_DEPTH_MAX;
}

int untouched_anchor(struct err *err)
{
    bool fresh[UNTOUCHED_ROOTS_MAX] = {false};
    int result = layout_agrees(err);

    for (unsigned i = 0; result == 0 && i < UNTOUCHED_ROOTS_MAX; i++) {
        if (self.entries[i].anchored || !untouched_has_anchors(i))
            continue;
        result = search_take_over(self.entries[i].root, err);
        self.entries[i].anchored = fresh[i] = result == 0;
    }
    for (unsigned i = 0; result < 0 && i < UNTOUCHED_ROOTS_MAX; i++)
        if (fresh[i]) {
            search_let_go(self.entries[i].root);
            self.entries[i].anchored = false;
        }
    return result;
}

unsigned untouched_count(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < UNTOUCHED_ROOTS_MAX; i++)
        if (self.entries[i].shape)
            count += self.entries[i].shape->lsigs;
    return count;
}

void untouched_use(bool use)
{
    self.unused = !use;
}

struct state_shape *untouched_shape(unsigned n)
{
    for (unsigned i = 0; i < UNTOUCHED_ROOTS_MAX; i++)
        if (self.entries[i].shape && n-- == 0)
            return self.entries[i].shape;
    return NULL;
}

/* libclamav says by three numbers which signatures a state is for. Two sets with the same three
 * are served only if their rows are of the same lengths. */
static struct state_shape *untouched_find(uint32_t partsigs, uint32_t lsigs, uint32_t reloffsigs)
{
    struct state_shape *found = NULL;

    for (unsigned i = 0; i < UNTOUCHED_ROOTS_MAX; i++) {
        struct state_shape *shape = self.entries[i].shape;

        if (!self.entries[i].root || self.entries[i].root->lsigs != lsigs ||
            self.entries[i].root->partsigs != partsigs ||
            self.entries[i].root->reloff_num != reloffsigs)
            continue;
        if (!shape || (found && memcmp(found->rows, shape->rows, lsigs) != 0))
            return NULL;
        if (!found || shape->has_yara)
            found = shape;
    }
    return found;
}

/* -------------------------------------------------- in front of libclamav's own */

UNTOUCHED_EXPORTED int cli_ac_buildtrie(struct layout_root *root);
UNTOUCHED_EXPORTED void cli_ac_free(struct layout_root *root);
UNTOUCHED_EXPORTED int cli_ac_initdata(struct layout_acdata *data, uint32_t partsigs,
                                       uint32_t lsigs, uint32_t reloffsigs, uint8_t tracklen);
UNTOUCHED_EXPORTED void cli_ac_freedata(struct layout_acdata *data);

int cli_ac_buildtrie(struct layout_root *root)
{
    int code = layout_calls()->buildtrie(root);

    for (unsigned i = 0; code == CL_SUCCESS && root && i < UNTOUCHED_ROOTS_MAX; i++)
        if (!self.entries[i].root) {
            self.entries[i].root = root;
            break;
        }
    return code;
}

void cli_ac_free(struct layout_root *root)
{
    settled_end();
    for (unsigned i = 0; i < UNTOUCHED_ROOTS_MAX; i++)
        if (self.entries[i].root == root && root) {
            state_shape_free(&self.entries[i].shape);
            self.entries[i].root = NULL;
            self.entries[i].anchored = false;
        }
    search_let_go(root);
    layout_calls()->free(root);
}

int cli_ac_initdata(struct layout_acdata *data, uint32_t partsigs, uint32_t lsigs,
                    uint32_t reloffsigs, uint8_t tracklen)
{
    struct state_shape *shape;

    settled_end();
    shape = data && lsigs && !self.unused ? untouched_find(partsigs, lsigs, reloffsigs) : NULL;
    if (shape && state_take(shape, data) == 0)
        return CL_SUCCESS;
    return layout_calls()->initdata(data, partsigs, lsigs, reloffsigs, tracklen);
}

void cli_ac_freedata(struct layout_acdata *data)
{
    settled_end();
    if (data && !state_give(data))
        layout_calls()->freedata(data);
}

/* Whether nothing found makes this expression, or this part of one, false. */
static bool untouched_is_false(const struct state_shape *shape, uint32_t id, const uint32_t *row,
                               const char *expr, const char *end)
{
    for (unsigned i = 0; i < shape->rows[id]; i++)
        if (row[i])
            return false;
    if (expr == shape->root->lsigtable[id]->logic && *end == '\0')
        return shape->answers[id];
    return untouched_is_plain(expr, end);
}

bool untouched_is_answered(const char *expr, const char *end, const uint32_t *row)
{
    uint32_t id;
    const struct state_shape *shape = self.unused ? NULL : state_of_row(row, &id);

    return shape && untouched_is_false(shape, id, row, expr, end);
}

/* The first expression of a set, the whole of it: all of them will be evaluated now. The state may
 * have been made for another set with rows of the same lengths: see untouched_find. */
static void untouched_settle(const char *expr, const char *end, const uint32_t *row)
{
    uint32_t id;
    const struct state_shape *state = self.unused ? NULL : state_of_row(row, &id);

    for (unsigned i = 0; state && id == 0 && *end == '\0' && i < UNTOUCHED_ROOTS_MAX; i++) {
        const struct state_shape *shape = self.entries[i].shape;

        if (!shape || shape->root->lsigtable[0]->logic != expr)
            continue;
        if (shape == state ||
            (shape->lsigs == state->lsigs && memcmp(shape->rows, state->rows, shape->lsigs) == 0))
            settled_begin(shape, row);
        break;
    }
}

int cli_ac_chklsig(const char *expr, const char *end, uint32_t *lsigcnt, unsigned *cnt,
                   uint64_t *ids, unsigned parse_only)
{
    if (lsigcnt && !parse_only && !settled_has(lsigcnt)) {
        bool answered;

        settled_end();
        answered = untouched_is_answered(expr, end, lsigcnt);
        untouched_settle(expr, end, lsigcnt);
        if (answered)
            return 0;
    }
    return layout_calls()->chklsig(expr, end, lsigcnt, cnt, ids, parse_only);
}
