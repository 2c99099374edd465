/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/board.h"
#include "common/client.h"
#include "common/clock.h"
#include "modules/epost_av/handover.h"
#include "modules/epost_av/heritage.h"
#include "modules/epost_av/spawn.h"
#include "modules/epost_av/words.h"

#define LAUNCH_SETTLED_S  10 /* a scanner that lived so long is started again at once */
#define LAUNCH_BACKOFF_S  60 /* the longest wait between two tries */
#define LAUNCH_SILENT_S   30 /* a running scanner whose heartbeat stops for so long is killed */
#define LAUNCH_CONTROL_MS 2000
#define LAUNCH_LATE_MS    700 /* a heartbeat is due each 250 ms */

static struct {
    const struct settings *settings;    /* NULL until launch_begin */
    char text[WIRE_SETTINGS_MAX];       /* the scanner's settings, exported */
    char own_socket[HERITAGE_PATH_MAX]; /* as configured; settings has the one that is served */
    char own_board[HERITAGE_PATH_MAX];
    pid_t pid;           /* 0: none runs */
    pid_t leaving;       /* an older one that serves old children, 0 none */
    int lifeline[2];     /* both ends, close-on-exec */
    time_t started, due; /* CLOCK_MONOTONIC, seconds */
    unsigned failures;   /* in a row */
    const struct board *board;
    time_t alive; /* last time the heartbeat was fresh, 0 never */
} launch = {.lifeline = {-1, -1}};

static time_t launch_now_s(void)
{
    return (time_t)(clock_now() / CLOCK_S);
}

static int launch_is_running(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    if (pid <= 1)
        return 0;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        return info.si_pid == 0;
    return kill(pid, 0) == 0; /* a guardian that the scanner itself has started */
}

/* ------------------------------------------------------- handing over */

static void launch_remember(void)
{
    struct heritage left = {.pid = launch.pid,
                            .leaving = launch.leaving,
                            .lifeline = {launch.lifeline[0], launch.lifeline[1]},
                            .words = words_fd(),
                            .text = heritage_sum(launch.text),
                            .socket = heritage_sum(launch.own_socket),
                            .path = heritage_sum(launch.settings->scanner_path)};

    if (strcmp(launch.own_socket, launch.settings->scanner.socket) != 0) {
        snprintf(left.actual_socket, sizeof left.actual_socket, "%s",
                 launch.settings->scanner.socket);
        snprintf(left.actual_board, sizeof left.actual_board, "%s", launch.settings->scanner.board);
    }
    heritage_write(&left);
}

/* The scanner serves at other names than the configured ones. Returns 0, or -1 and err. */
static int launch_serve_at(struct scanner_settings *scanner, const char *socket, const char *board,
                           struct err *err)
{
    char *socket_copy = strdup(socket), *board_copy = strdup(board);

    if (!socket_copy || !board_copy) {
        free(socket_copy);
        free(board_copy);
        return err_set(err, "out of memory");
    }
    free(scanner->socket);
    free(scanner->board);
    scanner->socket = socket_copy;
    scanner->board = board_copy;
    return 0;
}

/* A scanner runs that is to be replaced, at the socket that is configured: the new one gets
 * names beside the configured ones. */
static int launch_serve_beside(struct scanner_settings *scanner, struct err *err)
{
    char socket[HERITAGE_PATH_MAX], board[HERITAGE_PATH_MAX + 16];

    if (handover_name(launch.own_socket, socket, sizeof socket, err) < 0)
        return -1;
    snprintf(board, sizeof board, "%s%s", launch.own_board, strrchr(socket, '.'));
    return launch_serve_at(scanner, socket, board, err);
}

/* The way to treat the state that an earlier instance of this module has left in this process. */
enum launch_heir {
    HEIR_NOTHING, /* nothing is there, or nothing that fits */
    HEIR_ADOPT,   /* its scanner runs on, or is restarted, at the same names */
    HEIR_REPLACE  /* its scanner runs and ends with the old children; another one starts */
};

static enum launch_heir launch_judge(const struct heritage *left, const struct settings *settings)
{
    bool runs = launch_is_running(left->pid);

    if (!settings->start_scanner || left->socket != heritage_sum(launch.own_socket))
        return HEIR_NOTHING;
    if (left->path != heritage_sum(settings->scanner_path) ||
        (runs && handover_is_replaced(left->pid)))
        return HEIR_REPLACE;
    return HEIR_ADOPT;
}

