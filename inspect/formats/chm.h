/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chm: the list of files of a compiled HTML help file, so that it can be told
 * whether libclamav, which alone opens them, opened all.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_CHM_H
#define EPOST_INSPECT_FORMATS_CHM_H

#include <stddef.h>
#include <stdint.h>

struct chm_facts {
    unsigned members; /* files of more bytes than libclamav ignores */
    uint64_t bytes;   /* of these, unpacked */
    int damaged;      /* the list breaks off */
};

void chm_walk(const uint8_t *data, size_t length, struct chm_facts *facts);

#endif
