/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/testload.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/meminfo.h"
#include "updater/child.h"
#include "updater/fetch.h"

#define MIB            (1024ull * 1024)
#define SAMPLE_MAX     (8 * MIB) /* bytes of a clean sample */
#define SAMPLES_MAX    256
#define TEMPORARY_MAX  (1024 * MIB) /* bytes of a temporary file of libclamav */
#define ESTIMATE_BASE  (48 * MIB)
#define ESTIMATE_CVD   14 /* a compressed database becomes so many times as large in memory, */
#define ESTIMATE_CLD   7  /* one that is not compressed, */
#define ESTIMATE_PLAIN 6  /* and a plain signature file */

struct job {
    const struct run *run;
    const char *directory;
    char temporary[STATE_PATH_MAX];
};

struct report {
    int passed;
    struct clam_info info;
    char why[512];
};

uint64_t testload_estimate(const struct set *set)
{
    uint64_t bytes = ESTIMATE_BASE;

    for (size_t i = 0; i < set->count; i++) {
        const struct index_file *file = &set->files[i].file;
        const char *dot = strrchr(file->name, '.');
        unsigned times = dot && strcasecmp(dot, ".cvd") == 0   ? ESTIMATE_CVD
                         : dot && strcasecmp(dot, ".cld") == 0 ? ESTIMATE_CLD
                                                               : ESTIMATE_PLAIN;
        bytes += file->size * times;
    }
    return bytes;
}

/* EICAR's test file, put together only here, so that this program is none. */
static size_t testload_eicar(char text[80])
{
    return (size_t)snprintf(text, 80, "%s%s%s", "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EIC",
                            "AR-STANDARD-ANTI", "VIRUS-TEST-FILE!$H+H*");
}

static int testload_find_eicar(struct clam *clam, struct report *report)
{
    struct clam_result result;
    char text[80];
    size_t length = testload_eicar(text);

    clam_scan(clam, text, length, "eicar.com", 0, &result);
    if (reason_verdict(result.reason) == VERDICT_INFECTED)
        return 0;
    snprintf(report->why, sizeof report->why,
             "it does not find EICAR, the test file that every set must find (%s)",
             reason_text(result.reason));
    return -1;
}

/* Nothing may be found in a clean sample, and the engine must not fail on it. */
static int testload_pass_clean(struct clam *clam, const void *data, size_t length, const char *name,
                               struct report *report)
{
    struct clam_result result;

    clam_scan(clam, data, length, name, 0, &result);
    enum verdict verdict = reason_verdict(result.reason);
    if (verdict == VERDICT_INFECTED)
        snprintf(report->why, sizeof report->why, "it finds %.128s in the clean sample %.128s",
                 result.threat, name);
    else if (verdict == VERDICT_ERROR)
        snprintf(report->why, sizeof report->why,
                 "the clean sample %.128s could not be scanned: %s", name,
                 reason_text(result.reason));
    else
        return 0;
    return -1;
}

static int testload_pass_file(struct clam *clam, const char *path, const char *name,
                              struct report *report)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    char *data = NULL;
    int result = 0;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (data = malloc(SAMPLE_MAX)) != NULL) {
        ssize_t n = read(fd, data, SAMPLE_MAX);

        if (n > 0)
            result = testload_pass_clean(clam, data, (size_t)n, name, report);
    }
    free(data);
    if (fd >= 0)
        close(fd);
    return result;
}

static int testload_pass_directory(struct clam *clam, const char *directory, struct report *report)
{
    struct dirent *entry;
    int result = 0, count = 0;
    DIR *dir = *directory ? opendir(directory) : NULL;

    if (!dir && *directory) {
        snprintf(report->why, sizeof report->why, "CleanSamples %.300s cannot be read", directory);
        return -1;
    }
    while (dir && result == 0 && count < SAMPLES_MAX && (entry = readdir(dir)) != NULL) {
        char path[STATE_PATH_MAX];

        if (entry->d_name[0] == '.')
            continue;
        count++;
        snprintf(path, sizeof path, "%.600s/%s", directory, entry->d_name);
        result = testload_pass_file(clam, path, entry->d_name, report);
    }
    if (dir)
        closedir(dir);
    return result;
}

