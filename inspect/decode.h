/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode: undoes one compression, in a stream, into a buffer, within a budget.
 *
 * Threads: one; no state is kept between calls.
 */
#ifndef EPOST_INSPECT_DECODE_H
#define EPOST_INSPECT_DECODE_H

#include <stdbool.h>

#include "inspect/budget.h"
#include "inspect/buffer.h"

enum codec {
    CODEC_GZIP,     /* any number of members, what follows them is ignored */
    CODEC_GZIP_ONE, /* its first member */
    CODEC_ZLIB,
    CODEC_DEFLATE, /* without zlib's header */
    CODEC_BROTLI,
    CODEC_ZSTD,     /* any number of frames */
    CODEC_ZSTD_ONE, /* its first frame */
    CODEC_COMPRESS  /* of compress(1); a code that cannot be ends it */
};

struct decoded {
    struct buffer out;
    size_t used;  /* bytes of input that belong to the stream */
    int complete; /* the stream came to its own end */
    bool is_all; /* or the input ended, or but a check sum at its end is wrong: no decoder gets more
                  */
};

/* Returns REASON_NONE if the stream was decoded to its end; REASON_ENCODING if it is damaged or
 * cut; a ceiling of the budget; LIMIT_MEMORY if it asks for too large a window; or
 * REASON_MEMORY. decoded->out has what could be decoded in every
 * case: free it with buffer_free. */
enum reason decode(enum codec codec, const uint8_t *data, size_t length,
                   const struct budget *budget, struct decoded *decoded);

/* The same for aws-chunked, whose result is never larger than what it is made of (awschunked.c). */
enum reason decode_aws_chunked(const uint8_t *data, size_t length, struct decoded *decoded);

#endif
