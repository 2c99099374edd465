/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/place.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char place_path[64];
static pid_t place_owner;

static int place_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void place_remove(void)
{
    if (getpid() == place_owner)
        nftw(place_path, place_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *place_directory(void)
{
    if (place_path[0])
        return place_path;
    snprintf(place_path, sizeof place_path, "%s/epost-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(place_path))
        abort();
    place_owner = getpid();
    atexit(place_remove);
    return place_path;
}

const char *place_file(const char *name, const void *data, size_t size)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", place_directory(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || (size && write(fd, data, size) != (ssize_t)size))
        abort();
    close(fd);
    return path;
}

char *place_text(const void *data, size_t size)
{
    char *text = malloc(size + 1); /* no byte more: reading beyond the NUL shows */

    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
