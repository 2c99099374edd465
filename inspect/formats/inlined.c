/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files inside text: yEnc, uuencode, its base64 form, and xxencode, as Usenet
 * and old mail have them. Of these libclamav decodes uuencode only, and drops the
 * names.
 */
#include "config.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>

#include "inspect/formats/gitbinary.h"
#include "common/find.h"
#include "inspect/inspection.h"
#include "inspect/names.h"

#define INLINED_YENC_OFFSET 42
#define INLINED_YENC_ESCAPE 64
#define INLINED_PREFIX      8 /* bytes in front of each line */

enum inlined_form { INLINED_YENC, INLINED_UU, INLINED_UU_CAPITALS, INLINED_XX, INLINED_BASE64 };

static const struct {
    const char *begin, *end, *kind;
} forms[] = {
    [INLINED_YENC] = {"=ybegin ", "=yend", "yenc"},
    [INLINED_UU] = {"begin", "end", "uuencode"},
    [INLINED_UU_CAPITALS] = {"BEGIN", "END", "uuencode"},
    [INLINED_XX] = {"begin", "end", "xxencode"},
    [INLINED_BASE64] = {"begin-base64 ", "====", "uuencode"},
};

static const uint8_t *inlined_line_end(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));

    return newline != NULL ? newline : end;
}

