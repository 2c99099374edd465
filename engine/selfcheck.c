/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/selfcheck.h"

#include <clamav.h>
#include <stdlib.h>
#include <string.h>

#include "engine/settled.h"

#define SELFCHECK_SPARSELY 16 /* of so many expressions one is evaluated with counts at random */
#define SELFCHECK_TOUCHED  50 /* signatures with a counter above zero */
#define SELFCHECK_COUNT    4  /* counts are less than this */

/* The same numbers on each run: a failure can be repeated. */
static uint32_t selfcheck_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Everything a scan may read of a state is as libclamav makes it. */
static int selfcheck_pristine(const struct state_shape *shape, const struct layout_acdata *ours,
                              const struct layout_acdata *theirs, struct err *err)
{
    struct layout_acdata a = *ours, b = *theirs;

    for (uint32_t i = 0; i < shape->lsigs; i++) {
        const size_t row = shape->rows[i] * sizeof(uint32_t);

        if (shape->rows[i] < shape->root->lsigtable[i]->subsigs ||
            (i > 0 && a.lsigcnt[i - 1] + shape->rows[i - 1] != a.lsigcnt[i]))
            return err_set(err, "the row of signature %u is not as long as it is used", i);
        if (memcmp(a.lsigcnt[i], b.lsigcnt[i], row) != 0 ||
            memcmp(a.last[i], b.last[i], row) != 0 || memcmp(a.first[i], b.first[i], row) != 0 ||
            a.lsig_matches[i] != b.lsig_matches[i] || a.yr_matches[i] != b.yr_matches[i])
            return err_set(err, "the state of signature %u is not as libclamav makes it", i);
    }
    for (uint32_t i = 0; i < shape->partsigs; i++)
        if (a.offmatrix[i] != b.offmatrix[i])
            return err_set(err, "the state of part %u is not as libclamav makes it", i);
    for (uint32_t i = 0; i < shape->reloffsigs; i++)
        if (a.offset[(size_t)2 * i] != b.offset[(size_t)2 * i])
            return err_set(err, "the state of offset %u is not as libclamav makes it", i);
    a.offmatrix = b.offmatrix = NULL;
    a.lsigcnt = a.last = a.first = b.lsigcnt = b.last = b.first = NULL;
    a.lsig_matches = b.lsig_matches = NULL;
    a.yr_matches = b.yr_matches = NULL;
    a.offset = b.offset = NULL;
    if (memcmp(&a, &b, sizeof a) != 0)
        return err_set(err, "a state is not as libclamav makes it");
    return 0;
}

/* libclamav's answer for what is in the row, from a row as it knows them; and ours. */
static int selfcheck_same_answer(const struct selfcheck_calls *calls,
                                 const struct layout_lsig *lsig, uint32_t *row, unsigned length,
                                 struct err *err)
{
    const char *end = lsig->logic + strlen(lsig->logic);
    uint32_t full[LAYOUT_ROW] = {0};
    unsigned ours_count = 7, theirs_count = 7;
    uint64_t ours_ids = 0, theirs_ids = 0;

    memcpy(full, row, length * sizeof *row);
    int ours = calls->chklsig(lsig->logic, end, row, &ours_count, &ours_ids, 0);
    int theirs = layout_calls()->chklsig(lsig->logic, end, full, &theirs_count, &theirs_ids, 0);
    if (ours != theirs || ours_count != theirs_count || ours_ids != theirs_ids)
        return err_set(err, "the answer for signature %u is not libclamav's", lsig->id);
    return 0;
}

/* A part that was found, whichever it is, leaves the expression to libclamav. */
static int selfcheck_touched(const struct selfcheck_calls *calls, const struct layout_lsig *lsig,
                             uint32_t *row, unsigned length, struct err *err)
{
    const char *end = lsig->logic + strlen(lsig->logic);

    for (unsigned i = 0; i < length; i++) {
        row[i] = 1;
        bool answered = calls->is_answered(lsig->logic, end, row);
        row[i] = 0;
        if (answered)
            return err_set(err, "signature %u is not evaluated when part %u is found", lsig->id, i);
    }
    return 0;
}

static int selfcheck_answers(const struct selfcheck_calls *calls, const struct state_shape *shape,
                             const struct layout_acdata *data, struct err *err)
{
    uint64_t seed = 1;

    for (uint32_t i = 0; i < shape->lsigs; i++) {
        const struct layout_lsig *lsig = shape->root->lsigtable[i];
        const unsigned parts = shape->rows[i];
        uint32_t *row = data->lsigcnt[i];

        if (lsig->type != LAYOUT_LOGICAL)
            continue;
        if (selfcheck_same_answer(calls, lsig, row, parts, err) < 0 ||
            selfcheck_touched(calls, lsig, row, parts, err) < 0)
            return -1;
        if (i % SELFCHECK_SPARSELY != 0)
            continue;
        for (unsigned j = 0; j < parts; j++)
            row[j] = selfcheck_random(&seed) % SELFCHECK_COUNT;
        if (selfcheck_same_answer(calls, lsig, row, parts, err) < 0)
            return -1;
    }
    return 0;
}

