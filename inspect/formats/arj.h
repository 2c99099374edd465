/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arj: reads the headers of an ARJ archive, and nothing of its content, for
 * what libclamav does not tell: members it passed over because they are
 * encrypted, go on in another volume or are packed in a way it does not know,
 * and members it could unpack only in part.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_ARJ_H
#define EPOST_INSPECT_FORMATS_ARJ_H

#include <stddef.h>
#include <stdint.h>

struct arj_facts {
    int archive;      /* it begins as ARJ archives do; otherwise the rest is 0 */
    int encrypted;    /* some member */
    int split;        /* some member begins or ends in another volume */
    int unknown;      /* some member is packed in a way that libclamav does not know */
    int damaged;      /* the list of members breaks off */
    unsigned members; /* files of more than a few bytes */
    uint64_t bytes;   /* that these unpack to, as their headers say */
};

void arj_walk(const uint8_t *data, size_t length, struct arj_facts *facts);

#endif
