/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/textview.h"

#include <string.h>
#include <strings.h>

#define TEXTVIEW_HEAD     64 /* bytes that tell the width of the characters */
#define TEXTVIEW_ENTITIES 64
#define TEXTVIEW_NAME     64         /* bytes of an entity's name */
#define TEXTVIEW_GROWTH   (1u << 20) /* bytes that entities may add */
#define TEXTVIEW_BETWEEN  4096       /* bytes between a literal and what joins it to the next */
#define TEXTVIEW_CODE_MAX UINT32_C(0x10ffff)

uint8_t textview_plain(uint8_t byte)
{
    static const char plain[TEXTVIEW_MARKS + 1] = "\0\"'<> `)";

    return byte < TEXTVIEW_MARKS && byte > 0 ? (uint8_t)plain[byte] : byte;
}

static int textview_hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool textview_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Adds a character as UTF-8; there is room for as many bytes as its escape has, at least 4. */
static void textview_put(struct buffer *buffer, uint32_t code)
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

long textview_narrow(struct buffer *buffer, const uint8_t *data, size_t length)
{
    bool big;
    const unsigned width = textview_width(data, length, &big);
    long count = 0;
    size_t i;

    if (width == 1)
        return 0;
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
        int digit = textview_hex(*at);

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
static size_t textview_named(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
{
    static const struct {
        const char *name;
        char character;
    } names[] = {{"Tab;", '\t'},
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
    size_t left = (size_t)(end - at) - 1, i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length;

        if (names[i].name[0] != at[1])
            continue;
        length = strlen(names[i].name);
        if (length > left || memcmp(at + 1, names[i].name, length) != 0)
            continue;
        *code_r = (uint8_t)names[i].character;
        if (names[i].name[length - 1] != ';' && length < left && at[1 + length] == ';')
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

/* Adds what lies before `at`. Returns where to go on. */
static const uint8_t *textview_copy(struct buffer *buffer, const uint8_t *from, const uint8_t *at)
{
    memcpy(buffer->data + buffer->length, from, (size_t)(at - from));
    buffer->length += (size_t)(at - from);
    return at;
}

long textview_references(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    long count = 0;

    if (buffer_room(buffer, length + 8) == NULL)
        return -1;
    while (at < end && (at = memchr(at, '&', (size_t)(end - at))) != NULL) {
        uint32_t code = 0;
        size_t used = 0;

        if (end - at > 2 && at[1] == '#')
            used = textview_numeric(at, end, &code);
        else if (end - at > 2)
            used = textview_named(at, end, &code);
        if (used > 0) {
            textview_copy(buffer, from, at);
            textview_put(buffer, textview_mark(code));
            from = at + used;
            count++;
        }
        at += used > 0 ? used : 1;
    }
    textview_copy(buffer, from, end);
    return count;
}

/* Digits of a base, at most so many. Returns how many. */
static size_t textview_digits(const uint8_t *at, const uint8_t *end, unsigned base, size_t most,
                              uint32_t *code_r)
{
    size_t count = 0;

    *code_r = 0;
    while (count < most && at + count < end) {
        int digit = textview_hex(at[count]);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        *code_r = *code_r * base + (unsigned)digit;
        count++;
    }
    return count;
}

/* The escape at a backslash. Returns its length; *code_r is UINT32_MAX for one that vanishes. */
static size_t textview_js(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
{
    static const char letters[] = "nrtbfv", characters[] = "\n\r\t\b\f\v";
    const uint8_t c = at[1];
    const char *letter;
    size_t digits;

    if (c == 'x' && textview_digits(at + 2, end, 16, 2, code_r) == 2)
        return 4;
    if (c == 'u' && textview_digits(at + 2, end, 16, 4, code_r) == 4)
        return 6;
    if (c == 'u' && end - at > 3 && at[2] == '{') {
        digits = textview_digits(at + 3, end, 16, 8, code_r);
        if (digits > 0 && at + 3 + digits < end && at[3 + digits] == '}')
            return digits + 4;
    }
    digits = textview_digits(at + 1, end, 8, 3, code_r);
    if (digits > 0)
        return digits + 1;
    *code_r = c;
    letter = c != '\0' ? strchr(letters, c) : NULL;
    if (letter != NULL)
        *code_r = (uint8_t)characters[letter - letters];
    else if (c == '\n' || c == '\r')
        *code_r = UINT32_MAX;
    return c == '\r' && end - at > 2 && at[2] == '\n' ? 3 : 2;
}

static size_t textview_css(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
{
    size_t digits = textview_digits(at + 1, end, 16, 6, code_r);

    if (digits > 0)
        return digits + 1 + (at + 1 + digits < end && textview_is_blank(at[1 + digits]));
    *code_r = at[1] == '\n' || at[1] == '\r' ? UINT32_MAX : at[1];
    return 2;
}

long textview_escapes(struct buffer *buffer, const uint8_t *data, size_t length, bool css)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    long count = 0;

    if (buffer_room(buffer, length * 2 + 8) == NULL)
        return -1;
    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL && end - at > 1) {
        uint32_t code;
        size_t used = css ? textview_css(at, end, &code) : textview_js(at, end, &code);

        textview_copy(buffer, from, at);
        if (code != UINT32_MAX && code != 0 && code < 0x100 && !css)
            buffer->data[buffer->length++] = (uint8_t)code; /* binary strings */
        else if (code == 0)
            buffer->data[buffer->length++] = 0;
        else if (code != UINT32_MAX)
            textview_put(buffer, code);
        at = from = at + used;
        count++;
    }
    textview_copy(buffer, from, end);
    return count;
}

static bool textview_is_quote(uint8_t c)
{
    return c == '"' || c == '\'' || c == '`' || c == TEXTVIEW_QUOTE || c == TEXTVIEW_APOSTROPHE ||
           c == TEXTVIEW_BACKQUOTE;
}

/* Behind white space, comments and parentheses, if they are not too long. */
static const uint8_t *textview_skip(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *close;

    if (end - at > TEXTVIEW_BETWEEN)
        end = at + TEXTVIEW_BETWEEN;
    while (at < end) {
        const uint8_t c = textview_plain(*at);

        if (textview_is_blank(c) || c == '(' || c == ')') {
            at++;
        } else if (c == '/' && end - at > 1 && at[1] == '*') {
            close = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
            if (close == NULL)
                return end;
            at = close + 2;
        } else if (c == '/' && end - at > 1 && at[1] == '/') {
            close = memchr(at, '\n', (size_t)(end - at));
            if (close == NULL)
                return end;
            at = close + 1;
        } else {
            break;
        }
    }
    return at;
}

const uint8_t *textview_next(const uint8_t *at, const uint8_t *end)
{
    static const char concat[] = ".concat";

    if (at == end)
        return NULL;
    at = textview_skip(at, end);
    if (at == end)
        return NULL;
    if (*at == '+' || *at == ',')
        at++;
    else if ((size_t)(end - at) > sizeof concat && memcmp(at, concat, sizeof concat - 1) == 0)
        at += sizeof concat - 1;
    else
        return NULL;
    at = textview_skip(at, end);
    return at < end && textview_is_quote(*at) ? at + 1 : NULL;
}

long textview_joined(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data, *next;
    long count = 0;

    if (buffer_room(buffer, length + 8) == NULL)
        return -1;
    while (at < end) {
        if (!textview_is_quote(*at) || (next = textview_next(at + 1, end)) == NULL) {
            at++;
            continue;
        }
        textview_copy(buffer, from, at);
        at = from = next;
        count++;
    }
    textview_copy(buffer, from, end);
    return count;
}

long textview_percent(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    uint32_t code;
    long count = 0;

    if (buffer_room(buffer, length + 8) == NULL)
        return -1;
    while (at < end && (at = memchr(at, '%', (size_t)(end - at))) != NULL) {
        if (textview_digits(at + 1, end, 16, 2, &code) == 2) {
            textview_copy(buffer, from, at);
            buffer->data[buffer->length++] = (uint8_t)code;
            from = at + 3;
            count++;
        }
        at++;
    }
    textview_copy(buffer, from, end);
    return count;
}

struct textview_entity {
    const uint8_t *name, *value;
    size_t name_length, value_length;
};

/* Reads `<!ENTITY name "value"`. Returns where it ends, or NULL for another kind of entity. */
static const uint8_t *textview_declaration(const uint8_t *at, const uint8_t *end,
                                           struct textview_entity *entity)
{
    const uint8_t *close;

    while (at < end && textview_is_blank(*at))
        at++;
    entity->name = at;
    while (at < end && !textview_is_blank(*at) && *at != '"' && *at != '\'')
        at++;
    entity->name_length = (size_t)(at - entity->name);
    while (at < end && textview_is_blank(*at))
        at++;
    if (at == end || (*at != '"' && *at != '\'') || entity->name_length > TEXTVIEW_NAME)
        return NULL;
    close = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (close == NULL)
        return NULL;
    entity->value = at + 1;
    entity->value_length = (size_t)(close - at - 1);
    return close;
}

static size_t textview_declared(const uint8_t *data, size_t length,
                                struct textview_entity entities[TEXTVIEW_ENTITIES])
{
    const uint8_t *at = data, *end = data + length, *next;
    size_t count = 0;

    while (count < TEXTVIEW_ENTITIES &&
           (at = memmem(at, (size_t)(end - at), "<!ENTITY", 8)) != NULL) {
        at += 8;
        next = textview_declaration(at, end, &entities[count]);
        count += next != NULL;
        at = next != NULL ? next : at;
    }
    return count;
}

static const struct textview_entity *textview_entity(const struct textview_entity *entities,
                                                     size_t count, const uint8_t *at,
                                                     const uint8_t *end)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const struct textview_entity *entity = &entities[i];

        if ((size_t)(end - at) > entity->name_length + 1 &&
            memcmp(at + 1, entity->name, entity->name_length) == 0 &&
            at[1 + entity->name_length] == ';')
            return entity;
    }
    return NULL;
}

long textview_entities(struct buffer *buffer, const uint8_t *data, size_t length)
{
    struct textview_entity entities[TEXTVIEW_ENTITIES];
    const uint8_t *at = data, *end = data + length, *from = data;
    const size_t declared = length > 0 ? textview_declared(data, length, entities) : 0;
    size_t added = 0;
    long count = 0;

    if (declared == 0)
        return 0;
    if (buffer_room(buffer, length + TEXTVIEW_GROWTH) == NULL)
        return -1;
    while (at < end && (at = memchr(at, '&', (size_t)(end - at))) != NULL) {
        const struct textview_entity *entity = textview_entity(entities, declared, at, end);

        if (entity == NULL || entity->value_length > TEXTVIEW_GROWTH - added) {
            at++;
            continue;
        }
        added += entity->value_length;
        textview_copy(buffer, from, at);
        textview_copy(buffer, entity->value, entity->value + entity->value_length);
        at = from = at + entity->name_length + 2;
        count++;
    }
    textview_copy(buffer, from, end);
    return count;
}
