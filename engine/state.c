/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/state.h"

#include <stdlib.h>
#include <string.h>

#define STATE_IDLE_MAX  2                          /* states of a shape that are kept */
#define STATE_LSIGS_MAX (UINT32_C(16) << 20)       /* more is no number of signatures */
#define STATE_PARTS_MAX (UINT32_C(64) << 20)       /* nor this of parts or offsets */
#define STATE_PIECE     1024                       /* numbers that are compared in one go */
#define STATE_ALIGN(n)  (((n) + 63) & ~(size_t)63) /* a cache line */

struct state {
    struct state *next;
    struct state_shape *shape;
    uint32_t last_id;    /* of the row that was asked for last */
    uint32_t **cnt_rows; /* pointers to the rows, as libclamav wants them */
    uint32_t **last_rows, **first_rows;
    uint32_t *cnt, *last, *first; /* the rows, one behind the other */
    void **lsig_matches;
    uint8_t *yr_matches;
    uint32_t ***offmatrix;
    uint32_t *offset;
};

/* States that scans use now, the newest first: layers are nested. */
static struct state *state_busy;

/* ------------------------------------------------------------------- shapes */

/* A part that compares bytes may look at the counter of a part that does not exist; libclamav
 * reads a zero behind the row's end then. */
static int state_shape_compares(struct state_shape *shape)
{
    const struct layout_root *root = shape->root;

    if (root->bcomp_metas > STATE_PARTS_MAX)
        return -1;
    for (uint32_t i = 0; i < root->bcomp_metas; i++) {
        const struct layout_bytecompare *compare = root->bcomp_metatable[i];

        if (compare->lsigid[0] > 1 || (compare->lsigid[0] && compare->lsigid[1] >= shape->lsigs))
            return -1;
        if (compare->lsigid[0] && compare->ref_subsigid >= shape->rows[compare->lsigid[1]])
            shape->rows[compare->lsigid[1]] = LAYOUT_ROW;
    }
    return 0;
}

static int state_shape_read(struct state_shape *shape, struct err *err)
{
    const struct layout_root *root = shape->root;

    for (uint32_t i = 0; i < shape->lsigs; i++) {
        const struct layout_lsig *lsig = root->lsigtable[i];

        if (!lsig || lsig->id != i || lsig->type > LAYOUT_YARA_OFFSET)
            return err_set(err, "logical signature %u is not where it was expected", i);
        if (lsig->type == LAYOUT_LOGICAL && lsig->target && *lsig->target != root->type)
            return err_set(err, "logical signature %u is not for what it was expected", i);
        shape->has_macros = shape->has_macros || lsig->macro_ptids;
        if (lsig->type != LAYOUT_LOGICAL) {
            shape->rows[i] = LAYOUT_ROW;
            shape->has_yara = true;
            continue;
        }
        int highest = layout_calls()->chklsig(lsig->logic, lsig->logic + strlen(lsig->logic), NULL,
                                              NULL, NULL, 1);
        if (highest < 0 || lsig->subsigs > LAYOUT_ROW || (uint32_t)highest >= lsig->subsigs ||
            (!lsig->bc_idx && (uint32_t)highest + 1 != lsig->subsigs))
            return err_set(err, "the parts of logical signature %u do not add up", i);
        shape->rows[i] = (uint8_t)(lsig->bc_idx ? LAYOUT_ROW : lsig->subsigs);
    }
    if (state_shape_compares(shape) < 0)
        return err_set(err, "comparisons of bytes are not where they were expected");
    return 0;
}

struct state_shape *state_shape_new(struct layout_root *root, struct err *err)
{
    struct state_shape *shape = calloc(1, sizeof *shape);

    if (!shape)
        goto no_memory;
    shape->root = root;
    shape->partsigs = root->partsigs;
    shape->lsigs = root->lsigs;
    shape->reloffsigs = root->reloff_num;
    if (root->type >= LAYOUT_TARGETS || shape->lsigs == 0 || shape->lsigs > STATE_LSIGS_MAX ||
        shape->partsigs > STATE_PARTS_MAX || shape->reloffsigs > STATE_PARTS_MAX) {
        err_set(err, "the numbers of signatures are not where they were expected");
        goto fail;
    }
    shape->rows = calloc(shape->lsigs, 1);
    shape->answers = calloc(shape->lsigs, 1);
    if (!shape->rows || !shape->answers)
        goto no_memory;
    if (state_shape_read(shape, err) < 0)
        goto fail;
    for (uint32_t i = 0; i < shape->lsigs; i++)
        shape->words += shape->rows[i];
    return shape;
no_memory:
    err_set(err, "no memory for match states");
fail:
    state_shape_free(&shape);
    return NULL;
}

