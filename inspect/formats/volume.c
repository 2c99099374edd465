/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/volume.h"

#include <string.h>

#include "inspect/formats/be.h"
#include "inspect/marks.h"

#define VOLUME_HFS   1024u /* where the header of HFS and HFS+ begins */
#define VOLUME_BLOCK 512u
#define VOLUME_NAME  27u /* bytes of a name of HFS */

static const struct mark volumes[] = {
    {0, 8, "-rom1fs-"},
    {0, 4, "\x85\x19\x03\x20"}, /* JFFS2 */
    {0, 8, "UBI#\1\0\0\0"},
    {0, 4, "\x31\x18\x10\x06"}, /* UBIFS */
    {3, 8, "-FVE-FS-"},         /* BitLocker */
    {512, 8, "LABELONE"},       /* LVM */
    {512, 8, "EFI PART"},
    {1024, 4, "\x10\x20\xf5\xf2"}, /* F2FS */
    {1024, 4, "\xe2\xe1\xf5\xe0"}, /* EROFS */
    {1024, 4, "H+\0\4"},
    {1024, 4, "HX\0\5"},
    {4120, 16, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"}, /* bcachefs */
    {32768, 8, "JFS1\1\0\0\0"},
    {65588, 7, "ReIsErF"},
    {65588, 8, "ReIsEr2F"},
    {65600, 8, "_BHRfS_M"},
    {0, 0, NULL},
};

/* HFS: a number of blocks, their size, and a name. */
static bool volume_is_hfs(const uint8_t *data, size_t length)
{
    const uint8_t *header = data + VOLUME_HFS;

    return length >= VOLUME_HFS + VOLUME_BLOCK && memcmp(header, "BD", 2) == 0 &&
           be16(header + 18) > 0 && be32(header + 20) > 0 &&
           be32(header + 20) % VOLUME_BLOCK == 0 && header[36] > 0 && header[36] <= VOLUME_NAME;
}

bool volume_is(const uint8_t *data, size_t length)
{
    if (length < VOLUME_BLOCK)
        return false;
    /* A mark alone at the end of something is none. */
    return marks_any(volumes, data, length - VOLUME_BLOCK) || volume_is_hfs(data, length);
}
