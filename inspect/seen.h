/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seen: which bytes were scanned already, and what their sender calls them.
 *
 * libclamav opens most containers itself; where the pipeline opens one again
 * for what libclamav cannot see, the members it did see are recognised by
 * their SHA-256 and not scanned twice. A mail's attachments are registered
 * with their names before libclamav, which loses those, comes across them.
 *
 * Owner: one inspection. Threads: one.
 */
#ifndef EPOST_INSPECT_SEEN_H
#define EPOST_INSPECT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN_DIGEST 32

struct seen_entry {
    uint8_t digest[SEEN_DIGEST];
    int used;
    unsigned scanned; /* 0: no; else 1 + the trial it was scanned in */
    char *name;       /* or NULL */
};

struct seen {
    struct seen_entry *entries; /* a power of two of them, open addressing */
    size_t size, count;
    unsigned trial; /* 0: none; nested ones have larger numbers: see trial.h */
};

#define SEEN_INIT                                                                                  \
    {                                                                                              \
        .entries = NULL                                                                            \
    }

/* Returns false, and a digest that equals nothing, if it could not be computed. */
bool seen_digest(uint8_t digest[SEEN_DIGEST], const void *data, size_t length);

/* Marks as scanned. Returns 1 if it was so before, else 0. Without memory it
 * forgets, which costs a second scan and no verdict. */
int seen_mark(struct seen *seen, const uint8_t digest[SEEN_DIGEST]);

/* 1 if marked as scanned. */
int seen_scanned(const struct seen *seen, const uint8_t digest[SEEN_DIGEST]);

/* Ends the innermost trial. Its marks stay if it is `kept`, else they are taken back. */
void seen_end_trial(struct seen *seen, int kept);

/* The first name stays. */
void seen_set_name(struct seen *seen, const uint8_t digest[SEEN_DIGEST], const char *name);
const char *seen_name(const struct seen *seen, const uint8_t digest[SEEN_DIGEST]);

void seen_free(struct seen *seen);

#endif
