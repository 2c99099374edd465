/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgpform: binary OpenPGP messages (RFC 4880, RFC 9580), by their chain of packets.
 *
 * One or two bytes begin a packet, so they prove nothing: only a chain of
 * packets that ends where the bytes end is a message.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_PGPFORM_H
#define EPOST_INSPECT_PGPFORM_H

#include <stddef.h>
#include <stdint.h>

enum pgpform {
    PGPFORM_NONE = 0,
    PGPFORM_ENCRYPTED, /* session keys, and what they open */
    PGPFORM_PACKED     /* compressed, literal or signed content, which nobody needs a key for */
};

#define PGPFORM_COMPRESSED 8u /* tags of packets */
#define PGPFORM_LITERAL    11u

struct pgpform_packet {
    unsigned tag;
    size_t begin, end; /* of its body */
    size_t next;       /* where the next packet begins */
    int in_pieces;     /* the body has lengths in between (partial lengths) */
};

enum pgpform pgpform(const uint8_t *data, size_t length);

/* Reads the packet at `at`. Returns 1, or 0 if there is none that fits. */
int pgpform_packet(const uint8_t *data, size_t length, size_t at, struct pgpform_packet *packet);

#endif
