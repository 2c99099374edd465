/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/manifest.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "updater/content.h"
#include "updater/fetch.h"
#include "updater/localdir.h"
#include "updater/resume.h"
#include "updater/disk_space.h"
#include "updater/verify.h"
#include "updater/iso8601.h"

struct asking {
    struct run *run;
    const struct source *source;
    struct record *record;
    struct offer *offer;
    const char *base;        /* of the mirror that is asked: URL or directory, ends in / */
    struct index index;      /* count 0: none accepted yet */
    enum mirror_state state; /* what the last failure makes of the mirror */
    enum fetch_end end;      /* of the last transfer that failed */
    int64_t retry_at;        /* when the mirror wants to be asked again, 0 any time */
};

/* ------------------------------------------------------------------ transfers */

static enum fetch_end manifest_get(struct asking *asking, const char *path,
                                   struct fetch_request *request, struct fetch_reply *reply)
{
    char url[MIRROR_URL_MAX + INDEX_OBJECT_MAX];

    snprintf(url, sizeof url, "%s%s", asking->base, path);
    request->url = url;
    request->now = asking->run->now;
    request->deadline_ms = asking->run->deadline_ms;
    request->progress = run_progress(asking->run);
    enum fetch_end end = asking->run->from ? localdir_get(request, reply)
                                           : fetch_get(asking->run->settings, request, reply);
    run_progress_end();
    asking->offer->received += reply->received;
    return end;
}

/* The result of a transfer for the mirror, and the fault for the run. */
static int manifest_transfer_failed(struct asking *asking, const char *what,
                                    const struct fetch_reply *reply, struct fault *fault)
{
    asking->state = reply->end == FETCH_BUSY                                        ? MIRROR_BUSY
                    : reply->end == FETCH_TOO_LARGE || reply->end == FETCH_REDIRECT ? MIRROR_BAD
                                                                                    : MIRROR_FAILED;
    asking->end = reply->end;
    asking->retry_at = reply->retry_at;
    return fault_set(fault, fetch_result(reply->end), "%s: %s", what, reply->err.text);
}

static int manifest_get_small(struct asking *asking, const char *name, size_t ceiling,
                              struct buf *out, struct fault *fault)
{
    struct fetch_request request = {.what = name, .ceiling = ceiling, .memory = out, .fd = -1};
    struct fetch_reply reply = {.end = FETCH_DONE};

    buf_reset(out);
    if (manifest_get(asking, name, &request, &reply) != FETCH_DONE)
        return manifest_transfer_failed(asking, name, &reply, fault);
    return 0;
}

/* ---------------------------------------------------------------------- index */

static int manifest_index_once(struct asking *asking, struct buf *text, struct buf *signature,
                               struct index_claim *claim, struct fault *fault)
{
    run_step(asking->run, "index", asking->base);
    /* The signature first: it is replaced last, so an index that came later is never older. */
    int unsigned_ =
        manifest_get_small(asking, INDEX_SIG_NAME, MINISIG_TEXT_MAX, signature, fault) < 0;
    if (unsigned_ && asking->end != FETCH_MISSING)
        return -1;
    if (manifest_get_small(asking, INDEX_FILE_NAME, INDEX_SIZE_MAX, text, fault) < 0)
        return -1;
    if (unsigned_) {
        asking->state = MIRROR_BAD;
        return fault_set(fault, RESULT_REFUSED, "the index is not signed: there is no %s",
                         INDEX_SIG_NAME);
    }
    run_step(asking->run, "verify", asking->base);
    return verify_index(asking->source, asking->record, asking->run->now, text, signature, claim,
                        &asking->state, fault);
}

/* Fetches and judges the index of one mirror. Returns 0 with asking->index filled. */
static int manifest_get_index(struct asking *asking, struct fault *fault)
{
    struct record *record = asking->record;
    struct index_claim claim;
    struct buf text, signature;
    int result = -1;

    buf_init(&text, INDEX_SIZE_MAX);
    buf_init(&signature, MINISIG_TEXT_MAX);
    if (manifest_index_once(asking, &text, &signature, &claim, fault) < 0) {
        /* Perhaps the two files were being replaced just now. */
        if (fault->result != RESULT_REFUSED || text.length == 0 || asking->state != MIRROR_BAD)
            goto out;
        sleep(1);
        if (manifest_index_once(asking, &text, &signature, &claim, fault) < 0)
            goto out;
    }
    run_step(asking->run, "parse", "");
    asking->state = MIRROR_FAILED; /* it is signed: whatever is wrong now, the mirror is not */
    if (index_parse(&asking->index, text.data, text.length, &fault->err) < 0) {
        err_prefix(&fault->err, "the index is malformed, although signed");
        fault_as(fault, RESULT_REFUSED);
        goto out;
    }
    if (verify_list(asking->source, record, &claim, &asking->index, fault) < 0) {
        index_free(&asking->index);
        goto out;
    }
    record->serial = claim.serial;
    record->expires = claim.expires;
    EVP_Digest(text.data, text.length, record->digest, NULL, EVP_sha256(), NULL);
    result = 0;
out:
    buf_free(&text);
    buf_free(&signature);
    return result;
}

