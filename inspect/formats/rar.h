/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rar: reads the block headers of a RAR archive (4 and 5), and nothing of its
 * content, for what libarchive does not tell: encryption, and members that go
 * on in another volume.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_RAR_H
#define EPOST_INSPECT_FORMATS_RAR_H

#include <stddef.h>
#include <stdint.h>

struct rar_facts {
    int encrypted;   /* some member or the headers */
    int split;       /* some member begins or ends in another volume */
    unsigned blocks; /* that were looked at */
    size_t end;      /* behind its end block, or the length if there is none */
};

/* The facts about bytes that begin with RAR's mark; otherwise all is 0 but the end. */
void rar_walk(const uint8_t *data, size_t length, struct rar_facts *facts);

/* How long an archive is that begins here, or 0 if none does: mark and first header are checked.
 * Adds the bytes that were looked at for that to *work. */
size_t rar_extent(const uint8_t *data, size_t length, uint64_t *work);

#endif
