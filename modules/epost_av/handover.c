/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/handover.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/board.h"
#include "common/clock.h"

#define HANDOVER_NAMES   99
#define HANDOVER_POLL_MS 50

bool handover_is_replaced(pid_t pid)
{
    static const char mark[] = " (deleted)";
    char link[64], program[PATH_MAX];

    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    ssize_t length = readlink(link, program, sizeof program);
    return length >= (ssize_t)sizeof mark - 1 &&
           memcmp(program + length - (sizeof mark - 1), mark, sizeof mark - 1) == 0;
}

int handover_name(const char *name, char *beside, size_t size, struct err *err)
{
    struct stat st;

    for (unsigned i = 1; i <= HANDOVER_NAMES; i++) {
        if ((size_t)snprintf(beside, size, "%s.%u", name, i) >= size)
            return err_set(err, "the path %s is too long", name);
        if (lstat(beside, &st) < 0 && errno == ENOENT)
            return 0;
    }
    return err_set(err, "there are too many files beside %s", name);
}

static bool handover_has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/* One look. Returns 1 when it serves, 0 when not yet, -1 and err when it never will. */
static int handover_look(const struct board **board, const char *path, pid_t pid, struct err *err)
{
    struct err ignored;
    struct board_view view;

    if (handover_has_ended(pid))
        return err_set(err, "the new epostavs (process %d) ended", (int)pid);
    if (!*board)
        *board = board_open_reader(path, &ignored);
    if (!*board)
        return 0;
    board_read(*board, &view);
    if (view.guardian_pid != pid)
        return 0;
    if (view.state == BOARD_FAILED)
        return err_set(err, "the new epostavs (process %d) cannot load: %.400s", (int)pid,
                       view.error);
    return view.state == BOARD_READY;
}

int handover_wait(const char *board, pid_t pid, int64_t limit_ms, struct err *err)
{
    static const struct timespec pause = {0, HANDOVER_POLL_MS * 1000000L};
    const struct board *reader = NULL;
    int64_t end = (int64_t)clock_now_ms() + limit_ms;
    int state;

    while ((state = handover_look(&reader, board, pid, err)) == 0) {
        if ((int64_t)clock_now_ms() >= end) {
            state = err_set(err, "the new epostavs (process %d) does not serve after %lld s",
                            (int)pid, (long long)(limit_ms / 1000));
            break;
        }
        nanosleep(&pause, NULL);
    }
    board_close_reader(&reader);
    return state > 0 ? 0 : -1;
}

int handover_publish(const char *name, const char *beside, struct err *err)
{
    char fresh[PATH_MAX];

    snprintf(fresh, sizeof fresh, "%s.new", name);
    unlink(fresh);
    if (symlink(beside, fresh) < 0 || rename(fresh, name) < 0)
        return err_sys(err, "cannot make the link %s to %s", name, beside);
    return 0;
}

void handover_clear(const char *name)
{
    char beside[PATH_MAX];
    struct stat st;

    if (lstat(name, &st) == 0 && S_ISLNK(st.st_mode))
        unlink(name);
    for (unsigned i = 1; i <= HANDOVER_NAMES; i++) {
        snprintf(beside, sizeof beside, "%s.%u", name, i);
        if (lstat(beside, &st) == 0 && (S_ISSOCK(st.st_mode) || S_ISREG(st.st_mode)))
            unlink(beside);
        snprintf(beside, sizeof beside, "%s.%u.lock", name, i);
        if (lstat(beside, &st) == 0 && S_ISREG(st.st_mode))
            unlink(beside); /* of a board whose scanner was killed */
    }
}
