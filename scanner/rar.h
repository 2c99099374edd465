/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rar: reads the block headers of a RAR archive (4 and 5), and nothing of its
 * content, for what libarchive does not tell: encryption, and members that go
 * on in another volume.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_SCANNER_RAR_H
#define EPOST_SCANNER_RAR_H

#include <stddef.h>
#include <stdint.h>

struct rar_facts {
    int encrypted; /* some member or the headers */
    int split;     /* some member begins or ends in another volume */
};

void rar_walk(const uint8_t *data, size_t length, struct rar_facts *facts);

#endif
