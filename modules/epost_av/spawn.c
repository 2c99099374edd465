/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/writeall.h"

/* A descriptor with the settings as text, to be read from its start. */
static int spawn_settings_file(const char *text, struct err *err)
{
    int fd = memfd_create("epostavs settings", MFD_CLOEXEC);

    if (fd < 0)
        return err_sys(err, "no memory file can be made");
    if (writeall(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        err_sys(err, "the settings cannot be written");
        close(fd);
        return -1;
    }
    return fd;
}

/* In the child: only what is safe between fork and exec. */
static void spawn_become_scanner(const char *path, const char *pid_file, int lifeline, int settings,
                                 int status, int said)
{
    /* The scanner keeps its PID file itself: so that file outlives a reconfigure. */
    const char *const arguments[] = {"epostavs",
                                     "--foreground",
                                     "--lifeline",
                                     "3",
                                     "--settings-fd",
                                     "4",
                                     *pid_file ? "--pid-file" : NULL,
                                     pid_file,
                                     NULL};
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
    dup2(said, 2);
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
static int spawn_exec_result(int fd, const char *path, struct err *err)
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

pid_t spawn_scanner(const char *path, const char *text, const char *pid_file, int lifeline,
                    int said, struct err *err)
{
    int status[2] = {-1, -1};
    pid_t pid = -1;
    int settings = spawn_settings_file(text, err);

    if (settings < 0)
        return -1;
    if (pipe2(status, O_CLOEXEC) < 0) {
        err_sys(err, "no pipe can be made");
        goto out;
    }
    pid = fork();
    if (pid < 0) {
        err_sys(err, "cannot fork");
        goto out;
    }
    if (pid == 0)
        spawn_become_scanner(path, pid_file, lifeline, settings, status[1], said);
    close(status[1]);
    status[1] = -1;
    if (spawn_exec_result(status[0], path, err) < 0)
        pid = -1; /* the master reaps it as any child */
out:
    for (unsigned i = 0; i < 2; i++)
        if (status[i] >= 0)
            close(status[i]);
    close(settings);
    return pid;
}
