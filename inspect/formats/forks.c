/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of macOS that keep their forks in one file: each fork is scanned. Of AppleSingle and
 * AppleDouble as mail programs write them (KIND_APPLESINGLE) only the file's data.
 */
#include "config.h"

#include "inspect/formats/forks.h"

#include <string.h>

#include "inspect/formats/be.h"
#include "inspect/inspection.h"

#define FORKS_BINARY  128u /* bytes of MacBinary's header, and what its forks are padded to */
#define FORKS_HEAD    26u  /* of AppleSingle's */
#define FORKS_ENTRY   12u
#define FORKS_DATA    1u /* the number of the entry that mail programs and the Finder take out */
#define FORKS_ENTRIES 64u
#define FORKS_MIN     6u /* bytes of a fork that is worth a scan */

static bool forks_is_single(const uint8_t *data, size_t length)
{
    return length >= FORKS_HEAD + FORKS_ENTRY && data[0] == 0 && data[1] == 5 && data[2] == 0x16 &&
           (data[3] == 0 || data[3] == 7) && be32(data + 4) >= 0x00010000 &&
           be32(data + 4) <= 0x00020000 && be16(data + 24) > 0 && be16(data + 24) <= FORKS_ENTRIES;
}

/* A version of 0, a name of one to 63 printable bytes, and forks that fit. */
static bool forks_is_binary(const uint8_t *data, size_t length)
{
    uint64_t need;
    size_t i;

    if (length <= FORKS_BINARY || data[0] != 0 || data[74] != 0 || data[82] != 0 || data[1] == 0 ||
        data[1] > 63)
        return false;
    for (i = 2; i < 2u + data[1]; i++)
        if (data[i] < ' ')
            return false;
    for (; i < 65; i++)
        if (data[i] != 0)
            return false;
    for (i = 65; i < 73; i++)
        if (data[i] < ' ' && data[i] != 0)
            return false;
    need = (uint64_t)be32(data + 83) + be32(data + 87);
    return need > 0 && need <= length - FORKS_BINARY;
}

bool forks_are(const uint8_t *data, size_t length)
{
    return forks_is_single(data, length) || forks_is_binary(data, length);
}

static void forks_fork(struct inspection *in, const struct object *file, uint64_t offset,
                       uint64_t size, const char *name)
{
    char path[WIRE_PART_MAX];
    struct object fork = {.path = path, .depth = file->depth + 1};

    if (inspection_over(in) || offset >= file->length || size < FORKS_MIN)
        return;
    inspection_path(path, file, kind_name(file->kind), name);
    fork.data = file->data + offset;
    fork.length = size < file->length - offset ? (size_t)size : file->length - (size_t)offset;
    inspection_object(in, &fork);
}

static void forks_open_single(struct inspection *in, const struct object *file)
{
    const unsigned count = file->length >= FORKS_HEAD ? be16(file->data + 24) : 0;
    unsigned i;

    for (i = 0; i < count && file->length - FORKS_HEAD >= (size_t)FORKS_ENTRY * (i + 1); i++) {
        const uint8_t *entry = file->data + FORKS_HEAD + (size_t)FORKS_ENTRY * i;

        if (be32(entry) == FORKS_DATA || file->kind == KIND_FORKS)
            forks_fork(in, file, be32(entry + 4), be32(entry + 8),
                       be32(entry) == FORKS_DATA ? "data fork" : "resource fork");
    }
}

void forks_open(struct inspection *in, const struct object *file)
{
    uint64_t data, at;

    if (file->kind == KIND_APPLESINGLE || forks_is_single(file->data, file->length)) {
        forks_open_single(in, file);
        return;
    }
    data = be32(file->data + 83);
    at = FORKS_BINARY +
         ((uint64_t)be16(file->data + 120) + FORKS_BINARY - 1) / FORKS_BINARY * FORKS_BINARY;
    forks_fork(in, file, at, data, "data fork");
    if (at != FORKS_BINARY)
        forks_fork(in, file, FORKS_BINARY, data, "data fork");
    at += (data + FORKS_BINARY - 1) / FORKS_BINARY * FORKS_BINARY;
    forks_fork(in, file, at, be32(file->data + 87), "resource fork");
}
