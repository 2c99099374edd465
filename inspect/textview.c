/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/textview.h"

#include <string.h>
#include <strings.h>

#include "common/hex.h"

#define TEXTVIEW_HEAD     64 /* bytes that tell the width of the characters */
#define TEXTVIEW_CODE_MAX UINT32_C(0x10ffff)

uint8_t textview_plain(uint8_t byte)
{
    static const char plain[TEXTVIEW_MARKS + 1] = "\0\"'<> `)";

    return byte < TEXTVIEW_MARKS && byte > 0 ? (uint8_t)plain[byte] : byte;
}

const uint8_t *textview_find(const uint8_t *data, size_t length, const char *word, size_t rare)
{
    const size_t size = strlen(word);
    const uint8_t *at, *end;

    if (length < size)
        return NULL;
    end = data + (length - size) + rare + 1; /* behind the last place of the byte */
    for (at = data + rare;
         at < end && (at = memchr(at, (uint8_t)word[rare], (size_t)(end - at))) != NULL; at++)
        if (memcmp(at - rare, word, size) == 0)
            return at - rare;
    return NULL;
}

bool textview_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

void textview_put(struct buffer *buffer, uint32_t code)
{
    uint8_t *out = buffer->data + buffer->length;

    if (code > TEXTVIEW_CODE_MAX || code == 0)
        code = 0xfffd;
    if (code < 0x80) {
        *out = (uint8_t)code;
        buffer->length += 1;
    } else if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 63));
        buffer->length += 2;
    } else if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (code & 63));
        buffer->length += 3;
    } else {
        out[0] = (uint8_t)(0xf0 | code >> 18);
        out[1] = (uint8_t)(0x80 | (code >> 12 & 63));
        out[2] = (uint8_t)(0x80 | (code >> 6 & 63));
        out[3] = (uint8_t)(0x80 | (code & 63));
        buffer->length += 4;
    }
}

/* How wide characters are (1, 2, 4) and whether the high byte comes first. */
static unsigned textview_width(const uint8_t *data, size_t length, bool *big_r)
{
    const size_t head = (length < TEXTVIEW_HEAD ? length : TEXTVIEW_HEAD) & ~(size_t)3;
    size_t zeros[4] = {0}, i;

    *big_r = false;
    if (head < 8)
        return 1;
    for (i = 0; i < head; i++)
        zeros[i & 3] += data[i] == 0;
    if (zeros[0] + zeros[1] + zeros[2] >= head * 11 / 16 && zeros[3] == 0) {
        *big_r = true;
        return 4;
    }
    if (zeros[3] + zeros[1] + zeros[2] >= head * 11 / 16 && zeros[0] == 0)
        return 4;
    if (memcmp(data, "\xff\xfe", 2) == 0)
        return 2;
    if (memcmp(data, "\xfe\xff", 2) == 0 ||
        (zeros[0] + zeros[2] >= head * 7 / 16 && zeros[1] + zeros[3] == 0)) {
        *big_r = true;
        return 2;
    }
    return zeros[1] + zeros[3] >= head * 7 / 16 && zeros[0] + zeros[2] == 0 ? 2 : 1;
}

bool textview_is_wide(const uint8_t *data, size_t length)
{
    bool big;

    return textview_width(data, length, &big) > 1;
}

/* ISO-2022-JP without what says that ASCII follows where it is ASCII already. */
static long textview_unshift(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    long count = 0;

    if (memmem(data, length, "\x1b(", 2) == NULL)
        return 0;
    if (buffer_room(buffer, length + 8) == NULL)
        return -1;
    while ((at = memmem(at, (size_t)(end - at), "\x1b(", 2)) != NULL) {
        const bool shift = end - at > 2 && (at[2] == 'B' || at[2] == 'J');

        if (shift) {
            textview_copy(buffer, from, at);
            from = at + 3;
            count++;
        }
        at += shift ? 3 : 2;
    }
    textview_copy(buffer, from, end);
    return count;
}

long textview_narrow(struct buffer *buffer, const uint8_t *data, size_t length)
{
    bool big;
    const unsigned width = textview_width(data, length, &big);
    long count = 0;
    size_t i;

    if (width == 1)
        return textview_unshift(buffer, data, length);
    if (buffer_room(buffer, length * 2 + 4) == NULL)
        return -1;
    for (i = 0; i + width <= length; i += width, count++) {
        uint32_t code = 0;
        unsigned j;

        for (j = 0; j < width; j++)
            code = code << 8 | data[i + (big ? j : width - 1 - j)];
        if (code != 0xfeff || i > 0)
            textview_put(buffer, code);
    }
    return count;
}

