/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/pdfdict.h"

#include <stdlib.h>
#include <string.h>

#define PDF_NESTED 16    /* values in values, and objects that name objects */
#define PDF_VISITS 4096  /* values that are looked at for one stream */
#define PDF_BACK   65536 /* bytes before "stream" in which its dictionary is looked for */
#define PDF_STARTS 32    /* places there that are tried */

/* One stream that is being read. */
struct pdf_reading {
    struct pdf *pdf;
    struct pdf_stream *stream;
    unsigned reading, visits;
    bool filtered, array;    /* a filter came; in an array */
    bool parameters, single; /* parameters came; outside of an array */
};

/* Where the object of that number begins: updates are appended, so the last in the file counts,
 * unless the table of objects says otherwise. */
static bool pdfdict_resolve(struct pdf_reading *reading, int64_t number,
                            struct pdftoken_cursor *cursor)
{
    const struct pdf *pdf = reading->pdf;
    size_t low = 0, high = pdf->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pdf->objects[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < pdf->count && pdf->objects[low].number == number && !pdf->objects[low].numbered)
        low++;
    if (low == pdf->count || pdf->objects[low].number != number)
        return false;
    if (low + 1 < pdf->count && pdf->objects[low + 1].number == number &&
        pdf->objects[low + 1].numbered) {
        reading->stream->readings |= PDF_OTHER_OBJECT;
        if (reading->reading & PDF_OTHER_OBJECT)
            while (low + 1 < pdf->count && pdf->objects[low + 1].number == number &&
                   pdf->objects[low + 1].numbered)
                low++;
    }
    *cursor = pdf->objects[low].content;
    return true;
}

/* May another value be looked at? */
static bool pdfdict_visit(struct pdf_reading *reading, int depth)
{
    if (depth < PDF_NESTED && reading->visits < PDF_VISITS) {
        reading->visits++;
        return true;
    }
    reading->stream->unknown = true;
    return false;
}

/* A number, here or in another object; -1 if it is none. */
static int64_t pdfdict_integer(struct pdf_reading *reading, struct pdftoken_cursor *cursor)
{
    struct pdftoken_cursor other;
    int64_t number;

    pdftoken_space(cursor);
    if (!pdftoken_reference(cursor, &number)) {
        other = *cursor;
        if (pdftoken_number(&other, &number)) {
            *cursor = other;
            return number;
        }
        pdftoken_skip(cursor);
        return -1;
    }
    if (!pdfdict_visit(reading, 0) || !pdfdict_resolve(reading, number, &other))
        return -1;
    pdftoken_space(&other);
    return pdftoken_number(&other, &number) ? number : -1;
}

static void pdfdict_filters(struct pdf_reading *reading, struct pdftoken_cursor *cursor, int depth)
{
    struct pdf_stream *stream = reading->stream;
    struct pdftoken_cursor other;
    int64_t number;

    pdftoken_space(cursor);
    if (!pdfdict_visit(reading, depth)) {
        pdftoken_skip(cursor);
    } else if (pdftoken_keyword(cursor, "/")) {
        if (stream->count == PDF_FILTERS) {
            stream->unknown = true;
            return;
        }
        pdftoken_name(cursor, stream->filters[stream->count++]);
    } else if (pdftoken_keyword(cursor, "[")) {
        reading->array = true;
        for (pdftoken_space(cursor);
             pdftoken_peek(cursor, 0) >= 0 && pdftoken_peek(cursor, 0) != ']' && !stream->unknown;
             pdftoken_space(cursor))
            pdfdict_filters(reading, cursor, depth + 1);
        stream->unknown |= !pdftoken_keyword(cursor, "]");
    } else if (pdftoken_reference(cursor, &number)) {
        stream->odd = true;
        if (pdfdict_resolve(reading, number, &other))
            pdfdict_filters(reading, &other, depth + 1);
        else
            stream->missing = true;
    } else if (!pdftoken_keyword(cursor, "null")) {
        const uint8_t *before = cursor->at;

        stream->odd = true; /* no viewer makes anything of it */
        pdftoken_skip(cursor);
        if (cursor->at == before && cursor->at < cursor->end)
            stream->unknown = true;
    }
}

static void pdfdict_crypt_name(struct pdftoken_cursor *cursor, struct pdf_params *params)
{
    pdftoken_space(cursor);
    if (pdftoken_keyword(cursor, "/"))
        pdftoken_name(cursor, params->crypt);
    else
        pdftoken_skip(cursor);
}

static void pdfdict_params_of(struct pdf_reading *reading, struct pdftoken_cursor *cursor,
                              struct pdf_params *params)
{
    char key[PDF_NAME];

