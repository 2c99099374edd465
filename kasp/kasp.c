/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kasp: scans files with the resident scanner, as production does, and says what it said. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client.h"
#include "kasp/kaspout.h"

#define DEFAULT_SOCKET EPOST_RUNDIR "/epostavs.sock"
#define STDIN_MAX      (4ull << 30) /* bytes taken from standard input */
#define PING_MS        5000

/* Exit status, as scanners have it. */
enum { EXIT_CLEAN = 0, EXIT_INFECTED = 1, EXIT_UNSCANNED = 2 };

struct kasp {
    const char *socket;
    enum kaspout_style style;
    uint32_t timeout_ms;
    uint32_t flags;
    int infected, unscanned;
};

static const struct option known[] = {
    {"socket", required_argument, NULL, 's'}, {"timeout", required_argument, NULL, 't'},
    {"no-cache", no_argument, NULL, 'n'},     {"quiet", no_argument, NULL, 'q'},
    {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0}};

static const char usage[] =
    "Usage: kasp [options] FILE...\n"
    "Scans files (- is standard input) with the resident scanner.\n\n"
    "  -s, --socket SOCKET     the scanner's socket (default: $EPOST_AV_SOCKET,\n"
    "                          else " DEFAULT_SOCKET ")\n"
    "  -t, --timeout SECONDS   for each file (default 300)\n"
    "  -n, --no-cache          scan even if the verdict is known\n"
    "  -q, --quiet             print errors only; the exit status tells\n"
    "  -j, --json              print one JSON object a file\n"
    "  -h, --help   -V, --version\n\n"
    "Exit status: 0 all clean, 1 something infected, 2 something could not be scanned.\n";

/* ------------------------------------------------------------------- opening */

/* Standard input in a sealed memory file. Returns the descriptor, or -1 and err. */
static int kasp_copy_stdin(uint64_t *size_r, struct err *err)
{
    char block[65536];
    uint64_t size = 0;
    ssize_t got;
    int fd = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return err_sys(err, "cannot hold standard input");
    while ((got = read(STDIN_FILENO, block, sizeof block)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        size += got > 0 ? (uint64_t)got : 0;
        if (got < 0 || size > STDIN_MAX || write(fd, block, (size_t)got) != got) {
            if (size > STDIN_MAX)
                err_set(err, "standard input is longer than %llu bytes", STDIN_MAX);
            else
                err_sys(err, "cannot read standard input");
            close(fd);
            return -1;
        }
    }
    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
    *size_r = size;
    return fd;
}

static int kasp_open_file(const char *file, uint64_t *size_r, struct err *err)
{
    struct stat st;

    if (strcmp(file, "-") == 0)
        return kasp_copy_stdin(size_r, err);
    int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "cannot open %s", file);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(err, "%s is not a regular file (use - for standard input)", file);
    }
    *size_r = (uint64_t)st.st_size;
    return fd;
}

/* ------------------------------------------------------------------ scanning */

static void kasp_count(struct kasp *kasp, const struct wire_reply *reply)
{
    kasp->infected |= reply->verdict == VERDICT_INFECTED;
    kasp->unscanned |= reply->verdict == VERDICT_ERROR || reply->verdict == VERDICT_UNSCANNABLE;
}

static void kasp_scan_open(struct kasp *kasp, int fd, const char *name, uint64_t size,
                           struct wire_reply *reply, struct err *err)
{
    struct client client = CLIENT_INIT;
    struct client_body body = {.fd = fd, .length = size, .name = name, .flags = kasp->flags};

    if (client_start(&client, kasp->socket, &body, kasp->timeout_ms, reply, err) == 0)
        client_wait(&client, -1, reply, err);
}

static void kasp_scan_file(struct kasp *kasp, unsigned number, const char *file)
{
    const char *slash = strrchr(file, '/');
    struct wire_reply reply;
    struct err err = {.text = ""};
    uint64_t size = 0;

    kaspout_begin(kasp->style, number, file);
    int fd = kasp_open_file(file, &size, &err);
    if (fd < 0) {
        wire_reply_init(&reply, REASON_IO);
    } else {
        const char *name = strcmp(file, "-") == 0 ? NULL : slash ? slash + 1 : file;
        kasp_scan_open(kasp, fd, name, size, &reply, &err);
        close(fd);
    }
    kasp_count(kasp, &reply);
    kaspout_end(kasp->style, file, size, &reply);
    if (reply.verdict != VERDICT_ERROR)
        return;
    fprintf(stderr, "kasp: %s: %s%s%s\n", file, reason_text(reply.reason),
            err.text[0] || reply.detail[0] ? ": " : "", err.text[0] ? err.text : reply.detail);
}

/* ------------------------------------------------------------------ the start */

static int kasp_set_timeout(struct kasp *kasp, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end || !(seconds >= 0.001 && seconds <= WIRE_DEADLINE_MAX_MS / 1000.0)) {
        fprintf(stderr, "kasp: --timeout: \"%s\" is not 0.001 to %u seconds\n", text,
                WIRE_DEADLINE_MAX_MS / 1000);
        return -1;
    }
    kasp->timeout_ms = (uint32_t)(seconds * 1000);
    return 0;
}

/* Returns 0, 1 when all is done, -1 when the command line is wrong. */
static int kasp_parse(struct kasp *kasp, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "s:t:nqjhV", known, NULL)) != -1) {
        switch (option) {
        case 's':
            kasp->socket = optarg;
            break;
        case 't':
            if (kasp_set_timeout(kasp, optarg) < 0)
                return -1;
            break;
        case 'n':
            kasp->flags |= WIRE_NO_CACHE;
            break;
        case 'q':
            kasp->style = KASPOUT_QUIET;
            break;
        case 'j':
            kasp->style = KASPOUT_JSON;
            break;
        case 'h':
            fputs(usage, stdout);
            return 1;
        case 'V':
            puts("kasp " PACKAGE_VERSION);
            return 1;
        default:
            return -1;
        }
    }
    if (optind < argc)
        return 0;
    fputs("kasp: which file? (kasp --help says more)\n", stderr);
    return -1;
}

/* One line about a scanner that is not there, instead of one a file. */
static int kasp_find_scanner(const struct kasp *kasp)
{
    struct wire_reply reply;
    struct err err;

    if (client_control(kasp->socket, WIRE_PING, NULL, PING_MS, &reply, &err) == 0)
        return 0;
    fprintf(stderr, "kasp: %s\n", err.text);
    return -1;
}

int main(int argc, char **argv)
{
    const char *environment = getenv("EPOST_AV_SOCKET");
    struct kasp kasp = {.socket = environment && *environment ? environment : DEFAULT_SOCKET,
                        .style = KASPOUT_TRANSCRIPT,
                        .timeout_ms = 300000};
    int parsed = kasp_parse(&kasp, argc, argv);

    if (parsed != 0)
        return parsed > 0 ? EXIT_CLEAN : EXIT_UNSCANNED;
    if (kasp_find_scanner(&kasp) < 0)
        return EXIT_UNSCANNED;
    for (int i = optind; i < argc; i++)
        kasp_scan_file(&kasp, (unsigned)(i - optind + 1), argv[i]);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("kasp: cannot write the result\n", stderr);
        return EXIT_UNSCANNED;
    }
    return kasp.infected ? EXIT_INFECTED : kasp.unscanned ? EXIT_UNSCANNED : EXIT_CLEAN;
}
