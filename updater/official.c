/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/official.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "updater/check.h"
#include "updater/child.h"
#include "updater/content.h"
#include "updater/cvd.h"
#include "updater/fetch.h"
#include "updater/freshclam.h"
#include "updater/disk_space.h"
#include "updater/iso8601.h"

#define DAT_NAME "freshclam.dat"
#define DAT_MAX  4096

struct asking {
    struct run *run;
    const struct source *source;
    struct record *record;
    struct offer *offer;
    char directory[STATE_PATH_MAX], temporary[STATE_PATH_MAX];
    struct freshclam_report report;
    uint64_t linked; /* bytes that were there before */
};

static const char *const endings[] = {"cvd", "cld", "cud"};

/* ------------------------------------------------------------ freshclam.dat */

int64_t official_retry_after(const void *data, size_t length)
{
    /* "FreshClamData", then struct { uint32_t version; char uuid[37]; time_t retry_after; } as
     * the compiler lays it out. It is private to libfreshclam: what is not like that is ignored. */
    static const char magic[] = "FreshClamData";
    struct {
        uint32_t version;
        char uuid[37];
        time_t retry_after;
    } dat;

    if (length < sizeof magic - 1 + sizeof dat || memcmp(data, magic, sizeof magic - 1) != 0)
        return 0;
    memcpy(&dat, (const char *)data + sizeof magic - 1, sizeof dat);
    if (dat.version != 1 || !memchr(dat.uuid, 0, sizeof dat.uuid) || dat.retry_after < 0)
        return 0;
    return dat.retry_after;
}

