/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packs of git: the objects in them, each inflated. A delta is scanned as it is: what it copies
 * stands in the object that it is based on.
 */
#include "config.h"

#include "inspect/decode.h"
#include "inspect/formats/be.h"
#include "inspect/inspection.h"

#define GITPACK_HEAD 12u
#define GITPACK_TAIL 20u /* bytes of the sum at the end */

enum gitpack_type { GITPACK_OFS_DELTA = 6, GITPACK_REF_DELTA = 7 };

/* Skips an object's header. Returns 0, or -1 where it breaks off. */
static int gitpack_header(const struct object *pack, size_t *at)
{
    const uint8_t *data = pack->data;
    unsigned type;

    if (*at >= pack->length)
        return -1;
    type = data[*at] >> 4 & 7;
    while (*at < pack->length && (data[*at] & 0x80))
        ++*at;
    ++*at;
    if (type == GITPACK_OFS_DELTA) {
        while (*at < pack->length && (data[*at] & 0x80))
            ++*at;
        ++*at;
    } else if (type == GITPACK_REF_DELTA) {
        *at += 20;
    }
    return *at < pack->length ? 0 : -1;
}

void gitpack_open(struct inspection *in, const struct object *pack)
{
    const uint32_t count = pack->length >= GITPACK_HEAD + GITPACK_TAIL ? be32(pack->data + 8) : 0;
    const uint64_t most = (uint64_t)in->job->settings->max_files;
    size_t at = GITPACK_HEAD;
    uint64_t unpacked = 0;
    char path[WIRE_PART_MAX];
    uint32_t i;

    inspection_path(path, pack, kind_name(KIND_GITPACK), "");
    for (i = 0; i < count && !inspection_over(in); i++) {
        struct object member = {.path = path, .depth = pack->depth + 1};
        struct decoded decoded = {.used = 0};
        enum reason reason =
            i < most ? budget_ratio(&in->budget, pack->length, unpacked) : REASON_LIMIT_FILES;

        if (reason == REASON_NONE)
            reason =
                gitpack_header(pack, &at) != 0
                    ? REASON_ENCODING
                    : decode(CODEC_ZLIB, pack->data + at, pack->length - at, &in->budget, &decoded);
        member.data = decoded.out.data;
        member.length = decoded.out.length;
        if (member.length > 0)
            inspection_object(in, &member);
        unpacked += decoded.out.length;
        at += decoded.used;
        buffer_free(&decoded.out);
        if (reason == REASON_NONE)
            continue;
        inspection_note(in, pack, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                        "a pack that is cut or damaged");
        return;
    }
}
