/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/control.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONTROL_COMMAND "epost_av:reload" /* c-icap wants it without a line's end */
#define CONTROL_POLL_MS 50
#define CONTROL_TRIES   100

static void control_pause(void)
{
    struct timespec time = {.tv_nsec = CONTROL_POLL_MS * 1000000L};

    nanosleep(&time, NULL);
}

int control_reload(const char *path, struct err *err)
{
    const ssize_t length = sizeof CONTROL_COMMAND - 1;
    struct stat st;
    ssize_t done = -1;
    int fd = -1;

    /* c-icap closes and opens the pipe anew now and then: nobody there may be there soon. */
    for (int i = 0; i < CONTROL_TRIES; i++) {
        fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 || errno != ENXIO)
            break;
        control_pause();
    }
    if (fd < 0)
        return err_sys(err, "cannot open the control pipe %s", path);
    if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
        close(fd);
        return err_set(err, "%s is no pipe (Control must be c-icap's CommandsSocket)", path);
    }
    for (int i = 0; i < CONTROL_TRIES && done < 0; i++) {
        done = write(fd, CONTROL_COMMAND, (size_t)length);
        if (done >= 0 || errno != EAGAIN)
            break;
        control_pause();
    }
    int status = done == length ? 0 : err_sys(err, "cannot write into %s", path);
    close(fd);
    return status;
}
