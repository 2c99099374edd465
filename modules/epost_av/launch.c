/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/board.h"
#include "common/client.h"

#define LAUNCH_VARIABLE   "EPOST_AV_SCANNER"
#define LAUNCH_SETTLED_S  10 /* a scanner that lived so long is started again at once */
#define LAUNCH_BACKOFF_S  60 /* the longest wait between two tries */
#define LAUNCH_SILENT_S   30 /* a running scanner whose heartbeat stops for so long is killed */
#define LAUNCH_CONTROL_MS 2000

static struct {
    const struct settings *settings; /* NULL until launch_begin */
    char text[WIRE_SETTINGS_MAX];    /* the scanner's settings, exported */
    pid_t pid;                       /* 0: none runs */
    int lifeline[2];                 /* both ends, close-on-exec */
    time_t started, due;             /* CLOCK_MONOTONIC, seconds */
    unsigned failures;               /* in a row */
    const struct board *board;
    time_t alive; /* last time the heartbeat was fresh, 0 never */
} launch = {.lifeline = {-1, -1}};

static time_t launch_now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* ------------------------------------------------------- handing over */

/* Enough to see that settings have changed; not a secret, not against anybody. */
static uint64_t launch_checksum(const char *text)
{
    uint64_t sum = 14695981039346656037u;

    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 1099511628211u;
    return sum;
}

static void launch_remember(void)
{
    char value[160];

    snprintf(value, sizeof value, "%d %d %d %d %" PRIu64 " %" PRIu64 " %" PRIu64, (int)getpid(),
             (int)launch.pid, launch.lifeline[0], launch.lifeline[1], launch_checksum(launch.text),
             launch_checksum(launch.settings->scanner.socket),
             launch_checksum(launch.settings->scanner_path));
    setenv(LAUNCH_VARIABLE, value, 1);
}

