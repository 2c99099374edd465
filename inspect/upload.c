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
 * the parts. What was inspected once costs nothing more.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/boundaries.h"
#include "inspect/field.h"
#include "inspect/inspection.h"
#include "inspect/transfer.h"
#include "inspect/trial.h"

#define UPLOAD_NESTING   8
#define UPLOAD_HEAD_MAX  (80u << 10) /* bytes of a part's header that a server reads */
#define UPLOAD_LITTLE    8 /* bytes around the parts that are no content: line breaks, dashes */
#define UPLOAD_TRANSFERS 8 /* Content-Transfer-Encodings of one part */

/* What lies between two delimiters, or around all of them. */
struct upload_piece {
    const uint8_t *begin, *end;
    int around;
};

/* Where a delimiter may stand. */
enum upload_reading {
    UPLOAD_STRICT,  /* behind CRLF, and nothing but blanks behind it */
    UPLOAD_LINES,   /* at the begin of a line that LF ends, whatever is behind it */
    UPLOAD_GENEROUS /* behind a bare CR too */
};

struct upload {
    struct inspection *in;
    const struct object *object; /* the multipart body, or the part that is one */
    const char *delimiter;       /* "--boundary" */
    size_t delimiter_length;
    enum upload_reading reading;
    unsigned nesting;
    int byteranges;
    uint64_t covered, total; /* of byteranges: bytes seen in order from 0, and of the whole */
    int gaps, rest;          /* rest: there are bytes around the parts */
    struct buffer whole;
    struct upload_piece *pieces;
    uint64_t *costs; /* of each; see trial.h */
    size_t count, size;
};

static int upload_by_all(struct upload *upload, const struct boundaries *boundaries);

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

/* Where the header block ends and the content begins; the block is what is in front of the
 * blank line. NULL when there is none. */
static const uint8_t *upload_blank_line(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *line = at;

    while (line < end) {
        const uint8_t *newline = memchr(line, '\n', (size_t)(end - line));

        if (newline == line || (newline == line + 1 && line[0] == '\r'))
            return newline + 1;
        if (newline == NULL)
            return NULL;
        line = newline + 1;
    }
    return NULL;
}

/* Behind the first line that is empty for somebody: one of blanks, one that begins with NUL (C
 * strings), one between bare carriage returns. */
static const uint8_t *upload_odd_blank_line(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const uint8_t *line = at;

        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (at == end || *at == '\r' || *at == '\n' || *line == '\0') {
            while (at < end && *at != '\r' && *at != '\n')
                at++;
            if (at < end && *at == '\r')
                at++;
            return at < end && *at == '\n' && at[-1] == '\r' ? at + 1
                   : at < end && *at == '\n'                 ? at + 1
                                                             : at;
        }
        while (at < end && *at != '\r' && *at != '\n')
            at++;
        if (at < end && *at == '\r')
            at++;
        if (at < end && *at == '\n')
            at++;
    }
    return NULL;
}

