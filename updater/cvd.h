/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cvd: what the header of an official database says (.cvd, .cld, .cud). It is
 * a line of 512 bytes: "ClamAV-VDB:TIME:VERSION:SIGNATURES:LEVEL:…".
 *
 * Nothing here checks the database's signature: libclamav does, on loading.
 * Threads: pure functions.
 */
#ifndef EPOST_UPDATER_CVD_H
#define EPOST_UPDATER_CVD_H

#include <stddef.h>
#include <stdint.h>

#define CVD_HEADER 512

struct cvd {
    uint64_t version, signatures;
    int64_t built; /* Unix seconds, 0 when it does not say */
};

/* Reads a header. Returns 0, or -1 when it is none. */
int cvd_parse(struct cvd *cvd, const void *header, size_t length);

/* Reads the header of a file. Returns 0, or -1 when it has none. */
int cvd_read(struct cvd *cvd, const char *path);

/* The version, 0 when it has none. */
uint64_t cvd_version(const char *path);

#endif
