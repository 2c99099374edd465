/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pieces: uploads that carry one piece of a file, for a server that joins the
 * pieces: tus, resumable uploads of the IETF, the chunks of ownCloud, S3, Azure
 * and the like. Content-Range is range.c's.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_PIECES_H
#define EPOST_AV_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIECES_WORD_MAX                                                                            \
    64 /* bytes with NUL of a decoded query parameter; longer ones are no mark */

/* The facts about one request. Starts zeroed. */
struct pieces {
    bool is_piece;            /* carries a piece of a whole, whatever its size */
    bool has_offset;          /* an Upload-Offset came */
    bool is_complete;         /* the sender says that this is the last piece */
    unsigned long long whole; /* bytes of the whole, 0 unknown */
    unsigned long long offset;
};

/* Looks at one header field, `name` of `name_length` bytes. */
void pieces_add_field(struct pieces *pieces, const char *name, size_t name_length,
                      const char *value);

/* Looks at method ("" unknown), URL and Content-Type, after all fields. The answer is in
 * pieces->is_piece; pieces->whole is then the length that a body must have to be no piece, or 0. */
void pieces_finish(struct pieces *pieces, const char *method, const char *url, const char *type);

#endif
