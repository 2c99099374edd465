/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multipart bodies over HTTP: form uploads, multipart/mixed inside them, and
 * multipart/byteranges.
 *
 * The body as a whole is matched against signatures; each part is inspected in
 * full as a file of its own, and once more decoded if it says that it is base64
 * or quoted-printable (servers differ in whether they heed that).
 *
 * Servers read the same bytes differently, and all that any of them may get is
 * inspected: the body is split by each boundary that the type may name and the
 * body uses (boundaries.h), in each way in which delimiters are found
 * (upload_reading); a part's content begins behind each line that may end its
 * header; parts behind a close delimiter count, and so does the text around
 * the parts. Bytes that were inspected once cost nothing more.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/boundaries.h"
#include "inspect/field.h"
#include "inspect/inspection.h"
#include "inspect/transfer.h"
#include "inspect/trial.h"
#include "inspect/uploadpart.h"

#define UPLOAD_LITTLE 8 /* bytes around the parts that are no content: line breaks, dashes */

/* The delimiter's line has nothing more than the dashes of a close delimiter and blanks. */
static int upload_ends_line(const uint8_t *at, const uint8_t *end)
{
    if (end - at >= 2 && at[0] == '-' && at[1] == '-')
        at += 2;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at == end || (end - at >= 2 && at[0] == '\r' && at[1] == '\n');
}

static int upload_is_delimiter(const struct upload *upload, const uint8_t *at)
{
    const uint8_t *begin = upload->object->data, *end = begin + upload->object->length;

    switch (upload->reading) {
    case UPLOAD_STRICT:
        return (at == begin || (at - begin >= 2 && at[-1] == '\n' && at[-2] == '\r')) &&
               upload_ends_line(at + upload->delimiter_length, end);
    case UPLOAD_LINES:
        return at == begin || at[-1] == '\n';
    case UPLOAD_ANYWHERE:
        return true;
    default:
        return at == begin || at[-1] == '\n' || at[-1] == '\r';
    }
}

/* The next delimiter from `at` on, or NULL. */
static const uint8_t *upload_delimiter(const struct upload *upload, const uint8_t *at)
{
    const uint8_t *end = upload->object->data + upload->object->length;

    while (at < end) {
        at = memmem(at, (size_t)(end - at), upload->delimiter, upload->delimiter_length);
        if (at == NULL || upload_is_delimiter(upload, at))
            return at;
        at++;
    }
    return NULL;
}

/* Behind the delimiter's line. */
static const uint8_t *upload_line_end(const struct upload *upload, const uint8_t *at)
{
    const uint8_t *end = upload->object->data + upload->object->length;

    for (; at < end; at++) {
        if (*at == '\n')
            return at + 1;
        if (*at == '\r' && upload->reading == UPLOAD_GENEROUS)
            return at + 1 < end && at[1] == '\n' ? at + 2 : at + 1;
    }
    return NULL;
}

/* Bytes that are in no part: there should be none, or a line break. */
static void upload_around(struct upload *upload, const uint8_t *begin, const uint8_t *end)
{
    struct object rest;

    while (begin < end && (*begin == '\r' || *begin == '\n'))
        begin++;
    rest = inspection_inner(upload->object, begin, (size_t)(end - begin));
    if (rest.length <= UPLOAD_LITTLE)
        return;
    inspection_object(upload->in, &rest);
    /* a part whose delimiter somebody finds all the same */
    if (memmem(begin, rest.length < 4096 ? rest.length : 4096, "ontent-", 7) != NULL &&
        !inspection_over(upload->in))
        uploadpart_open(upload, begin, end);
}

static void upload_piece(void *context, size_t index)
{
    struct upload *upload = context;
    const struct upload_piece *piece = &upload->pieces[index];

    if (piece->around)
        upload_around(upload, piece->begin, piece->end);
    else
        uploadpart_open(upload, piece->begin, piece->end);
}