static int testload_pass_samples(const struct job *job, struct clam *clam, struct report *report)
{
    static const struct {
        const char *name, *text;
    } samples[] = {
        {"letter.txt", "Dear Sir or Madam,\r\nthe invoice is attached.\r\nYours faithfully\r\n"},
        {"page.html", "<!DOCTYPE html><html><head><title>News</title><script>document.title='x';"
                      "</script></head><body><p>Hello <a href=\"https://example.org/\">world</a>"
                      "</p></body></html>"},
        {"data.json", "{\"name\": \"value\", \"list\": [1, 2, 3], \"text\": \"plain\"}"},
        {"script.sh", "#!/bin/sh\nset -e\nfor f in *.txt; do\n  cp \"$f\" /backup/\ndone\n"},
        {"mail.eml", "From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\nMIME-Version: "
                     "1.0\r\nContent-Type: text/plain\r\n\r\nSee you tomorrow.\r\n"},
    };

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        if (testload_pass_clean(clam, samples[i].text, strlen(samples[i].text), samples[i].name,
                                report) < 0)
            return -1;
    /* This program itself: an executable that is always at hand. */
    if (testload_pass_file(clam, "/proc/self/exe", "epost-autoupdate", report) < 0)
        return -1;
    return testload_pass_directory(clam, job->run->settings->clean_samples, report);
}

static void testload_work(void *context, void *out)
{
    const struct job *job = context;
    struct report *report = out;
    struct err err = {""};

    memset(report, 0, sizeof *report);
    struct clam *clam = clam_load(job->directory, job->temporary, &job->run->settings->scanner,
                                  &report->info, &err);
    if (!clam) {
        snprintf(report->why, sizeof report->why, "it does not load: %.480s", err.text);
        return;
    }
    report->passed =
        testload_find_eicar(clam, report) == 0 && testload_pass_samples(job, clam, report) == 0;
    clam_free(&clam);
}

/* Whether to test at all. Returns 1, or 0 with the reason in testload->why. */
static int testload_wanted(const struct run *run, const struct set *set, struct testload *testload)
{
    uint64_t need = testload_estimate(set), there = meminfo_available(MEMINFO_FILE);

    if (run->settings->test_load == SETTINGS_TEST_NEVER)
        snprintf(testload->why, sizeof testload->why, "TestLoad is never");
    else if (run->settings->test_load == SETTINGS_TEST_AUTO && there < need)
        snprintf(testload->why, sizeof testload->why,
                 "about %llu MB of memory are needed and %llu MB are available",
                 (unsigned long long)(need / MIB), (unsigned long long)(there / MIB));
    else
        return 1;
    testload->skipped = 1;
    return 0;
}

int testload_run(const struct run *run, const char *directory, const struct set *set,
                 struct testload *testload, struct fault *fault)
{
    struct job job = {.run = run, .directory = directory};
    uint64_t start = clock_now_ms();
    struct child_limits limits = {.deadline_ms = start + (uint64_t)run->settings->load_timeout,
                                  .address_space = (uint64_t)run->settings->load_memory,
                                  .file_size = TEMPORARY_MAX,
                                  .no_network = 1};
    struct report report;
    struct fault ignored;

    memset(testload, 0, sizeof *testload);
    if (!testload_wanted(run, set, testload))
        return 0;
    snprintf(job.temporary, sizeof job.temporary, "%.600s/tmp", run->store.root);
    if (state_remove(job.temporary, fault) < 0 || state_make_directory(job.temporary, fault) < 0)
        return -1;
    int result = child_run(&limits, testload_work, &job, &report, sizeof report, fault);
    state_remove(job.temporary, &ignored);
    testload->ms = (uint32_t)(clock_now_ms() - start);
    if (result < 0) {
        err_prefix(&fault->err, "the test-load");
        return fault_as(fault, RESULT_TESTLOAD);
    }
    if (!report.passed)
        return fault_set(fault, RESULT_TESTLOAD, "%s", report.why);
    testload->info = report.info;
    return 0;
}
