/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "common/writeall.h"

#define BODY_FIRST 4096u /* bytes allocated at first; most requests are small */

void body_init(struct body *body, const struct body_limits *limits)
{
    memset(body, 0, sizeof *body);
    body->limits = *limits;
    body->fd = -1;
}

uint64_t body_room(const struct body *body)
{
    if (body->ring)
        return BODY_MEMORY - (body->ring_in - body->ring_out);
    return body->length < body->limits.ceiling ? body->limits.ceiling - body->length : 0;
}

uint64_t body_left(const struct body *body)
{
    return body->length - body->read + (body->ring_in - body->ring_out);
}

/* -------------------------------------------------------------------- writing */

static int body_hash(struct body *body, const void *data, size_t length, struct err *err)
{
    if (!body->sha) {
        body->sha = EVP_MD_CTX_new();
        if (!body->sha || EVP_DigestInit_ex(body->sha, EVP_sha256(), NULL) != 1)
            return err_set(err, "SHA-256 cannot be started");
    }
    if (length && EVP_DigestUpdate(body->sha, data, length) != 1)
        return err_set(err, "SHA-256 failed");
    return 0;
}

/* A file without a name, with what the memfd holds copied into it. */
static int body_move_to_spool(struct body *body, struct err *err)
{
    off_t at = 0;
    int fd = open(body->limits.spool, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_sys(err, "no file can be made in Spool %s", body->limits.spool);
    while ((uint64_t)at < body->flushed) {
        ssize_t done = sendfile(fd, body->fd, &at, (size_t)(body->flushed - (uint64_t)at));
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            err_sys(err, "the body cannot be stored in %s", body->limits.spool);
            close(fd);
            return -1;
        }
    }
    if (body->fd >= 0)
        close(body->fd);
    body->fd = fd;
    body->spooled = 1;
    return 0;
}

