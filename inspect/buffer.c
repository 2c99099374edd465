/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/buffer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BUFFER_COARSE (16u << 20) /* bytes up to which it doubles */

#ifdef EPOST_SANITIZED
#define BUFFER_KEPT 0u /* what is used after it was freed is to be seen */
#else
#define BUFFER_KEPT (8u << 20) /* bytes of a mapping that is kept, at most */
#endif

bool (*buffer_more)(size_t bytes);

/* The mapping of a buffer that was freed: the next one need not wait for cleared pages. */
static struct {
    uint8_t *data; /* NULL: none */
    size_t capacity;
} buffer_kept;

bool buffer_rest(void)
{
    const bool any = buffer_kept.data != NULL;

    if (any)
        munmap(buffer_kept.data, buffer_kept.capacity);
    buffer_kept.data = NULL;
    buffer_kept.capacity = 0;
    return any;
}

static void buffer_keep(uint8_t *data, size_t capacity)
{
    if (capacity > BUFFER_KEPT || capacity <= buffer_kept.capacity) {
        munmap(data, capacity);
        return;
    }
    buffer_rest();
    buffer_kept.data = data;
    buffer_kept.capacity = capacity;
}

/* Private memory, so that it counts like all other memory of the process. It grows in place or
 * moves without being copied. */
static void *buffer_remap(void *old, size_t old_capacity, size_t capacity)
{
    void *map;

    do
        map =
            old ? mremap(old, old_capacity, capacity, MREMAP_MAYMOVE)
                : mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (map == MAP_FAILED &&
           (buffer_rest() || (buffer_more && buffer_more(capacity - old_capacity))));
    return map == MAP_FAILED ? NULL : map;
}

/* A new mapping, or the one that was kept, at most as large. NULL without memory. */
static void *buffer_map(size_t capacity)
{
    uint8_t *const kept = buffer_kept.data;
    const size_t had = buffer_kept.capacity;
    void *map;

    if (!kept)
        return buffer_remap(NULL, 0, capacity);
    buffer_kept.data = NULL;
    buffer_kept.capacity = 0;
    if (had == capacity)
        return kept;
    map = buffer_remap(kept, had, capacity);
    if (!map)
        munmap(kept, had);
    return map;
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
        if (capacity < buffer_kept.capacity)
            capacity = buffer_kept.capacity;
        data = buffer_map(capacity);
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
        buffer_keep(buffer->data, buffer->capacity);
    else
        free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}
