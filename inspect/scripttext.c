/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/scripttext.h"

#include <string.h>

#include "common/base64.h"
#include "inspect/textview.h"

#define SCRIPTTEXT_NAME    64   /* bytes of a variable's name */
#define SCRIPTTEXT_BETWEEN 4096 /* bytes between a literal and what joins it to the next */

/* The escape at a backslash. Returns its length; *code_r is UINT32_MAX for one that vanishes. */
static size_t scripttext_js(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
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

static size_t scripttext_css(const uint8_t *at, const uint8_t *end, uint32_t *code_r)
{
    size_t digits = textview_digits(at + 1, end, 16, 6, code_r);

    if (digits > 0)
        return digits + 1 + (at + 1 + digits < end && textview_is_blank(at[1 + digits]));
    *code_r = at[1] == '\n' || at[1] == '\r' ? UINT32_MAX : at[1];
    return 2;
}

long scripttext_escapes(struct buffer *buffer, const uint8_t *data, size_t length, bool css)
{
    const uint8_t *at = data, *end = data + length, *from = data;
    long count = 0;

    if (buffer_room(buffer, length * 2 + 8) == NULL)
        return -1;
    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL && end - at > 1) {
        uint32_t code;
        size_t used = css ? scripttext_css(at, end, &code) : scripttext_js(at, end, &code);

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

/* Behind white space, comments and parentheses, if they are not too long. */
static const uint8_t *scripttext_skip(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *close;

    if (end - at > SCRIPTTEXT_BETWEEN)
        end = at + SCRIPTTEXT_BETWEEN;
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

static const uint8_t *scripttext_name(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *name = at;

    while (at < end && at - name < SCRIPTTEXT_NAME &&
           ((*at >= '0' && *at <= '9') || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') ||
            *at == '_' || *at == '$' || *at == '.'))
        at++;
    return at;
}

static bool scripttext_is_push(const uint8_t *name, const uint8_t *at, const uint8_t *end)
{
    static const char push[] = ".push";
    const size_t length = sizeof push - 1;

    return at < end && *at == '(' && (size_t)(at - name) > length &&
           memcmp(at - length, push, length) == 0;
}

/* "name[3] =": behind the equals sign, or NULL. */
static const uint8_t *scripttext_element(const uint8_t *at, const uint8_t *end)
{
    for (at++; at < end && *at >= '0' && *at <= '9'; at++)
        ;
    if (at == end || *at != ']')
        return NULL;
    at = scripttext_skip(at + 1, end);
    return end - at > 2 && at[0] == '=' && at[1] != '=' ? at + 1 : NULL;
}

/* Statements that add to one string or list: "name +=", "name = name +", "name.push(", "name[3] =".
 */
static const uint8_t *scripttext_adds(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *name = scripttext_skip(at, end), *again;
    size_t length;

    at = scripttext_name(name, end);
    length = (size_t)(at - name);
    if (length == 0)
        return NULL;
    if (scripttext_is_push(name, at, end))
        return at + 1;
    at = scripttext_skip(at, end);
    if (end - at < 3)
        return NULL;
    if (at[0] == '+' && at[1] == '=')
        return at + 2;
    if (*at == '[')
        return scripttext_element(at, end);
    if (at[0] != '=' || at[1] == '=')
        return NULL;
    again = scripttext_skip(at + 1, end);
    at = scripttext_name(again, end);
    if ((size_t)(at - again) != length || memcmp(name, again, length) != 0)
        return NULL;
    at = scripttext_skip(at, end);
    return at < end && *at == '+' ? at + 1 : NULL;
}

/* The quotation mark of a literal that follows one without an operator, perhaps behind a letter
 * that tells its kind. So that blanks in quotation marks are none: in another line, or a word
 * follows. */
static const uint8_t *scripttext_neighbour(const uint8_t *before, const uint8_t *at,
                                           const uint8_t *end)
{
    const size_t gap = (size_t)(at - before) - 1;

    if (gap == 0)
        return NULL;
    if (end - at > 1 && textview_is_quote(at[1]) && strchr("bBrRuUL", *at) != NULL && *at != 0)
        at++;
    if (at == end || !textview_is_quote(*at))
        return NULL;
    if (memchr(before + 1, '\n', gap) != NULL)
        return at;
    return end - at > 1 && base64_value(at[1]) >= 0 ? at : NULL;
}

/* Behind an operator that joins strings: of VBScript's, a line may end behind it. NULL: there is
 * none. */
static const uint8_t *scripttext_operator(const uint8_t *at, const uint8_t *end)
{
    static const char concat[] = ".concat";

    if (*at == '+')
        return at + 1;
    if (*at == ',') {
        const uint8_t *behind = scripttext_adds(at + 1, end);

        return behind != NULL ? behind : at + 1;
    }
    if (*at == ';')
        return scripttext_adds(at + 1, end);
    if (*at == '&') {
        at = scripttext_skip(at + 1, end);
        return at < end && *at == '_' ? at + 1 : at;
    }
    if ((size_t)(end - at) > sizeof concat && memcmp(at, concat, sizeof concat - 1) == 0)
        return at + sizeof concat - 1;
    return *at == '.' ? at + 1 : NULL; /* Perl, PHP */
}

const uint8_t *scripttext_next(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *before = at - 1, *next;

    if (at == end)
        return NULL;
    at = scripttext_skip(at, end);
    if (at == end)
        return NULL;
    next = scripttext_neighbour(before, at, end);
    if (next != NULL)
        return next + 1;
    at = scripttext_operator(at, end);
    if (at == NULL)
        return NULL;
    at = scripttext_skip(at, end);
    return at < end && textview_is_quote(*at) ? at + 1 : NULL;
}

bool scripttext_is_listed(const uint8_t *at, const uint8_t *end)
{
    at = scripttext_skip(at, end);
    return at < end && (*at == ',' || textview_is_quote(*at));
}

long scripttext_joined(struct buffer *buffer, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length, *from = data, *next;
    long count = 0;

    while (at < end) {
        if (!textview_is_quote(*at) || (next = scripttext_next(at + 1, end)) == NULL) {
            at++;
            continue;
        }
        if (count == 0 && buffer_room(buffer, length + 8) == NULL)
            return -1;
        textview_copy(buffer, from, at);
        at = from = next;
        count++;
    }
    if (count > 0)
        textview_copy(buffer, from, end);
    return count;
}
