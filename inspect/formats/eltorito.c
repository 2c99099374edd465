/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Discs: their files by libarchive, and what a PC would boot, which is no file of theirs. */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"

#define ELTORITO_SECTOR 2048u
#define ELTORITO_RECORD (17u * ELTORITO_SECTOR)
#define ELTORITO_ENTRY  32u

/* How long an image is by its kind: as a disk of three sizes, or by a count of sectors. */
static size_t eltorito_size(const uint8_t *entry)
{
    static const size_t sizes[] = {0, 1228800, 1474560, 2949120};
    const unsigned kind = entry[1] & 15u;

    return kind >= 1 && kind <= 3 ? sizes[kind] : (size_t)le16(entry + 6) * 512;
}

static void eltorito_image(struct inspection *in, const struct object *disc, const uint8_t *entry)
{
    char path[WIRE_PART_MAX];
    const uint64_t begin = (uint64_t)le32(entry + 8) * ELTORITO_SECTOR;
    const size_t size = eltorito_size(entry);
    struct object image = {.path = path, .depth = disc->depth + 1};

    if (begin == 0 || begin >= disc->length || size == 0)
        return;
    inspection_path(path, disc, kind_name(KIND_ISO), "[BOOT]");
    image.data = disc->data + begin;
    image.length = disc->length - (size_t)begin < size ? disc->length - (size_t)begin : size;
    image.guessed = true; /* a boot sector looks like that of a disk */
    inspection_guess(in, &image);
}

void eltorito_open(struct inspection *in, const struct object *disc)
{
    const uint8_t *record = disc->data + ELTORITO_RECORD;
    uint64_t catalog;
    size_t at;

    container_open(in, disc);
    if (disc->length < ELTORITO_RECORD + ELTORITO_SECTOR ||
        memcmp(record, "\0CD001\1EL TORITO SPECIFICATION", 30) != 0)
        return;
    catalog = (uint64_t)le32(record + 71) * ELTORITO_SECTOR;
    if (disc->length < ELTORITO_SECTOR || catalog > disc->length - ELTORITO_SECTOR)
        return;
    for (at = ELTORITO_ENTRY; at < ELTORITO_SECTOR && !inspection_over(in); at += ELTORITO_ENTRY) {
        const uint8_t *entry = disc->data + catalog + at;

        if (entry[0] == 0x88 || entry[0] == 0)
            eltorito_image(in, disc, entry);
    }
}
