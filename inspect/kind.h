/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind: what an object is, from its bytes, as far as the pipeline has a
 * business with it: to open it, to check that libclamav opened it, or to say
 * that nobody can. All that is known about each kind stands in formats.def;
 * kindof.h tells which one an object is.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_KIND_H
#define EPOST_INSPECT_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
    KIND_NONE = 0, /* nothing for us: libclamav's scan is all there is to do */
#define FORMAT(kind, ...) KIND_##kind,
#include "inspect/formats.def"
};

enum kind_trait {
    KIND_MEMBERS = 1, /* an archive of several members that both libclamav and the pipeline open */
    KIND_STREAM = 2,  /* one stream without names, for libarchive */
    KIND_WEAK = 4,    /* so few bytes make it that kind that they may be an accident: it is believed
                         only when somebody can open it */
    KIND_UNCERTAIN = 8,  /* a name would have led to another kind */
    KIND_NOISE = 16,     /* bytes that were decoded on a guess begin like it too often to count */
    KIND_RECHECKED = 32, /* an archive of which the number of libclamav's layers says little: going
                            through it costs less than to look for what else they may come from.
                            RAR is not libclamav's in Debian; the others hold members as they are */
    KIND_SHUT = 64       /* nobody can open it */
};

/* true if the kind has the trait. KIND_NONE is uncertain and has no other. */
bool kind_has(enum kind kind, enum kind_trait trait);

/* The mark of an image of a disc: it begins behind 32 KiB that may hold anything. */
int kind_has_iso(const uint8_t *data, size_t length);
int kind_has_udf(const uint8_t *data, size_t length);

/* 1 if there is the end record of a ZIP with members, or of an empty one, in the last 64 KiB, where
 * it lies whatever is in front of the archive. */
int kind_has_zip_end(const uint8_t *data, size_t length);

/* A database of SQLite: it keeps a large value in pages, which have numbers in front of them. */
bool kind_is_paged(const uint8_t *data, size_t length);

/* The name in a path: "zip", "ar", … */
const char *kind_name(enum kind kind);

/* 1 if the bytes look like a mail message: header fields that only mail has. */
int kind_is_mail(const uint8_t *data, size_t length);

/* 1 if name ends in suffix, without regard to case. */
int kind_has_suffix(const char *name, const char *suffix);

#endif
