/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/heritage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HERITAGE_VARIABLE "EPOST_AV_SCANNER"

uint64_t heritage_sum(const char *text)
{
    uint64_t sum = 14695981039346656037u;

    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 1099511628211u;
    return sum;
}

static bool heritage_is_pipe(int fd)
{
    struct stat status;

    return fd > 2 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Copies the line at *text without its end and goes behind it. */
static void heritage_line(const char **text, char *line, size_t size)
{
    size_t length = strcspn(*text, "\n");

    snprintf(line, size, "%.*s", (int)length, *text);
    *text += length + ((*text)[length] == '\n');
}

/* Seven numbers, which version 1.0 left too; then two more, and two lines. */
bool heritage_read(struct heritage *heritage)
{
    int master, pid, leaving = 0;
    char numbers[256];
    const char *value = getenv(HERITAGE_VARIABLE);

    memset(heritage, 0, sizeof *heritage);
    heritage->words = -1;
    if (!value)
        return false;
    heritage_line(&value, numbers, sizeof numbers);
    if (sscanf(numbers, "%d %d %d %d %" SCNu64 " %" SCNu64 " %" SCNu64 " %d %d", &master, &pid,
               &heritage->lifeline[0], &heritage->lifeline[1], &heritage->text, &heritage->socket,
               &heritage->path, &heritage->words, &leaving) < 7 ||
        master != getpid() || !heritage_is_pipe(heritage->lifeline[0]) ||
        !heritage_is_pipe(heritage->lifeline[1]))
        return false;
    heritage->pid = pid;
    heritage->leaving = leaving;
    if (!heritage_is_pipe(heritage->words))
        heritage->words = -1;
    heritage_line(&value, heritage->actual_socket, sizeof heritage->actual_socket);
    heritage_line(&value, heritage->actual_board, sizeof heritage->actual_board);
    return true;
}

void heritage_write(const struct heritage *heritage)
{
    char value[256 + 2 * HERITAGE_PATH_MAX];

    snprintf(value, sizeof value, "%d %d %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d\n%s\n%s\n",
             (int)getpid(), (int)heritage->pid, heritage->lifeline[0], heritage->lifeline[1],
             heritage->text, heritage->socket, heritage->path, heritage->words,
             (int)heritage->leaving, heritage->actual_socket, heritage->actual_board);
    setenv(HERITAGE_VARIABLE, value, 1);
}

bool heritage_exists(void)
{
    int master;
    const char *value = getenv(HERITAGE_VARIABLE);

    return value && sscanf(value, "%d", &master) == 1 && master == getpid();
}
