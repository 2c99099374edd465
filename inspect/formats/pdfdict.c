/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/pdfdict.h"

#include <stdlib.h>
#include <string.h>

#define PDF_OBJECTS 500000u /* that are looked at */
#define PDF_NESTED  16      /* values in values, and objects that name objects */

/* A place in the file, moved on by reading. */
struct pdf_cursor {
    const uint8_t *at, *end;
    int commented; /* a comment was passed over */
};

/* ------------------------------------------------------------------- tokens */

static int pdfdict_is_space(int c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static int pdfdict_is_end(int c)
{
    return pdfdict_is_space(c) || (c != 0 && strchr("()<>[]{}/%", c) != NULL);
}

static int pdfdict_peek(const struct pdf_cursor *cursor, size_t ahead)
{
    return ahead < (size_t)(cursor->end - cursor->at) ? cursor->at[ahead] : -1;
}

static void pdfdict_space(struct pdf_cursor *cursor)
{
    while (cursor->at < cursor->end) {
        if (*cursor->at == '%') {
            cursor->commented = 1;
            while (cursor->at < cursor->end && *cursor->at != '\n' && *cursor->at != '\r')
                cursor->at++;
        } else if (pdfdict_is_space(*cursor->at)) {
            cursor->at++;
        } else {
            return;
        }
    }
}

static int pdfdict_hex(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 87 : -1;
}

/* Behind the slash. A longer name is cut: none that matters is so long. */
static void pdfdict_name(struct pdf_cursor *cursor, char name[PDF_NAME])
{
    size_t used = 0;

    while (cursor->at < cursor->end && !pdfdict_is_end(*cursor->at)) {
        int c = *cursor->at++, high = pdfdict_hex(pdfdict_peek(cursor, 0)), low;

        if (c == '#' && high >= 0 && (low = pdfdict_hex(pdfdict_peek(cursor, 1))) >= 0) {
            c = high << 4 | low;
            cursor->at += 2;
        }
        if (used + 1 < PDF_NAME)
            name[used++] = (char)c;
    }
    name[used] = '\0';
}

static int pdfdict_number(struct pdf_cursor *cursor, int64_t *number)
{
    const uint8_t *begin = cursor->at;

    *number = 0;
    if (pdfdict_peek(cursor, 0) == '+')
        begin = ++cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' &&
           *number < INT32_MAX)
        *number = *number * 10 + (*cursor->at++ - '0');
    return cursor->at > begin && (cursor->at == cursor->end || pdfdict_is_end(*cursor->at));
}

static int pdfdict_keyword(struct pdf_cursor *cursor, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
        return 0;
    cursor->at += length;
    return 1;
}

/* "12 0 R". Leaves the cursor where it was if it is something else. */
static int pdfdict_reference(struct pdf_cursor *cursor, int64_t *number)
{
    struct pdf_cursor ahead = *cursor;
    int64_t generation;

    if (!pdfdict_number(&ahead, number))
        return 0;
    pdfdict_space(&ahead);
    if (!pdfdict_number(&ahead, &generation))
        return 0;
    pdfdict_space(&ahead);
    if (!pdfdict_keyword(&ahead, "R"))
        return 0;
    *cursor = ahead;
    return 1;
}

static void pdfdict_string(struct pdf_cursor *cursor)
{
    int depth = 0;

    while (cursor->at < cursor->end) {
        int c = *cursor->at++;

        if (c == '\\' && cursor->at < cursor->end)
            cursor->at++;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return;
    }
}

/* Passes over one value of any kind. Brackets of both kinds are counted together. */
static void pdfdict_skip(struct pdf_cursor *cursor)
{
    int depth = 0;

    do {
        int c, next;

        pdfdict_space(cursor);
        if (cursor->at >= cursor->end)
            return;
        c = *cursor->at;
        next = pdfdict_peek(cursor, 1);
        if (c == '(') {
            pdfdict_string(cursor);
        } else if ((c == '<' && next == '<') || c == '[') {
            cursor->at += c == '[' ? 1 : 2;
            depth++;
        } else if ((c == '>' && next == '>') || c == ']') {
            if (depth == 0)
                return;
            cursor->at += c == ']' ? 1 : 2;
            depth--;
        } else if (c == '<') {
            while (cursor->at < cursor->end && *cursor->at++ != '>')
                ;
        } else {
            cursor->at++;
            while (cursor->at < cursor->end && !pdfdict_is_end(*cursor->at))
                cursor->at++;
        }
    } while (depth > 0);
}

/* ------------------------------------------------------------------ objects */

static int pdfdict_compare(const void *a, const void *b)
{
    const struct pdf_object *first = a, *second = b;

    if (first->number != second->number)
        return first->number < second->number ? -1 : 1;
    return first->at > second->at ? -1 : first->at < second->at;
}

