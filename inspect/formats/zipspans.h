/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zipspans: which bytes of a ZIP are the packed content of members that were read whole. Bytes that
 * look like a header within them belong to a member's content.
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPSPANS_H
#define EPOST_INSPECT_FORMATS_ZIPSPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zipspans_span;

struct zipspans {
    struct zipspans_span *spans; /* NULL: none yet */
    size_t count;
};

/* Further ones than can be remembered, or without memory, are forgotten: more is reported then. */
void zipspans_add(struct zipspans *spans, const uint8_t *begin, size_t length);

/* Whether `at` lies within one, behind its first byte. */
bool zipspans_have(const struct zipspans *spans, const uint8_t *at);

void zipspans_clear(struct zipspans *spans);
void zipspans_free(struct zipspans *spans);

#endif
