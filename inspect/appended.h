/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * appended: archives that do not begin where the object does. Unpackers look for
 * a ZIP's directory from the end of a file, and for the mark of RAR and 7z
 * anywhere in it, and programs and scripts unpack what they carry behind them, so what stands in
 * front of an archive hides it from everybody who asks the first bytes only. So does what fills the
 * first 32 KiB of a disc, and the ISO 9660 tree beside another one in UDF.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_APPENDED_H
#define EPOST_INSPECT_APPENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/kind.h"

struct appended {
    enum kind kind;
    size_t offset; /* where it is opened: 0 for what is read from a place of its own */
    size_t length; /* of the archive from there, as far as its own headers tell */
    size_t extent; /* of what is to be opened from there */
    bool guessed;  /* it may be something else: what cannot be read of it is no trouble */
};

/* How far a search has come. */
struct appended_search {
    const uint8_t *data;
    size_t length;
    enum kind front; /* what the object begins as */
    unsigned step;
    size_t at;
    size_t chained; /* where the streams end that were read together; and how many were so */
    unsigned chains;
    uint64_t work;  /* bytes looked at to tell marks from other bytes, in the current step */
    bool exhausted; /* there are more marks than may be looked at */
    bool has_asked, carries; /* whether it is one of the kinds that carry archives */
    bool has_walked;         /* the ZIP that is the front, with something in front of it: */
    size_t zip_begin, zip_end;
    bool zip_lists; /* it has a directory, or a member that none lists */
};

#define BEHIND_SEARCH(data_, length_, front_)                                                      \
    {                                                                                              \
        .data = (data_), .length = (length_), .front = (front_)                                    \
    }

/* 1 if there may be something in these bytes that libclamav opens besides a container's members,
 * because it looks for the beginnings of archives, programs and documents everywhere. Then the
 * number of what it opened says nothing. */
int appended_is_mixed(const uint8_t *data, size_t length);

/* The next archive. Marks count only with headers behind them whose checksums are right.
 * Returns 1, or 0 when there is none any more. */
int appended_next(struct appended_search *search, struct appended *found);

/* Where the last archive begins that stands behind `front` and reaches to the end, 0 if none does:
 * what is in front of it ends there for everybody who knows how it ends. */
size_t appended_front(const uint8_t *data, size_t length, enum kind front);

#endif