/* -------------------------------------------------------------------- objects */

/* One try for one object. Returns 1 when it is there and right, 0 when the bytes were not the
 * right ones, -1 and fault when they did not come. */
static int manifest_object_once(struct asking *asking, const struct index_file *file,
                                const char *part, struct fault *fault)
{
    struct store *store = &asking->run->store;
    char object[INDEX_OBJECT_MAX], etag[FETCH_TAG_MAX];
    struct fetch_request request = {.what = file->name, .ceiling = file->size};
    struct fetch_reply reply = {.end = FETCH_DONE};
    struct stat st;
    int same;

    request.fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (request.fd < 0 || fstat(request.fd, &st) < 0) {
        fault_sys(fault, "cannot open %s", part);
        if (request.fd >= 0)
            close(request.fd);
        return -1;
    }
    index_object_path(file->sha256, object);
    if ((uint64_t)st.st_size < file->size) {
        resume_read(part, asking->base, etag);
        request.offset = (uint64_t)st.st_size;
        request.if_range = *etag ? etag : NULL;
        manifest_get(asking, object, &request, &reply);
    }
    if (close(request.fd) < 0 && reply.end == FETCH_DONE)
        return fault_sys(fault, "cannot write %s", part);
    if (reply.end != FETCH_DONE) {
        resume_write(part, asking->base, reply.etag);
        return manifest_transfer_failed(asking, file->name, &reply, fault);
    }
    if (content_accept(store, part, file, &same, fault) < 0)
        return -1;
    resume_write(part, asking->base, "");
    return same;
}

static int manifest_get_object(struct asking *asking, const struct index_file *file,
                               struct fault *fault)
{
    char part[STATE_PATH_MAX];
    struct stat st;

    store_object_path(&asking->run->store, file->sha256, ".part", part);
    run_step(asking->run, "fetch", file->name);
    int resumed = stat(part, &st) == 0 && st.st_size > 0;
    int result = manifest_object_once(asking, file, part, fault);
    /* A part that somebody else began may be to blame: once more from the beginning. */
    if (result == 0 && resumed)
        result = manifest_object_once(asking, file, part, fault);
    if (result != 0)
        return result < 0 ? -1 : 0;
    asking->state = MIRROR_BAD;
    return fault_set(fault, RESULT_REFUSED,
                     "%s: what it sent has another size or SHA-256 than the signed index says",
                     file->name);
}

/* Bytes of files that are not on this disk yet; their names, as many as fit. */
static uint64_t manifest_missing_bytes(const struct asking *asking, size_t *count_r, char *names,
                                       size_t size)
{
    char path[STATE_PATH_MAX];
    uint64_t bytes = 0;
    size_t used = 0;

    names[0] = '\0';
    *count_r = 0;
    for (size_t i = 0; i < asking->index.count; i++) {
        const struct index_file *file = &asking->index.files[i];

        if (content_find(&asking->run->store, file, &asking->run->current, path))
            continue;
        bytes += file->size;
        ++*count_r;
        if (used < size)
            used += (size_t)snprintf(names + used, size - used, " %s", file->name);
    }
    return bytes;
}

static int manifest_get_objects(struct asking *asking, struct fault *fault)
{
    char path[STATE_PATH_MAX];

    for (size_t i = 0; i < asking->index.count; i++) {
        const struct index_file *file = &asking->index.files[i];

        if (!content_find(&asking->run->store, file, &asking->run->current, path) &&
            manifest_get_object(asking, file, fault) < 0)
            return -1;
    }
    return 0;
}

/* ---------------------------------------------------------------------- offer */

/* Compares with what serves. Returns 0, or -1 and fault. */
static int manifest_compare(struct asking *asking, struct fault *fault)
{
    const struct generation *current = &asking->run->current;
    struct offer *offer = asking->offer;
    const char *name = asking->source->name;
    uint8_t there[INDEX_SHA256], here[INDEX_SHA256];

    set_free(&offer->set);
    for (size_t i = 0; i < asking->index.count; i++) {
        const struct index_file *file = &asking->index.files[i];

        if (set_add(&offer->set, file, name, fault) < 0 ||
            record_raise(asking->record, file->name, file->version, fault) < 0)
            return -1;
    }
    set_digest(&offer->set, name, there);
    set_digest(&current->set, name, here);
    offer->serial = asking->index.serial;
    offer->fresh = asking->index.created;
    offer->result = memcmp(there, here, sizeof here) == 0 && set_count(&current->set, name) > 0
                        ? RESULT_CURRENT
                        : RESULT_UPDATED;
    snprintf(offer->before, sizeof offer->before, "%" PRIu64, generation_serial(current, name));
    snprintf(offer->after, sizeof offer->after, "%" PRIu64, offer->serial);
    return 0;
}