    for (pdftoken_space(cursor); pdftoken_keyword(cursor, "/"); pdftoken_space(cursor)) {
        pdftoken_name(cursor, key);
        if (strcmp(key, "Predictor") == 0)
            params->predictor = pdfdict_integer(reading, cursor);
        else if (strcmp(key, "Columns") == 0)
            params->columns = pdfdict_integer(reading, cursor);
        else if (strcmp(key, "Colors") == 0)
            params->colors = pdfdict_integer(reading, cursor);
        else if (strcmp(key, "BitsPerComponent") == 0)
            params->bits = pdfdict_integer(reading, cursor);
        else if (strcmp(key, "EarlyChange") == 0)
            params->early = pdfdict_integer(reading, cursor);
        else if (strcmp(key, "Name") == 0)
            pdfdict_crypt_name(cursor, params);
        else
            pdftoken_skip(cursor);
    }
}

/* The parameters of filter number *filter, or of it and those that follow. */
static void pdfdict_params(struct pdf_reading *reading, struct pdftoken_cursor *cursor,
                           unsigned *filter, int depth)
{
    struct pdf_stream *stream = reading->stream;
    struct pdftoken_cursor other;
    int64_t number;

    pdftoken_space(cursor);
    if (*filter >= PDF_FILTERS || !pdfdict_visit(reading, depth)) {
        pdftoken_skip(cursor);
        stream->unknown = true;
    } else if (pdftoken_keyword(cursor, "<<")) {
        pdfdict_params_of(reading, cursor, &stream->params[(*filter)++]);
        if (!pdftoken_keyword(cursor, ">>"))
            stream->odd = true;
    } else if (pdftoken_keyword(cursor, "[")) {
        reading->single &= depth > 0;
        for (pdftoken_space(cursor);
             pdftoken_peek(cursor, 0) >= 0 && pdftoken_peek(cursor, 0) != ']' && !stream->unknown;
             pdftoken_space(cursor))
            pdfdict_params(reading, cursor, filter, depth + 1);
        stream->unknown |= !pdftoken_keyword(cursor, "]");
    } else if (pdftoken_reference(cursor, &number)) {
        if (pdfdict_resolve(reading, number, &other))
            pdfdict_params(reading, &other, filter, depth + 1);
        else
            (*filter)++, stream->missing = true;
    } else {
        const uint8_t *before = cursor->at;

        (*filter)++; /* null, or nonsense that counts as such */
        if (!pdftoken_keyword(cursor, "null"))
            pdftoken_skip(cursor);
        if (cursor->at == before)
            stream->unknown = true;
    }
}

static void pdfdict_reset_params(struct pdf_stream *stream)
{
    unsigned i;

    for (i = 0; i < PDF_FILTERS; i++)
        stream->params[i] =
            (struct pdf_params){.predictor = 1, .columns = 1, .colors = 1, .bits = 8, .early = 1};
}

/* "F" is what Filter is called in short, and else the name of a file outside. */
static bool pdfdict_is_filter(const struct pdftoken_cursor *cursor, const char *key)
{
    struct pdftoken_cursor ahead = *cursor;
    int64_t number;

    if (strcmp(key, "Filter") == 0)
        return true;
    pdftoken_space(&ahead);
    return strcmp(key, "F") == 0 &&
           (pdftoken_peek(&ahead, 0) == '/' || pdftoken_peek(&ahead, 0) == '[' ||
            pdftoken_reference(&ahead, &number));
}

/* A key that was given before: does it count, or what came first? */
static bool pdfdict_counts(struct pdf_reading *reading, bool before)
{
    if (before) {
        reading->stream->odd = true;
        reading->stream->readings |= PDF_OTHER_KEY;
    }
    return !before || !(reading->reading & PDF_OTHER_KEY);
}

static void pdfdict_type(struct pdftoken_cursor *cursor, struct pdf_stream *stream)
{
    char name[PDF_NAME];

    pdftoken_space(cursor);
    if (!pdftoken_keyword(cursor, "/")) {
        pdftoken_skip(cursor);
        return;
    }
    pdftoken_name(cursor, name);
    stream->table |= strcmp(name, "XRef") == 0;
    stream->packed |= strcmp(name, "ObjStm") == 0;
}

static void pdfdict_key(struct pdf_reading *reading, struct pdftoken_cursor *cursor,
                        const char *key)
{
    struct pdf_stream *stream = reading->stream;
    unsigned filter = 0;

    if (pdfdict_is_filter(cursor, key) && pdfdict_counts(reading, reading->filtered)) {
        reading->filtered = true;
        reading->array = false;
        stream->count = 0;
        pdfdict_filters(reading, cursor, 0);
    } else if (strcmp(key, "DecodeParms") == 0 || strcmp(key, "DP") == 0 ||
               strcmp(key, "FDecodeParms") == 0) {
        if (!pdfdict_counts(reading, reading->parameters)) {
            pdftoken_skip(cursor);
            return;
        }
        reading->parameters = reading->single = true;
        pdfdict_reset_params(stream);
        pdfdict_params(reading, cursor, &filter, 0);
    } else if (strcmp(key, "Length") == 0) {
        int64_t length = pdfdict_integer(reading, cursor);

        if (pdfdict_counts(reading, stream->length >= 0))
            stream->length = length;
    } else if (strcmp(key, "N") == 0) {
        stream->members = pdfdict_integer(reading, cursor);
    } else if (strcmp(key, "First") == 0) {
        stream->first = pdfdict_integer(reading, cursor);
    } else if (strcmp(key, "Type") == 0) {
        pdfdict_type(cursor, stream);
    } else {
        pdftoken_skip(cursor);
    }
}