/* Behind the lines of NUL and blanks that begin at `at`. */
static const uint8_t *upload_further_blank_lines(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *line = at;

    for (; at < end && (*at == 0 || *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'); at++)
        if (*at == '\n')
            line = at + 1;
    return line;
}

/* "bytes 0-499/1234": adds a part of a whole, if it goes on where the last one ended. */
static void upload_range(struct upload *upload, const char *block, size_t block_length,
                         const struct object *part)
{
    unsigned long long first, last, total;
    char text[128];
    size_t length;
    const char *value = field_find(block, block_length, "Content-Range", &length);

    if (value == NULL || length >= sizeof text) {
        upload->gaps = 1;
        return;
    }
    memcpy(text, value, length);
    text[length] = '\0';
    if (sscanf(text, " bytes %llu-%llu/%llu", &first, &last, &total) != 3 ||
        first != upload->covered || last < first || last - first + 1 != part->length ||
        buffer_add(&upload->whole, part->data, part->length) != 0) {
        upload->gaps = 1;
        return;
    }
    upload->covered = last + 1;
    upload->total = total;
}

/* A field of a part that does not fit: nobody knows what a server makes of it. */
static void upload_overlong(struct upload *upload, const struct object *part, const char *field)
{
    char detail[64];

    snprintf(detail, sizeof detail, "a part's %s is too long", field);
    inspection_note(upload->in, part, REASON_MALFORMED, detail);
}

/* A part that is a multipart itself. Returns 1 if it was taken apart. */
static int upload_nested(struct upload *upload, const struct object *part, const char *type,
                         size_t type_length)
{
    struct boundaries boundaries = {0};
    struct upload *inner;
    int opened;

    while (type_length > 0 && strchr(" \t\r\n", *type) != NULL) {
        type++;
        type_length--;
    }
    if (type_length < 10 || strncasecmp(type, "multipart/", 10) != 0)
        return 0;
    if (upload->nesting + 1 >= UPLOAD_NESTING) {
        inspection_note(upload->in, part, REASON_LIMIT_RECURSION, NULL);
        return 0;
    }
    inner = calloc(1, sizeof *inner);
    if (inner == NULL) {
        inspection_note(upload->in, part, REASON_MEMORY, NULL);
        return 0;
    }
    inner->in = upload->in;
    inner->object = part;
    inner->nesting = upload->nesting + 1;
    boundaries_add_type(&boundaries, type, type_length);
    opened = upload_by_all(inner, &boundaries);
    if (!opened) {
        boundaries_add_body(&boundaries, part->data, part->length);
        opened = upload_by_all(inner, &boundaries);
    }
    if (boundaries.overflowed)
        upload_overlong(upload, part, "boundary");
    boundaries_free(&boundaries);
    free(inner);
    return opened;
}

static void upload_transfer(struct upload *upload, const struct object *part, const char *encoding,
                            size_t length)
{
    struct buffer buffer = SPOOL_INIT;
    struct object decoded = *part;
    int code = transfer_decode(encoding, length, part->data, part->length, &buffer);

    if (code < 0)
        inspection_note(upload->in, part, REASON_MEMORY, NULL);
    decoded.data = buffer.data;
    decoded.length = buffer.length;
    if (decoded.length > 0)
        inspection_object(upload->in, &decoded);
    buffer_free(&buffer);
}

/* Of several Content-Transfer-Encodings some servers take the first and some the last. */
static void upload_transfers(struct upload *upload, const struct object *part, const char *block,
                             size_t block_length)
{
    const char *at = block, *end = block + block_length, *value;
    size_t length;
    int count;

    for (count = 0; !inspection_over(upload->in); count++, at = value + length) {
        value = field_find(at, (size_t)(end - at), "Content-Transfer-Encoding", &length);
        if (value == NULL)
            return;
        if (count == UPLOAD_TRANSFERS) {
            inspection_note(upload->in, part, REASON_MALFORMED, "too many transfer encodings");
            return;
        }
        upload_transfer(upload, part, value, length);
    }
}

/* A part may have a Content-Encoding of its own. */
static void upload_content(struct upload *upload, const struct object *part, const char *block,
                           size_t block_length)
{
    char encoding[WIRE_ENCODING_MAX + 1];
    size_t length;
    const char *value = field_find(block, block_length, "Content-Encoding", &length);

    if (value != NULL && length >= sizeof encoding)
        upload_overlong(upload, part, "Content-Encoding");
    if (value == NULL || length >= sizeof encoding) {
        inspection_object(upload->in, part);
        return;
    }
    memcpy(encoding, value, length);
    encoding[length] = '\0';
    encoding_open(upload->in, part, encoding, "");
}

/* Fields of forms that send a file in several pieces: how many there are. */
static int upload_counts_pieces(const char *name)
{
    static const char *const names[] = {"dztotalchunkcount", "chunks",       "resumableTotalChunks",
                                        "flowTotalChunks",   "qqtotalparts", "totalChunks",
                                        "total_chunks",      "chunkCount",   "chunk_count",
                                        "totalParts",        "numChunks",    "_totalChunks"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(names[i], name) == 0)
            return 1;
    return 0;
}

static void upload_note_pieces(struct upload *upload, const struct object *part,
                               const char *disposition, size_t length)
{
    char name[64], text[24];
    unsigned long count;

    if (part->length >= sizeof text ||
        field_parameter(disposition, length, "name", name, sizeof name) <= 0 ||
        !upload_counts_pieces(name))
        return;
    memcpy(text, part->data, part->length);
    text[part->length] = '\0';
    if (sscanf(text, " %lu", &count) == 1 && count > 1)
        inspection_note(upload->in, upload->object, REASON_PARTIAL,
                        "a form with one of several pieces");
}

/* The content of a part that begins at `content`; the header is in front of it. */
static void upload_part_from(struct upload *upload, const uint8_t *begin, const uint8_t *content,
                             const uint8_t *end)
{
    const char *block = (const char *)begin, *value;
    char name[OBJECT_NAME_MAX] = "", path[WIRE_PART_MAX];
    struct object part = {.path = path, .depth = upload->object->depth + 1};
    const size_t block_length = (size_t)(content - begin);
    size_t length;
    int is_overlong;

    value = field_find(block, block_length, "Content-Disposition", &length);
    is_overlong = value != NULL && field_filename(value, length, name, sizeof name) < 0;
    inspection_path(path, upload->object, "upload", name);
    part.name = name[0] ? name : NULL;
    part.data = content;
    part.length = (size_t)(end - content);
    if (part.length == 0)
        return;
    if (is_overlong)
        upload_overlong(upload, &part, "file name");
    if (value != NULL)
        upload_note_pieces(upload, &part, value, length);
    if (upload->byteranges)
        upload_range(upload, block, block_length, &part);
    value = field_find(block, block_length, "Content-Type", &length);
    if (value != NULL && upload_nested(upload, &part, value, length))
        return;
    upload_content(upload, &part, block, block_length);
    upload_transfers(upload, &part, block, block_length);
}

/* One part: headers, blank line, content. Without headers all of it is content. Servers that want
 * another blank line have another content. */
static void upload_part(struct upload *upload, const uint8_t *begin, const uint8_t *end)
{
    const uint8_t *content = upload_blank_line(begin, end), *odd, *further, *strict;

    upload_part_from(upload, begin, content != NULL ? content : begin, end);
    if (upload->byteranges)
        return;
    odd = upload_odd_blank_line(begin, end);
    if (odd != NULL && odd != content && !inspection_over(upload->in))
        upload_part_from(upload, begin, odd, end);
    further = odd != NULL ? upload_further_blank_lines(odd, end) : NULL;
    if (further != odd && !inspection_over(upload->in))
        upload_part_from(upload, begin, further, end);
    strict = memmem(
        begin, (size_t)(end - begin) < UPLOAD_HEAD_MAX ? (size_t)(end - begin) : UPLOAD_HEAD_MAX,
        "\r\n\r\n", 4);
    if (strict != NULL && content != NULL && strict + 4 > content && odd != strict + 4 &&
        !inspection_over(upload->in))
        upload_part_from(upload, begin, strict + 4, end);
}

/* What is not in a part: should be nothing, or a line break. */
static void upload_around(struct upload *upload, const uint8_t *begin, const uint8_t *end)
{
    struct object rest = *upload->object;

    while (begin < end && (*begin == '\r' || *begin == '\n'))
        begin++;
    rest.data = begin;
    rest.length = (size_t)(end - begin);
    rest.depth++;
    rest.is_body = 0;
    if (rest.length <= UPLOAD_LITTLE)
        return;
    inspection_object(upload->in, &rest);
    /* a part whose delimiter somebody finds all the same */
    if (memmem(begin, rest.length < 4096 ? rest.length : 4096, "ontent-", 7) != NULL &&
        !inspection_over(upload->in))
        upload_part(upload, begin, end);
}

static void upload_piece(void *context, size_t index)
{
    struct upload *upload = context;
    const struct upload_piece *piece = &upload->pieces[index];

    if (piece->around)
        upload_around(upload, piece->begin, piece->end);
    else
        upload_part(upload, piece->begin, piece->end);
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
    const uint8_t *content = around ? NULL : upload_blank_line(begin, end);

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

/* What tells one split from another: pieces that lie where those of the last one lay are the
 * same. */
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
    static const enum upload_reading readings[] = {UPLOAD_LINES, UPLOAD_STRICT, UPLOAD_GENEROUS};
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
    const int multipart = strcasestr(type, "multipart/") != NULL;
    int opened;

    if (body->length == 0 || (!multipart && !claims_upload(&in->claims)))
        return 0;
    upload = calloc(1, sizeof *upload);
    if (upload == NULL) {
        inspection_note(in, body, REASON_MEMORY, NULL);
        return 0;
    }
    upload->in = in;
    upload->object = body;
    upload->byteranges = strncasecmp(type, "multipart/byteranges", 20) == 0;
    opened = upload_all(upload, type, multipart);
    if (opened) {
        inspection_raw(in, body);
        if (upload->byteranges)
            upload_whole(upload);
    } else if (multipart && !kind_is_mail(body->data, body->length)) {
        inspection_note(in, body, REASON_MALFORMED, "a multipart body without its boundary");
    }
    buffer_free(&upload->whole);
    free(upload);
    return opened;
}
