/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sevendir: the directory of a 7z archive: which coders make which files of which packed bytes.
 *
 * Of a folder (7-Zip's word for packed bytes with their coders) only a chain is understood, in
 * which each coder reads what another gives. Other folders are closed.
 *
 * Owner: who reads it; the directory's bytes must live as long. Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_SEVENDIR_H
#define EPOST_INSPECT_FORMATS_SEVENDIR_H

#include "inspect/formats/sevenzip.h"

#define SEVENDIR_CODERS  4u    /* of a folder */
#define SEVENDIR_FOLDERS 4096u /* of an archive */
#define SEVENDIR_FILES   65536u

struct sevendir_coder {
    uint64_t id;
    const uint8_t *properties;
    size_t property_bytes;
};

struct sevendir_folder {
    struct sevendir_coder coders[SEVENDIR_CODERS]; /* the one that gives the files first */
    unsigned count;
    bool is_closed;
    unsigned streams;                /* packed ones */
    uint64_t sizes[SEVENDIR_CODERS]; /* what each coder as it is listed gives */
    unsigned last;                   /* the listed coder that gives the files */
    uint64_t at, packed, size; /* packed bytes from the archive's beginning, and unpacked ones */
    uint32_t crc;
    bool has_crc;
    unsigned files; /* so many of the directory's belong to it, one behind the other */
};

struct sevendir_file {
    uint64_t size;
    uint32_t crc;
    bool has_crc;
    const uint8_t *name; /* UTF-16, little endian; NULL: none */
    size_t name_bytes;
};

struct sevendir {
    struct sevendir_folder *folders;
    struct sevendir_file *files; /* those that have bytes, in the order of their folders */
    unsigned folder_count, file_count;
};

/* true if `directory` was read to its end, as sevenzip_directory gives it of an archive of `length`
 * bytes. In every case: sevendir_free. */
bool sevendir_read(struct sevendir *dir, const uint8_t *directory, size_t size, size_t length);

void sevendir_free(struct sevendir *dir);

#endif
