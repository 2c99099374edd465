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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pgpform {
    PGPFORM_NONE = 0,
    PGPFORM_ENCRYPTED, /* session keys, and what they open */
    PGPFORM_PACKED     /* compressed, literal or signed content, which nobody needs a key for */
};

/* Tags of packets. */
enum pgpform_tag {
    PGPFORM_PKESK = 1, /* a session key for a public key */
    PGPFORM_SIGNATURE = 2,
    PGPFORM_SKESK = 3, /* a session key for a password */
    PGPFORM_ONE_PASS = 4,
    PGPFORM_COMPRESSED = 8,
    PGPFORM_SED = 9, /* encrypted data */
    PGPFORM_MARKER = 10,
    PGPFORM_LITERAL = 11,
    PGPFORM_SEIPD = 18, /* encrypted data whose integrity can be checked */
    PGPFORM_AEAD = 20,
    PGPFORM_PADDING = 21
};

struct pgpform_header {
    unsigned tag;
    size_t begin;    /* of the body, in bytes from the header's first */
    size_t size;     /* of the body, or of its first piece: as it says, whatever is there */
    bool is_partial; /* other pieces follow, each behind its length */
    bool is_endless; /* of the old form: all that follows */
};

struct pgpform_packet {
    unsigned tag;
    size_t begin, end; /* of its body */
    size_t next;       /* where the next packet begins */
    int in_pieces;     /* the body has lengths in between (partial lengths) */
    bool is_endless;   /* the body is all that follows, which no length says */
};

/* Reads the header of a packet, of either form. Returns false if there is none. */
bool pgpform_header(const uint8_t *data, size_t length, struct pgpform_header *header);

/* Reads a length in the new form. Returns how many bytes it takes, 0 if they are not there;
 * *partial_r says that another length follows the bytes. */
unsigned pgpform_length(const uint8_t *at, size_t left, size_t *size_r, bool *partial_r);

/* Does the body look like one of a literal packet? */
bool pgpform_is_literal(const uint8_t *body, size_t size);

/* The same of a body whose first bytes only are there. */
bool pgpform_begins_literal(const uint8_t *body, size_t size);

enum pgpform pgpform(const uint8_t *data, size_t length);

/* The length of a message that is not encrypted, whatever stands behind it; 0 if none is there. */
size_t pgpform_packed(const uint8_t *data, size_t length);

/* Reads the packet at `at`. Returns 1, or 0 if there is none that fits. */
int pgpform_packet(const uint8_t *data, size_t length, size_t at, struct pgpform_packet *packet);

#endif
