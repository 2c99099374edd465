/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORDS_LINE  2048 /* bytes of a line, as of the scanner's log */
#define WORDS_LINES 200  /* in one call: c-icap's master has other work too */

static struct {
    int fd;
    size_t used;
    char text[WORDS_LINE];
    char last[WORDS_LINE];
} words = {.fd = -1};

int words_open(struct err *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_sys(err, "no pipe can be made");
    words_adopt(ends[0]);
    words.last[0] = '\0';
    return ends[1];
}

int words_fd(void)
{
    return words.fd;
}

void words_adopt(int fd)
{
    if (words.fd >= 0)
        close(words.fd);
    words.fd = fd;
    words.used = 0;
}

/* The line without its end is in words.text. */
static void words_line(size_t length, void (*tell)(const char *line))
{
    if (length == 0)
        return;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)words.text[i] < 0x20 || words.text[i] == 0x7f)
            words.text[i] = '?';
    words.text[length] = '\0';
    const char *said = strstr(words.text, "epostavs");
    snprintf(words.last, sizeof words.last, "%s", said ? said : words.text);
    tell(words.last);
}

/* Takes the first line out of words.text; `whole` takes what has no end too. */
static int words_take(int whole, void (*tell)(const char *line))
{
    char *end = memchr(words.text, '\n', words.used);

    if (!end && !whole && words.used < sizeof words.text - 1)
        return 0;
    if (!end && words.used == 0)
        return 0;
    size_t length = end ? (size_t)(end - words.text) : words.used;
    size_t taken = end ? length + 1 : length;
    char next[WORDS_LINE];
    size_t rest = words.used - taken;
    memcpy(next, words.text + taken, rest);
    words_line(length, tell);
    memcpy(words.text, next, rest);
    words.used = rest;
    return 1;
}

void words_read(void (*tell)(const char *line))
{
    ssize_t got = 1;

    for (int lines = 0; words.fd >= 0 && lines < WORDS_LINES;) {
        if (words_take(0, tell)) {
            lines++;
            continue;
        }
        got = read(words.fd, words.text + words.used, sizeof words.text - 1 - words.used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        words.used += (size_t)got;
    }
    if (words.fd >= 0 && got == 0) { /* nobody holds the other end any more */
        words_take(1, tell);
        words_adopt(-1);
    }
}

const char *words_last(void)
{
    return words.last;
}