/* The number two numbers before `at`, which is at an "obj". Returns 1 if it is so. */
static int pdfdict_object_number(const uint8_t *data, size_t at, uint32_t *number)
{
    int numbers;
    uint64_t value = 0;

    for (numbers = 0; numbers < 2; numbers++) {
        uint64_t scale = 1;
        size_t digits = 0;

        while (at > 0 && pdfdict_is_space(data[at - 1]))
            at--;
        for (value = 0; at > 0 && data[at - 1] >= '0' && data[at - 1] <= '9' && digits < 10;
             digits++, scale *= 10)
            value += (uint64_t)(data[--at] - '0') * scale;
        if (digits == 0)
            return 0;
    }
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

int pdf_index(struct pdf *pdf, const uint8_t *data, size_t length)
{
    const uint8_t *at = data;
    size_t size = 0;

    memset(pdf, 0, sizeof *pdf);
    pdf->data = data;
    pdf->length = length;
    while ((at = memmem(at, length - (size_t)(at - data), "obj", 3)) != NULL) {
        struct pdf_object object = {.at = (size_t)(at - data) + 3};

        if (pdfdict_object_number(data, object.at - 3, &object.number)) {
            if (pdf->count == size) {
                struct pdf_object *more;

                size = size ? size * 2 : 64;
                more = size <= PDF_OBJECTS ? realloc(pdf->objects, size * sizeof *more) : NULL;
                if (more == NULL) {
                    pdf_free(pdf);
                    return -1;
                }
                pdf->objects = more;
            }
            pdf->objects[pdf->count++] = object;
        }
        at += 3;
    }
    if (pdf->count > 0)
        qsort(pdf->objects, pdf->count, sizeof pdf->objects[0], pdfdict_compare);
    return 0;
}

void pdf_free(struct pdf *pdf)
{
    free(pdf->objects);
    pdf->objects = NULL;
    pdf->count = 0;
}

/* Where the object of that number begins that is the last in the file: updates are appended. */
static int pdfdict_resolve(const struct pdf *pdf, int64_t number, struct pdf_cursor *cursor)
{
    size_t low = 0, high = pdf->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pdf->objects[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == pdf->count || pdf->objects[low].number != number)
        return 0;
    *cursor = (struct pdf_cursor){pdf->data + pdf->objects[low].at, pdf->data + pdf->length, 0};
    return 1;
}

/* ------------------------------------------------------------------ streams */

/* A number, here or in another object; -1 if it is none. */
static int64_t pdfdict_integer(const struct pdf *pdf, struct pdf_cursor *cursor)
{
    struct pdf_cursor other;
    int64_t number;

    pdfdict_space(cursor);
    if (!pdfdict_reference(cursor, &number)) {
        if (pdfdict_number(cursor, &number))
            return number;
        pdfdict_skip(cursor);
        return -1;
    }
    if (!pdfdict_resolve(pdf, number, &other))
        return -1;
    pdfdict_space(&other);
    return pdfdict_number(&other, &number) ? number : -1;
}

static void pdfdict_filters(const struct pdf *pdf, struct pdf_cursor *cursor,
                            struct pdf_stream *stream, int depth)
{
    struct pdf_cursor other;
    int64_t number;

    pdfdict_space(cursor);
    if (pdfdict_peek(cursor, 0) == '/') {
        cursor->at++;
        if (stream->count == PDF_FILTERS) {
            pdfdict_skip(cursor);
            stream->unknown = 1;
            return;
        }
        pdfdict_name(cursor, stream->filters[stream->count++]);
    } else if (pdfdict_peek(cursor, 0) == '[') {
        cursor->at++;
        for (pdfdict_space(cursor); pdfdict_peek(cursor, 0) > 0 && pdfdict_peek(cursor, 0) != ']' &&
                                    depth < PDF_NESTED && !stream->unknown;
             pdfdict_space(cursor))
            pdfdict_filters(pdf, cursor, stream, depth + 1);
        if (!pdfdict_keyword(cursor, "]"))
            stream->unknown = 1;
    } else if (pdfdict_reference(cursor, &number)) {
        stream->odd = 1;
        if (depth < PDF_NESTED && pdfdict_resolve(pdf, number, &other))
            pdfdict_filters(pdf, &other, stream, depth + 1);
        else
            stream->unknown = 1;
    } else if (!pdfdict_keyword(cursor, "null")) {
        stream->unknown = 1;
    }
}

static void pdfdict_params(const struct pdf *pdf, struct pdf_cursor *cursor,
                           struct pdf_stream *stream, unsigned filter, int depth);

static void pdfdict_params_of(const struct pdf *pdf, struct pdf_cursor *cursor,
                              struct pdf_params *params)
{
    char key[PDF_NAME];

    for (pdfdict_space(cursor); pdfdict_peek(cursor, 0) == '/'; pdfdict_space(cursor)) {
        cursor->at++;
        pdfdict_name(cursor, key);
        if (strcmp(key, "Predictor") == 0)
            params->predictor = pdfdict_integer(pdf, cursor);
        else if (strcmp(key, "Columns") == 0)
            params->columns = pdfdict_integer(pdf, cursor);
        else if (strcmp(key, "Colors") == 0)
            params->colors = pdfdict_integer(pdf, cursor);
        else if (strcmp(key, "BitsPerComponent") == 0)
            params->bits = pdfdict_integer(pdf, cursor);
        else
            pdfdict_skip(cursor);
    }
}

static void pdfdict_params(const struct pdf *pdf, struct pdf_cursor *cursor,
                           struct pdf_stream *stream, unsigned filter, int depth)
{
    struct pdf_cursor other;
    int64_t number;

    pdfdict_space(cursor);
    if (filter >= PDF_FILTERS || depth >= PDF_NESTED) {
        pdfdict_skip(cursor);
        stream->unknown = 1;
    } else if (pdfdict_keyword(cursor, "<<")) {
        pdfdict_params_of(pdf, cursor, &stream->params[filter]);
        if (!pdfdict_keyword(cursor, ">>"))
            stream->unknown = 1;
    } else if (pdfdict_peek(cursor, 0) == '[') {
        cursor->at++;
        for (pdfdict_space(cursor);
             pdfdict_peek(cursor, 0) > 0 && pdfdict_peek(cursor, 0) != ']' && !stream->unknown;
             pdfdict_space(cursor))
            pdfdict_params(pdf, cursor, stream, filter++, depth + 1);
        if (!pdfdict_keyword(cursor, "]"))
            stream->unknown = 1;
    } else if (pdfdict_reference(cursor, &number)) {
        if (pdfdict_resolve(pdf, number, &other))
            pdfdict_params(pdf, &other, stream, filter, depth + 1);
        else
            stream->unknown = 1;
    } else if (!pdfdict_keyword(cursor, "null")) {
        stream->unknown = 1;
    }
}

/* "F" is what Filter is called in short, and else the name of a file outside. */
static int pdfdict_is_filter(const struct pdf_cursor *cursor, const char *key)
{
    struct pdf_cursor ahead = *cursor;

    pdfdict_space(&ahead);
    return strcmp(key, "Filter") == 0 ||
           (strcmp(key, "F") == 0 &&
            (pdfdict_peek(&ahead, 0) == '/' || pdfdict_peek(&ahead, 0) == '['));
}

static void pdfdict_key(const struct pdf *pdf, struct pdf_cursor *cursor, const char *key,
                        struct pdf_stream *stream)
{
    char name[PDF_NAME];

    if (pdfdict_is_filter(cursor, key)) {
        if (stream->count > 0)
            stream->unknown = 1; /* given twice: readers disagree on which counts */
        if (key[1] == '\0')
            stream->odd = 1;
        cursor->commented = 0;
        pdfdict_filters(pdf, cursor, stream, 0);
        stream->odd |= cursor->commented;
    } else if (strcmp(key, "DecodeParms") == 0 || strcmp(key, "DP") == 0) {
        pdfdict_params(pdf, cursor, stream, 0, 0);
    } else if (strcmp(key, "Length") == 0) {
        stream->length = pdfdict_integer(pdf, cursor);
    } else if (strcmp(key, "Type") == 0) {
        pdfdict_space(cursor);
        if (pdfdict_keyword(cursor, "/")) {
            pdfdict_name(cursor, name);
            stream->table = strcmp(name, "XRef") == 0;
        } else {
            pdfdict_skip(cursor);
        }
    } else {
        pdfdict_skip(cursor);
    }
}

/* What only somebody else than libclamav can undo. */
static void pdfdict_judge(struct pdf_stream *stream)
{
    unsigned i;

    for (i = 0; i < stream->count; i++)
        if (stream->params[i].predictor != 1 || strcmp(stream->filters[i], "Crypt") == 0)
            stream->odd = 1;
    stream->odd |= stream->unknown;
}

int pdf_read_stream(const struct pdf *pdf, size_t at, struct pdf_stream *stream)
{
    struct pdf_cursor cursor = {pdf->data + at, pdf->data + pdf->length, 0};
    char key[PDF_NAME];
    unsigned i;

    memset(stream, 0, sizeof *stream);
    stream->length = -1;
    for (i = 0; i < PDF_FILTERS; i++)
        stream->params[i] = (struct pdf_params){1, 1, 1, 8};
    pdfdict_space(&cursor);
    if (!pdfdict_keyword(&cursor, "<<"))
        return 0;
    for (pdfdict_space(&cursor); pdfdict_peek(&cursor, 0) == '/'; pdfdict_space(&cursor)) {
        cursor.at++;
        pdfdict_name(&cursor, key);
        pdfdict_key(pdf, &cursor, key, stream);
    }
    if (!pdfdict_keyword(&cursor, ">>"))
        return 0;
    pdfdict_space(&cursor);
    if (!pdfdict_keyword(&cursor, "stream"))
        return 0;
    if (pdfdict_peek(&cursor, 0) == '\r')
        cursor.at++;
    if (pdfdict_peek(&cursor, 0) == '\n')
        cursor.at++;
    stream->data = (size_t)(cursor.at - pdf->data);
    pdfdict_judge(stream);
    return 1;
}
