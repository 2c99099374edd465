/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/boundaries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "inspect/field.h"

#define BOUNDARIES_WORD  "boundary"
#define BOUNDARIES_LINES 65536 /* lines of a body that are looked at */

void boundaries_free(struct boundaries *boundaries)
{
    unsigned i;

    for (i = 0; i < boundaries->count; i++)
        free(boundaries->delimiters[i]);
    boundaries->count = 0;
}

/* Adds "--" and a boundary, unless it is there already. */
static void boundaries_add(struct boundaries *boundaries, const char *text, size_t length)
{
    char *delimiter;
    unsigned i;

    if (length == 0 || length > BOUNDARY_SIZE_MAX)
        return;
    for (i = 0; i < boundaries->count; i++)
        if (boundaries->lengths[i] == length + 2 &&
            memcmp(boundaries->delimiters[i] + 2, text, length) == 0)
            return;
    delimiter = boundaries->count < BOUNDARIES_MAX ? malloc(length + 2) : NULL;
    if (delimiter == NULL) {
        boundaries->overflowed = 1;
        return;
    }
    memcpy(delimiter, "--", 2);
    memcpy(delimiter + 2, text, length);
    boundaries->lengths[boundaries->count] = length + 2;
    boundaries->delimiters[boundaries->count++] = delimiter;
}

/* And without the blanks and quotes around it. */
static void boundaries_add_trimmed(struct boundaries *boundaries, const char *text, size_t length)
{
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        length--;
    boundaries_add(boundaries, text, length);
    while (length > 0 && strchr(" \t\r\n\"'", text[length - 1]) != NULL)
        length--;
    while (length > 0 && strchr(" \t\r\n\"'", *text) != NULL) {
        text++;
        length--;
    }
    boundaries_add(boundaries, text, length);
}

static size_t boundaries_span(const char *text, size_t length, const char *stop)
{
    size_t i;

    for (i = 0; i < length && (text[i] == '\0' || strchr(stop, text[i]) == NULL); i++)
        ;
    return i;
}

/* Adds a value with its percent-encoding undone, and without charset'language' in front. */
static void boundaries_add_decoded(struct boundaries *boundaries, const char *text, size_t length)
{
    char *plain = malloc(length + 1), *quote;
    size_t used = 0, i;

    if (plain == NULL) {
        boundaries->overflowed = 1;
        return;
    }
    for (i = 0; i < length; i++) {
        int high = text[i] == '%' && i + 2 < length ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        plain[used++] = low >= 0 ? (char)(high << 4 | low) : text[i];
        i += low >= 0 ? 2 : 0;
    }
    boundaries_add(boundaries, plain, used);
    quote = memchr(plain, '\'', used);
    quote = quote != NULL ? memchr(quote + 1, '\'', used - (size_t)(quote + 1 - plain)) : NULL;
    if (quote != NULL)
        boundaries_add(boundaries, quote + 1, used - (size_t)(quote + 1 - plain));
    free(plain);
}

/* Inside quotes, with the escapes as they are and undone. */
static void boundaries_add_quoted(struct boundaries *boundaries, const char *text, size_t length)
{
    char *plain = malloc(length + 1);
    size_t used = 0, i;

    boundaries_add(boundaries, text, boundaries_span(text, length, "\""));
    if (plain == NULL) {
        boundaries->overflowed = 1;
        return;
    }
    for (i = 0; i < length && text[i] != '"'; i++) {
        if (text[i] == '\\' && i + 1 < length)
            i++;
        plain[used++] = text[i];
    }
    boundaries_add(boundaries, plain, used);
    free(plain);
}

/* All that may be the value that begins at `text`. */
static void boundaries_add_value(struct boundaries *boundaries, const char *text, size_t length)
{
    size_t plain;

    while (length > 0 && strchr(" \t\r\n", *text) != NULL) {
        text++;
        length--;
    }
    if (length > 0 && *text == '"')
        boundaries_add_quoted(boundaries, text + 1, length - 1);
    boundaries_add_trimmed(boundaries, text, boundaries_span(text, length, ",;"));
    boundaries_add_trimmed(boundaries, text, boundaries_span(text, length, ";"));
    plain = boundaries_span(text, length, ",; \t\r\n");
    boundaries_add_trimmed(boundaries, text, plain);
    boundaries_add_decoded(boundaries, text, plain);
}

/* boundary*0=a; boundary*1=bc */
static void boundaries_add_continued(struct boundaries *boundaries, const char *type, size_t length)
{
    char *text = malloc(BOUNDARY_SIZE_MAX), name[32];
    size_t used = 0;
    int i, got;

    if (text == NULL) {
        boundaries->overflowed = 1;
        return;
    }
    for (i = 0; i < 64 && used < BOUNDARY_SIZE_MAX; i++) {
        snprintf(name, sizeof name, BOUNDARIES_WORD "*%d", i);
        got = field_parameter(type, length, name, text + used, BOUNDARY_SIZE_MAX - used);
        if (got < 0) {
            snprintf(name, sizeof name, BOUNDARIES_WORD "*%d*", i);
            got = field_parameter(type, length, name, text + used, BOUNDARY_SIZE_MAX - used);
        }
        if (got < 0)
            break;
        used += (size_t)got;
    }
    if (i > 0)
        boundaries_add_decoded(boundaries, text, used);
    boundaries_add(boundaries, text, used);
    free(text);
}

void boundaries_add_type(struct boundaries *boundaries, const char *type, size_t length)
{
    const size_t word = sizeof BOUNDARIES_WORD - 1;
    const char *end = type + length, *at, *equals;

    for (at = type; (size_t)(end - at) > word && !boundaries->overflowed; at++) {
        if (strncasecmp(at, BOUNDARIES_WORD, word) != 0)
            continue;
        equals = memchr(at, '=', (size_t)(end - at));
        if (equals == NULL)
            break;
        boundaries_add_value(boundaries, equals + 1, (size_t)(end - equals - 1));
        if (at + word < end && at[word] == '*')
            boundaries_add_continued(boundaries, type, length);
    }
}

void boundaries_add_body(struct boundaries *boundaries, const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length;
    unsigned lines;

    for (lines = 0; lines < BOUNDARIES_LINES && at != NULL && end - at > 4; lines++) {
        const uint8_t *stop, *next;

        if (memcmp(at, "--", 2) == 0) {
            size_t left = (size_t)(end - at);

            for (stop = at; stop < end && left > 0 && *stop != '\r' && *stop != '\n'; stop++)
                left--;
            next = stop;
            while (next < end && (*next == '\r' || *next == '\n'))
                next++;
            if (end - next > 8 && strncasecmp((const char *)next, "Content-", 8) == 0)
                boundaries_add_trimmed(boundaries, (const char *)at + 2, (size_t)(stop - at - 2));
        }
        at = memmem(at + 1, (size_t)(end - at - 1), "\n--", 3);
        at = at != NULL ? at + 1 : NULL;
    }
    boundaries->overflowed = 0; /* these are guesses: those that fit do */
}
