/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/buffer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The file itself lives as long as its mapping; growing one needs the descriptor only while
 * the new size is set, but a mapping has no way back to it: so it is a new file each time the
 * size doubles, which copies every byte less than twice over all. */
static uint8_t *buffer_map(size_t capacity)
{
    int fd = memfd_create("buffer", MFD_CLOEXEC);
    void *map = MAP_FAILED;

    if (fd < 0)
        return NULL;
    if (ftruncate(fd, (off_t)capacity) == 0)
        map = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

static int buffer_grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : 4096;
    uint8_t *data;
    int mapped;

    while (capacity < needed) {
        if (capacity > SIZE_MAX / 4)
            return -1;
        capacity *= capacity < SPOOL_HEAP ? 4 : 2;
    }
    mapped = capacity > SPOOL_HEAP;
    data = mapped ? buffer_map(capacity) : malloc(capacity);
    if (data == NULL)
        return -1;
    if (buffer->length > 0)
        memcpy(data, buffer->data, buffer->length);
    if (buffer->mapped)
        munmap(buffer->data, buffer->capacity);
    else
        free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    buffer->mapped = mapped;
    return 0;
}

uint8_t *buffer_room(struct buffer *buffer, size_t length)
{
    if (length > SIZE_MAX - buffer->length)
        return NULL;
    if (buffer->length + length > buffer->capacity &&
        buffer_grow(buffer, buffer->length + length) != 0)
        return NULL;
    return buffer->data + buffer->length;
}

int buffer_add(struct buffer *buffer, const void *data, size_t length)
{
    uint8_t *room;

    if (length == 0)
        return 0;
    room = buffer_room(buffer, length);
    if (room == NULL)
        return -1;
    memcpy(room, data, length);
    buffer->length += length;
    return 0;
}

void buffer_free(struct buffer *buffer)
{
    if (buffer->mapped)
        munmap(buffer->data, buffer->capacity);
    else
        free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}
