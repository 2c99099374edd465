/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare-shortcuts: the engine with different sets of shortcuts beside each other.
 *
 *     compare-shortcuts BASES [--rounds N] SET[,SET…]… -- DIRECTORY…
 *
 * Loads BASES once for each SET (as the directive Shortcuts takes it), each in a process of its
 * own, scans every file of every DIRECTORY with each of them in turn, and prints for each
 * DIRECTORY the mean of the files' CPU milliseconds (median over the rounds) per SET.
 * A file that two sets judge differently is named; the program then ends with 1.
 * In the end it says for each SET how often the scans used the shortcuts that count their use.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/directive.h"
#include "engine/clam.h"
#include "engine/jit.h"
#include "engine/metanames.h"
#include "engine/search.h"
#include "engine/settled.h"
#include "engine/tinybody.h"

#define SETS_MAX               8
#define ROUNDS_MAX             99
#define PATH_LEN               1024
#define COMPARE_SHORTCUTS_TIME (3600 * 1000) /* ms */

struct answer {
    double ms;
    enum reason reason;
    uint32_t layers;
    char threat[WIRE_THREAT_MAX], type[32];
};

static struct {
    const char *text;
    int channel;
    double sum, round[ROUNDS_MAX];
} sets[SETS_MAX];
static unsigned set_count, threats; /* sets; files with a threat */

static double cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static long status_kib(const char *key)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "re");

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = atol(line + strlen(key));
    if (file)
        fclose(file);
    return kib;
}

static void scan(struct clam *clam, const char *path, struct answer *answer)
{
    struct clam_result result;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    memset(answer, 0, sizeof *answer);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size == 0)
        return;
    char *data =
        mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        return;
    double begun = cpu_ms();
    clam_scan(clam, data, (size_t)st.st_size, NULL, 0, &result);
    answer->ms = cpu_ms() - begun;
    munmap(data, (size_t)st.st_size);
    answer->reason = result.reason;
    answer->layers = result.layers;
    snprintf(answer->threat, sizeof answer->threat, "%s", result.threat);
    snprintf(answer->type, sizeof answer->type, "%s", result.type);
}

static void print_use(const char *text)
{
    printf("# %s: used: names %llu, jit %llu, fixed %llu, together %llu, untouched %llu, anchors "
           "%llu, tiny %llu\n",
           text, (unsigned long long)metanames_counts().answered,
           (unsigned long long)jit_counts().machine, (unsigned long long)jit_counts().absent,
           (unsigned long long)jit_counts().searches, (unsigned long long)settled_count(),
           (unsigned long long)search_runs(), (unsigned long long)tinybody_count());
    fflush(stdout);
}

static _Noreturn void serve(const char *bases, const char *text, int channel)
{
    struct scanner_settings settings = {0};
    struct clam_info info;
    struct err err = {""};
    char tmp[] = "/dev/shm/epost-bench-XXXXXX", path[PATH_LEN];
    struct answer answer;
    ssize_t got;

    if (!mkdtemp(tmp) ||
        directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err) < 0)
        _exit(2);
    free(settings.shortcuts);
    settings.shortcuts = strdup(text);
    settings.max_scan_time =
        COMPARE_SHORTCUTS_TIME; /* a slow machine says nothing of the shortcuts */
    double begun = cpu_ms();
    struct clam *clam = clam_load(bases, tmp, &settings, &info, &err);
    if (!clam) {
        fprintf(stderr, "compare-shortcuts: %s\n", err.text);
        _exit(2);
    }
    double loaded = cpu_ms();
    clam_before_fork(clam, &info);
    printf("# %s: load %.2f s CPU, then %.2f s; RSS %ld MiB, huge %ld MiB; on: %s\n", text,
           (loaded - begun) / 1e3, (cpu_ms() - loaded) / 1e3, status_kib("Rss:") >> 10,
           status_kib("AnonHugePages:") >> 10, info.shortcuts);
    fflush(stdout);
    memset(&answer, 0, sizeof answer);
    if (write(channel, &answer, sizeof answer) < 0)
        _exit(2);
    while ((got = read(channel, path, sizeof path)) > 0) {
        scan(clam, path, &answer);
        if (write(channel, &answer, sizeof answer) < 0)
            break;
    }
    print_use(text);
    rmdir(tmp);
    _exit(0);
}

