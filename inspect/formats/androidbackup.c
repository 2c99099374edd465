/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backups of Android (.ab): four lines, and a tar, most often in a zlib stream. */
#include "config.h"

#include <string.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"

#define ANDROIDBACKUP_LINES 4u
#define ANDROIDBACKUP_LINE  32u /* bytes */

void androidbackup_open(struct inspection *in, const struct object *object)
{
    const uint8_t *line[ANDROIDBACKUP_LINES], *at = object->data, *end = at + object->length;
    struct decoded decoded = {.used = 0};
    struct object inner;
    enum reason reason = REASON_NONE;
    unsigned i;

    for (i = 0; i < ANDROIDBACKUP_LINES; i++) {
        const size_t left = (size_t)(end - at);
        const uint8_t *close =
            memchr(at, '\n', left < ANDROIDBACKUP_LINE ? left : ANDROIDBACKUP_LINE);

        line[i] = at;
        if (!close)
            return; /* a text that begins with these words */
        at = close + 1;
    }
    if (memcmp(line[3], "none\n", 5) != 0) {
        inspection_note(in, object, REASON_ENCRYPTED, NULL);
        return;
    }
    inner = inspection_inner(object, at, (size_t)(end - at));
    inner.name = NULL;
    if (line[2][0] == '1') {
        reason = decode(CODEC_ZLIB, inner.data, inner.length, &in->budget, &decoded);
        inner.data = decoded.out.data;
        inner.length = decoded.out.length;
    }
    if (inner.length > 0)
        inspection_object(in, &inner);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason == REASON_ENCODING ? REASON_CONTAINER : reason, NULL);
    buffer_free(&decoded.out);
}