/* Returns 0, or -1 and err. */
static int launch_take_over(const struct heritage *left, enum launch_heir heir,
                            struct settings *settings, struct err *err)
{
    bool runs = launch_is_running(left->pid);

    if (heir == HEIR_ADOPT) {
        launch.lifeline[0] = left->lifeline[0];
        launch.lifeline[1] = left->lifeline[1];
        launch.leaving = left->leaving;
        words_adopt(left->words);
        if (runs) {
            launch.pid = left->pid;
            launch.started = launch_now_s();
        }
        if (left->actual_socket[0])
            return launch_serve_at(&settings->scanner, left->actual_socket, left->actual_board,
                                   err);
        return 0;
    }
    /* It serves the old children to their end and stops with the last of them. */
    close(left->lifeline[0]);
    close(left->lifeline[1]);
    launch.leaving = runs ? left->pid : 0;
    if (heir == HEIR_REPLACE && runs)
        return launch_serve_beside(&settings->scanner, err);
    return 0;
}

/* The old scanner has ended: kasp and the updater find the new one at the configured names. */
static int launch_publish(struct err *err)
{
    pid_t pid = launch.leaving;
    const struct scanner_settings *scanner = &launch.settings->scanner;

    launch.leaving = 0;
    launch_remember();
    if (strcmp(launch.own_socket, scanner->socket) == 0)
        return 0;
    if (handover_publish(launch.own_socket, scanner->socket, err) < 0 ||
        handover_publish(launch.own_board, scanner->board, err) < 0)
        return 1;
    err_set(err, "the replaced epostavs (process %d) has ended; %s leads to the new one", (int)pid,
            launch.own_socket);
    return 1;
}

/* -------------------------------------------------------------- starting */