static int upload_room(struct upload *upload)
{
    const size_t size = upload->size > 0 ? upload->size * 2 : 16;
    struct upload_piece *pieces;
    uint64_t *costs;

    if (upload->count < upload->size)
        return 0;
    pieces = realloc(upload->pieces, size * sizeof *pieces);
    if (pieces != NULL)
        upload->pieces = pieces;
    costs = realloc(upload->costs, size * sizeof *costs);
    if (costs != NULL)
        upload->costs = costs;
    if (pieces == NULL || costs == NULL)
        return -1;
    upload->size = size;
    return 0;
}

/* Parts wait until all are known, so that cheap ones go first; ranges have an order to keep. */
static void upload_add(struct upload *upload, const uint8_t *begin, const uint8_t *end, int around)
{
    const uint8_t *content = around ? NULL : uploadpart_blank_line(begin, end);

    if (upload_room(upload) != 0) {
        inspection_note(upload->in, upload->object, REASON_MEMORY, NULL);
        return;
    }
    if (content == NULL)
        content = begin;
    upload->costs[upload->count] =
        upload->byteranges ? upload->count : trial_cost(content, (size_t)(end - content), NULL);
    upload->pieces[upload->count++] = (struct upload_piece){begin, end, around};
}

static void upload_split(struct upload *upload)
{
    const uint8_t *end = upload->object->data + upload->object->length;
    const uint8_t *at = upload_delimiter(upload, upload->object->data);

    if (at == NULL)
        return;
    upload_add(upload, upload->object->data, at, 1);
    while (at != NULL && !inspection_over(upload->in)) {
        const uint8_t *line = at + upload->delimiter_length, *next, *stop;
        const int closes = end - line >= 2 && line[0] == '-' && line[1] == '-';

        if (closes)
            upload_add(upload, line + 2, end, 1);
        line = upload_line_end(upload, line);
        if (line == NULL)
            return;
        next = upload_delimiter(upload, line);
        stop = next != NULL ? next : end;
        /* the line break in front of a delimiter belongs to it */
        if (next != NULL && stop > line && stop[-1] == '\n')
            stop--;
        if (next != NULL && stop > line && stop[-1] == '\r')
            stop--;
        if (!closes || next != NULL)
            upload_add(upload, line, stop, closes);
        at = next;
    }
}

/* A number that tells one split from another: pieces that lie where those of the last one lay are
 * the same. */
static uint64_t upload_sum(const struct upload *upload)
{
    uint64_t sum = upload->count;
    size_t i;

    for (i = 0; i < upload->count; i++) {
        sum = sum * 31 + (uint64_t)(upload->pieces[i].begin - upload->object->data);
        sum = sum * 31 + (uint64_t)(upload->pieces[i].end - upload->object->data);
    }
    return sum;
}

/* Splits in one way and inspects the pieces, unless *sum_r says that it has been done. */
static void upload_parts(struct upload *upload, uint64_t *sum_r)
{
    size_t filled = 0, i;
    uint64_t sum;
    int tries;

    upload_split(upload);
    sum = upload_sum(upload);
    for (i = 0; i < upload->count; i++) {
        const int full = upload->pieces[i].end - upload->pieces[i].begin > UPLOAD_LITTLE;

        filled += (size_t)full;
        upload->rest |= full && upload->pieces[i].around;
    }
    tries = filled > 1 && !upload->byteranges && upload->object->length <= TRIAL_SIZE_MAX;
    if (sum != *sum_r)
        trial_parts(upload->in, upload->costs, upload->count, upload_piece, upload, tries, 1);
    *sum_r = sum;
    free(upload->pieces);
    free(upload->costs);
    upload->pieces = NULL;
    upload->costs = NULL;
    upload->count = upload->size = 0;
}

