/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body: the bytes of one message: in memory to 64 KiB, then in a memfd, then
 * in a file without a name, each with a ceiling; SHA-256 runs along.
 *
 * A body is written, finished, and read from its start. Or it is turned into a
 * stream: what is stored goes out first, what still comes passes through a
 * small ring behind it.
 *
 * Owner: the transaction. Threads: one at a time.
 */
#ifndef EPOST_AV_BODY_H
#define EPOST_AV_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/wire.h"

#define BODY_MEMORY WIRE_INLINE_MAX /* bytes that stay in memory and travel inline */

struct body_limits {
    uint64_t memfd;    /* bytes a memfd may hold */
    uint64_t ceiling;  /* bytes a body may have */
    const char *spool; /* directory for files */
};

struct body {
    struct body_limits limits;
    uint8_t *memory; /* the last bytes written, not yet in fd; after that the read buffer */
    size_t memory_size;
    int fd;      /* -1: all is in memory */
    int spooled; /* fd is a file in the spool directory, not a memfd */
    int finished;
    uint64_t length;                /* bytes stored */
    uint64_t flushed;               /* of those in fd */
    uint64_t read;                  /* bytes taken by body_read, the ring's too */
    uint64_t buffered_at, buffered; /* what of fd the read buffer holds */
    uint8_t *ring;                  /* BODY_MEMORY bytes, NULL unless a stream */
    uint64_t ring_in, ring_out;
    void *sha;                   /* EVP_MD_CTX */
    uint8_t sha256[WIRE_SHA256]; /* valid when finished */
};

void body_init(struct body *body, const struct body_limits *limits);

/* Bytes that body_add takes now without going over the ceiling; of a stream,
 * the room in its ring. */
uint64_t body_room(const struct body *body);

/* Adds up to body_room bytes. Returns 0, or -1 and err (disk full, no memory). */
EPOST_MUST_CHECK int body_add(struct body *body, const void *data, size_t length, struct err *err);

/* All is written: computes sha256, seals a memfd, and body_read begins at the
 * first byte. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int body_finish(struct body *body, struct err *err);

/* Turns an unfinished body into a stream. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int body_stream(struct body *body, struct err *err);

/* Takes the next bytes of a finished body or of a stream. Returns how many, 0
 * when there are none (now), or -1 when they cannot be read. */
int body_read(struct body *body, void *data, size_t size);

/* Bytes stored and not yet taken by body_read. */
uint64_t body_left(const struct body *body);

/* Takes the next bytes of a body that is still being written (for trickling).
 * Returns as body_read. */
int body_peel(struct body *body, void *data, size_t size);

/* The first stored bytes, at most `size`, without taking them; their number. */
size_t body_head(const struct body *body, void *data, size_t size);

/* Closes and frees; harmless on one that is empty. */
void body_free(struct body *body);

#endif
