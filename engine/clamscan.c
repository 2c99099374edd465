/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scan in libclamav, watched through its callbacks.
 *
 * For each layer libclamav calls inspect (with names), then pre_scan, then, when the layer is
 * done, post_scan; matches are reported in between, or, for heuristic alerts, at the very end
 * without a place. All callbacks get the struct clamscan of the scan.
 */
#include "config.h"

#include "engine/clamint.h"
#include "engine/clamlog.h"
#include "engine/clamtime.h"
#include "engine/clamwords.h"
#include "engine/layerkinds.h"
#include "engine/tinybody.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/facts.h"
#include "common/text.h"

#define CLAMSCAN_DEPTH   64  /* layers followed for the path; deeper ones are scanned, not named */
#define CLAMSCAN_PARENTS 256 /* bytes of the types around a layer */

struct clamscan {
    struct clam *clam;
    struct clam_result *result;
    struct clam_layer pending;               /* inspected, not yet begun */
    struct clam_layer stack[CLAMSCAN_DEPTH]; /* begun and not yet done */
    unsigned depth;
    int all;                        /* a threat does not end the scan */
    int threat, heuristic;          /* found by a signature; by a heuristic */
    int stopped;                    /* by a threat */
    int skipping;                   /* the layer that was inspected last is not begun */
    char suspect[WIRE_THREAT_MAX];  /* name of the heuristic alert */
    enum reason limit, closed;      /* other alerts that are no threats */
    bool late;                      /* the CPU time was used up */
    int left;                       /* an alert that the pipeline decides on */
    char alert_part[WIRE_PART_MAX]; /* the first layer that had any alert */
    int alerted;
};

/* Names that libclamav makes up: of its temporary files, and of a mail's nameless parts. */
static int clamscan_made_up(const char *name)
{
    size_t length = strlen(name);

    return (strncmp(name, "clamav-", 7) == 0 && length > 11 &&
            strcmp(name + length - 4, ".tmp") == 0) ||
           strcmp(name, "unknown") == 0 || strcmp(name, "textportion") == 0 ||
           strcmp(name, "mixedtextportion") == 0;
}

static void clamscan_part(const struct clamscan *scan, char part[WIRE_PART_MAX])
{
    size_t used = 0;
    unsigned i;

    part[0] = '\0';
    for (i = 1; i < scan->depth && i < CLAMSCAN_DEPTH; i++) {
        const char *separator = used ? " > " : "", *label = scan->stack[i].label;

        /* A text that libclamav rewrote is its parent again for a person. */
        if (scan->stack[i].normalized)
            continue;
        if (used + strlen(separator) + strlen(label) >= WIRE_PART_MAX)
            return;
        used += (size_t)snprintf(part + used, WIRE_PART_MAX - used, "%s%s", separator, label);
    }
}

/* Counts the pending layer as a file out of the one that is open. */
static void clamscan_count(struct clamscan *scan)
{
    if (scan->depth > 0 && scan->depth <= CLAMSCAN_DEPTH && scan->pending.member) {
        struct clam_layer *parent = &scan->stack[scan->depth - 1];

        parent->children++;
        parent->child_bytes += scan->pending.length;
    }
}

/* Was it looked at before, at a place like this? */
static int clamscan_skips(const struct clamscan *scan)
{
    const struct clam_visitor *visitor = scan->clam->visitor;

    char parents[CLAMSCAN_PARENTS] = "";
    size_t used = 0;

    if (scan->depth == 0 || scan->depth > CLAMSCAN_DEPTH || visitor == NULL ||
        visitor->skip == NULL)
        return 0;
    /* Signatures may ask for all of them. Of equal ones in a row two are told: archives that lie
     * in one another differ in nothing but how many there are. */
    for (unsigned i = 0; i < scan->depth && used < sizeof parents; i++)
        if (i < 2 || strcmp(scan->stack[i].type, scan->stack[i - 1].type) != 0 ||
            strcmp(scan->stack[i].type, scan->stack[i - 2].type) != 0)
            used +=
                (size_t)snprintf(parents + used, sizeof parents - used, "%s/", scan->stack[i].type);
    return used < sizeof parents && visitor->skip(visitor->context, &scan->pending, parents);
}