static int launch_is_pipe(int fd)
{
    struct stat status;

    return fd > 2 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

static int launch_is_running(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return pid > 1 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

/* Takes over what an earlier instance of this module has left in this process.
 * Returns 1 when its scanner runs on and serves the same place, else 0; *changed_r
 * says that its settings differ. */
static int launch_adopt(int *changed_r)
{
    int master, pid, in, out;
    uint64_t text, socket, path;
    const char *value = getenv(LAUNCH_VARIABLE);

    if (!value ||
        sscanf(value, "%d %d %d %d %" SCNu64 " %" SCNu64 " %" SCNu64, &master, &pid, &in, &out,
               &text, &socket, &path) != 7 ||
        master != getpid() || !launch_is_pipe(in) || !launch_is_pipe(out))
        return 0;
    if (!launch.settings->start_scanner ||
        socket != launch_checksum(launch.settings->scanner.socket) ||
        path != launch_checksum(launch.settings->scanner_path)) {
        /* It serves the old children to their end and stops with the last of them. */
        close(in);
        close(out);
        unsetenv(LAUNCH_VARIABLE);
        return 0;
    }
    launch.lifeline[0] = in;
    launch.lifeline[1] = out;
    *changed_r = text != launch_checksum(launch.text);
    if (!launch_is_running(pid))
        return 0;
    launch.pid = pid;
    launch.started = launch_now_s();
    return 1;
}

/* -------------------------------------------------------------- starting */

/* A descriptor with the settings as text, to be read from its start. */
static int launch_settings_file(struct err *err)
{
    size_t length = strlen(launch.text);
    int fd = memfd_create("epostavs settings", MFD_CLOEXEC);

    if (fd < 0)
        return err_sys(err, "no memory file can be made");
    if (write(fd, launch.text, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET) != 0) {
        err_sys(err, "the settings cannot be written");
        close(fd);
        return -1;
    }
    return fd;
}

/* In the child: only what is safe between fork and exec. */
static void launch_become_scanner(const char *path, int lifeline, int settings, int status)
{
    static const char *const arguments[] = {
        "epostavs", "--foreground", "--lifeline", "3", "--settings-fd", "4", NULL};
    sigset_t none;
    int null = open("/dev/null", O_RDWR);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    setpgid(0, 0); /* an interrupt from the terminal is c-icap's to handle */
    lifeline = fcntl(lifeline, F_DUPFD, 16);
    settings = fcntl(settings, F_DUPFD, 16);
    status = fcntl(status, F_DUPFD, 16);
    if (null >= 0)
        dup2(null, 0);
    if (lifeline >= 0 && settings >= 0 && status >= 0 && dup2(lifeline, 3) == 3 &&
        dup2(settings, 4) == 4 && dup2(status, 5) == 5) {
        fcntl(5, F_SETFD, FD_CLOEXEC);
        close_range(6, ~0u, 0);
        execv(path, (char *const *)arguments);
        status = 5;
    }
    int error = errno;
    if (write(status, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

/* Waits until exec has worked or failed; exec closes the pipe. Returns 0 or -1. */
static int launch_exec_result(int fd, const char *path, struct err *err)
{
    int error;
    ssize_t done;

    do
        done = read(fd, &error, sizeof error);
    while (done < 0 && errno == EINTR);
    if (done != sizeof error)
        return 0;
    errno = error;
    return err_sys(err, "cannot run %s", path);
}

static void launch_write_pid_file(void)
{
    const char *path = launch.settings->scanner_pid;
    FILE *file = *path ? fopen(path, "we") : NULL;

    if (!file)
        return;
    fprintf(file, "%d\n", (int)launch.pid);
    fclose(file);
}

static int launch_start(struct err *err)
{
    int status[2] = {-1, -1};
    int settings = -1, result = -1;
    const char *path = launch.settings->scanner_path;

    launch.started = launch_now_s();
    if (launch.lifeline[0] < 0 && pipe2(launch.lifeline, O_CLOEXEC) < 0) {
        launch.lifeline[0] = launch.lifeline[1] = -1;
        return err_sys(err, "no pipe can be made");
    }
    settings = launch_settings_file(err);
    if (settings < 0 || pipe2(status, O_CLOEXEC) < 0)
        goto out;
    pid_t pid = fork();
    if (pid < 0) {
        err_sys(err, "cannot fork");
        goto out;
    }
    if (pid == 0)
        launch_become_scanner(path, launch.lifeline[0], settings, status[1]);
    close(status[1]);
    status[1] = -1;
    result = launch_exec_result(status[0], path, err);
    if (result < 0)
        goto out; /* the master reaps it as any child */
    launch.pid = pid;
    launch.alive = 0;
    launch_write_pid_file();
out:
    for (unsigned i = 0; i < 2; i++)
        if (status[i] >= 0)
            close(status[i]);
    if (settings >= 0)
        close(settings);
    launch_remember();
    return result;
}

/* Starts, or says when the next try is due. */
static int launch_try_start(struct err *err)
{
    if (launch_start(err) == 0)
        return 0;
    unsigned wait = launch.failures < 6 ? 1u << launch.failures : LAUNCH_BACKOFF_S;
    launch.failures++;
    launch.due = launch_now_s() + (wait < LAUNCH_BACKOFF_S ? wait : LAUNCH_BACKOFF_S);
    return -1;
}

int launch_begin(const struct settings *settings, struct err *err)
{
    int changed = 0;
    struct wire_reply reply;

    launch.settings = settings;
    if (scannerconf_export(&settings->scanner, launch.text, sizeof launch.text) < 0)
        return err_set(err, "the scanner's settings are too long");
    int adopted = launch_adopt(&changed);
    if (!settings->start_scanner)
        return 0;
    if (!adopted)
        return launch_try_start(err);
    launch_remember();
    launch_write_pid_file();
    if (changed && client_control(settings->scanner.socket, WIRE_SETTINGS, launch.text,
                                  LAUNCH_CONTROL_MS, &reply, err) < 0)
        return err_prefix(err, "the running scanner did not take the new settings");
    return 0;
}

/* -------------------------------------------------------------- watching */

int launch_is_takeover(void)
{
    int master;
    const char *value = getenv(LAUNCH_VARIABLE);

    return value && sscanf(value, "%d", &master) == 1 && master == getpid();
}

int launch_child_ended(pid_t pid, struct err *err)
{
    struct err why;

    if (pid <= 0 || pid != launch.pid)
        return 0;
    launch.pid = 0;
    if (launch_now_s() - launch.started >= LAUNCH_SETTLED_S) {
        launch.failures = 0;
        if (launch_try_start(&why) == 0)
            err_set(err, "epostavs (process %d) ended; started again as process %d", (int)pid,
                    (int)launch.pid);
        else
            err_set(err, "epostavs (process %d) ended and cannot be started: %.800s", (int)pid,
                    why.text);
        return 1;
    }
    unsigned wait = launch.failures < 6 ? 1u << launch.failures : LAUNCH_BACKOFF_S;
    launch.failures++;
    launch.due = launch_now_s() + wait;
    launch_remember();
    err_set(err, "epostavs (process %d) ended soon after its start; next try in %u s", (int)pid,
            wait);
    return 1;
}

/* Kills a scanner that runs and yet has shown no sign of life for long. */
static int launch_watch_heartbeat(struct err *err)
{
    struct err ignored;
    struct board_view view;

    if (!launch.board)
        launch.board = board_open_reader(launch.settings->scanner.board, &ignored);
    if (!launch.board)
        return 0;
    board_read(launch.board, &view);
    if (view.state != BOARD_DOWN && view.supervisor_pid == launch.pid)
        launch.alive = launch_now_s();
    if (launch.alive == 0 || launch_now_s() - launch.alive < LAUNCH_SILENT_S)
        return 0;
    launch.alive = 0;
    kill(launch.pid, SIGKILL);
    err_set(err, "epostavs (process %d) gave no sign of life for %d s and was killed",
            (int)launch.pid, LAUNCH_SILENT_S);
    return 1;
}

int launch_tick(struct err *err)
{
    struct err why;

    if (!launch.settings || !launch.settings->start_scanner)
        return 0;
    if (launch.pid)
        return launch_watch_heartbeat(err);
    if (launch_now_s() < launch.due)
        return 0;
    if (launch_try_start(&why) == 0)
        err_set(err, "epostavs started as process %d", (int)launch.pid);
    else
        err_set(err, "epostavs cannot be started: %.900s", why.text);
    return 1;
}

int launch_reload(struct err *err)
{
    struct wire_reply reply;

    if (!launch.settings)
        return err_set(err, "the service is not running");
    return client_control(launch.settings->scanner.socket, WIRE_RELOAD, NULL, LAUNCH_CONTROL_MS,
                          &reply, err);
}

void launch_end(void)
{
    board_close_reader(&launch.board);
    if (launch.settings && *launch.settings->scanner_pid)
        unlink(launch.settings->scanner_pid); /* the next instance writes it anew */
    launch.settings = NULL;
}