/* Each signature that is left out has no counter above zero and is false then; the others stand in
 * the short table with their rows, in their order. */
static int selfcheck_short(const struct state_shape *shape, const struct layout_acdata *data,
                           struct layout_lsig *const *lsigs, uint32_t *const *rows, struct err *err)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < shape->lsigs; i++) {
        bool is_touched = false;

        for (unsigned j = 0; j < shape->rows[i]; j++)
            is_touched = is_touched || rows[i][j];
        if (at < shape->root->lsigs && shape->root->lsigtable[at] == lsigs[i] &&
            data->lsigcnt[at] == rows[i] && data->last[at] - data->last[0] == rows[i] - rows[0] &&
            data->first[at] - data->first[0] == rows[i] - rows[0])
            at++;
        else if (is_touched || !shape->answers[i])
            return err_set(err, "signature %u would not be evaluated", i);
    }
    if (at != shape->root->lsigs)
        return err_set(err, "a short table has a signature too many");
    return 0;
}

/* Touches some signatures, makes the table short, and puts it back. */
static int selfcheck_settled(const struct state_shape *shape, struct layout_acdata *data,
                             struct err *err)
{
    const size_t size = shape->lsigs * sizeof(void *);
    struct layout_lsig **lsigs = malloc(size);
    uint32_t **rows = malloc(size);
    uint64_t seed = 2;
    int result = -1;

    if (!lsigs || !rows) {
        err_set(err, "no memory for a match state");
        goto out;
    }
    memcpy((void *)lsigs, (const void *)shape->root->lsigtable, size);
    memcpy((void *)rows, (const void *)data->lsigcnt, size);
    for (unsigned i = 0; i < SELFCHECK_TOUCHED; i++) {
        uint32_t id = selfcheck_random(&seed) % shape->lsigs;

        rows[id][selfcheck_random(&seed) % shape->rows[id]] = 1;
    }
    settled_begin(shape, rows[0]);
    result = settled_has(rows[0]) ? selfcheck_short(shape, data, lsigs, rows, err) : 0;
    settled_end();
    if (result == 0 && (shape->root->lsigs != shape->lsigs ||
                        memcmp((const void *)lsigs, (const void *)shape->root->lsigtable, size) ||
                        memcmp((const void *)rows, (const void *)data->lsigcnt, size)))
        result = err_set(err, "a short table was not put back as it was");
out:
    free((void *)lsigs);
    free((void *)rows);
    return result;
}

/* Writes what a scan may write, to the last number. */
static void selfcheck_soil(const struct state_shape *shape, struct layout_acdata *data)
{
    for (uint32_t i = 0; i < shape->lsigs; i++)
        for (unsigned j = 0; j < shape->rows[i]; j++) {
            data->lsigcnt[i][j] = i + 1;
            data->last[i][j] = i + 2;
            data->first[i][j] = i + 3;
        }
    for (uint32_t i = 0; i < shape->reloffsigs; i++)
        data->offset[(size_t)2 * i] = i;
    for (uint32_t i = 0; i < shape->partsigs; i += 3) {
        data->offmatrix[i] = malloc(sizeof *data->offmatrix[i]);
        if (data->offmatrix[i])
            data->offmatrix[i][0] = malloc(sizeof *data->offmatrix[i][0]);
        data->min_partno = 2;
    }
}

int selfcheck_shape(struct state_shape *shape, const struct selfcheck_calls *calls, struct err *err)
{
    struct layout_acdata ours, theirs;
    int result = -1;

    if (state_take(shape, &ours) < 0)
        return err_set(err, "no memory for a match state");
    if (layout_calls()->initdata(&theirs, shape->partsigs, shape->lsigs, shape->reloffsigs, 8) !=
        CL_SUCCESS) {
        state_give(&ours);
        return err_set(err, "no memory for a match state of libclamav's");
    }
    if (selfcheck_pristine(shape, &ours, &theirs, err) < 0 ||
        selfcheck_answers(calls, shape, &ours, err) < 0)
        goto out;
    settled_end();
    state_give(&ours);
    if (state_take(shape, &ours) < 0) {
        layout_calls()->freedata(&theirs);
        return err_set(err, "no memory for a match state");
    }
    if (selfcheck_settled(shape, &ours, err) < 0)
        goto out;
    selfcheck_soil(shape, &ours);
    state_give(&ours);
    if (state_take(shape, &ours) < 0) {
        layout_calls()->freedata(&theirs);
        return err_set(err, "no memory for a match state");
    }
    result = selfcheck_pristine(shape, &ours, &theirs, err);
out:
    state_give(&ours);
    layout_calls()->freedata(&theirs);
    return result;
}