/* The number behind "&#". Returns the length of all of it, or 0. */
static size_t textview_numeric(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
{
    const uint8_t *begin = at, *digits;
    uint32_t base = 10, code = 0;

    at += 2;
    if (at < end && (*at | 0x20) == 'x') {
        base = 16;
        at++;
    }
    for (digits = at; at < end; at++) {
        int digit = hex_digit(*at);

        if (digit < 0 || (uint32_t)digit >= base)
            break;
        if (code <= TEXTVIEW_CODE_MAX)
            code = code * base + (uint32_t)digit;
    }
    *code_r = code;
    if (at == digits)
        return 0;
    return (size_t)(at - begin) + (at < end && *at == ';');
}

/* The references that stand for a character of ASCII. */
static const struct {
    const char *name;
    char character;
} textview_names[] = {{"Tab;", '\t'},
                      {"NewLine;", '\n'},
                      {"excl;", '!'},
                      {"quot", '"'},
                      {"QUOT", '"'},
                      {"num;", '#'},
                      {"dollar;", '$'},
                      {"percnt;", '%'},
                      {"amp", '&'},
                      {"AMP", '&'},
                      {"apos;", '\''},
                      {"lpar;", '('},
                      {"rpar;", ')'},
                      {"ast;", '*'},
                      {"midast;", '*'},
                      {"plus;", '+'},
                      {"comma;", ','},
                      {"period;", '.'},
                      {"sol;", '/'},
                      {"colon;", ':'},
                      {"semi;", ';'},
                      {"lt", '<'},
                      {"LT", '<'},
                      {"equals;", '='},
                      {"gt", '>'},
                      {"GT", '>'},
                      {"quest;", '?'},
                      {"commat;", '@'},
                      {"lsqb;", '['},
                      {"lbrack;", '['},
                      {"bsol;", '\\'},
                      {"rsqb;", ']'},
                      {"rbrack;", ']'},
                      {"Hat;", '^'},
                      {"lowbar;", '_'},
                      {"UnderBar;", '_'},
                      {"grave;", '`'},
                      {"lcub;", '{'},
                      {"lbrace;", '{'},
                      {"DiacriticalGrave;", '`'},
                      {"verbar;", '|'},
                      {"vert;", '|'},
                      {"VerticalLine;", '|'},
                      {"rcub;", '}'},
                      {"rbrace;", '}'},
                      {"nbsp;", ' '}};

/* The reference at an ampersand, if it is one of these. Returns its length, or 0. */
static size_t textview_named(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
{
    size_t left = (size_t)(end - at) - 1, i;

    for (i = 0; i < sizeof textview_names / sizeof textview_names[0]; i++) {
        size_t length;

        if (textview_names[i].name[0] != at[1])
            continue;
        length = strlen(textview_names[i].name);
        if (length > left || memcmp(at + 1, textview_names[i].name, length) != 0)
            continue;
        *code_r = (uint8_t)textview_names[i].character;
        if (textview_names[i].name[length - 1] != ';' && length < left && at[1 + length] == ';')
            length++;
        return length + 1;
    }
    return 0;
}

static uint32_t textview_mark(uint32_t code)
{
    uint32_t mark;

    for (mark = 1; mark < TEXTVIEW_MARKS; mark++)
        if (textview_plain((uint8_t)mark) == code)
            return mark;
    return code;
}

const uint8_t *textview_copy(struct buffer *buffer, const uint8_t *from, const uint8_t *at)
{
    memcpy(buffer->data + buffer->length, from, (size_t)(at - from));
    buffer->length += (size_t)(at - from);
    return at;
}

long textview_references(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    long count = 0;

    while (at < end && (at = memchr(at, '&', (size_t)(end - at))) != NULL) {
        uint32_t code = 0;
        size_t used = 0;

        if (end - at > 2 && at[1] == '#')
            used = textview_numeric(at, end, &code);
        else if (end - at > 2)
            used = textview_named(at, end, &code);
        if (used > 0) {
            if (count == 0 && buffer_room(buffer, length + 8) == NULL)
                return -1;
            textview_copy(buffer, from, at);
            textview_put(buffer, textview_mark(code));
            from = at + used;
            count++;
        }
        at += used > 0 ? used : 1;
    }
    if (count > 0)
        textview_copy(buffer, from, end);
    return count;
}

size_t textview_digits(const uint8_t *at, const uint8_t *end, unsigned base, size_t most,
                       uint32_t *code_r)
{
    size_t count = 0;

    *code_r = 0;
    while (count < most && at + count < end) {
        int digit = hex_digit(at[count]);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        *code_r = *code_r * base + (unsigned)digit;
        count++;
    }
    return count;
}

long textview_percent(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    uint32_t code;
    size_t size;
    long count = 0;

    while (at < end && (at = memchr(at, '%', (size_t)(end - at))) != NULL) {
        if (textview_digits(at + 1, end, 16, 2, &code) == 2)
            size = 3;
        else if (end - at > 5 && at[1] == 'u' && textview_digits(at + 2, end, 16, 4, &code) == 4)
            size = 6;
        else
            size = 0;
        if (size > 0) {
            if (count == 0 && buffer_room(buffer, length + 8) == NULL)
                return -1;
            textview_copy(buffer, from, at);
            if (code < 0x100)
                buffer->data[buffer->length++] = (uint8_t)code; /* also of %u: binary strings */
            else
                textview_put(buffer, code);
            from = at + size;
            count++;
        }
        at++;
    }
    if (count > 0)
        textview_copy(buffer, from, end);
    return count;
}

long textview_unfolded(struct buffer *buffer, const uint8_t *data, size_t length, bool all)
{
    const uint8_t *at = data, *end = data + length;
    size_t used = 0;
    uint8_t *out = buffer_room(buffer, length + 8);

    if (out == NULL)
        return -1;
    while (at < end) {
        const size_t line = *at == '\n' ? 1 : *at == '\r' && end - at > 1 && at[1] == '\n' ? 2 : 0;

        if (all && *at == '\\' && end - at > 1 && (at[1] == '\n' || at[1] == '\r'))
            at += 2;
        else if (all && textview_is_blank(*at))
            at++;
        else if (line > 0 && (size_t)(end - at) > line && (at[line] == ' ' || at[line] == '\t'))
            at += line + 1;
        else
            out[used++] = *at++;
    }
    buffer->length += used;
    return (long)(length - used);
}
