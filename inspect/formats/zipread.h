/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zipread: every reading of a ZIP. Unpackers differ in where they look for its
 * directory, and whether they go by the directory, by the members' own headers
 * or by what stands behind the members. This lists the members of all of them.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPREAD_H
#define EPOST_INSPECT_FORMATS_ZIPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZIPREAD_SIZES 20
#define ZIPREAD_NAME  256

/* A member as one header, or a header and an entry of a directory, tell it. */
struct zipread_member {
    const uint8_t *data;
    const uint8_t *entry; /* of the directory, or NULL */
    size_t available;     /* bytes from there to the end of the file */
    unsigned method[2];   /* the second is the directory's, or the same */
    bool encrypted;
    bool listed; /* by a directory */
    bool
        guess; /* header and entry do not name the same file: perhaps they do not belong together */
    bool differs; /* its two sizes do, as it does not in stored content */
    bool based;   /* if its content is stored and a ZIP, this walk lists the members of that too */
    bool exact;   /* stored content, as long as all headers say, and the next mark behind it */
    bool likely;  /* what the header says makes sense */
    uint32_t crc[2];
    uint64_t size;                 /* unpacked, as it is most likely; UINT64_MAX: not known */
    size_t lengths[ZIPREAD_SIZES]; /* how many bytes it may have, packed or stored */
    unsigned count;
    char name[ZIPREAD_NAME];
};

/* True for a number that some program gives to a compression method. */
bool zipread_method_known(unsigned method);

/* false ends the walk. */
typedef bool zipread_visit(void *context, const struct zipread_member *member);

/* 0, or -1 when there is more than is looked at, or no memory. */
int zipread_walk(const uint8_t *data, size_t length, zipread_visit *visit, void *context);

#endif