static int inlined_starts(const uint8_t *at, const uint8_t *end, const char *text)
{
    size_t length = strlen(text);

    return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

static bool inlined_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* " 644 name": up to six octal digits, and perhaps no name. The blank in front of them is in some
 * forms' words. */
static bool inlined_has_mode(enum inlined_form form, const uint8_t *at, const uint8_t *end)
{
    int digits = 0;

    if (form != INLINED_BASE64 && (at == end || !inlined_is_blank(*at)))
        return false;
    while (at < end && inlined_is_blank(*at))
        at++;
    while (at < end && *at >= '0' && *at <= '7' && digits < 7) {
        at++;
        digits++;
    }
    return digits >= 1 && digits <= 6 && at < end &&
           (inlined_is_blank(*at) || *at == '\r' || *at == '\n');
}

/* The value of a character of uuencode or xxencode, or -1. */
static int inlined_value(enum inlined_form form, uint8_t c)
{
    static const char xx[] = "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *found;

    if (form == INLINED_UU || form == INLINED_UU_CAPITALS)
        return c >= ' ' && c <= '`' ? (c - 32) & 63 : -1;
    found = c != 0 ? strchr(xx, c) : NULL;
    return found != NULL ? (int)(found - xx) : -1;
}

/* Is the line as long as its first character says? Blanks at its end may be lost, unless it has to
 * be exact. */
static bool inlined_is_line(enum inlined_form form, bool exact, const uint8_t *line,
                            const uint8_t *end)
{
    size_t length, needed;
    const uint8_t *at;

    while (end > line && (end[-1] == '\r' || (form == INLINED_XX && end[-1] == ' ')))
        end--;
    if (line == end || inlined_value(form, *line) < 0)
        return false;
    length = (size_t)(end - line) - 1;
    needed = ((size_t)inlined_value(form, *line) + 2) / 3 * 4;
    for (at = line; at < end; at++)
        if (inlined_value(form, *at) < 0)
            return false;
    return length <= needed + 2 && (form == INLINED_XX || exact ? length >= needed : needed > 0);
}

/* The bytes in front of "begin" in its line, which are in front of the others too: an archive of
 * the shell has an X there, a quoted mail "> ". */
static size_t inlined_prefix(const uint8_t *at, const uint8_t *begin)
{
    size_t length = 0;

    while (at > begin && at[-1] != '\n' && at[-1] != '\r' && length <= INLINED_PREFIX) {
        at--;
        length++;
    }
    return length;
}

/* The line behind this one, and behind blank ones. */
static const uint8_t *inlined_next_line(const uint8_t *at, const uint8_t *end)
{
    at = inlined_line_end(at, end);
    while (at < end && (*at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* Does a file in the form begin with this line? One without a mode if what follows fits. */
static bool inlined_begins(enum inlined_form form, const uint8_t *at, const uint8_t *begin,
                           const uint8_t *end)
{
    const size_t prefix = inlined_prefix(at, begin);
    const uint8_t *next = at + strlen(forms[form].begin);
    bool has_mode;

    if (form == INLINED_YENC)
        return prefix == 0;
    has_mode = inlined_has_mode(form, next, end);
    if (prefix > INLINED_PREFIX ||
        (!has_mode && (form != INLINED_UU || next == end || !inlined_is_blank(*next))))
        return false;
    if (form == INLINED_BASE64)
        return true;
    next = inlined_next_line(at, end);
    if ((size_t)(end - next) < prefix + 2)
        return false;
    next += prefix;
    return inlined_is_line(form, !has_mode, next, inlined_line_end(next, end));
}

/* The next line from `at` on that begins a file in the form, or NULL. */
static const uint8_t *inlined_find(enum inlined_form form, const uint8_t *at, const uint8_t *begin,
                                   const uint8_t *end)
{
    const size_t length = strlen(forms[form].begin);

    while (at < end &&
           (at = find_bytes(at, (size_t)(end - at), forms[form].begin, length)) != NULL) {
        if (inlined_begins(form, at, begin, end))
            return at;
        at++;
    }
    return NULL;
}

/* The name is what is left of the line: behind "name=", or behind the mode. */
static void inlined_name(enum inlined_form form, const uint8_t *line, const uint8_t *end,
                         char name[OBJECT_NAME_MAX])
{
    const uint8_t *at = line + strlen(forms[form].begin);

    name[0] = '\0';
    if (end > line && end[-1] == '\r')
        end--;
    if (form == INLINED_YENC) {
        at = memmem(line, (size_t)(end - line), " name=", 6);
        at = at != NULL ? at + 6 : NULL;
    } else {
        while (at < end && (inlined_is_blank(*at) || (*at >= '0' && *at <= '7')))
            at++;
    }
    if (at != NULL && at < end)
        names_guess(name, OBJECT_NAME_MAX, (const char *)at, (size_t)(end - at));
}

static void inlined_yenc_line(struct buffer *buffer, uint8_t *room, const uint8_t *line,
                              const uint8_t *end)
{
    int escaped = 0;

    for (; line < end; line++) {
        if (!escaped && *line == '=') {
            escaped = 1;
        } else if (*line != '\r') {
            *room++ = (uint8_t)(*line - INLINED_YENC_OFFSET - (escaped ? INLINED_YENC_ESCAPE : 0));
            buffer->length++;
            escaped = 0;
        }
    }
}

/* The first character says how many bytes the line holds; then four characters are three bytes.
 * Spaces at the end of a line, which mail strips, are zeros. */
static void inlined_uu_line(enum inlined_form form, struct buffer *buffer, uint8_t *room,
                            const uint8_t *line, const uint8_t *end)
{
    int count = line < end ? inlined_value(form, *line) : 0, i;

    if (end > line && end[-1] == '\r')
        end--;
    if ((size_t)(end - line) > 64 * 2)
        return;
    for (line++; count > 0 && line < end; line += 4) {
        uint32_t bits = 0;

        for (i = 0; i < 4; i++) {
            const int value = line + i < end ? inlined_value(form, line[i]) : 0;

            bits = bits << 6 | (uint32_t)(value > 0 ? value : 0);
        }
        for (i = 0; i < 3 && count > 0; i++, count--) {
            *room++ = (uint8_t)(bits >> (16 - 8 * i));
            buffer->length++;
        }
    }
}

/* Decodes the lines of one file, `prefix` bytes of each left out. Returns the line that ends it, or
 * `end`. */
static const uint8_t *inlined_decode(enum inlined_form form, const uint8_t *at, const uint8_t *end,
                                     size_t prefix, struct buffer *buffer, int *failed_r)
{
    GMimeEncoding state;

    g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
    while (at < end) {
        const uint8_t *line_end = inlined_line_end(at, end);
        size_t length = (size_t)(line_end - at) + (line_end < end);
        const uint8_t *line = (size_t)(line_end - at) > prefix ? at + prefix : line_end;
        uint8_t *room = buffer_room(buffer, length + 16);

        if (room == NULL) {
            *failed_r = 1;
            return end;
        }
        if (inlined_starts(line, end, forms[form].end))
            return at;
        if (form == INLINED_BASE64)
            buffer->length += g_mime_encoding_step(&state, (const char *)line,
                                                   (size_t)(line_end - line), (char *)room);
        else if (form != INLINED_YENC)
            inlined_uu_line(form, buffer, room, line, line_end);
        else if (!inlined_starts(at, line_end, "=ypart"))
            inlined_yenc_line(buffer, room, at, line_end);
        at += length;
    }
    return at;
}

/* Inspects the file that begins at `at`. Returns where to go on. */
static const uint8_t *inlined_file(struct inspection *in, const struct object *text,
                                   enum inlined_form form, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *line_end = inlined_line_end(at, end), *next;
    char name[OBJECT_NAME_MAX], path[WIRE_PART_MAX];
    struct buffer buffer = BUFFER_INIT;
    struct object file = {.path = path, .depth = text->depth + 1};
    int failed = 0;

    inlined_name(form, at, line_end, name);
    inspection_path(path, text, forms[form].kind, name);
    next = inlined_decode(form, line_end < end ? line_end + 1 : end, end,
                          inlined_prefix(at, text->data), &buffer, &failed);
    file.data = buffer.data;
    file.length = buffer.length;
    file.name = name[0] ? name : NULL;
    if (file.length > 0)
        inspection_object(in, &file);
    if (failed)
        inspection_note(in, &file, REASON_MEMORY, NULL);
    if (form == INLINED_YENC && memmem(at, (size_t)(line_end - at), " part=", 6) != NULL)
        inspection_note(in, &file, REASON_PARTIAL, "yEnc, one part of several");
    buffer_free(&buffer);
    return next;
}

void inlined_names(struct inspection *in, const struct object *text)
{
    const uint8_t *at = text->data, *end = text->length > 0 ? at + text->length : at;
    char name[OBJECT_NAME_MAX];

    while (!inspection_over(in) && (at = inlined_find(INLINED_UU, at, text->data, end)) != NULL) {
        const uint8_t *line_end = inlined_line_end(at, end);
        struct buffer buffer = BUFFER_INIT;
        uint8_t digest[SEEN_DIGEST];
        int failed = 0;

        inlined_name(INLINED_UU, at, line_end, name);
        at = inlined_decode(INLINED_UU, line_end < end ? line_end + 1 : end, end,
                            inlined_prefix(at, text->data), &buffer, &failed);
        if (buffer.length > 0 && name[0] != '\0') {
            seen_digest(digest, buffer.data, buffer.length);
            seen_set_name(&in->seen, digest, name);
            journal_spoil(&in->journal);
            inspection_member(in, "", name);
        }
        buffer_free(&buffer);
    }
}

/* libclamav decodes BinHex, but only where a file begins with it. */
static void inlined_binhex(struct inspection *in, const struct object *text)
{
    static const char mark[] = "(This file must be converted with BinHex";
    const uint8_t *found = find_bytes(text->data, text->length, mark, sizeof mark - 1);
    struct object file = *text;

    if (found == NULL || found == text->data)
        return;
    file.data = found;
    file.length -= (size_t)(found - text->data);
    file.depth++;
    inspection_object(in, &file);
}

void inlined_open(struct inspection *in, const struct object *text)
{
    size_t form;

    inlined_binhex(in, text);
    gitbinary_open(in, text);
    for (form = 0; form < sizeof forms / sizeof forms[0]; form++) {
        const uint8_t *at = text->data, *end = text->data + text->length;

        while (!inspection_over(in) && (at = inlined_find(form, at, text->data, end)) != NULL)
            at = inlined_file(in, text, form, at, end);
    }
}