/* Moves the bytes in memory to the descriptor, making or changing it as the size asks. */
static int body_flush(struct body *body, struct err *err)
{
    size_t length = (size_t)(body->length - body->flushed);

    if (body_hash(body, body->memory, length, err) < 0)
        return -1;
    if (body->fd < 0) {
        body->fd = memfd_create("epost_av body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (body->fd < 0)
            return err_sys(err, "no memory file can be made");
    }
    if (!body->spooled && body->flushed + length > body->limits.memfd &&
        body_move_to_spool(body, err) < 0)
        return -1;
    if (writeall_at(body->fd, body->memory, length, body->flushed) < 0)
        return err_sys(err, "the body cannot be stored");
    body->flushed += length;
    return 0;
}

static int body_grow_memory(struct body *body, size_t wanted, struct err *err)
{
    size_t size = body->memory_size ? body->memory_size : BODY_FIRST;

    while (size < wanted)
        size *= 2;
    if (size > BODY_MEMORY)
        size = BODY_MEMORY;
    if (size <= body->memory_size)
        return 0;
    uint8_t *memory = realloc(body->memory, size);
    if (!memory)
        return err_set(err, "there is no memory for the body");
    body->memory = memory;
    body->memory_size = size;
    return 0;
}

static void body_add_ring(struct body *body, const uint8_t *data, size_t length)
{
    while (length) {
        size_t at = body->ring_in % BODY_MEMORY;
        size_t part = BODY_MEMORY - at < length ? BODY_MEMORY - at : length;
        memcpy(body->ring + at, data, part);
        body->ring_in += part;
        data += part;
        length -= part;
    }
}

int body_add(struct body *body, const void *data, size_t length, struct err *err)
{
    const uint8_t *from = data;

    if (body->finished || length > body_room(body))
        return err_set(err, "more bytes than a body may have");
    if (body->ring) {
        body_add_ring(body, from, length);
        return 0;
    }
    while (length) {
        size_t used = (size_t)(body->length - body->flushed);
        if (used == BODY_MEMORY) {
            if (body_flush(body, err) < 0)
                return -1;
            used = 0;
        }
        size_t part = BODY_MEMORY - used < length ? BODY_MEMORY - used : length;
        if (body_grow_memory(body, used + part, err) < 0)
            return -1;
        memcpy(body->memory + used, from, part);
        body->length += part;
        from += part;
        length -= part;
    }
    return 0;
}

int body_finish(struct body *body, struct err *err)
{
    int in_memory = body->fd < 0;
    size_t length = (size_t)(body->length - body->flushed);

    if (in_memory ? body_hash(body, body->memory, length, err) : body_flush(body, err))
        return -1;
    if (EVP_DigestFinal_ex(body->sha, body->sha256, NULL) != 1)
        return err_set(err, "SHA-256 failed");
    if (!in_memory && !body->spooled)
        (void)fcntl(body->fd, F_ADD_SEALS,
                    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    body->finished = 1;
    return 0;
}

int body_stream(struct body *body, struct err *err)
{
    if (body->fd >= 0 && body_flush(body, err) < 0)
        return -1;
    body->ring = malloc(BODY_MEMORY);
    if (!body->ring)
        return err_set(err, "there is no memory for the body");
    return 0;
}

/* -------------------------------------------------------------------- reading */

/* One piece of what is stored, from wherever it is. */
static int body_read_at(const struct body *body, uint64_t at, void *data, size_t size)
{
    ssize_t done;

    if (at >= body->length)
        return 0;
    if (at >= body->flushed) {
        size_t left = (size_t)(body->length - at);
        size_t part = left < size ? left : size;
        memcpy(data, body->memory + (at - body->flushed), part);
        return (int)part;
    }
    if (size > body->flushed - at)
        size = (size_t)(body->flushed - at);
    do
        done = pread(body->fd, data, size, (off_t)at);
    while (done < 0 && errno == EINTR);
    return done > 0 ? (int)done : -1;
}

/* Through the read buffer: one system call for 64 KiB. Memory is free for it, as all is flushed. */
static int body_read_buffered(struct body *body, void *data, size_t size)
{
    if (body->read < body->buffered_at || body->read >= body->buffered_at + body->buffered) {
        int done = body_read_at(body, body->read, body->memory, body->memory_size);
        if (done <= 0)
            return -1;
        body->buffered_at = body->read;
        body->buffered = (uint64_t)done;
    }
    size_t skip = (size_t)(body->read - body->buffered_at);
    size_t part = (size_t)body->buffered - skip;
    if (part > size)
        part = size;
    memcpy(data, body->memory + skip, part);
    body->read += part;
    return (int)part;
}

static int body_read_ring(struct body *body, uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size && body->ring_out < body->ring_in) {
        size_t at = body->ring_out % BODY_MEMORY;
        size_t part = (size_t)(body->ring_in - body->ring_out);
        if (part > BODY_MEMORY - at)
            part = BODY_MEMORY - at;
        if (part > size - done)
            part = size - done;
        memcpy(data + done, body->ring + at, part);
        body->ring_out += part;
        done += part;
    }
    return (int)done;
}

int body_peel(struct body *body, void *data, size_t size)
{
    int done = body_read_at(body, body->read, data, size);

    if (done > 0)
        body->read += (uint64_t)done;
    return done;
}

int body_read(struct body *body, void *data, size_t size)
{
    if (body->read < body->length) {
        if (body->fd >= 0 && body->flushed == body->length)
            return body_read_buffered(body, data, size);
        return body_peel(body, data, size);
    }
    return body->ring ? body_read_ring(body, data, size) : 0;
}

size_t body_head(const struct body *body, void *data, size_t size)
{
    int done = body_read_at(body, 0, data, size);

    return done > 0 ? (size_t)done : 0;
}

void body_free(struct body *body)
{
    if (body->fd >= 0)
        close(body->fd);
    free(body->memory);
    free(body->ring);
    EVP_MD_CTX_free(body->sha);
    memset(body, 0, sizeof *body);
    body->fd = -1;
}