static cl_error_t clamscan_inspect(int fd, const char *type, const char **ancestors,
                                   size_t parent_file_size, const char *file_name, size_t file_size,
                                   const char *file_buffer, uint32_t recursion_level,
                                   uint32_t attributes, void *context)
{
    struct clamscan *scan = context;
    struct clam_layer *layer = &scan->pending;

    (void)fd;
    (void)ancestors;
    (void)parent_file_size;
    if (scan->stopped)
        return CL_BREAK; /* one threat is enough: open nothing more */
    memset(layer, 0, sizeof *layer);
    layer->level = recursion_level;
    layer->depth = scan->depth;
    layer->type = type;
    layer->name = file_name;
    layer->data = file_buffer;
    layer->length = file_buffer != NULL ? file_size : 0;
    layer->normalized = layerkinds_is_normalized(attributes);
    layer->member = layerkinds_is_member(attributes);
    if (file_name != NULL && file_name[0] != '\0' && !clamscan_made_up(file_name))
        text_copy(layer->label, sizeof layer->label, file_name, strlen(file_name));
    else
        clam_kind(layer->label, sizeof layer->label, type);
    scan->skipping = clamscan_skips(scan);
    if (scan->skipping) {
        clamscan_count(scan);
        return CL_BREAK;
    }
    scan->result->layers++;
    scan->clam->seen += file_size;
    if (!layer->normalized)
        scan->result->scanned += file_size;
    if (recursion_level == 0)
        snprintf(scan->result->type, sizeof scan->result->type, "%s", type);
    return CL_CLEAN;
}

static cl_error_t clamscan_begin(int fd, const char *type, void *context)
{
    struct clamscan *scan = context;
    const struct clam_visitor *visitor = scan->clam->visitor;

    (void)fd;
    (void)type;
    if (visitor != NULL && visitor->enter != NULL)
        visitor->enter(visitor->context, &scan->pending);
    clamscan_count(scan);
    if (scan->depth < CLAMSCAN_DEPTH)
        scan->stack[scan->depth] = scan->pending;
    scan->depth++;
    return CL_CLEAN;
}

static cl_error_t clamscan_end(int fd, int result, const char *virname, void *context)
{
    struct clamscan *scan = context;
    const struct clam_visitor *visitor = scan->clam->visitor;

    (void)fd;
    (void)virname;
    if (scan->stopped || scan->depth == 0)
        return CL_CLEAN; /* layers after the threat are inspected but not begun */
    if (scan->skipping) {
        scan->skipping = 0; /* nor is one that was skipped */
        return CL_CLEAN;
    }
    /* Once there is an alert every later layer has this result too: the first one counts. */
    if (result == CL_VIRUS && !scan->alerted) {
        scan->alerted = 1;
        clamscan_part(scan, scan->alert_part);
    }
    scan->depth--;
    if (visitor != NULL && visitor->leave != NULL && scan->depth < CLAMSCAN_DEPTH)
        visitor->leave(visitor->context, &scan->stack[scan->depth]);
    return CL_CLEAN;
}

/* The name that the reply shows is the first signature's, or the first of the heuristics by the
 * alphabet: heuristic alerts come in any order, and the same file gets the same answer. */
static void clamscan_name(struct clamscan *scan, enum reason reason, const char *name)
{
    struct clam_result *result = scan->result;
    char part[WIRE_PART_MAX], clean[WIRE_THREAT_MAX];

    text_copy(clean, sizeof clean, name, strlen(name));
    snprintf(part, sizeof part, "%s", scan->alert_part);
    if (scan->depth > 0) /* else it comes at the end and without a place */
        clamscan_part(scan, part);
    if (!facts_add(result->facts, reason, clean, part))
        result->facts_cut = 1;
    if (reason == REASON_HEURISTIC) {
        if (!scan->heuristic || strcmp(clean, scan->suspect) < 0)
            snprintf(scan->suspect, sizeof scan->suspect, "%s", clean);
        scan->heuristic = 1;
        return;
    }
    if (!scan->threat) {
        snprintf(result->threat, sizeof result->threat, "%s", clean);
        snprintf(result->part, sizeof result->part, "%s", part);
    }
    scan->threat = 1;
    scan->stopped = !scan->all;
}

