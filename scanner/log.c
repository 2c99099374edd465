/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/scannerconf.h"

#define LOG_LINE_MAX 2048 /* bytes of one line, cut beyond */

static int log_origin = -1; /* standard error as it was before log_open; -1: it still is */

int log_open(const char *path, struct err *err)
{
    if (!path[0])
        return 0;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        err_sys(err, "cannot open the log %s", path);
        if (strcmp(path, SCANNERCONF_LOG) != 0)
            return -1;
        /* The default place need not be there. */
        log_warn("%s; lines go to standard error", err->text);
        return 0;
    }
    if (log_origin < 0)
        log_origin = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int failed = dup2(fd, STDERR_FILENO) < 0;
    if (failed)
        err_sys(err, "cannot write the log %s", path);
    close(fd);
    return failed ? -1 : 0;
}

int log_origin_fd(void)
{
    return log_origin;
}

void log_forget_origin(void)
{
    log_origin = -1;
}

static void log_line(int also, const char *level, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void log_line(int also, const char *level, const char *format, va_list args)
{
    char line[LOG_LINE_MAX];
    struct timespec now;
    struct tm parts;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &parts);
    size_t used = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &parts);
    used +=
        (size_t)snprintf(line + used, sizeof line - used,
                         ".%03ld epostavs[%d] %s: ", now.tv_nsec / 1000000, (int)getpid(), level);
    int more = vsnprintf(line + used, sizeof line - used - 1, format, args);
    size_t length = used + (more > 0 ? (size_t)more : 0);
    if (length > sizeof line - 2)
        length = sizeof line - 2;
    for (size_t i = used; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length++] = '\n';
    if (write(STDERR_FILENO, line, length) < 0)
        also = log_origin; /* a full disk, perhaps */
    if (also >= 0 && write(also, line, length) < 0)
        return; /* nobody is left to tell */
}

#define LOG_FUNCTION(name, also, level)                                                            \
    void name(const char *format, ...)                                                             \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        log_line(also, level, format, args);                                                       \
        va_end(args);                                                                              \
    }

LOG_FUNCTION(log_info, -1, "info")
LOG_FUNCTION(log_warn, -1, "warning")
LOG_FUNCTION(log_error, log_origin, "error")