static int start(const char *bases, const char *text)
{
    int pair[2];

    if (set_count == SETS_MAX || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        serve(bases, text, pair[1]);
    }
    close(pair[1]);
    sets[set_count].text = text;
    sets[set_count++].channel = pair[0];
    struct answer answer;
    return pid > 0 && read(pair[0], &answer, sizeof answer) == sizeof answer ? 0 : -1;
}

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One file with every set. Returns 1 if two of them differ. */
static int file_rounds(const char *path, unsigned rounds)
{
    struct answer first = {0}, answer;
    int differs = 0;

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < set_count; i++) {
            unsigned s = (i + round) % set_count;
            if (write(sets[s].channel, path, strlen(path) + 1) < 0 ||
                read(sets[s].channel, &answer, sizeof answer) != sizeof answer) {
                fprintf(stderr, "compare-shortcuts: %s: the process of %s has ended\n", path,
                        sets[s].text);
                exit(2);
            }
            sets[s].round[round] = answer.ms;
            answer.ms = 0;
            if (round == 0 && i == 0)
                first = answer;
            if (memcmp(&first, &answer, sizeof answer) != 0) {
                printf("%s: %s says %d \"%s\" %s %u, %s says %d \"%s\" %s %u\n", path, sets[0].text,
                       first.reason, first.threat, first.type, first.layers, sets[s].text,
                       answer.reason, answer.threat, answer.type, answer.layers);
                differs = 1;
            }
        }
    for (unsigned i = 0; i < set_count; i++) {
        qsort(sets[i].round, rounds, sizeof *sets[i].round, compare_times);
        sets[i].sum += sets[i].round[rounds / 2];
    }
    if (first.threat[0])
        threats++;
    return differs;
}

static int directory(const char *path, unsigned rounds)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort), differs = 0;
    unsigned files = 0;
    long long bytes = 0;

    for (unsigned i = 0; i < set_count; i++)
        sets[i].sum = 0;
    for (int i = 0; i < count; i++) {
        char name[PATH_LEN];
        struct stat st;
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (stat(name, &st) == 0 && S_ISREG(st.st_mode)) {
            differs |= file_rounds(name, rounds);
            files++;
            bytes += st.st_size;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    const char *slash = strrchr(path, '/');
    printf("%-10s %4u files %8.1f KB", slash ? slash + 1 : path, files,
           files ? (double)bytes / 1024 / files : 0);
    for (unsigned i = 0; i < set_count; i++)
        printf("  %9.3f", files ? sets[i].sum / files : 0);
    for (unsigned i = 1; i < set_count; i++)
        printf("  %6.2fx", sets[i].sum > 0 ? sets[0].sum / sets[i].sum : 0);
    printf("\n");
    fflush(stdout);
    return differs;
}

int main(int argc, char **argv)
{
    unsigned rounds = 5;
    int i = 2, differs = 0;

    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = (unsigned)atoi(argv[++i]) % ROUNDS_MAX;
        else if (start(argv[1], argv[i]) < 0)
            return 2;
    }
    if (set_count == 0 || rounds == 0)
        return 2;
    printf("%-36s", "# CPU ms a file");
    for (unsigned s = 0; s < set_count; s++)
        printf("  %9.9s", sets[s].text);
    printf("\n");
    for (i++; i < argc; i++)
        differs |= directory(argv[i], rounds);
    printf("# %u threats\n", threats);
    for (unsigned s = 0; s < set_count; s++)
        close(sets[s].channel);
    while (wait(NULL) > 0)
        ;
    return differs;
}
