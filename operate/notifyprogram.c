/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyprogram.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"

static char *const notifyprogram_environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                                  "LANG=C.UTF-8", NULL};

/* A memory file with the content, to be read from its start. Returns it, or -1 and err. */
static int notifyprogram_input(const struct buf *content, struct err *err)
{
    int fd = memfd_create("epost-notification", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return err_sys(err, "no memory for a notification");
    if (write(fd, content->data, content->length) == (ssize_t)content->length &&
        lseek(fd, 0, SEEK_SET) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0)
        return fd;
    err_sys(err, "no memory for a notification");
    close(fd);
    return -1;
}

/* It has the first three descriptors and no other; libcurl's are not closed on exec. */
static int notifyprogram_spawn(pid_t *pid_r, const char *path, int input)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char name[NOTIFYRULES_PLACE];
    char *arguments[] = {name, NULL};
    sigset_t none, usual;

    text_fit(name, sizeof name, path);
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failure =
        posix_spawn(pid_r, path, &actions, &attributes, arguments, notifyprogram_environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int notifyprogram_start(struct notifyprogram *program, const struct notifyrules_target *target,
                        const struct buf *content, uint64_t now_ms, struct err *err)
{
    int input = notifyprogram_input(content, err);

    program->pid = 0;
    program->fd = -1;
    if (input < 0)
        return -1;
    int failure = notifyprogram_spawn(&program->pid, target->place, input);
    close(input);
    if (failure) {
        program->pid = 0;
        errno = failure;
        return err_sys(err, "cannot run %s", target->place);
    }
    program->fd = (int)syscall(SYS_pidfd_open, program->pid, 0);
    program->end_ms = now_ms + (uint64_t)target->deadline_ms;
    return 0;
}

/* Its child processes are in its session, and in its group unless they left that. */
void notifyprogram_kill(struct notifyprogram *program)
{
    if (!program->pid)
        return;
    kill(-program->pid, SIGKILL);
    kill(program->pid, SIGKILL);
    while (waitpid(program->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (program->fd >= 0)
        close(program->fd);
    program->pid = 0;
    program->fd = -1;
}

bool notifyprogram_is_over(struct notifyprogram *program, uint64_t now_ms,
                           enum notifyslot_outcome *outcome_r, struct err *err)
{
    siginfo_t info = {.si_pid = 0};

    *outcome_r = NOTIFYSLOT_RETRY;
    /* It stays a zombie until notifyprogram_kill, so that its group's number is not another's. */
    bool has_ended = waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                     info.si_pid == program->pid;
    if (!has_ended && now_ms < program->end_ms)
        return false;
    if (!has_ended)
        err_set(err, "it did not end in time and was killed");
    else if (info.si_code != CLD_EXITED)
        err_set(err, "it was ended by signal %d", info.si_status);
    else if (info.si_status != 0)
        err_set(err, "its exit status is %d", info.si_status);
    else
        *outcome_r = NOTIFYSLOT_SENT;
    notifyprogram_kill(program);
    return true;
}
