/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind: what an object is, from its bytes, as far as the pipeline has a
 * business with it: to open it, to check that libclamav opened it, or to say
 * that nobody can.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_KIND_H
#define EPOST_INSPECT_KIND_H

#include <stddef.h>
#include <stdint.h>

enum kind {
    KIND_NONE = 0, /* nothing for us: libclamav's scan is all there is to do */
    /* libclamav opens these, mostly */
    KIND_ZIP,
    KIND_7Z,
    KIND_RAR,
    KIND_TAR,
    KIND_CPIO,
    KIND_CAB,
    KIND_LHA,
    KIND_XAR,
    KIND_ISO,
    KIND_ARJ,
    KIND_GZIP,
    KIND_BZIP2,
    KIND_XZ,
    KIND_PDF,
    KIND_CHM,
    KIND_EGG,
    KIND_ALZ,
    KIND_DMG,
    /* only the pipeline opens these */
    KIND_AR,
    KIND_RPM,
    KIND_WARC,
    KIND_ZSTD,
    KIND_LZIP,
    KIND_LZ4,
    KIND_LZMA,
    KIND_COMPRESS,
    KIND_BROTLI, /* by encoding or name only: it has no magic */
    KIND_UDF,
    KIND_CMS,
    KIND_PGP,
    KIND_APPLESINGLE,
    KIND_OLE2,
    KIND_ONENOTE,
    KIND_RTF,
    KIND_TNEF,
    KIND_ACTIVEMIME,
    KIND_MAIL,
    KIND_INLINED,
    KIND_FORKS, /* MacBinary, AppleSingle, AppleDouble */
    KIND_GITPACK,
    KIND_PYINSTALLER, /* a program with Python files behind it */
    KIND_ASAR,
    KIND_HIDDEN, /* libclamav's own layer with more in it than libclamav looks for */
    /* nobody opens these */
    KIND_CLOSED,
    KIND_ENCRYPTED
};

/* The kind of an object. `name` (may be NULL) decides only where bytes cannot. */
enum kind kind_of(const uint8_t *data, size_t length, const char *name);

/* 1 if a name would not have led kind_of to another kind. */
int kind_is_certain(enum kind kind);

/* 1 if it is an archive of several members that both libclamav and the pipeline open. */
int kind_has_members(enum kind kind);

/* The mark of an image of a disc: it begins behind 32 KiB that may hold anything. */
int kind_has_iso(const uint8_t *data, size_t length);
int kind_has_udf(const uint8_t *data, size_t length);

/* 1 if there is a ZIP's end record in the last 64 KiB, where it lies whatever is in front of
 * the archive. */
int kind_has_zip_end(const uint8_t *data, size_t length);

/* 1 if so few bytes made it that kind that they may be an accident: it is then believed only
 * when somebody can open it. */
int kind_is_weak(enum kind kind);

/* The name in a path: "zip", "ar", … */
const char *kind_name(enum kind kind);

/* 1 if the bytes look like a mail message: header fields that only mail has. */
int kind_is_mail(const uint8_t *data, size_t length);

/* 1 if name ends in suffix, without regard to case. */
int kind_has_suffix(const char *name, const char *suffix);

#endif