static void clamscan_found(int fd, const char *name, void *context)
{
    struct clamscan *scan = context;
    enum reason reason = clamwords_alert(name);

    (void)fd;
    if (scan->stopped)
        return;
    if (reason == REASON_SIGNATURE || reason == REASON_HEURISTIC) {
        clamscan_name(scan, reason, name);
        return;
    }
    if (strcmp(name, "Heuristics.Encrypted.PDF") == 0) {
        /* The pipeline's own reader opens PDFs without a user's password, and says so if not. */
        scan->left = 1;
        return;
    }
    facts_add(scan->result->facts, reason, NULL, scan->alert_part);
    if (reason == REASON_ENCRYPTED)
        scan->closed = reason;
    else
        scan->limit = reason;
}

void clamscan_prepare(struct clam *clam)
{
    cl_engine_set_clcb_file_inspection(clam->engine, clamscan_inspect);
    cl_engine_set_clcb_pre_scan(clam->engine, clamscan_begin);
    cl_engine_set_clcb_post_scan(clam->engine, clamscan_end);
    cl_engine_set_clcb_virus_found(clam->engine, clamscan_found);
}

/* The reason beside a threat, worst first: an error of the engine, a limit, something closed,
 * a heuristic alert. */
static enum reason clamscan_beside(const struct clamscan *scan, int code, uint64_t ms)
{
    enum reason reason = code == CL_VIRUS ? REASON_NONE : clamwords_code(code);

    if (reason_verdict(reason) == VERDICT_ERROR)
        return reason;
    if (scan->limit != REASON_UNKNOWN)
        return scan->limit;
    if (scan->closed != REASON_UNKNOWN)
        return scan->closed;
    if (reason == REASON_NONE && (scan->late || ms >= scan->clam->budget.ms))
        return REASON_LIMIT_TIME; /* a raw scan ends without an alert */
    if (reason != REASON_NONE)
        return reason;
    if (scan->heuristic)
        return REASON_HEURISTIC;
    return code == CL_VIRUS && !scan->threat && !scan->left ? REASON_INTERNAL : REASON_NONE;
}

static void clamscan_conclude(struct clamscan *scan, int code, const char *words, uint64_t ms)
{
    struct clam_result *result = scan->result;
    enum reason beside = clamscan_beside(scan, code, ms);

    if (beside != REASON_NONE && beside != REASON_HEURISTIC && !scan->stopped)
        facts_add(result->facts, beside, NULL, scan->alert_part);
    if (scan->threat) {
        result->reason = REASON_SIGNATURE;
        return;
    }
    result->reason = beside;
    if (reason_verdict(beside) == VERDICT_ERROR) {
        snprintf(result->detail, sizeof result->detail, "%s%s%s", cl_strerror(code),
                 words[0] ? ": " : "", words);
        return;
    }
    if (beside == REASON_HEURISTIC)
        snprintf(result->threat, sizeof result->threat, "%s", scan->suspect);
    if (beside != REASON_NONE)
        snprintf(result->part, sizeof result->part, "%s", scan->alert_part);
}

void clam_scan(struct clam *clam, const void *data, size_t length, const char *name, unsigned flags,
               struct clam_result *result)
{
    struct clamscan scan = {.clam = clam, .result = result, .all = (flags & CLAM_ALL) != 0};
    struct cl_scan_options options = clam->options;
    const char *virus = NULL;
    unsigned long blocks = 0;
    uint64_t started = clock_now_ms();
    cl_fmap_t *map;
    int code;

    memset(result, 0, sizeof *result);
    if (length == 0) {
        result->reason = REASON_NONE;
        result->layers = 1;
        return;
    }
    if (length > clam->max_file_size || clam->budget.ms == 0) {
        result->reason = clam->budget.ms == 0 ? REASON_LIMIT_TIME : REASON_LIMIT_FILE_SIZE;
        return;
    }
    if (length > clam->budget.bytes) {
        result->reason = REASON_LIMIT_SCAN_SIZE;
        return;
    }
    if (tinybody_is(length)) {
        result->reason = REASON_NONE;
        return;
    }
    if (flags & CLAM_RAW)
        options = (struct cl_scan_options){.general = CL_SCAN_GENERAL_ALLMATCHES};
    map = cl_fmap_open_memory(data, length);
    if (map == NULL) {
        result->reason = REASON_LIMIT_MEMORY;
        return;
    }
    clamlog_begin();
    clamtime_begin(clam->budget.cpu_until_ns);
    code = cl_scanmap_callback(map, name, &virus, &blocks, clam->engine, &options, &scan);
    scan.late = clamtime_end();
    clamscan_conclude(&scan, code, clamlog_end(), clock_now_ms() - started);
    cl_fmap_close(map);
}
