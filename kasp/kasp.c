/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kasp: scans files with the resident scanner, as production does, and says what it said. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/client.h"
#include "common/clock.h"
#include "common/text.h"
#include "common/writeall.h"
#include "kasp/kaspout.h"
#include "kasp/walk.h"

#define DEFAULT_SOCKET EPOST_RUNDIR "/epostavs.sock"
#define STDIN_MAX      (4ull << 30) /* bytes taken from standard input */
#define PING_MS        5000
#define KASP_LINE_MAX  65536 /* bytes of a message about a file */
#define PROGRESS_MS    200   /* between two lines of progress */

/* Exit status, as scanners have it. */
enum { EXIT_CLEAN = 0, EXIT_INFECTED = 1, EXIT_UNSCANNED = 2 };

struct kasp {
    const char *socket;
    enum kaspout_style style;
    uint32_t timeout_ms;
    uint32_t flags;
    bool recursive, is_watched; /* standard error is a terminal */
    unsigned operands;
    uint64_t begun_ms, shown_ms;
    struct kaspout_totals totals;
};

static const struct option known[] = {
    {"socket", required_argument, NULL, 's'}, {"timeout", required_argument, NULL, 't'},
    {"no-cache", no_argument, NULL, 'n'},     {"quiet", no_argument, NULL, 'q'},
    {"recursive", no_argument, NULL, 'r'},    {"format", required_argument, NULL, 'f'},
    {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0}};

static const char usage[] =
    "Usage: kasp [options] FILE|DIRECTORY...\n"
    "Scans files (- is standard input) with the resident scanner.\n\n"
    "  -s, --socket SOCKET     the scanner's socket (default: $EPOST_AV_SOCKET,\n"
    "                          else " DEFAULT_SOCKET ")\n"
    "  -t, --timeout SECONDS   for each file (default 300)\n"
    "  -n, --no-cache          scan even if the verdict is known\n"
    "  -q, --quiet             print errors only; the exit status tells\n"
    "  -j, --json              print one JSON object a file\n"
    "  -f, --format FORMAT     transcript (default), json, or clamscan\n"
    "  -r, --recursive         files below directories too; totals at the end\n"
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
        if (got < 0 || size > STDIN_MAX || writeall(fd, block, (size_t)got) < 0) {
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
        return S_ISDIR(st.st_mode)
                   ? err_set(err, "%s is a directory (use -r for the files below it)", file)
                   : err_set(err, "%s is not a regular file (use - for standard input)", file);
    }
    *size_r = (uint64_t)st.st_size;
    return fd;
}

/* ------------------------------------------------------------------ scanning */

static void kasp_count(struct kasp *kasp, const struct wire_reply *reply, uint64_t size)
{
    struct kaspout_totals *totals = &kasp->totals;

    totals->files++;
    totals->bytes += size;
    totals->clean += reply->verdict == VERDICT_CLEAN;
    totals->infected += reply->verdict == VERDICT_INFECTED;
    totals->unscannable += reply->verdict == VERDICT_UNSCANNABLE;
    totals->errors += reply->verdict == VERDICT_ERROR;
    totals->elapsed_ms = clock_now_ms() - kasp->begun_ms;
}

static void kasp_show_progress(struct kasp *kasp)
{
    uint64_t now_ms = clock_now_ms();

    if (!kasp->is_watched || !kasp->recursive || now_ms - kasp->shown_ms < PROGRESS_MS)
        return;
    kasp->shown_ms = now_ms;
    kaspout_progress(&kasp->totals);
}

static void kasp_scan_open(struct kasp *kasp, int fd, const char *name, uint64_t size,
                           struct wire_reply *reply, struct err *err)
{
    struct client client = CLIENT_INIT;
    struct client_body body = {.fd = fd, .length = size, .name = name, .flags = kasp->flags};

    if (client_start(&client, kasp->socket, &body, kasp->timeout_ms, reply, err) == 0)
        client_wait(&client, -1, reply, err);
}

