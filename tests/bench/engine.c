/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine: libclamav alone in one process, as a yardstick.
 *
 *     engine BASES [--repeat N] [FILE…]
 *
 * Loads and compiles BASES through the product's own load path, prints the
 * memory of the process, then scans each FILE N times and prints the median
 * time of a scan. One line of JSON each.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/clam.h"
#include "common/directive.h"

#define REPEATS_MAX 100000

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static long pss_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "re");

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %ld kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int measure(struct clam *clam, const char *path, int repeat)
{
    static double times[REPEATS_MAX];
    struct clam_result result;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    char *data = malloc((size_t)st.st_size + 1);
    ssize_t got = data ? read(fd, data, (size_t)st.st_size) : -1;
    close(fd);
    for (int i = 0; got >= 0 && i < repeat; i++) {
        /* Another byte at the end each time: libclamav remembers what was clean. */
        data[got ? got - 1 : 0] = (char)('a' + i % 26);
        if (got > 8)
            memcpy(data + got - 8, &i, sizeof i);
        double start = now_us();
        clam_scan(clam, data, (size_t)got, NULL, 0, &result);
        times[i] = now_us() - start;
    }
    free(data);
    qsort(times, (size_t)repeat, sizeof *times, compare_times);
    printf("{\"file\": \"%s\", \"bytes\": %zd, \"median_us\": %.1f, \"min_us\": %.1f}\n", path, got,
           times[repeat / 2], times[0]);
    return 0;
}

int main(int argc, char **argv)
{
    struct scanner_settings settings = {0};
    struct clam_info info;
    struct err err = {""};
    char tmp[] = "/dev/shm/epost-bench-XXXXXX";
    int repeat = 200;

    if (argc < 2 || !mkdtemp(tmp) ||
        directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err) < 0)
        return 2;
    double start = now_us();
    struct clam *clam = clam_load(argv[1], tmp, &settings, &info, &err);
    if (!clam) {
        fprintf(stderr, "engine: %s\n", err.text);
        rmdir(tmp);
        return 2;
    }
    printf("{\"signatures\": %llu, \"load_s\": %.2f, \"pss_kib\": %ld}\n",
           (unsigned long long)info.signatures, (now_us() - start) / 1e6, pss_kib());
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--repeat") == 0 && i + 1 < argc)
            repeat = atoi(argv[++i]) % REPEATS_MAX;
        else if (measure(clam, argv[i], repeat) < 0)
            perror(argv[i]);
    }
    clam_free(&clam);
    rmdir(tmp);
    directive_release(scannerconf_rows, scannerconf_count, &settings);
    return 0;
}
