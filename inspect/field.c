/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/field.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "inspect/names.h"

#define FIELD_PIECES 64 /* of a name in RFC 2231's continuations */

static int field_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *field_find(const char *block, size_t size, const char *name, size_t *length_r)
{
    const char *at = block, *end = block + size;
    size_t length = strlen(name);

    while (at < end) {
        const char *line = at, *newline = at;

        /* a line that begins with white space goes on with the one before */
        do {
            newline = memchr(newline, '\n', (size_t)(end - newline));
            newline = newline != NULL ? newline + 1 : end;
        } while (newline < end && (*newline == ' ' || *newline == '\t'));
        at = newline;
        if ((size_t)(newline - line) <= length || strncasecmp(line, name, length) != 0)
            continue;
        line += length;
        while (line < newline && (*line == ' ' || *line == '\t'))
            line++;
        if (line == newline || *line != ':')
            continue;
        *length_r = (size_t)(newline - line - 1);
        return line + 1;
    }
    return NULL;
}

/* Copies the value at *at, quoted or not, and moves behind it. Returns its length; FIELD_TOO_LONG
 * when it does not fit; with `out` NULL it is only skipped. */
static int field_value(const char **at, const char *end, char *out, size_t size)
{
    size_t used = 0;
    int quoted = *at < end && **at == '"';

    if (quoted)
        (*at)++;
    while (*at < end) {
        char c = **at;

        if (quoted ? c == '"' : c == ';' || field_is_space(c))
            break;
        /* Browsers send paths with single backslashes: only \" and \\ are escapes. */
        if (quoted && c == '\\' && *at + 1 < end && ((*at)[1] == '"' || (*at)[1] == '\\'))
            c = *++*at;
        (*at)++;
        if (out == NULL)
            continue;
        if (used + 1 >= size)
            return FIELD_TOO_LONG;
        out[used++] = c;
    }
    if (quoted && *at < end)
        (*at)++;
    if (out != NULL)
        out[used] = '\0';
    return (int)used;
}

int field_parameter(const char *value, size_t length, const char *name, char *out, size_t size)
{
    const char *at = value, *end = value + length;
    size_t name_length = strlen(name);

    while (at < end) {
        const char *key;
        size_t key_length;

        while (at < end && *at != ';')
            at++;
        while (at < end && (*at == ';' || field_is_space(*at)))
            at++;
        key = at;
        while (at < end && *at != '=' && *at != ';' && !field_is_space(*at))
            at++;
        key_length = (size_t)(at - key);
        while (at < end && field_is_space(*at))
            at++;
        if (at == end || *at != '=')
            continue;
        at++;
        while (at < end && field_is_space(*at))
            at++;
        if (key_length == name_length && strncasecmp(key, name, name_length) == 0)
            return field_value(&at, end, out, size);
        field_value(&at, end, NULL, 0);
    }
    return -1;
}

static size_t field_percent(char *text, size_t length)
{
    size_t from, to = 0;

    for (from = 0; from < length; from++) {
        if (text[from] == '%' && from + 2 < length && hex_digit(text[from + 1]) >= 0 &&
            hex_digit(text[from + 2]) >= 0) {
            text[to++] = (char)(hex_digit(text[from + 1]) << 4 | hex_digit(text[from + 2]));
            from += 2;
        } else {
            text[to++] = text[from];
        }
    }
    return to;
}

/* charset'language'percent-encoded bytes */
static void field_extended(char *text, size_t length, char *name, size_t size)
{
    char *quote = memchr(text, '\'', length), *second = NULL;

    if (quote != NULL)
        second = memchr(quote + 1, '\'', length - (size_t)(quote + 1 - text));
    if (second == NULL) {
        length = field_percent(text, length);
        names_guess(name, size, text, length);
        return;
    }
    *quote = '\0';
    second++;
    length = field_percent(second, length - (size_t)(second - text));
    names_convert(name, size, text, second, length);
}

/* filename*0*=…; filename*1=…: 1 if there was such a thing, or FIELD_TOO_LONG. */
static int field_continued(const char *value, size_t length, char *name, size_t size)
{
    char text[FIELD_VALUE_MAX], key[32];
    size_t used = 0;
    int extended = 0, i;

    for (i = 0; i < FIELD_PIECES; i++) {
        int got;

        snprintf(key, sizeof key, "filename*%d*", i);
        got = field_parameter(value, length, key, text + used, sizeof text - used);
        if (got >= 0) {
            extended = 1;
        } else if (got != FIELD_TOO_LONG) {
            snprintf(key, sizeof key, "filename*%d", i);
            got = field_parameter(value, length, key, text + used, sizeof text - used);
        }
        if (got == FIELD_TOO_LONG)
            return got;
        if (got < 0)
            break;
        used += (size_t)got;
    }
    if (i == 0)
        return 0;
    if (i == FIELD_PIECES)
        return FIELD_TOO_LONG;
    if (extended)
        field_extended(text, used, name, size);
    else
        names_guess(name, size, text, used);
    return 1;
}

int field_filename(const char *value, size_t length, char *name, size_t size)
{
    char text[FIELD_VALUE_MAX];
    int got = field_parameter(value, length, "filename*", text, sizeof text), continued;

    name[0] = '\0';
    if (got == FIELD_TOO_LONG)
        return got;
    if (got >= 0) {
        field_extended(text, (size_t)got, name, size);
        return 0;
    }
    continued = field_continued(value, length, name, size);
    if (continued != 0)
        return continued < 0 ? continued : 0;
    got = field_parameter(value, length, "filename", text, sizeof text);
    if (got == 0 || got == -1)
        got = field_parameter(value, length, "name", text, sizeof text);
    if (got == FIELD_TOO_LONG)
        return got;
    if (got > 0)
        names_guess(name, size, text, (size_t)got);
    return 0;
}
