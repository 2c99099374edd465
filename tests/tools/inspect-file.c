/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspect-file: runs the content pipeline on files in this very process,
 * without c-icap, scanner processes or sandbox. For developers and tests.
 *
 *     inspect-file [--bases DIR] [--type T] [--encoding E] [--name N] [--upload]
 *                  [--set NAME=VALUE]… [--repeat N] [--bare] [--remember] [--members]
 *                  [--cases LIST] FILE…
 *
 * One line a file: "FILE: verdict reason=… threat=… part=… detail=… layers=N scanned=N ms=X
 * cpu=X", times in ms. LIST names further files, a line each: "upload" or nothing, tab, file,
 * tab, type. --repeat scans N times and prints the mean; --bare asks libclamav alone.
 * --members prints all kinds and names of members, and all facts.
 * --remember keeps what was found clean inside one file for the next, as a worker does.
 */
#include "config.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/clam.h"
#include "common/text.h"
#include "inspect/inspect.h"

struct options {
    const char *bases, *type, *encoding, *name, *cases;
    int upload, bare, members;
    long repeat;
    struct remembered *remembered;
    struct scanner_settings settings;
};

static int inspect_file_set(struct options *options, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    char name[64];

    if (equals == NULL || (size_t)(equals - text) >= sizeof name)
        return err_set(err, "--set %s: NAME=VALUE is expected", text);
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = '\0';
    return directive_set(scannerconf_rows, scannerconf_count, &options->settings, name, equals + 1,
                         err);
}

static int inspect_file_options(struct options *options, int argc, char **argv, struct err *err)
{
    static const struct option longs[] = {
        {"bases", required_argument, NULL, 'b'},    {"type", required_argument, NULL, 't'},
        {"encoding", required_argument, NULL, 'e'}, {"name", required_argument, NULL, 'n'},
        {"set", required_argument, NULL, 's'},      {"repeat", required_argument, NULL, 'r'},
        {"upload", no_argument, NULL, 'u'},         {"bare", no_argument, NULL, 'B'},
        {"remember", no_argument, NULL, 'R'},       {"members", no_argument, NULL, 'M'},
        {"cases", required_argument, NULL, 'c'},    {NULL, 0, NULL, 0}};
    int option;

    options->repeat = 1;
    if (directive_defaults(scannerconf_rows, scannerconf_count, &options->settings, err) != 0)
        return -1;
    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (option) {
        case 'b':
            options->bases = optarg;
            break;
        case 't':
            options->type = optarg;
            break;
        case 'e':
            options->encoding = optarg;
            break;
        case 'n':
            options->name = optarg;
            break;
        case 's':
            if (inspect_file_set(options, optarg, err) != 0)
                return -1;
            break;
        case 'r':
            options->repeat = strtol(optarg, NULL, 10);
            break;
        case 'c':
            options->cases = optarg;
            break;
        case 'u':
            options->upload = 1;
            break;
        case 'M':
            options->members = 1;
            break;
        case 'R':
            options->remembered = remembered_new();
            break;
        case 'B':
            options->bare = 1;
            break;
        default:
            return err_set(err, "usage: see the head of tests/tools/inspect-file.c");
        }
    }
    if (options->bases == NULL)
        options->bases = options->settings.bases;
    if (options->repeat < 1 || (optind == argc && options->cases == NULL))
        return err_set(err, "no file to look at");
    return 0;
}

static void inspect_file_run(const struct options *options, struct clam *clam, const char *tmpdir,
                             const char *path, const uint8_t *body, size_t length,
                             struct wire_reply *reply)
{
    const char *name = options->name ? options->name : path;
    const char *type = options->type ? options->type : "";
    const char *encoding = options->encoding ? options->encoding : "";
    struct wire_request request;
    struct wire_view view = {.request = &request, .name = name, .type = type, .encoding = encoding};
    struct inspect_job job = {.view = &view,
                              .body = body,
                              .length = length,
                              .clam = clam,
                              .settings = &options->settings,
                              .remembered = options->remembered,
                              .tmpdir = tmpdir};
    struct clam_result result;

    wire_request_init(&request, WIRE_SCAN);
    request.name_length = (uint16_t)strnlen(name, WIRE_NAME_MAX);
    request.type_length = (uint16_t)strnlen(type, WIRE_TYPE_MAX);
    request.encoding_length = (uint16_t)strnlen(encoding, WIRE_ENCODING_MAX);
    request.flags = options->upload ? WIRE_UPLOAD : 0;
    wire_reply_init(reply, REASON_UNKNOWN);
    if (!options->bare) {
        inspect_body(&job, reply);
        return;
    }
    clam_scan(clam, body, length, name, 0, &result);
    wire_reply_init(reply, result.reason);
    memcpy(reply->threat, result.threat, sizeof reply->threat);
    memcpy(reply->part, result.part, sizeof reply->part);
    reply->layers = result.layers;
    reply->scanned = result.scanned;
}

