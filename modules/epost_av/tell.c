/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "modules/epost_av/compat.h"

#define TELL_LINE_MAX 2048 /* bytes, cut beyond */
#define TELL_JOURNAL  "/run/systemd/journal/socket"
#define TELL_PRIORITY 5 /* notice */

/* The journal's own form, one datagram; a journal that does not take it at once does not get it. */
static void tell_journal(const char *line)
{
    struct sockaddr_un journal = {.sun_family = AF_UNIX, .sun_path = TELL_JOURNAL};
    char message[TELL_LINE_MAX + 128];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return;
    int length =
        snprintf(message, sizeof message, "PRIORITY=%d\nSYSLOG_IDENTIFIER=epost_av\nMESSAGE=%.*s\n",
                 TELL_PRIORITY, TELL_LINE_MAX, line);
    if (sendto(fd, message, (size_t)length, MSG_NOSIGNAL, (struct sockaddr *)&journal,
               sizeof journal) < 0) {
        /* There is none; the server log has the line. */
    }
    close(fd);
}

void tell(const char *line)
{
    char plain[TELL_LINE_MAX];

    snprintf(plain, sizeof plain, "%s", line);
    for (char *c = plain; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    ci_debug_printf(0, "epost_av: %s\n", plain);
    tell_journal(plain);
}

void tell_operator(const char *format, ...)
{
    char line[TELL_LINE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fprintf(stderr, "epost_av: %s\n", line);
    tell(line);
}
