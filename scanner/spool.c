/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/spool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The file itself lives as long as its mapping; growing one needs the descriptor only while
 * the new size is set, but a mapping has no way back to it: so it is a new file each time the
 * size doubles, which copies every byte less than twice over all. */
static uint8_t *spool_map(size_t capacity)
{
    int fd = memfd_create("spool", MFD_CLOEXEC);
    void *map = MAP_FAILED;

    if (fd < 0)
        return NULL;
    if (ftruncate(fd, (off_t)capacity) == 0)
        map = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

static int spool_grow(struct spool *spool, size_t needed)
{
    size_t capacity = spool->capacity ? spool->capacity : 4096;
    uint8_t *data;
    int mapped;

    while (capacity < needed) {
        if (capacity > SIZE_MAX / 4)
            return -1;
        capacity *= capacity < SPOOL_HEAP ? 4 : 2;
    }
    mapped = capacity > SPOOL_HEAP;
    data = mapped ? spool_map(capacity) : malloc(capacity);
    if (data == NULL)
        return -1;
    if (spool->length > 0)
        memcpy(data, spool->data, spool->length);
    if (spool->mapped)
        munmap(spool->data, spool->capacity);
    else
        free(spool->data);
    spool->data = data;
    spool->capacity = capacity;
    spool->mapped = mapped;
    return 0;
}

uint8_t *spool_room(struct spool *spool, size_t length)
{
    if (length > SIZE_MAX - spool->length)
        return NULL;
    if (spool->length + length > spool->capacity && spool_grow(spool, spool->length + length) != 0)
        return NULL;
    return spool->data + spool->length;
}

int spool_add(struct spool *spool, const void *data, size_t length)
{
    uint8_t *room;

    if (length == 0)
        return 0;
    room = spool_room(spool, length);
    if (room == NULL)
        return -1;
    memcpy(room, data, length);
    spool->length += length;
    return 0;
}

void spool_free(struct spool *spool)
{
    if (spool->mapped)
        munmap(spool->data, spool->capacity);
    else
        free(spool->data);
    memset(spool, 0, sizeof *spool);
}