/* Names come from directories: nothing in them reaches the terminal as a command. */
static void kasp_complain(const char *file, const char *what, const char *why)
{
    struct buf line;

    buf_init(&line, KASP_LINE_MAX);
    text_plain(&line, file, strlen(file));
    buf_adds(&line, ": ");
    buf_adds(&line, what);
    if (*why) {
        buf_adds(&line, ": ");
        text_plain(&line, why, strlen(why));
    }
    fprintf(stderr, "kasp: %s\n", buf_text(&line));
    buf_free(&line);
}

static void kasp_tell(struct kasp *kasp, const char *file, uint64_t size, struct wire_reply *reply,
                      const struct err *err)
{
    const char *why = err->text[0] ? err->text : reply->detail;

    kasp_count(kasp, reply, size);
    kaspout_progress_end();
    if (!reply->detail[0] && err->text[0])
        text_copy(reply->detail, sizeof reply->detail, err->text, strlen(err->text));
    kaspout_end(kasp->style, file, size, reply);
    if (reply->verdict == VERDICT_ERROR)
        kasp_complain(file, reason_text(reply->reason), why);
    kasp_show_progress(kasp);
}

static void kasp_scan_file(struct kasp *kasp, const char *file)
{
    const char *slash = strrchr(file, '/');
    struct wire_reply reply;
    struct err err = {.text = ""};
    uint64_t size = 0;

    kaspout_begin(kasp->style, ++kasp->operands, file);
    int fd = kasp_open_file(file, &size, &err);
    if (fd < 0) {
        wire_reply_init(&reply, REASON_IO);
    } else {
        const char *name = strcmp(file, "-") == 0 ? NULL : slash ? slash + 1 : file;
        kasp_scan_open(kasp, fd, name, size, &reply, &err);
        close(fd);
    }
    kasp_tell(kasp, file, size, &reply, &err);
}

/* --------------------------------------------------------------- directories */

static void kasp_scan_found(void *data, const char *path)
{
    kasp_scan_file(data, path);
}

static void kasp_cannot_read(void *data, const char *path, int error)
{
    struct wire_reply reply;
    struct err err;

    errno = error;
    err_sys(&err, "cannot read %s", path);
    wire_reply_init(&reply, REASON_IO);
    kaspout_begin(((struct kasp *)data)->style, ++((struct kasp *)data)->operands, path);
    kasp_tell(data, path, 0, &reply, &err);
}

static void kasp_scan_operand(struct kasp *kasp, const char *operand)
{
    struct stat st;

    if (kasp->recursive && strcmp(operand, "-") != 0 && stat(operand, &st) == 0 &&
        S_ISDIR(st.st_mode))
        walk_files(operand, kasp_scan_found, kasp_cannot_read, kasp);
    else
        kasp_scan_file(kasp, operand);
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

static int kasp_set_format(struct kasp *kasp, const char *text)
{
    static const struct {
        const char *name;
        enum kaspout_style style;
    } formats[] = {
        {"transcript", KASPOUT_TRANSCRIPT}, {"json", KASPOUT_JSON}, {"clamscan", KASPOUT_CLAMSCAN}};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, text) == 0) {
            kasp->style = formats[i].style;
            return 0;
        }
    fprintf(stderr, "kasp: --format: \"%s\" is not transcript, json or clamscan\n", text);
    return -1;
}

/* Returns 0, 1 when all is done, -1 when the command line is wrong. */
static int kasp_parse(struct kasp *kasp, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "s:t:nqjrf:hV", known, NULL)) != -1) {
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
        case 'r':
            kasp->recursive = true;
            break;
        case 'f':
            if (kasp_set_format(kasp, optarg) < 0)
                return -1;
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
    kasp.begun_ms = clock_now_ms();
    kasp.is_watched = isatty(STDERR_FILENO) == 1 && kasp.style != KASPOUT_QUIET;
    for (int i = optind; i < argc; i++)
        kasp_scan_operand(&kasp, argv[i]);
    kaspout_progress_end();
    if (kasp.style == KASPOUT_CLAMSCAN || (kasp.recursive && kasp.style != KASPOUT_QUIET))
        kaspout_print_totals(kasp.style, &kasp.totals);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("kasp: cannot write the result\n", stderr);
        return EXIT_UNSCANNED;
    }
    return kasp.totals.infected                           ? EXIT_INFECTED
           : kasp.totals.unscannable + kasp.totals.errors ? EXIT_UNSCANNED
                                                          : EXIT_CLEAN;
}
