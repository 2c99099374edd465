/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/gitbinary.h"

#include <string.h>

#include "common/find.h"
#include "inspect/decode.h"

#define GITBINARY_GROUP 5u  /* digits of four bytes */
#define GITBINARY_LINE  52u /* bytes of the longest line */
#define GITBINARY_FILES 2   /* the new file, and what it was */

static const char gitbinary_mark[] = "GIT binary patch";

/* The value of a digit, or -1. */
static int gitbinary_digit(uint8_t c)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "!#$%&()*+-;<=>?@^_`{|}~";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* A letter says how many bytes a line holds; 0 for none. */
static size_t gitbinary_count(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (size_t)(c - 'A') + 1;
    return c >= 'a' && c <= 'z' ? (size_t)(c - 'a') + 27 : 0;
}

/* Where the line at `at` ends, its break left out; *next_r is the line behind it. */
static const uint8_t *gitbinary_line(const uint8_t *at, const uint8_t *end, const uint8_t **next_r)
{
    const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));

    *next_r = newline ? newline + 1 : end;
    if (!newline)
        newline = end;
    return newline > at && newline[-1] == '\r' ? newline - 1 : newline;
}

/* Takes one line. Returns 1, 0 if it is none of a file, or -1 without memory. */
static int gitbinary_decode(const uint8_t *at, const uint8_t *end, struct buffer *buffer)
{
    size_t count = at < end ? gitbinary_count(*at) : 0;
    uint8_t bytes[GITBINARY_LINE + 3], *to = bytes;

    at++;
    if (count == 0 || (size_t)(end - at) != (count + 3) / 4 * GITBINARY_GROUP)
        return 0;
    for (; at < end; at += GITBINARY_GROUP) {
        uint32_t value = 0;

        for (size_t i = 0; i < GITBINARY_GROUP; i++) {
            const int digit = gitbinary_digit(at[i]);

            if (digit < 0)
                return 0;
            value = value * 85 + (uint32_t)digit;
        }
        for (int shift = 24; shift >= 0; shift -= 8)
            *to++ = (uint8_t)(value >> shift);
    }
    return buffer_add(buffer, bytes, count) == 0 ? 1 : -1;
}

/* The file that begins behind the line "literal 12" or "delta 12". Returns where to go on. */
static const uint8_t *gitbinary_file(struct inspection *in, const struct object *text,
                                     const uint8_t *at, const uint8_t *end)
{
    char path[WIRE_PART_MAX];
    struct object file = {.path = path, .depth = text->depth + 1};
    struct buffer packed = BUFFER_INIT;
    struct decoded decoded = {.out = BUFFER_INIT};
    enum reason reason = REASON_NONE;
    const uint8_t *next;
    int more = 1;

    inspection_path(path, text, "git", "");
    while (at < end && more > 0) {
        const uint8_t *line_end = gitbinary_line(at, end, &next);

        more = gitbinary_decode(at, line_end, &packed);
        if (more > 0)
            at = next;
    }
    if (more >= 0 && packed.length > 0)
        reason = decode(CODEC_ZLIB, packed.data, packed.length, &in->budget, &decoded);
    file.data = decoded.out.data;
    file.length = decoded.out.length;
    if (file.length > 0)
        inspection_object(in, &file);
    if (more < 0 || (reason != REASON_NONE && reason != REASON_ENCODING))
        inspection_note(in, &file, more < 0 ? REASON_MEMORY : reason, NULL);
    buffer_free(&packed);
    buffer_free(&decoded.out);
    return at;
}

/* true for the line in front of a file's. */
static bool gitbinary_begins(const uint8_t *line, const uint8_t *end)
{
    const size_t length = (size_t)(end - line);

    return (length > 8 && memcmp(line, "literal ", 8) == 0) ||
           (length > 6 && memcmp(line, "delta ", 6) == 0);
}

void gitbinary_open(struct inspection *in, const struct object *text)
{
    const uint8_t *at = text->data, *end = at + text->length, *next;
    const size_t size = sizeof gitbinary_mark - 1;

    while (!inspection_over(in) &&
           (at = find_bytes(at, (size_t)(end - at), gitbinary_mark, size)) != NULL) {
        gitbinary_line(at, end, &next);
        at = next;
        for (int files = 0; files < GITBINARY_FILES && at < end && !inspection_over(in); files++) {
            const uint8_t *line_end = gitbinary_line(at, end, &next);

            if (!gitbinary_begins(at, line_end))
                break;
            at = gitbinary_file(in, text, next, end);
            if (at < end && gitbinary_line(at, end, &next) == at)
                at = next; /* the empty line behind it */
        }
    }
}
