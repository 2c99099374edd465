/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zip: reads a ZIP's directories, and nothing of its content, to find out
 * whether libclamav will see every member of it.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIP_H
#define EPOST_INSPECT_FORMATS_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZIP_HIDDEN_MAX 16

struct zip_gap {
    size_t begin, end;
};

struct zip_facts {
    unsigned members; /* files of more than a few bytes that the directory lists */
    size_t entries;   /* that the directory lists, of any size */
    int directory;    /* there is a central directory that can be read */
    int odd;          /* libclamav cannot be relied on: unknown methods, contradictions … */
    int encrypted;    /* some member is */
    int contradicts;  /* the directory and the members' own headers do */
    uint64_t largest; /* bytes of the largest member, as the directory says */
    unsigned gaps;    /* bytes that nothing explains: … */
    struct zip_gap gap[ZIP_HIDDEN_MAX]; /* … the first of them */
    const char *why;                    /* for people, when odd */
    size_t begin;    /* where the first member that the directory lists begins … */
    size_t end;      /* … and where the end record ends; both 0 without such a member */
    unsigned hidden; /* local members that no directory lists: … */
    size_t hidden_at[ZIP_HIDDEN_MAX]; /* … where runs of them begin */
};

void zip_walk(const uint8_t *data, size_t length, struct zip_facts *facts);

/* True for one part of a ZIP that was written in parts, which 7-Zip joins. */
bool zip_is_part(const uint8_t *data, size_t length);

#endif
