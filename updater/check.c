/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "updater/cvd.h"
#include "updater/fetch.h"

/* The first bytes of a file. Returns the transfer's end. */
static enum fetch_end check_first(const struct run *run, struct fetch_request *request,
                                  struct buf *out, struct fetch_reply *reply)
{
    buf_reset(out);
    request->memory = out;
    request->fd = -1;
    request->only_first = 1;
    request->now = run->now;
    request->deadline_ms = run->deadline_ms;
    return fetch_get(run->settings, request, reply);
}

static void check_add(struct offer *offer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void check_add(struct offer *offer, const char *format, ...)
{
    size_t used = strlen(offer->message);
    va_list args;

    if (used + 2 < sizeof offer->message && used > 0)
        used += (size_t)snprintf(offer->message + used, sizeof offer->message - used, ", ");
    va_start(args, format);
    vsnprintf(offer->message + used, sizeof offer->message - used, format, args);
    va_end(args);
}

/* --------------------------------------------------------------- databases */

/* One database of one server. Returns its version, or 0 and fault. */
static uint64_t check_version(const struct run *run, const char *base, const char *database,
                              struct fault *fault)
{
    char url[MIRROR_URL_MAX + INDEX_NAME_MAX + 8];
    struct fetch_request request = {.url = url, .what = database, .ceiling = CVD_HEADER};
    struct fetch_reply reply;
    struct cvd cvd = {.version = 0};
    struct buf header;

    snprintf(url, sizeof url, "%s%s.cvd", base, database);
    buf_init(&header, CVD_HEADER);
    enum fetch_end end = check_first(run, &request, &header, &reply);
    if (end != FETCH_DONE)
        fault_set(fault, fetch_result(end), "%s: %s", url, reply.err.text);
    else if (cvd_parse(&cvd, header.data, header.length) < 0 || cvd.version == 0)
        fault_set(fault, RESULT_REFUSED, "%s has no header of a ClamAV database", url);
    buf_free(&header);
    return cvd.version;
}

/* Of what serves: x.cvd, x.cld or x.cud. */
static uint64_t check_serving(const struct run *run, const char *database)
{
    char name[INDEX_NAME_MAX + 8];

    snprintf(name, sizeof name, "%s.cvd", database);
    const struct set_file *there = set_find(&run->current.set, name);
    return there ? there->file.version : 0;
}

int check_official(struct run *run, const struct source *source, struct offer *offer,
                   struct fault *fault)
{
    offer->result = RESULT_CURRENT;
    for (size_t i = 0; i < source->database_count; i++) {
        const char *database = source->databases[i];
        uint64_t serves = check_serving(run, database), version = 0;

        for (size_t m = 0; m < source->mirror_count && version == 0; m++) {
            snprintf(offer->mirror, sizeof offer->mirror, "%s", source->mirrors[m]);
            version = check_version(run, source->mirrors[m], database, fault);
        }
        if (version == 0)
            return -1;
        if (version <= serves)
            continue;
        offer->result = RESULT_UPDATED;
        check_add(offer, "would fetch %s %" PRIu64, database, version);
    }
    return 0;
}

/* ------------------------------------------------------------------- files */

static const struct set_file *check_own(const struct run *run, const struct source *source,
                                        const char *name)
{
    const struct set_file *there = set_find(&run->current.set, name);

    return there && strcmp(there->source, source->name) == 0 ? there : NULL;
}

/* Returns 1 when the file would be fetched, 0 when it is as it serves, -1 and fault. */
static int check_file(const struct run *run, const struct source *source,
                      const struct record *record, const struct source_file *wanted,
                      struct fault *fault)
{
    const struct record_tag *tag = record_tag((struct record *)(uintptr_t)record, wanted->name, 0);
    const struct set_file *there = check_own(run, source, wanted->name);
    struct fetch_request request = {.url = wanted->url, .what = wanted->name, .ceiling = 1};
    struct fetch_reply reply;
    struct buf first;

    if (there && tag && memcmp(tag->sha256, there->file.sha256, sizeof tag->sha256) == 0) {
        request.etag = tag->etag;
        request.modified = tag->modified;
    }
    buf_init(&first, 1);
    enum fetch_end end = check_first(run, &request, &first, &reply);
    buf_free(&first);
    if (end == FETCH_SAME)
        return 0;
    if (end != FETCH_DONE)
        return fault_set(fault, fetch_result(end), "%s: %s", wanted->url, reply.err.text);
    return 1;
}

int check_thirdparty(struct run *run, const struct source *source, const struct record *record,
                     struct offer *offer, struct fault *fault)
{
    offer->result = RESULT_CURRENT;
    for (size_t i = 0; i < source->file_count; i++) {
        int differs = check_file(run, source, record, &source->files[i], fault);

        if (differs < 0)
            return -1;
        if (differs == 0)
            continue;
        offer->result = RESULT_UPDATED;
        check_add(offer, "would fetch %s", source->files[i].name);
    }
    return 0;
}
