/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scanlatency: what the way over the socket adds to a scan in the same process.
 *
 *     scanlatency SOCKET BASES [ROUNDS]
 *
 * SOCKET is that of an epostavs that has loaded BASES. For three sizes it prints the times of the
 * content pipeline in this process, of a scan by the scanner, and of a verdict from its cache.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/client.h"
#include "inspect/inspect.h"

#define BODY_MAX    60000
#define DEADLINE_MS 60000

struct bench {
    const char *socket;
    struct clam *clam;
    struct scanner_settings settings;
    char body[BODY_MAX];
    size_t length;
    double *times;
    unsigned rounds;
    uint32_t flags;
};

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fill(struct bench *bench, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bench->body[i] = "abcdefgh \n"[(unsigned)rand() % 10];
    bench->length = length;
}

static enum reason scan_here(struct bench *bench)
{
    struct wire_request request;
    struct wire_view view = {.request = &request, .name = "", .type = "", .encoding = ""};
    struct inspect_job job = {.view = &view,
                              .body = (const uint8_t *)bench->body,
                              .length = bench->length,
                              .clam = bench->clam,
                              .settings = &bench->settings,
                              .tmpdir = "/dev/shm"};
    struct wire_reply reply;

    wire_request_init(&request, WIRE_SCAN);
    request.length = bench->length;
    wire_reply_init(&reply, REASON_UNKNOWN);
    inspect_body(&job, &reply);
    return reply.reason;
}

static enum reason scan_there(struct bench *bench)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    struct client client = CLIENT_INIT;
    struct client_body body = {.inline_data = bench->body,
                               .fd = -1,
                               .length = bench->length,
                               .sha256 = sha256,
                               .flags = bench->flags};
    struct wire_reply reply;
    struct err err;

    EVP_Digest(bench->body, bench->length, sha256, NULL, EVP_sha256(), NULL);
    if (client_start(&client, bench->socket, &body, DEADLINE_MS, &reply, &err) == 0)
        client_wait(&client, -1, &reply, &err);
    return reply.reason;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Each round scans other bytes unless the cache is wanted. Returns 0, or -1 when a scan failed. */
static int run(struct bench *bench, const char *what, enum reason (*scan)(struct bench *))
{
    for (unsigned i = 0; i < bench->rounds; i++) {
        if (bench->flags) {
            char number[16]; /* digits, not bytes: those could look like a container's magic */
            snprintf(number, sizeof number, "%08u", i);
            memcpy(bench->body, number, 8);
        }
        double begun = now_us();
        enum reason reason = scan(bench);
        bench->times[i] = now_us() - begun;
        if (reason != REASON_NONE) {
            fprintf(stderr, "scanlatency: %s: %s\n", what, reason_text(reason));
            return -1;
        }
    }
    qsort(bench->times, bench->rounds, sizeof *bench->times, compare);
    printf("%6zu bytes  %-22s least %8.1f  median %8.1f  p90 %8.1f us\n", bench->length, what,
           bench->times[0], bench->times[bench->rounds / 2], bench->times[bench->rounds * 9 / 10]);
    return 0;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {16, 4096, BODY_MAX};
    static struct bench bench;
    struct clam_info info;
    struct err err;
    int failed = 0;

    if (argc < 3 || argc > 4) {
        fputs("usage: scanlatency SOCKET BASES [ROUNDS]\n", stderr);
        return 2;
    }
    bench.socket = argv[1];
    bench.rounds = argc > 3 ? (unsigned)atoi(argv[3]) : 2000;
    bench.times = calloc(bench.rounds ? bench.rounds : 1, sizeof *bench.times);
    if (!bench.rounds || !bench.times ||
        directive_defaults(scannerconf_rows, scannerconf_count, &bench.settings, &err) < 0 ||
        scannerconf_finish(&bench.settings, &err) < 0 ||
        !(bench.clam = clam_load(argv[2], "/dev/shm", &bench.settings, &info, &err))) {
        fprintf(stderr, "scanlatency: cannot begin: %s\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && !failed; i++) {
        fill(&bench, sizes[i]);
        bench.flags = WIRE_NO_CACHE;
        failed |= run(&bench, "in this process", scan_here);
        failed |= run(&bench, "by the scanner", scan_there);
        bench.flags = 0;
        failed |= run(&bench, "from its cache", scan_there);
    }
    clam_free(&bench.clam);
    directive_release(scannerconf_rows, scannerconf_count, &bench.settings);
    free(bench.times);
    return failed ? 1 : 0;
}