static double inspect_file_ms(const struct timespec *begin, const struct timespec *end)
{
    return (double)(end->tv_sec - begin->tv_sec) * 1e3 +
           (double)(end->tv_nsec - begin->tv_nsec) / 1e6;
}

static int inspect_file_one(const struct options *options, struct clam *clam, const char *tmpdir,
                            const char *path, struct err *err)
{
    struct buf line;
    struct wire_reply reply;
    struct timespec begin, end, cpu_begin, cpu_end;
    struct stat status;
    uint8_t none = 0, *body = &none;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long i;

    if (fd < 0 || fstat(fd, &status) != 0)
        return err_sys(err, "%s", path);
    if (status.st_size > 0)
        body = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (body == MAP_FAILED)
        return err_sys(err, "%s", path);

    clock_gettime(CLOCK_MONOTONIC, &begin);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_begin);
    for (i = 0; i < options->repeat; i++)
        inspect_file_run(options, clam, tmpdir, path, body, (size_t)status.st_size, &reply);
    clock_gettime(CLOCK_MONOTONIC, &end);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_end);
    if (status.st_size > 0)
        munmap(body, (size_t)status.st_size);

    buf_init(&line, 65536);
    buf_addf(&line, "%s: %s reason=%s threat=", path, verdict_name(reply.verdict),
             reason_name(reply.reason));
    text_log(&line, reply.threat, strlen(reply.threat));
    buf_adds(&line, " part=");
    text_log(&line, reply.part, strlen(reply.part));
    buf_adds(&line, " detail=");
    text_log(&line, reply.detail, strlen(reply.detail));
    if (options->members) {
        buf_adds(&line, " members=");
        text_log(&line, reply.members, strlen(reply.members));
        buf_adds(&line, " facts=");
        text_log(&line, reply.facts, strlen(reply.facts));
    }
    printf("%s layers=%u scanned=%llu ms=%.3f cpu=%.3f\n", buf_text(&line), reply.layers,
           (unsigned long long)reply.scanned,
           inspect_file_ms(&begin, &end) / (double)options->repeat,
           inspect_file_ms(&cpu_begin, &cpu_end) / (double)options->repeat);
    buf_free(&line);
    return 0;
}

/* The files of a list, each with the type and the way that its line says. */
static int inspect_file_cases(struct options *options, struct clam *clam, const char *tmpdir,
                              struct err *err)
{
    FILE *list = fopen(options->cases, "re");
    char *line = NULL;
    size_t size = 0;
    int status = 0;

    if (list == NULL)
        return err_sys(err, "%s", options->cases);
    while (status == 0 && getline(&line, &size, list) > 0) {
        char *path = strchr(line, '\t');
        char *type = path != NULL ? strchr(path + 1, '\t') : NULL;

        if (type == NULL) {
            status =
                err_set(err, "%s: not \"upload\", tab, file, tab, type: %s", options->cases, line);
            break;
        }
        *path++ = *type++ = '\0';
        type[strcspn(type, "\n")] = '\0';
        options->type = type;
        options->upload = strcmp(line, "upload") == 0;
        status = inspect_file_one(options, clam, tmpdir, path, err);
    }
    free(line);
    fclose(list);
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct clam_info info;
    struct clam *clam = NULL;
    struct err err;
    char tmpdir[] = "/dev/shm/inspect-file.XXXXXX";
    int status = 2;

    if (mkdtemp(tmpdir) == NULL) {
        err_sys(&err, "%s", tmpdir);
        goto out;
    }
    if (inspect_file_options(&options, argc, argv, &err) != 0)
        goto out;
    clam = clam_load(options.bases, tmpdir, &options.settings, &info, &err);
    if (clam == NULL)
        goto out;
    for (; optind < argc; optind++)
        if (inspect_file_one(&options, clam, tmpdir, argv[optind], &err) != 0)
            goto out;
    if (options.cases != NULL && inspect_file_cases(&options, clam, tmpdir, &err) != 0)
        goto out;
    status = 0;
out:
    if (status != 0)
        fprintf(stderr, "inspect-file: %s\n", err.text);
    if (options.remembered)
        fprintf(stderr, "inspect-file: recalled %llu\n",
                (unsigned long long)remembered_hits(options.remembered));
    remembered_free(&options.remembered);
    clam_free(&clam);
    directive_release(scannerconf_rows, scannerconf_count, &options.settings);
    rmdir(tmpdir);
    return status;
}