/* Splits by one boundary, in all ways. Returns 1 if the body uses it. */
static int upload_by(struct upload *upload, const char *delimiter, size_t length)
{
    static const enum upload_reading readings[] = {UPLOAD_LINES, UPLOAD_STRICT, UPLOAD_GENEROUS,
                                                   UPLOAD_ANYWHERE};
    uint64_t sum = 0;
    size_t i;
    int opened = 0;

    upload->delimiter = delimiter;
    upload->delimiter_length = length;
    for (i = 0; i < sizeof readings / sizeof readings[0] && !inspection_over(upload->in); i++) {
        if (opened && upload->byteranges)
            break; /* their order and their sum count */
        upload->reading = readings[i];
        if (upload_delimiter(upload, upload->object->data) == NULL)
            continue;
        opened = 1;
        upload_parts(upload, &sum);
    }
    return opened;
}

static int upload_by_all(struct upload *upload, const struct boundaries *boundaries)
{
    unsigned i;
    int opened = 0;

    for (i = 0; i < boundaries->count && !inspection_over(upload->in); i++) {
        if (opened && upload->byteranges)
            break;
        opened |= upload_by(upload, boundaries->delimiters[i], boundaries->lengths[i]);
    }
    return opened;
}

/* A form upload whose Content-Type does not say so: its first line is the delimiter. */
static int upload_is_likely(const struct object *body)
{
    const size_t head = body->length < 1024 ? body->length : 1024;
    const uint8_t *newline = memchr(body->data, '\n', head);

    return newline != NULL && newline - body->data >= 3 && memcmp(body->data, "--", 2) == 0 &&
           body->data + head - newline >= 9 &&
           strncasecmp((const char *)newline + 1, "Content-", 8) == 0;
}

/* Byte ranges are parts of a file: unless they make it up, what is in it is not known. */
static void upload_whole(struct upload *upload)
{
    struct object whole = *upload->object;

    whole.data = upload->whole.data;
    whole.length = upload->whole.length;
    whole.depth++;
    if (whole.length > 0)
        inspection_object(upload->in, &whole);
    if (upload->gaps || upload->covered == 0 || upload->covered != upload->total)
        inspection_note(upload->in, upload->object, REASON_PARTIAL, "multipart/byteranges");
}

/* All ways to split the body. Returns 1 if there is one. */
static int upload_all(struct upload *upload, const char *type, int multipart)
{
    struct boundaries boundaries = {0};
    int opened = 0;

    if (multipart) {
        boundaries_add_type(&boundaries, type, strlen(type));
        opened = upload_by_all(upload, &boundaries);
        if (boundaries.overflowed)
            inspection_note(upload->in, upload->object, REASON_MALFORMED, "too many boundaries");
    }
    /* None of them, or more than they explain: as a server does that knows another one. */
    if ((multipart && (!opened || (upload->rest && !upload->byteranges))) ||
        (!opened && upload_is_likely(upload->object))) {
        const unsigned known = boundaries.count;
        struct boundaries guessed = {0};

        boundaries_add_body(&guessed, upload->object->data, upload->object->length);
        if (known == 0 || guessed.count > 0)
            opened |= upload_by_all(upload, &guessed);
        boundaries_free(&guessed);
    }
    boundaries_free(&boundaries);
    return opened;
}

int upload_open(struct inspection *in, const struct object *body, const char *type)
{
    struct upload *upload;
    const int multipart = strcasestr(type, "multipart") != NULL;
    int opened;

    if (body->length == 0 || (!multipart && !claims_upload(&in->claims)))
        return 0;
    upload = calloc(1, sizeof *upload);
    if (upload == NULL) {
        inspection_note(in, body, REASON_MEMORY, NULL);
        return 0;
    }
    upload->in = in;
    upload->split = upload_by_all;
    upload->object = body;
    upload->byteranges = strncasecmp(type, "multipart/byteranges", 20) == 0;
    opened = upload_all(upload, type, multipart);
    if (opened) {
        inspection_raw(in, body);
        if (upload->byteranges)
            upload_whole(upload);
    } else if (strcasestr(type, "multipart/") != NULL && !kind_is_mail(body->data, body->length)) {
        inspection_note(in, body, REASON_MALFORMED, "a multipart body without its boundary");
    }
    buffer_free(&upload->whole);
    free(upload);
    return opened;
}