static int launch_start(struct err *err)
{
    const char *path = launch.settings->scanner_path;

    launch.started = launch_now_s();
    if (launch.lifeline[0] < 0 && pipe2(launch.lifeline, O_CLOEXEC) < 0) {
        launch.lifeline[0] = launch.lifeline[1] = -1;
        return err_sys(err, "no pipe can be made");
    }
    int said = words_open(err);
    pid_t pid = said < 0 ? -1
                         : spawn_scanner(path, launch.text, launch.settings->scanner_pid,
                                         launch.lifeline[0], said, err);
    if (said >= 0)
        close(said);
    if (pid > 0) {
        launch.pid = pid;
        launch.alive = 0;
    }
    launch_remember();
    return pid > 0 ? 0 : -1;
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

/* Starts one. While an older one still serves the old children, nothing is handed to the new
 * children before the new one serves. */
static int launch_start_first(struct err *err)
{
    const struct scanner_settings *scanner = &launch.settings->scanner;

    if (launch_try_start(err) < 0)
        return -1;
    if (launch.leaving == 0)
        return 0;
    return handover_wait(scanner->board, launch.pid, scanner->load_timeout, err);
}

int launch_begin(struct settings *settings, struct err *err)
{
    struct heritage left;
    struct wire_reply reply;
    enum launch_heir heir = HEIR_NOTHING;

    launch.settings = settings;
    snprintf(launch.own_socket, sizeof launch.own_socket, "%s", settings->scanner.socket);
    snprintf(launch.own_board, sizeof launch.own_board, "%s", settings->scanner.board);
    bool has_left = heritage_read(&left);
    if (has_left) {
        heir = launch_judge(&left, settings);
        if (launch_take_over(&left, heir, settings, err) < 0)
            return -1;
    } else if (settings->start_scanner) {
        handover_clear(launch.own_socket);
        handover_clear(launch.own_board);
    }
    if (scannerconf_export(&settings->scanner, launch.text, sizeof launch.text) < 0)
        return err_set(err, "the scanner's settings are too long");
    if (!settings->start_scanner)
        return 0;
    if (!launch.pid)
        return launch_start_first(err);
    launch_remember();
    if (left.text != heritage_sum(launch.text) &&
        client_control(settings->scanner.socket, WIRE_SETTINGS, launch.text, LAUNCH_CONTROL_MS,
                       &reply, err) < 0)
        return err_prefix(err, "the running scanner did not take the new settings");
    return 0;
}

/* -------------------------------------------------------------- watching */

int launch_is_takeover(void)
{
    return heritage_exists();
}

/* Reads the state that the scanner shows now. Returns 1, or 0 when it has never said anything. */
static int launch_read_board(struct board_view *view)
{
    struct err ignored;

    if (!launch.board)
        launch.board = board_open_reader(launch.settings->scanner.board, &ignored);
    if (!launch.board)
        return 0;
    board_refresh(launch.board, launch.settings->scanner.board);
    board_read(launch.board, view);
    return 1;
}

/* The scanner's guardian ended, and the scanner lives: it has another guardian, which is no child
 * of ours. Returns 1; 0 when none lives, -1 when the scanner is about to make it. */
static int launch_adopt_guardian(pid_t old)
{
    struct board_view view;

    if (!launch_read_board(&view))
        return 0;
    if (view.state == BOARD_DOWN || !launch_is_running(view.supervisor_pid))
        return 0;
    if (view.guardian_pid == old || !launch_is_running(view.guardian_pid))
        return -1;
    launch.pid = view.guardian_pid;
    launch_remember();
    return 1;
}

int launch_child_ended(pid_t pid, struct err *err)
{
    struct err why;

    if (pid <= 0 || pid != launch.pid)
        return 0;
    launch.pid = 0;
    int adopted = launch_adopt_guardian(pid);
    if (adopted < 0) {
        launch.due = launch_now_s() + 1;
        launch_remember();
        return 0;
    }
    if (adopted > 0)
        return err_set(err, "the guardian of epostavs (process %d) ended; process %d has its place",
                       (int)pid, (int)launch.pid) < 0;
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
    err_set(err, "epostavs (process %d) ended soon after its start; next try in %u s%s%.800s",
            (int)pid, wait, *words_last() ? "; it said: " : "", words_last());
    return 1;
}

/* Kills a scanner that runs and yet has shown no sign of life for long. */
static int launch_watch_heartbeat(struct err *err)
{
    struct board_view view;

    if (!launch_read_board(&view))
        return 0;
    uint64_t late = clock_now() - atomic_load(&launch.board->heartbeat_ns);
    if (view.supervisor_pid > 1 && late > LAUNCH_LATE_MS * CLOCK_MS) {
        /* Supervisor and guardian look after each other, but not when somebody has stopped both. */
        kill(view.guardian_pid > 1 ? view.guardian_pid : launch.pid, SIGCONT);
        kill(view.supervisor_pid, SIGCONT);
    }
    if (view.state != BOARD_DOWN)
        launch.alive = launch_now_s();
    if (launch.alive == 0 || launch_now_s() - launch.alive < LAUNCH_SILENT_S)
        return 0;
    launch.alive = 0;
    kill(launch.pid, SIGKILL);
    if (launch_is_running(view.supervisor_pid))
        kill(view.supervisor_pid, SIGKILL);
    err_set(err, "epostavs (process %d) gave no sign of life for %d s and was killed",
            (int)launch.pid, LAUNCH_SILENT_S);
    return 1;
}

int launch_tick(struct err *err)
{
    struct err why;

    if (!launch.settings || !launch.settings->start_scanner)
        return 0;
    if (launch.leaving && !launch_is_running(launch.leaving))
        return launch_publish(err);
    if (launch.pid && !launch_is_running(launch.pid))
        return launch_child_ended(launch.pid, err); /* not a child of this process */
    if (launch.pid)
        return launch_watch_heartbeat(err);
    if (launch_now_s() < launch.due)
        return 0;
    if (launch_adopt_guardian(0) > 0)
        err_set(err, "epostavs lives; process %d is its guardian", (int)launch.pid);
    else if (launch_try_start(&why) == 0)
        err_set(err, "epostavs started as process %d", (int)launch.pid);
    else
        err_set(err, "epostavs cannot be started: %.900s", why.text);
    return 1;
}

int launch_control(enum wire_kind kind, struct err *err)
{
    struct wire_reply reply;

    if (!launch.settings)
        return err_set(err, "the service is not running");
    return client_control(launch.settings->scanner.socket, kind, NULL, LAUNCH_CONTROL_MS, &reply,
                          err);
}

void launch_end(void)
{
    board_close_reader(&launch.board);
    launch.settings = NULL;
}
