/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/backlog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Two buffers: one fills while the other is being written. */
struct backlog {
    pthread_mutex_t mutex;
    pthread_cond_t some; /* something is there, or the end */
    size_t ceiling;
    struct buf filling;
    size_t at; /* taken up to here */
    bool is_ended;
};

struct backlog *backlog_new(size_t ceiling)
{
    struct backlog *backlog = calloc(1, sizeof *backlog);
    pthread_condattr_t attributes;

    if (!backlog)
        return NULL;
    pthread_mutex_init(&backlog->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&backlog->some, &attributes);
    pthread_condattr_destroy(&attributes);
    backlog->ceiling = ceiling;
    buf_init(&backlog->filling, ceiling);
    return backlog;
}

void backlog_free(struct backlog **backlog)
{
    if (!*backlog)
        return;
    buf_free(&(*backlog)->filling);
    pthread_cond_destroy(&(*backlog)->some);
    pthread_mutex_destroy(&(*backlog)->mutex);
    free(*backlog);
    *backlog = NULL;
}

/* Bytes that were taken make room again once they are half of it. */
static void backlog_compact(struct backlog *backlog)
{
    struct buf *filling = &backlog->filling;

    if (backlog->at == filling->length) {
        buf_reset(filling);
        backlog->at = 0;
    } else if (backlog->at > backlog->ceiling / 2) {
        memmove(filling->data, filling->data + backlog->at, filling->length - backlog->at);
        filling->length -= backlog->at;
        backlog->at = 0;
    }
}

int backlog_put(struct backlog *backlog, const void *message, size_t length)
{
    uint32_t size = (uint32_t)length;
    int status = -1;

    pthread_mutex_lock(&backlog->mutex);
    backlog_compact(backlog);
    if (backlog->ceiling - backlog->filling.length >= length + sizeof size) {
        status = buf_add(&backlog->filling, &size, sizeof size);
        if (status == 0 && buf_add(&backlog->filling, message, length) < 0) {
            backlog->filling.length -= sizeof size;
            status = -1;
        }
        pthread_cond_signal(&backlog->some);
    }
    pthread_mutex_unlock(&backlog->mutex);
    return status;
}

static void backlog_wait(struct backlog *backlog, int wait_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (backlog->at == backlog->filling.length && !backlog->is_ended)
        if (pthread_cond_timedwait(&backlog->some, &backlog->mutex, &until) != 0)
            return;
}

size_t backlog_take(struct backlog *backlog, struct buf *batch, size_t most, int wait_ms)
{
    size_t count = 0, end;
    uint32_t size;

    buf_reset(batch);
    pthread_mutex_lock(&backlog->mutex);
    backlog_wait(backlog, wait_ms);
    for (end = backlog->at; count < most && end < backlog->filling.length; count++) {
        memcpy(&size, backlog->filling.data + end, sizeof size);
        if (end - backlog->at + sizeof size + size > batch->ceiling)
            break;
        end += sizeof size + size;
    }
    if (count && buf_add(batch, backlog->filling.data + backlog->at, end - backlog->at) < 0)
        count = 0;
    else
        backlog->at = end;
    pthread_mutex_unlock(&backlog->mutex);
    return count;
}

void backlog_end(struct backlog *backlog)
{
    pthread_mutex_lock(&backlog->mutex);
    backlog->is_ended = true;
    pthread_cond_broadcast(&backlog->some);
    pthread_mutex_unlock(&backlog->mutex);
}

bool backlog_is_ended(struct backlog *backlog)
{
    pthread_mutex_lock(&backlog->mutex);
    bool is_ended = backlog->is_ended;
    pthread_mutex_unlock(&backlog->mutex);
    return is_ended;
}

size_t backlog_bytes(struct backlog *backlog)
{
    pthread_mutex_lock(&backlog->mutex);
    size_t bytes = backlog->filling.length - backlog->at;
    pthread_mutex_unlock(&backlog->mutex);
    return bytes;
}
