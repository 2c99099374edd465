/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/gitlines.h"

#include <string.h>

#include "common/hex.h"
#include "inspect/inspection.h"

#define GITLINES_HEAD 4u     /* bytes of a line's length */
#define GITLINES_MOST 65536u /* lines in front of the pack */
#define GITLINES_BAND 1      /* the byte in front of a piece of the pack */
#define GITLINES_BLOB 32u    /* bytes of an object's header */

/* The length of the line at `at` with its head; 0 for none. The short ones end a section. */
static size_t gitlines_line(const uint8_t *at, size_t left)
{
    size_t length = 0, i;

    if (left < GITLINES_HEAD)
        return 0;
    for (i = 0; i < GITLINES_HEAD; i++) {
        if (hex_digit(at[i]) < 0)
            return 0;
        length = length << 4 | (size_t)hex_digit(at[i]);
    }
    if (length < GITLINES_HEAD)
        return GITLINES_HEAD;
    return length <= left ? length : 0;
}

static bool gitlines_is_pack(const uint8_t *at, size_t left)
{
    return left >= 12 && memcmp(at, "PACK\0\0\0", 7) == 0;
}

/* Where the first piece of the pack begins; *banded_r: it lies in lines. 0: there is none. */
static size_t gitlines_pack(const uint8_t *data, size_t length, bool *banded_r)
{
    size_t at = 0, line, count;

    for (count = 0; count < GITLINES_MOST; count++) {
        line = gitlines_line(data + at, length - at);
        if (line == 0)
            return 0;
        if (line > GITLINES_HEAD && data[at + GITLINES_HEAD] == GITLINES_BAND &&
            gitlines_is_pack(data + at + GITLINES_HEAD + 1, length - at - GITLINES_HEAD - 1)) {
            *banded_r = true;
            return at;
        }
        at += line;
        *banded_r = false;
        if (gitlines_is_pack(data + at, length - at))
            return at;
    }
    return 0;
}

/* "blob 12\0": a header that says how long the rest is. Returns where that begins, or 0. */
static size_t gitlines_blob(const uint8_t *data, size_t length)
{
    size_t at = 5, size = 0;

    if (length < 8 || memcmp(data, "blob ", 5) != 0)
        return 0;
    for (; at < length && at < GITLINES_BLOB && data[at] >= '0' && data[at] <= '9'; at++)
        size = size * 10 + (size_t)(data[at] - '0');
    return at > 5 && at < length && data[at] == '\0' && size == length - at - 1 ? at + 1 : 0;
}

bool gitlines_is(const uint8_t *data, size_t length)
{
    bool banded;

    return gitlines_blob(data, length) > 0 ||
           (gitlines_line(data, length) > 0 && gitlines_pack(data, length, &banded) > 0);
}

/* The pieces of a pack in one. Returns 0, or -1 without memory. */
static int gitlines_join(const uint8_t *at, const uint8_t *end, struct buffer *buffer)
{
    size_t line;

    while ((line = gitlines_line(at, (size_t)(end - at))) > 0) {
        if (line > GITLINES_HEAD && at[GITLINES_HEAD] == GITLINES_BAND &&
            buffer_add(buffer, at + GITLINES_HEAD + 1, line - GITLINES_HEAD - 1) != 0)
            return -1;
        at += line;
    }
    return 0;
}

void gitlines_open(struct inspection *in, const struct object *object)
{
    struct buffer buffer = BUFFER_INIT;
    struct object inner;
    bool banded = false;
    size_t at = gitlines_blob(object->data, object->length);

    if (at == 0 && object->data[0] == '#') { /* a bundle: lines, an empty one, the pack */
        const uint8_t *pack = memmem(object->data, object->length, "\n\nPACK", 6);

        at = pack ? (size_t)(pack - object->data) + 2 : 0;
    } else if (at == 0) {
        at = gitlines_pack(object->data, object->length, &banded);
    }
    inner = inspection_inner(object, object->data + at, object->length - at);
    inner.name = NULL;
    if (banded && gitlines_join(inner.data, object->data + object->length, &buffer) != 0)
        inspection_note(in, object, REASON_MEMORY, NULL);
    if (banded) {
        inner.data = buffer.data;
        inner.length = buffer.length;
    }
    if (at > 0 && inner.length > 0)
        inspection_object(in, &inner);
    else
        inspection_note(in, object, REASON_CONTAINER, "git objects without a pack");
    buffer_free(&buffer);
}
