/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/thirdparty.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "updater/check.h"
#include "updater/content.h"
#include "updater/cvd.h"
#include "updater/fetch.h"
#include "updater/resume.h"
#include "updater/disk_space.h"

struct asking {
    struct run *run;
    const struct source *source;
    struct record *record;
    struct offer *offer;
};

/* The file as it serves now, if its content is still on the disk. */
static const struct index_file *thirdparty_serving(const struct asking *asking, const char *name)
{
    const struct set *set = &asking->run->current.set;
    char path[STATE_PATH_MAX];

    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->files[i].file.name, name) == 0 &&
            strcmp(set->files[i].source, asking->source->name) == 0 &&
            content_find(&asking->run->store, &set->files[i].file, &asking->run->current, path))
            return &set->files[i].file;
    return NULL;
}

/* An error page that came with status 200 is no signature file. */
static int thirdparty_is_web_page(const char *path)
{
    char start[512] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, start, sizeof start - 1, 0);

    if (fd >= 0)
        close(fd);
    const char *text = start + (n > 0 ? strspn(start, " \t\r\n\xef\xbb\xbf") : 0);
    return strncasecmp(text, "<!doctype html", 14) == 0 || strncasecmp(text, "<html", 5) == 0;
}

/* Judges a whole download and takes it over. Returns 0 and *file, or -1 and fault. */
static int thirdparty_take(struct asking *asking, const struct source_file *wanted,
                           const char *part, struct index_file *file, struct fault *fault)
{
    struct stat st;
    uint64_t version = cvd_version(part), highest = record_highest(asking->record, wanted->name);

    memset(file, 0, sizeof *file);
    if (stat(part, &st) < 0)
        return fault_sys(fault, "cannot look at %s", part);
    if (st.st_size == 0)
        fault_set(fault, RESULT_REFUSED, "the file is empty");
    else if (thirdparty_is_web_page(part))
        fault_set(fault, RESULT_REFUSED, "what came is a web page and no signature file");
    else if (version > 0 && version < highest)
        fault_set(fault, RESULT_REFUSED, "it would go back from version %" PRIu64 " to %" PRIu64,
                  highest, version);
    else {
        snprintf(file->name, sizeof file->name, "%s", wanted->name);
        file->version = version;
        if (content_adopt(&asking->run->store, part, file, fault) < 0)
            return -1;
        return record_raise(asking->record, file->name, version, fault);
    }
    unlink(part);
    return -1;
}

static void thirdparty_remember_tag(struct asking *asking, const struct index_file *file,
                                    const struct fetch_reply *reply)
{
    struct record_tag *tag = record_tag(asking->record, file->name, 1);

    if (!tag)
        return;
    snprintf(tag->etag, sizeof tag->etag, "%s", reply->etag);
    snprintf(tag->modified, sizeof tag->modified, "%s", reply->modified);
    memcpy(tag->sha256, file->sha256, sizeof tag->sha256);
}

static int thirdparty_transfer(struct asking *asking, const struct source_file *wanted,
                               const char *part, const struct index_file *old, uint64_t ceiling,
                               struct fetch_reply *reply, struct fault *fault)
{
    struct fetch_request request = {.url = wanted->url,
                                    .what = wanted->name,
                                    .ceiling = ceiling,
                                    .now = asking->run->now,
                                    .deadline_ms = asking->run->deadline_ms,
                                    .progress = run_progress(asking->run)};
    const struct record_tag *tag = record_tag(asking->record, wanted->name, 0);
    char etag[FETCH_TAG_MAX];
    struct stat st;

