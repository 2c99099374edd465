/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * egg: reads the headers of ESTsoft's archives, EGG and ALZ, for what libclamav,
 * which alone opens them, passes over in silence: encryption, methods that it
 * does not know, and everything behind what it does not understand.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_EGG_H
#define EPOST_INSPECT_FORMATS_EGG_H

#include <stddef.h>
#include <stdint.h>

struct egg_facts {
    int encrypted;    /* some member */
    int split;        /* it goes on in another volume */
    int closed;       /* a method that libclamav does not know, or members packed as one */
    int damaged;      /* the list of members breaks off */
    unsigned members; /* files of more bytes than libclamav ignores */
};

void egg_walk(const uint8_t *data, size_t length, struct egg_facts *facts);
void egg_walk_alz(const uint8_t *data, size_t length, struct egg_facts *facts);

#endif