void state_shape_free(struct state_shape **shape)
{
    if (!*shape)
        return;
    while ((*shape)->idle) {
        struct state *state = (*shape)->idle;

        (*shape)->idle = state->next;
        free(state);
    }
    free((*shape)->rows);
    free((*shape)->answers);
    free(*shape);
    *shape = NULL;
}

/* ------------------------------------------------------------------- states */

/* Takes `size` bytes of the block; with no block yet, only counts them. */
static void *state_piece(char *block, size_t *used, size_t size)
{
    void *piece = block ? block + *used : NULL;

    *used += STATE_ALIGN(size);
    return piece;
}

/* Lays the arrays of a state out. Returns the size of all. */
static size_t state_lay_out(struct state *state, const struct state_shape *shape, char *block)
{
    /* Behind the last row as much as libclamav may read of any row. */
    const size_t words = (shape->words + LAYOUT_ROW) * sizeof(uint32_t);
    const size_t pointers = shape->lsigs * sizeof(void *);
    size_t used = STATE_ALIGN(sizeof *state);

    /* Memory that scans write comes first, the rest behind it: they share no page. */
    state->cnt = state_piece(block, &used, words);
    state->last = state_piece(block, &used, words);
    state->first = state_piece(block, &used, words);
    state->offset = state_piece(block, &used, (size_t)shape->reloffsigs * 2 * sizeof(uint32_t));
    state->offmatrix = state_piece(block, &used, shape->partsigs * sizeof(void *));
    state->lsig_matches = state_piece(block, &used, pointers);
    state->yr_matches = state_piece(block, &used, shape->lsigs);
    state->cnt_rows = state_piece(block, &used, pointers);
    state->last_rows = state_piece(block, &used, pointers);
    state->first_rows = state_piece(block, &used, pointers);
    return used;
}

static void state_fill(uint32_t *words, size_t count, uint32_t value)
{
    for (size_t i = 0; i < count; i++)
        words[i] = value;
}

static struct state *state_new(struct state_shape *shape)
{
    struct state plan, *state;
    size_t row = 0;

    state = calloc(1, state_lay_out(&plan, shape, NULL));
    if (!state)
        return NULL;
    state_lay_out(state, shape, (char *)state);
    state->shape = shape;
    for (uint32_t i = 0; i < shape->lsigs; i++) {
        state->cnt_rows[i] = state->cnt + row;
        state->last_rows[i] = state->last + row;
        state->first_rows[i] = state->first + row;
        row += shape->rows[i];
    }
    state_fill(state->last, shape->words + LAYOUT_ROW, LAYOUT_NONE);
    state_fill(state->first, shape->words + LAYOUT_ROW, LAYOUT_NONE);
    for (uint32_t i = 0; i < shape->reloffsigs; i++)
        state->offset[2 * i] = LAYOUT_NONE;
    return state;
}

int state_take(struct state_shape *shape, struct layout_acdata *data)
{
    struct state *state = shape->idle;

    if (state) {
        shape->idle = state->next;
        shape->idle_count--;
    } else if (!(state = state_new(shape))) {
        return -1;
    }
    state->next = state_busy;
    state_busy = state;
    state->last_id = 0;
    *data = (struct layout_acdata){.offmatrix = shape->partsigs ? state->offmatrix : NULL,
                                   .partsigs = shape->partsigs,
                                   .lsigs = shape->lsigs,
                                   .reloffsigs = shape->reloffsigs,
                                   .lsigcnt = state->cnt_rows,
                                   .last = state->last_rows,
                                   .first = state->first_rows,
                                   .lsig_matches = state->lsig_matches,
                                   .yr_matches = state->yr_matches,
                                   .offset = shape->reloffsigs ? state->offset : NULL,
                                   .min_partno = 1};
    for (size_t i = 0; i < sizeof data->macro_lastmatch / sizeof data->macro_lastmatch[0]; i++)
        data->macro_lastmatch[i] = LAYOUT_NONE;
    return 0;
}

/* Whether one of up to STATE_PIECE numbers is another. */
static bool state_differs(const uint32_t *words, size_t count, uint32_t value)
{
    uint32_t differs = 0;

    if (count == STATE_PIECE)
        for (size_t i = 0; i < STATE_PIECE; i++)
            differs |= words[i] ^ value;
    else
        for (size_t i = 0; i < count; i++)
            differs |= words[i] ^ value;
    return differs != 0;
}

/* Writes only where something differs: what no scan changes stays shared with other workers. A
 * place is noted only together with a count; counts that go down again are looked behind. */
