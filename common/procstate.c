/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/procstate.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char procstate_of(pid_t pid)
{
    char path[32], text[256];

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return 0;
    text[got] = '\0';
    const char *end = strrchr(text, ')'); /* behind the name */
    return end && end[1] == ' ' ? end[2] : (char)0;
}