    request.fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (request.fd < 0)
        return fault_sys(fault, "cannot open %s", part);
    /* The content is unknown until it is there: without a validator it begins anew. */
    resume_read(part, wanted->url, etag);
    if (*etag && fstat(request.fd, &st) == 0 && (uint64_t)st.st_size < ceiling) {
        request.offset = (uint64_t)st.st_size;
        request.if_range = etag;
    } else if (ftruncate(request.fd, 0) < 0) {
        fault_sys(fault, "cannot empty %s", part);
        close(request.fd);
        return -1;
    }
    if (request.offset == 0 && old && tag &&
        memcmp(tag->sha256, old->sha256, sizeof tag->sha256) == 0) {
        request.etag = tag->etag;
        request.modified = tag->modified;
    }
    fetch_get(asking->run->settings, &request, reply);
    run_progress_end();
    asking->offer->received += reply->received;
    if (close(request.fd) < 0)
        return fault_sys(fault, "cannot write %s", part);
    resume_write(part, wanted->url,
                 reply->end == FETCH_DONE || reply->end == FETCH_SAME ? "" : reply->etag);
    return 0;
}

/* Gets one file. Returns 0 and *file, or -1 and fault. */
static int thirdparty_get_file(struct asking *asking, const struct source_file *wanted,
                               uint64_t ceiling, struct index_file *file, struct fault *fault)
{
    const struct index_file *old = thirdparty_serving(asking, wanted->name);
    struct fetch_reply reply;
    char part[STATE_PATH_MAX];

    snprintf(part, sizeof part, "%.600s/url-%s-%s.part", asking->run->store.fetch,
             asking->source->name, wanted->name);
    run_step(asking->run, "fetch", wanted->url);
    if (thirdparty_transfer(asking, wanted, part, old, ceiling, &reply, fault) < 0)
        return -1;
    if (reply.end == FETCH_SAME && old) {
        *file = *old;
        return state_remove(part, fault);
    }
    if (reply.end != FETCH_DONE) {
        asking->offer->retry_at = reply.retry_at;
        return fault_set(fault, fetch_result(reply.end), "%s", reply.err.text);
    }
    if (thirdparty_take(asking, wanted, part, file, fault) < 0)
        return -1;
    thirdparty_remember_tag(asking, file, &reply);
    return 0;
}

/* One file after the other; what fails leaves the old one in its place. Returns how many failed
 * (the last one's fault in *fault), or -1 when the failure is this machine's. */
static int thirdparty_get_files(struct asking *asking, struct fault *fault)
{
    struct offer *offer = asking->offer;
    const char *name = asking->source->name;
    uint64_t left = asking->source->max_size;
    int failed = 0;

    for (size_t i = 0; i < asking->source->file_count; i++) {
        const struct source_file *wanted = &asking->source->files[i];
        const struct index_file *old = thirdparty_serving(asking, wanted->name);
        struct index_file file;

        if (thirdparty_get_file(asking, wanted, left, &file, fault) < 0) {
            if (fault->result == RESULT_DISK || fault->result == RESULT_FAILED)
                return -1;
            err_prefix(&fault->err, "%s", wanted->url);
            snprintf(offer->message, sizeof offer->message, "%.500s", fault->err.text);
            failed++;
            if (!old)
                continue;
            file = *old;
        }
        left -= file.size < left ? file.size : left;
        if (set_add(&offer->set, &file, name, fault) < 0)
            return -1;
    }
    return failed;
}

int thirdparty_ask(struct run *run, const struct source *source, struct record *record,
                   struct offer *offer, struct fault *fault)
{
    struct asking asking = {.run = run, .source = source, .record = record, .offer = offer};
    uint8_t there[INDEX_SHA256], here[INDEX_SHA256];

    snprintf(offer->mirror, sizeof offer->mirror, "%s", source->files[0].url);
    if (run->check)
        return check_thirdparty(run, source, record, offer, fault);
    if (disk_space_check(run, 0, fault) < 0)
        return -1;
    int failed = thirdparty_get_files(&asking, fault);
    set_digest(&offer->set, source->name, there);
    set_digest(&run->current.set, source->name, here);
    int same = memcmp(there, here, sizeof here) == 0;
    if (failed < 0 || (failed > 0 && same) || offer->set.count == 0)
        return -1;
    offer->partial = failed > 0;
    offer->result = same ? RESULT_CURRENT : RESULT_UPDATED;
    if (failed == 0)
        offer->fresh = run->now;
    set_versions(&run->current.set, source->name, offer->before, sizeof offer->before);
    set_versions(&offer->set, source->name, offer->after, sizeof offer->after);
    return 0;
}
