/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/text.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* One character of the input: its bytes, and whether they are well-formed UTF-8. */
struct character {
    const char *bytes;
    size_t length;
    uint32_t code;
    int valid;
};

/* Reads one character (RFC 3629: no overlong forms, no surrogates, up to
 * U+10FFFF); of broken input one byte. Returns 0 at the end. */
static int text_next_character(const char **text, size_t *length, struct character *c)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)*text;
    size_t need;

    if (*length == 0)
        return 0;
    c->bytes = *text;
    c->length = 1;
    c->code = p[0];
    c->valid = p[0] < 0x80;
    if (!c->valid) {
        need = p[0] >= 0xf0 && p[0] < 0xf5   ? 4
               : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
               : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                                             : 0;
        if (need && need <= *length) {
            uint32_t code = p[0] & (0xffu >> (need + 1));
            size_t i;
            for (i = 1; i < need && (p[i] & 0xc0) == 0x80; i++)
                code = code << 6 | (p[i] & 0x3fu);
            if (i == need && code >= smallest[need] && code <= 0x10ffff &&
                (code < 0xd800 || code > 0xdfff)) {
                c->code = code;
                c->length = need;
                c->valid = 1;
            }
        }
    }
    *text += c->length;
    *length -= c->length;
    return 1;
}

/* C0 and C1 controls, DEL, and what reorders text or cannot be seen in it: what Unicode calls
 * ignorable, but for the selectors of variants, which names in Japanese need. */
static int text_is_hostile(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},      {0x34f, 0x34f},
                  {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},  {0x180e, 0x180e},
                  {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},  {0x3164, 0x3164},
                  {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},  {0x1bca0, 0x1bca3},
                  {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff}};

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return 1;
    return 0;
}

/* All or nothing: what a half-done addition left behind is cut off again. */
static int text_finish(struct buf *out, size_t before, int status)
{
    if (status < 0 && out->data) {
        out->length = before;
        out->data[before] = '\0';
    }
    return status;
}

static int text_html_character(struct buf *out, const struct character *c)
{
    if (!c->valid || text_is_hostile(c->code))
        return buf_adds(out, c->valid && (c->code == '\n' || c->code == '\t') ? " " : REPLACEMENT);
    switch (c->code) {
    case '&':
        return buf_adds(out, "&amp;");
    case '<':
        return buf_adds(out, "&lt;");
    case '>':
        return buf_adds(out, "&gt;");
    case '"':
        return buf_adds(out, "&quot;");
    case '\'':
        return buf_adds(out, "&#39;");
    default:
        return buf_add(out, c->bytes, c->length);
    }
}

int text_html(struct buf *out, const char *text, size_t length)
{
    size_t before = out->length;
    struct character c;
    int status = 0;

    while (status == 0 && text_next_character(&text, &length, &c))
        status = text_html_character(out, &c);
    return text_finish(out, before, status);
}

static int text_is_plain_log_byte(unsigned char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("._:/@%+-", byte));
}

static int text_log_character(struct buf *out, const struct character *c)
{
    if (c->valid && !text_is_hostile(c->code)) {
        if (c->code == '"' || c->code == '\\')
            return buf_addf(out, "\\%c", (int)c->code);
        return buf_add(out, c->bytes, c->length);
    }
    if (c->code == '\n')
        return buf_adds(out, "\\n");
    if (c->code == '\t')
        return buf_adds(out, "\\t");
    for (size_t i = 0; i < c->length; i++)
        if (buf_addf(out, "\\x%02x", (unsigned char)c->bytes[i]) < 0)
            return -1;
    return 0;
}

int text_log(struct buf *out, const char *text, size_t length)
{
    size_t before = out->length;
    struct character c;
    size_t plain = 0;

    while (plain < length && text_is_plain_log_byte((unsigned char)text[plain]))
        plain++;
    if (plain == length && length)
        return buf_add(out, text, length);

    int status = buf_adds(out, "\"");
    while (status == 0 && text_next_character(&text, &length, &c))
        status = text_log_character(out, &c);
    if (status == 0)
        status = buf_adds(out, "\"");
    return text_finish(out, before, status);
}

int text_header(struct buf *out, const char *text, size_t length, int no_semicolon)
{
    size_t before = out->length;
    int status = 0;

    for (size_t i = 0; status == 0 && i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte > 0x7e || byte == '%' || (no_semicolon && byte == ';'))
            status = buf_addf(out, "%%%02X", byte);
        else
            status = buf_add(out, text + i, 1);
    }
    return text_finish(out, before, status);
}

static int text_json_character(struct buf *out, const struct character *c)
{
    if (!c->valid)
        return buf_adds(out, REPLACEMENT);
    if (c->code == '"' || c->code == '\\')
        return buf_addf(out, "\\%c", (int)c->code);
    if (text_is_hostile(c->code) && c->code > 0xffff) /* as two surrogates */
        return buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((c->code - 0x10000) >> 10),
                        0xdc00 + ((c->code - 0x10000) & 0x3ff));
    if (text_is_hostile(c->code))
        return buf_addf(out, "\\u%04x", c->code);
    return buf_add(out, c->bytes, c->length);
}

int text_json(struct buf *out, const char *text, size_t length)
{
    size_t before = out->length;
    struct character c;
    int status = buf_adds(out, "\"");

    while (status == 0 && text_next_character(&text, &length, &c))
        status = text_json_character(out, &c);
    if (status == 0)
        status = buf_adds(out, "\"");
    return text_finish(out, before, status);
}

int text_plain(struct buf *out, const char *text, size_t length)
{
    size_t before = out->length;
    struct character c;
    int status = 0;

    while (status == 0 && text_next_character(&text, &length, &c)) {
        if (!c.valid || text_is_hostile(c.code))
            status = buf_adds(out, REPLACEMENT);
        else
            status = buf_add(out, c.bytes, c.length);
    }
    return text_finish(out, before, status);
}

void text_copy(char *at, size_t size, const char *text, size_t length)
{
    struct character c;
    size_t used = 0;

    while (text_next_character(&text, &length, &c)) {
        int bad = !c.valid || text_is_hostile(c.code);
        const char *bytes = bad ? REPLACEMENT : c.bytes;
        size_t count = bad ? 3 : c.length;
        if (used + count >= size)
            break;
        memcpy(at + used, bytes, count);
        used += count;
    }
    if (size)
        at[used] = '\0';
}

void text_fit(char *field, size_t size, const char *string)
{
    size_t length = strlen(string);

    if (length >= size)
        length = 0;
    memcpy(field, string, length);
    field[length] = '\0';
}

bool text_is_utf8(const char *text, size_t length)
{
    struct character c;

    while (text_next_character(&text, &length, &c))
        if (!c.valid)
            return false;
    return true;
}