/* Asks one mirror for all that is still missing. Returns 0 when that is complete. */
static int manifest_poll_mirror(struct asking *asking, struct fault *fault)
{
    struct offer *offer = asking->offer;
    char names[400];
    size_t count;

    asking->state = MIRROR_FAILED;
    asking->retry_at = 0;
    snprintf(offer->mirror, sizeof offer->mirror, "%s", asking->base);
    if (asking->index.count == 0 &&
        (manifest_get_index(asking, fault) < 0 || manifest_compare(asking, fault) < 0))
        return -1;
    if (offer->result == RESULT_CURRENT)
        return 0;
    uint64_t bytes = manifest_missing_bytes(asking, &count, names, sizeof names);
    if (asking->run->check) {
        snprintf(offer->message, sizeof offer->message, "would fetch %zu of %zu files, %.1f MB:%s",
                 count, asking->index.count, (double)bytes / 1e6, names);
        return 0;
    }
    if (disk_space_check(asking->run, bytes, fault) < 0)
        return -1;
    return manifest_get_objects(asking, fault);
}

/* Of two failures the one that tells more: trust before network before busy. */
static void manifest_keep_worse(struct fault *worst, const struct fault *fault, const char *base,
                                int first)
{
    static const enum result order[] = {RESULT_COOLING, RESULT_NETWORK, RESULT_REFUSED};
    size_t old = 0, new = 0;

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        old = worst->result == order[i] ? i : old;
        new = fault->result == order[i] ? i : new;
    }
    if (!first && new <= old)
        return;
    *worst = *fault;
    err_prefix(&worst->err, "%s", base);
}

/* A failure of this machine is none of the mirror's: no other one would do better. */
static int manifest_is_ours(const struct fault *fault)
{
    return fault->result != RESULT_NETWORK && fault->result != RESULT_COOLING &&
           fault->result != RESULT_REFUSED;
}

static int manifest_poll_in_order(struct asking *asking, struct fault *fault)
{
    struct run *run = asking->run;
    struct record *record = asking->record;
    struct fault worst = {.result = RESULT_NETWORK};
    size_t order[MIRRORS_MAX];
    size_t count = mirror_order(record->mirrors, record->mirror_count, run->now, &run->rng, order);
    char when[WHEN_TEXT];

    if (count == 0) {
        asking->offer->asked = 0;
        asking->offer->retry_at = mirror_earliest(record->mirrors, record->mirror_count, run->now);
        return fault_set(fault, RESULT_COOLING, "all mirrors asked to be left alone until %s",
                         iso8601_format(asking->offer->retry_at, when));
    }
    for (size_t i = 0; i < count; i++) {
        struct mirror *mirror = &record->mirrors[order[i]];

        if (i > 0 && clock_now_ms() >= run->deadline_ms)
            break;
        asking->base = mirror->url;
        run_step(run, "mirror", mirror->url);
        if (manifest_poll_mirror(asking, fault) == 0) {
            mirror_worked(mirror, run->now);
            return 0;
        }
        if (manifest_is_ours(fault))
            return -1;
        mirror_failed(mirror, asking->state, run->now, asking->retry_at, &run->rng);
        run_note(run, "%s: %s: %s", asking->source->name, mirror->url, fault->err.text);
        manifest_keep_worse(&worst, fault, mirror->url, i == 0);
    }
    *fault = worst;
    if (count > 1)
        err_prefix(&fault->err, "%zu mirrors were asked, none was of use; for one", count);
    return -1;
}

static int manifest_poll_directory(struct asking *asking, struct fault *fault)
{
    char base[MIRROR_URL_MAX];

    if ((size_t)snprintf(base, sizeof base, "%s/", asking->run->from) >= sizeof base)
        return fault_set(fault, RESULT_CONFIG, "the path %s is too long", asking->run->from);
    asking->base = base;
    run_step(asking->run, "mirror", base);
    if (manifest_poll_mirror(asking, fault) == 0)
        return 0;
    err_prefix(&fault->err, "%s", asking->run->from);
    return -1;
}

int manifest_ask(struct run *run, const struct source *source, struct record *record,
                 struct offer *offer, struct fault *fault)
{
    struct asking asking = {.run = run, .source = source, .record = record, .offer = offer};
    int result = run->from ? manifest_poll_directory(&asking, fault)
                           : manifest_poll_in_order(&asking, fault);

    index_free(&asking.index);
    return result;
}
