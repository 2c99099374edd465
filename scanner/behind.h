/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * behind: archives that do not begin where the object does. Unpackers look for
 * a ZIP's directory from the end of a file, and for the mark of RAR and 7z
 * anywhere in it, so what stands in front of an archive hides it from everybody
 * who asks the first bytes only.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_SCANNER_BEHIND_H
#define EPOST_SCANNER_BEHIND_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/kind.h"

struct behind {
    enum kind kind;
    size_t offset; /* where it is opened: a ZIP from 0, since it is read from the end */
    size_t length; /* of the archive from there, as far as its own headers tell */
};

/* How far a search has come. */
struct behind_search {
    const uint8_t *data;
    size_t length;
    enum kind front; /* what the object begins as */
    unsigned step;
    size_t at;
};

#define BEHIND_SEARCH(data_, length_, front_)                                                      \
    {                                                                                              \
        .data = (data_), .length = (length_), .front = (front_)                                    \
    }

/* The next archive. Marks count only with headers behind them whose checksums are right.
 * Returns 1, or 0 when there is none any more. */
int behind_next(struct behind_search *search, struct behind *found);

#endif
