/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preview: what can be said from the headers and the first bytes: is there
 * anything to scan, do the operator's exceptions decide, is there an engine?
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_PREVIEW_H
#define EPOST_AV_PREVIEW_H

#include <stddef.h>

struct transaction;

enum preview_answer {
    PREVIEW_CONTINUE, /* take the (rest of the) body, then the end of data */
    PREVIEW_204,      /* send it back unmodified, nothing more is needed */
    PREVIEW_FAIL      /* ICAP 500 now */
};

/* `inside` says whether the client waits with the rest of the body. */
enum preview_answer preview_begin(struct transaction *t, const void *data, size_t length,
                                  int inside);

#endif
