/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/buffer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BUFFER_COARSE (16u << 20) /* bytes up to which it doubles */

bool (*buffer_more)(size_t bytes);

/* Private memory, so that it counts like all other memory of the process. It grows in place or
 * moves without being copied. */
static void *buffer_remap(void *old, size_t old_capacity, size_t capacity)
{
    void *map;

    do
        map =
            old ? mremap(old, old_capacity, capacity, MREMAP_MAYMOVE)
                : mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (map == MAP_FAILED && buffer_more && buffer_more(capacity - old_capacity));
    return map == MAP_FAILED ? NULL : map;
}

static size_t buffer_larger(size_t capacity, size_t needed)
{
    while (capacity < needed)
        capacity = capacity < BUFFER_HEAP     ? capacity * 4
                   : capacity < BUFFER_COARSE ? capacity * 2
                                              : capacity + capacity / 4;
    return capacity > BUFFER_HEAP ? (capacity + 4095) & ~(size_t)4095 : capacity;
}

static int buffer_grow(struct buffer *buffer, size_t needed)
{
    uint8_t *data;

    if (needed > SIZE_MAX / 4)
        return -1;
    size_t capacity = buffer_larger(buffer->capacity ? buffer->capacity : 4096, needed);
    if (buffer->mapped) {
        data = buffer_remap(buffer->data, buffer->capacity, capacity);
    } else if (capacity <= BUFFER_HEAP) {
        data = realloc(buffer->data, capacity);
    } else {
        data = buffer_remap(NULL, 0, capacity);
        if (data != NULL && buffer->length > 0)
            memcpy(data, buffer->data, buffer->length);
        if (data != NULL)
            free(buffer->data);
    }
    if (data == NULL)
        return -1;
    buffer->data = data;
    buffer->capacity = capacity;
    buffer->mapped = capacity > BUFFER_HEAP;
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
