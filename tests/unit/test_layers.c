/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The callbacks of a scan, called as libclamav 1.5 calls them: for embedded and for retyped
 * layers too. libclamav itself is a double here.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/clamint.h"
#include "engine/clamlog.h"
#include "engine/layerkinds.h"
#include "engine/tinybody.h"

/* ------------------------------------------------------------------ the double */

static clcb_file_inspection double_inspect;
static clcb_pre_scan double_begin;
static clcb_post_scan double_end;
static void (*double_scan)(void *context);

void cl_engine_set_clcb_file_inspection(struct cl_engine *engine, clcb_file_inspection callback)
{
    (void)engine;
    double_inspect = callback;
}

void cl_engine_set_clcb_pre_scan(struct cl_engine *engine, clcb_pre_scan callback)
{
    (void)engine;
    double_begin = callback;
}

void cl_engine_set_clcb_post_scan(struct cl_engine *engine, clcb_post_scan callback)
{
    (void)engine;
    double_end = callback;
}

void cl_engine_set_clcb_virus_found(struct cl_engine *engine, clcb_virus_found callback)
{
    (void)engine;
    (void)callback;
}

cl_fmap_t *cl_fmap_open_memory(const void *start, size_t length)
{
    (void)length;
    return (cl_fmap_t *)(uintptr_t)start;
}

void cl_fmap_close(cl_fmap_t *map)
{
    (void)map;
}

const char *cl_strerror(cl_error_t code)
{
    (void)code;
    return "";
}

cl_error_t cl_scanmap_callback(cl_fmap_t *map, const char *name, const char **virus,
                               unsigned long *scanned, const struct cl_engine *engine,
                               struct cl_scan_options *options, void *context)
{
    (void)map;
    (void)name;
    (void)virus;
    (void)scanned;
    (void)engine;
    (void)options;
    double_scan(context);
    return CL_CLEAN;
}

bool tinybody_is(size_t length)
{
    (void)length;
    return false;
}

void clamlog_begin(void)
{
}

const char *clamlog_end(void)
{
    return "";
}

/* Returns false if the callback does not want to have it looked at. */
static bool double_open(void *context, unsigned level, const char *type, const char *data,
                        uint32_t attributes)
{
    const bool wanted = double_inspect(-1, type, NULL, 0, "member", strlen(data), data, level,
                                       attributes, context) == CL_CLEAN;

    if (wanted)
        assert_int_equal(double_begin(-1, type, context), CL_CLEAN);
    else
        double_end(-1, CL_CLEAN, NULL, context);
    return wanted;
}

static void double_close(void *context)
{
    double_end(-1, CL_CLEAN, NULL, context);
}

static void double_leaf(void *context, unsigned level, const char *data, uint32_t attributes)
{
    if (double_open(context, level, "CL_TYPE_BINARY_DATA", data, attributes))
        double_close(context);
}

/* --------------------------------------------------------------------- visits */

struct visit {
    unsigned children, entered, embedded_children;
    uint64_t bytes;
    const char *skipped;
};

static int visit_skip(void *context, const struct clam_layer *layer, const char *parents)
{
    const struct visit *visit = context;

    /* Those around the layer, outermost first. */
    assert_int_equal(strncmp(parents, "CL_TYPE_ZIP/", 12), 0);
    return visit->skipped != NULL && strcmp(layer->data, visit->skipped) == 0;
}

static void visit_enter(void *context, struct clam_layer *layer)
{
    (void)layer;
    ((struct visit *)context)->entered++;
}

static void visit_leave(void *context, const struct clam_layer *layer)
{
    struct visit *visit = context;

    if (layer->depth == 0) {
        visit->children = layer->children;
        visit->bytes = layer->child_bytes;
    } else if (strcmp(layer->data, "embedded") == 0) {
        visit->embedded_children = layer->children;
    }
}

static struct visit visited(void (*scan)(void *context), const char *skipped)
{
    struct visit visit = {.skipped = skipped};
    const struct clam_visitor visitor = {visit_skip, visit_enter, visit_leave, &visit};
    struct clam clam = {
        .visitor = &visitor, .budget = {.bytes = 1000, .ms = 1000}, .max_file_size = 1000};
    struct clam_result result;

    double_scan = scan;
    clamscan_prepare(&clam);
    clam_scan(&clam, "archive", 7, NULL, 0, &result);
    assert_int_equal(result.reason, REASON_NONE);
    return visit;
}

/* One member of two is opened, and something embedded is found and retyped. */
static void scan_embedded(void *context)
{
    double_open(context, 0, "CL_TYPE_ZIP", "archive", 0);
    double_leaf(context, 1, "first", 0);
    double_open(context, 1, "CL_TYPE_ZIP", "embedded", LAYERKINDS_EMBEDDED);
    double_leaf(context, 2, "inner", 0);
    double_leaf(context, 2, "script", LAYER_ATTRIBUTES_NORMALIZED);
    double_close(context);
    double_leaf(context, 1, "archive", LAYERKINDS_RETYPED);
    double_leaf(context, 1, "again", LAYERKINDS_EMBEDDED | LAYERKINDS_RETYPED);
    double_leaf(context, 1, "script", LAYER_ATTRIBUTES_NORMALIZED);
    double_close(context);
}

static void test_only_members_count(void **state)
{
    const struct visit visit = visited(scan_embedded, NULL);

    (void)state;
    assert_int_equal(visit.children, 1);
    assert_int_equal(visit.bytes, strlen("first"));
    assert_int_equal(visit.embedded_children, 1);
    assert_int_equal(visit.entered, 8);
}

static void scan_repeated(void *context)
{
    double_open(context, 0, "CL_TYPE_ZIP", "archive", 0);
    double_leaf(context, 1, "same", 0);
    double_leaf(context, 1, "other", LAYER_ATTRIBUTES_DECRYPTED);
    double_close(context);
}

/* A skipped layer came out of its container all the same. */
static void test_skipped_layers_count(void **state)
{
    const struct visit visit = visited(scan_repeated, "same");

    (void)state;
    assert_int_equal(visit.children, 2);
    assert_int_equal(visit.bytes, strlen("same") + strlen("other"));
    assert_int_equal(visit.entered, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_members_count),
                                       cmocka_unit_test(test_skipped_layers_count)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