static size_t official_dat_read(const char *path, char data[DAT_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? 0 : read(fd, data, DAT_MAX);

    if (fd >= 0)
        close(fd);
    return n > 0 ? (size_t)n : 0;
}

static void official_dat_name(const struct source *source, char name[64])
{
    snprintf(name, 64, "clamav-%s.dat", source->name);
}

/* How long the servers want to be left alone, by what the last run left. */
static int64_t official_cooling_until(const struct asking *asking)
{
    char path[STATE_PATH_MAX], name[64], data[DAT_MAX] = "";

    official_dat_name(asking->source, name);
    snprintf(path, sizeof path, "%.600s/%s", asking->run->store.state, name);
    int64_t until = official_retry_after(data, official_dat_read(path, data));
    /* A clock that was wrong must not lock us out for years: they never ask for more than days. */
    return until > asking->run->now && until < asking->run->now + BACKOFF_ASKED ? until : 0;
}

static int official_cooling(int64_t until, struct fault *fault)
{
    char when[WHEN_TEXT];

    return fault_set(fault, RESULT_COOLING,
                     "ClamAV's servers answered 403 or 429 and want to be left alone until %s",
                     iso8601_format(until, when));
}

/* In: the one kept in State goes to the working directory (a copy: it is written in place there).
 * Out: what libfreshclam made of it is kept. */
static int official_dat_in(const struct asking *asking, struct fault *fault)
{
    char path[STATE_PATH_MAX], name[64], data[DAT_MAX];
    struct buf text;

    official_dat_name(asking->source, name);
    snprintf(path, sizeof path, "%.600s/%s", asking->run->store.state, name);
    size_t length = official_dat_read(path, data);
    if (length == 0)
        return 0;
    buf_init(&text, DAT_MAX);
    buf_add(&text, data, length);
    int result = state_write(asking->directory, DAT_NAME, &text, fault);
    buf_free(&text);
    return result;
}

static int official_dat_out(const struct asking *asking, struct fault *fault)
{
    char path[STATE_PATH_MAX], name[64], data[DAT_MAX];
    struct buf text;

    snprintf(path, sizeof path, "%.600s/%s", asking->directory, DAT_NAME);
    size_t length = official_dat_read(path, data);
    if (length == 0)
        return 0;
    buf_init(&text, DAT_MAX);
    buf_add(&text, data, length);
    official_dat_name(asking->source, name);
    int result = state_write(asking->run->store.state, name, &text, fault);
    buf_free(&text);
    return result;
}

/* ------------------------------------------------------------------- working */

/* Links what serves of these databases into the working directory. */
static int official_link_serving(struct asking *asking, struct fault *fault)
{
    const struct generation *current = &asking->run->current;
    char from[STATE_PATH_MAX], to[STATE_PATH_MAX], name[INDEX_NAME_MAX + 8];

    for (size_t i = 0; i < asking->source->database_count; i++) {
        snprintf(name, sizeof name, "%s.cvd", asking->source->databases[i]);
        const struct set_file *there = set_find(&current->set, name);

        if (!there || !content_find(&asking->run->store, &there->file, current, from))
            continue;
        snprintf(to, sizeof to, "%.600s/%s", asking->directory, there->file.name);
        if (link(from, to) < 0)
            return fault_sys(fault, "cannot link %s", to);
        asking->linked += there->file.size;
    }
    return 0;
}

static int official_prepare(struct asking *asking, struct fault *fault)
{
    snprintf(asking->directory, sizeof asking->directory, "%.600s/clamav-%s",
             asking->run->store.fetch, asking->source->name);
    snprintf(asking->temporary, sizeof asking->temporary, "%.700s/tmp", asking->directory);
    if (state_remove(asking->directory, fault) < 0 ||
        state_make_directory(asking->directory, fault) < 0 ||
        state_make_directory(asking->temporary, fault) < 0 || official_dat_in(asking, fault) < 0 ||
        official_link_serving(asking, fault) < 0)
        return -1;
    /* libfreshclam unpacks a database beside the old one to patch it. */
    return disk_space_check(asking->run, asking->linked * 3, fault);
}

static int official_work(struct asking *asking, struct fault *fault)
{
    char output[STATE_PATH_MAX];
    uint64_t deadline = clock_now_ms() + (uint64_t)asking->run->settings->file_timeout;
    struct freshclam_work job = {.settings = asking->run->settings,
                                 .source = asking->source,
                                 .directory = asking->directory,
                                 .temporary = asking->temporary};
    struct child_limits limits = {.file_size = asking->source->max_size, .output = output};

    snprintf(output, sizeof output, "%.600s/clamav-%s.log", asking->run->store.state,
             asking->source->name);
    limits.deadline_ms = deadline < asking->run->deadline_ms ? deadline : asking->run->deadline_ms;
    run_step(asking->run, "freshclam", asking->source->mirrors[0]);
    if (child_run(&limits, freshclam_update, &job, &asking->report, sizeof asking->report, fault) <
        0) {
        err_prefix(&fault->err, "libfreshclam");
        return fault_as(fault, RESULT_NETWORK);
    }
    if (!asking->report.started)
        return fault_set(fault, RESULT_FAILED, "libfreshclam could not be started; see %s", output);
    return 0;
}

/* ------------------------------------------------------------------- results */

/* Takes over one database as it lies in the working directory now. Returns 1 when there is one, 0
 * when not, -1 and fault. */
static int official_take(struct asking *asking, const char *database, struct fault *fault)
{
    for (size_t e = 0; e < sizeof endings / sizeof endings[0]; e++) {
        char path[STATE_PATH_MAX];
        struct index_file file = {.size = 0};
        struct cvd cvd;

        snprintf(file.name, sizeof file.name, "%.90s.%s", database, endings[e]);
        snprintf(path, sizeof path, "%.600s/%s", asking->directory, file.name);
        if (access(path, F_OK) < 0)
            continue;
        if (cvd_read(&cvd, path) < 0)
            return fault_set(fault, RESULT_REFUSED, "%s has no header of a ClamAV database",
                             file.name);
        file.version = cvd.version;
        if (cvd.version < record_highest(asking->record, file.name))
            return fault_set(fault, RESULT_REFUSED,
                             "%s would go back from version %" PRIu64 " to %" PRIu64, file.name,
                             record_highest(asking->record, file.name), cvd.version);
        if (content_adopt(&asking->run->store, path, &file, fault) < 0 ||
            set_add(&asking->offer->set, &file, asking->source->name, fault) < 0 ||
            record_raise(asking->record, file.name, file.version, fault) < 0)
            return -1;
        return 1;
    }
    return 0;
}

static int official_take_all(struct asking *asking, struct fault *fault)
{
    for (size_t i = 0; i < asking->source->database_count; i++)
        if (official_take(asking, asking->source->databases[i], fault) < 0)
            return -1;
    return 0;
}

/* The first database that did not come, as a fault; 0 when all did. */
static int official_first_failure(const struct asking *asking, struct fault *fault)
{
    char log[STATE_PATH_MAX], why[256];
    size_t i;

    for (i = 0; i < asking->source->database_count; i++)
        if (asking->report.results[i] != RESULT_CURRENT)
            break;
    if (i == asking->source->database_count)
        return 0;
    snprintf(log, sizeof log, "%.600s/clamav-%s.log", asking->run->store.state,
             asking->source->name);
    freshclam_reason(log, why, sizeof why);
    return fault_set(fault, asking->report.results[i], "%s: %s%s%s (code %d; details in %s)",
                     asking->source->databases[i], asking->report.words[i], *why ? ": " : "", why,
                     asking->report.codes[i], log);
}

static int official_conclude(struct asking *asking, struct fault *fault)
{
    struct offer *offer = asking->offer;
    const struct set *serving = &asking->run->current.set;
    const char *name = asking->source->name;
    uint8_t there[INDEX_SHA256], here[INDEX_SHA256];
    int64_t until = official_cooling_until(asking);
    int failed = official_first_failure(asking, fault) < 0;

    if (until > 0) {
        official_cooling(until, fault);
        offer->retry_at = until;
        failed = 1;
    }
    set_digest(&offer->set, name, there);
    set_digest(serving, name, here);
    int same = memcmp(there, here, sizeof here) == 0;
    if (failed && (same || offer->set.count == 0))
        return -1;
    if (offer->set.count == 0)
        return fault_set(fault, RESULT_NETWORK, "no database came");
    if (failed) {
        snprintf(offer->message, sizeof offer->message, "only in part: %.480s", fault->err.text);
        offer->partial = 1;
    } else {
        offer->fresh = asking->run->now;
    }
    offer->result = same ? RESULT_CURRENT : RESULT_UPDATED;
    set_versions(serving, name, offer->before, sizeof offer->before);
    set_versions(&offer->set, name, offer->after, sizeof offer->after);
    return 0;
}

/* Bytes that are new, for the log: libfreshclam does not tell what it transferred. */
static void official_count_received(struct asking *asking)
{
    const struct set *set = &asking->offer->set;

    for (size_t i = 0; i < set->count; i++) {
        const struct set_file *old = set_find(&asking->run->current.set, set->files[i].file.name);

        if (!old || memcmp(old->file.sha256, set->files[i].file.sha256, INDEX_SHA256) != 0)
            asking->offer->received += set->files[i].file.size;
    }
}

int official_ask(struct run *run, const struct source *source, struct record *record,
                 struct offer *offer, struct fault *fault)
{
    struct asking asking = {.run = run, .source = source, .record = record, .offer = offer};
    struct fault ignored;
    int result = -1;
    int64_t until = official_cooling_until(&asking);

    snprintf(offer->mirror, sizeof offer->mirror, "%s", source->mirrors[0]);
    if (until > 0) {
        offer->asked = 0;
        return official_cooling(until, fault);
    }
    if (run->check)
        return check_official(run, source, offer, fault);
    if (official_prepare(&asking, fault) < 0)
        goto out;
    result = official_work(&asking, fault);
    /* Whatever happened, a cool-down must not be forgotten. */
    if (official_dat_out(&asking, result < 0 ? &ignored : fault) < 0 || result < 0) {
        result = -1;
        goto out;
    }
    result = official_take_all(&asking, fault);
    if (result == 0)
        result = official_conclude(&asking, fault);
    official_count_received(&asking);
out:
    state_remove(asking.directory, &ignored);
    return result;
}