static void state_reset_rows(struct state *state)
{
    const size_t count = state->shape->words;

    for (size_t at = 0; at < count; at += STATE_PIECE) {
        size_t piece = count - at < STATE_PIECE ? count - at : STATE_PIECE;
        bool counted = state_differs(state->cnt + at, piece, 0);

        if (counted)
            state_fill(state->cnt + at, piece, 0);
        if (!counted && !state->shape->has_macros && !state->shape->has_yara)
            continue;
        if (state_differs(state->last + at, piece, LAYOUT_NONE))
            state_fill(state->last + at, piece, LAYOUT_NONE);
        if (state_differs(state->first + at, piece, LAYOUT_NONE))
            state_fill(state->first + at, piece, LAYOUT_NONE);
    }
}

/* As libclamav's cli_ac_freedata: what matches of YARA's kind have allocated. */
static void state_reset_yara(struct state *state)
{
    /* struct cli_lsig_matches: a count, and pointers to blocks of their own. */
    struct matches {
        uint32_t count;
        void *blocks[];
    };

    for (uint32_t i = 0; i < state->shape->lsigs; i++) {
        struct matches *matches = state->lsig_matches[i];

        if (!matches)
            continue;
        for (uint32_t j = 0; j < matches->count; j++)
            free(matches->blocks[j]);
        free(matches);
        state->lsig_matches[i] = NULL;
    }
    memset(state->yr_matches, 0, state->shape->lsigs);
}

static void state_reset(struct state *state, const struct layout_acdata *data)
{
    const struct state_shape *shape = state->shape;

    state_reset_rows(state);
    if (shape->has_yara)
        state_reset_yara(state);
    /* Before the first of several parts has matched, none has a matrix. */
    for (uint32_t i = 0; data->min_partno > 1 && i < shape->partsigs; i++) {
        if (!state->offmatrix[i])
            continue;
        free(state->offmatrix[i][0]);
        free((void *)state->offmatrix[i]);
        state->offmatrix[i] = NULL;
    }
    for (uint32_t i = 0; i < shape->reloffsigs; i++)
        if (state->offset[2 * i] != LAYOUT_NONE)
            state->offset[2 * i] = LAYOUT_NONE;
}

bool state_give(struct layout_acdata *data)
{
    struct state **link = &state_busy, *state;

    while (*link && (data->lsigs == 0 || (*link)->cnt_rows != data->lsigcnt))
        link = &(*link)->next;
    if (!(state = *link))
        return false;
    *link = state->next;
    if (state->shape->idle_count < STATE_IDLE_MAX) {
        state_reset(state, data);
        state->next = state->shape->idle;
        state->shape->idle = state;
        state->shape->idle_count++;
    } else {
        state_reset(state, data); /* for what it has allocated */
        free(state);
    }
    data->offmatrix = NULL;
    data->lsig_matches = NULL;
    data->partsigs = data->lsigs = data->reloffsigs = 0;
    return true;
}

/* Of `count` rows, the one that the counter is in. */
static uint32_t state_find_row(uint32_t *const *rows, uint32_t count, const uint32_t *counter)
{
    uint32_t low = 0, high = count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (rows[middle] <= counter)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct state_shape *state_of_row(const uint32_t *row, uint32_t *id_r)
{
    for (struct state *state = state_busy; state; state = state->next) {
        uint32_t id = state->last_id;

        if (row < state->cnt || row >= state->cnt + state->shape->words)
            continue;
        if (state->cnt_rows[id] != row) {
            if (id + 1 < state->shape->lsigs && state->cnt_rows[id + 1] == row)
                id++;
            else
                id = state_find_row(state->cnt_rows, state->shape->lsigs, row);
            state->last_id = id;
        }
        *id_r = id;
        return state->cnt_rows[id] == row ? state->shape : NULL;
    }
    return NULL;
}

bool state_rows(const uint32_t *row, struct state_rows *rows_r)
{
    for (struct state *state = state_busy; state; state = state->next) {
        if (state->cnt != row)
            continue;
        *rows_r = (struct state_rows){.cnt = state->cnt_rows,
                                      .last = state->last_rows,
                                      .first = state->first_rows,
                                      .begin = state->cnt,
                                      .end = state->cnt + state->shape->words,
                                      .lsigs = state->shape->lsigs};
        return true;
    }
    return false;
}

uint32_t state_touched(const struct state_rows *rows, uint32_t id)
{
    const uint32_t *at = id < rows->lsigs ? rows->cnt[id] : rows->end;

    while (rows->end - at >= STATE_PIECE && !state_differs(at, STATE_PIECE, 0))
        at += STATE_PIECE;
    while (at < rows->end && !*at)
        at++;
    return at < rows->end ? state_find_row(rows->cnt, rows->lsigs, at) : rows->lsigs;
}