/* From the word "stream" on. */
static void pdfdict_begin(const struct pdf *pdf, const struct pdftoken_cursor *word,
                          struct pdf_stream *stream)
{
    struct pdftoken_cursor cursor = *word;

    stream->word = (size_t)(cursor.at - pdf->data);
    cursor.at += 6;
    while (pdftoken_peek(&cursor, 0) == ' ' || pdftoken_peek(&cursor, 0) == '\t')
        cursor.at++;
    if (pdftoken_peek(&cursor, 0) != '\r' && pdftoken_peek(&cursor, 0) != '\n')
        cursor.at = word->at + 6; /* blanks that are data */
    if (pdftoken_peek(&cursor, 0) == '\r')
        cursor.at++;
    if (pdftoken_peek(&cursor, 0) == '\n')
        cursor.at++;
    stream->data = stream->line = (size_t)(cursor.at - pdf->data);
    if (cursor.at > word->at + 6)
        return;
    stream->odd = true;
    while (cursor.at < cursor.end && *cursor.at != '\r' && *cursor.at != '\n')
        cursor.at++;
    if (pdftoken_peek(&cursor, 0) == '\r')
        cursor.at++;
    if (pdftoken_peek(&cursor, 0) == '\n')
        cursor.at++;
    stream->line = (size_t)(cursor.at - pdf->data);
}

/* The keys and their values. Anything but a key is passed over, as viewers do. */
static void pdfdict_keys(struct pdf_reading *reading, struct pdftoken_cursor *cursor)
{
    char key[PDF_NAME];

    for (pdftoken_space(cursor); cursor->at < cursor->end; pdftoken_space(cursor)) {
        const uint8_t *before = cursor->at;

        if (pdftoken_keyword(cursor, "/")) {
            pdftoken_name(cursor, key);
            pdfdict_key(reading, cursor, key);
            continue;
        }
        if (pdftoken_peek(cursor, 0) == '>' && pdftoken_peek(cursor, 1) == '>')
            return;
        reading->stream->odd = true;
        pdftoken_skip(cursor);
        if (cursor->at == before)
            cursor->at++;
    }
}

bool pdf_read_stream(struct pdf *pdf, const uint8_t *at, unsigned choice, struct pdf_stream *stream)
{
    struct pdf_reading reading = {.pdf = pdf, .stream = stream, .reading = choice};
    struct pdftoken_cursor cursor = {at, pdf->data + pdf->length};
    uint64_t used;

    memset(stream, 0, sizeof *stream);
    stream->length = -1;
    pdfdict_reset_params(stream);
    pdftoken_space(&cursor);
    if (pdf->effort == 0 || !pdftoken_keyword(&cursor, "<<"))
        return false;
    pdfdict_keys(&reading, &cursor);
    used = (uint64_t)(cursor.at - at) + reading.visits;
    pdf->effort -= used < pdf->effort ? used : pdf->effort;
    if (!pdftoken_keyword(&cursor, ">>"))
        return false;
    pdftoken_space(&cursor);
    if ((size_t)(cursor.end - cursor.at) < 6 || memcmp(cursor.at, "stream", 6) != 0)
        return false;
    if (reading.array && reading.single && stream->count > 1) {
        stream->readings |= PDF_NO_PARAMS;
        if (choice & PDF_NO_PARAMS)
            pdfdict_reset_params(stream);
    }
    pdfdict_begin(pdf, &cursor, stream);
    return true;
}

const uint8_t *pdf_find_dictionary(struct pdf *pdf, size_t word)
{
    const uint8_t *end = pdf->data + word, *at = end;
    const uint8_t *begin = word > PDF_BACK ? end - PDF_BACK : pdf->data, *found = NULL;
    struct pdf_stream stream;
    unsigned tried = 0;

    while (at - begin >= 2 && tried < PDF_STARTS) {
        at--;
        if (at[-1] != '<' || at[0] != '<')
            continue;
        tried++;
        if (pdf_read_stream(pdf, at - 1, 0, &stream) && stream.word == word)
            found = at - 1; /* the outermost one counts */
    }
    return found;
}
