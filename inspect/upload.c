/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multipart bodies over HTTP: form uploads, multipart/mixed inside them, and
 * multipart/byteranges.
 *
 * The body as a whole is matched against signatures; each part is inspected in
 * full as a file of its own, and once more decoded if it says that it is base64
 * or quoted-printable (servers differ in whether they heed that). Delimiters
 * are found as generously as any server would find them: at the begin of a
 * line, with CRLF or LF, and the text before the first and behind the last one
 * is inspected like a part.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/field.h"
#include "inspect/inspection.h"
#include "inspect/transfer.h"
#include "inspect/trial.h"

#define UPLOAD_BOUNDARY_MAX 8192 /* bytes with NUL: as long as a Content-Type may be */
#define UPLOAD_NESTING      8
#define UPLOAD_LITTLE       8 /* bytes around the parts that are no content: line breaks, dashes */
#define UPLOAD_TRANSFERS    8 /* Content-Transfer-Encodings of one part */

/* What lies between two delimiters, or around all of them. */
struct upload_piece {
    const uint8_t *begin, *end;
    int around;
};

struct upload {
    struct inspection *in;
    const struct object *object;             /* the multipart body, or the part that is one */
    char delimiter[UPLOAD_BOUNDARY_MAX + 4]; /* "--boundary" */
    size_t delimiter_length;
    unsigned nesting;
    int byteranges;
    uint64_t covered, total; /* of byteranges: bytes seen in order from 0, and of the whole */
    int gaps;
    struct buffer whole;
    struct upload_piece *pieces;
    uint64_t *costs; /* of each; see trial.h */
    size_t count, size;
};

static void upload_parts(struct upload *upload);

/* The next delimiter at the begin of a line from `at` on, or NULL. */
static const uint8_t *upload_delimiter(const struct upload *upload, const uint8_t *at)
{
    const uint8_t *begin = upload->object->data, *end = begin + upload->object->length;

    while (at < end) {
        at = memmem(at, (size_t)(end - at), upload->delimiter, upload->delimiter_length);
        if (at == NULL)
            return NULL;
        if (at == begin || at[-1] == '\n' || at[-1] == '\r')
            return at;
        at++;
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
    struct upload *inner;
    int length, done = 0;

    while (type_length > 0 && (*type == ' ' || *type == '\t')) {
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
    memcpy(inner->delimiter, "--", 2);
    length =
        field_parameter(type, type_length, "boundary", inner->delimiter + 2, UPLOAD_BOUNDARY_MAX);
    inner->in = upload->in;
    inner->object = part;
    inner->nesting = upload->nesting + 1;
    inner->delimiter_length = (size_t)length + 2;
    if (length > 0 && upload_delimiter(inner, part->data) != NULL) {
        upload_parts(inner);
        done = 1;
    }
    if (length == FIELD_TOO_LONG)
        upload_overlong(upload, part, "boundary");
    free(inner);
    return done;
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

/* One part: headers, blank line, content. Without headers all of it is content. */
static void upload_part(struct upload *upload, const uint8_t *begin, const uint8_t *end)
{
    const uint8_t *content = upload_blank_line(begin, end);
    const char *block = (const char *)begin, *value;
    char name[OBJECT_NAME_MAX] = "", path[WIRE_PART_MAX];
    struct object part = {.path = path, .depth = upload->object->depth + 1};
    size_t block_length = content != NULL ? (size_t)(content - begin) : 0, length;
    int is_overlong;

    if (content == NULL)
        content = begin;
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
    if (upload->byteranges)
        upload_range(upload, block, block_length, &part);
    value = field_find(block, block_length, "Content-Type", &length);
    if (value != NULL && upload_nested(upload, &part, value, length))
        return;
    upload_content(upload, &part, block, block_length);
    upload_transfers(upload, &part, block, block_length);
}

/* What is not in a part: should be nothing, or a line break. */
static void upload_around(struct upload *upload, const uint8_t *begin, const uint8_t *end)
{
    struct object rest = *upload->object;

    rest.data = begin;
    rest.length = (size_t)(end - begin);
    rest.depth++;
    if (rest.length > UPLOAD_LITTLE)
        inspection_object(upload->in, &rest);
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

    upload_add(upload, upload->object->data, at, 1);
    while (at != NULL && !inspection_over(upload->in)) {
        const uint8_t *line = at + upload->delimiter_length, *next, *stop;

        if (end - line >= 2 && line[0] == '-' && line[1] == '-') {
            upload_add(upload, line + 2, end, 1);
            return;
        }
        line = memchr(line, '\n', (size_t)(end - line));
        if (line == NULL)
            return;
        line++;
        next = upload_delimiter(upload, line);
        stop = next != NULL ? next : end;
        /* the line break in front of a delimiter belongs to it */
        if (next != NULL && stop > line && stop[-1] == '\n')
            stop--;
        if (next != NULL && stop > line && stop[-1] == '\r')
            stop--;
        upload_add(upload, line, stop, 0);
        at = next;
    }
}

static void upload_parts(struct upload *upload)
{
    size_t filled = 0, i;
    int tries;

    upload_split(upload);
    for (i = 0; i < upload->count; i++)
        filled += upload->pieces[i].end - upload->pieces[i].begin > UPLOAD_LITTLE;
    tries = filled > 1 && !upload->byteranges && upload->object->length <= TRIAL_SIZE_MAX;
    trial_parts(upload->in, upload->costs, upload->count, upload_piece, upload, tries, 1);
    free(upload->pieces);
    free(upload->costs);
    upload->pieces = NULL;
    upload->costs = NULL;
    upload->count = upload->size = 0;
}

/* A form upload whose Content-Type does not say so, or names another boundary than it uses. */
static int upload_guess(struct upload *upload)
{
    const uint8_t *data = upload->object->data;
    size_t head = upload->object->length < 1024 ? upload->object->length : 1024;
    const uint8_t *newline = memchr(data, '\n', head);
    size_t length = newline != NULL ? (size_t)(newline - data) : 0;

    if (length > 0 && data[length - 1] == '\r')
        length--;
    if (length < 3 || length > UPLOAD_BOUNDARY_MAX || memcmp(data, "--", 2) != 0)
        return 0;
    if ((size_t)(data + head - newline) < 9 ||
        strncasecmp((const char *)newline + 1, "Content-", 8) != 0)
        return 0;
    memcpy(upload->delimiter, data, length);
    upload->delimiter_length = length;
    return 1;
}

/* The boundary that the type names and the body uses. */
static int upload_declared(struct upload *upload, const char *type)
{
    int length;

    if (strncasecmp(type, "multipart/", 10) != 0)
        return 0;
    upload->byteranges = strncasecmp(type + 10, "byteranges", 10) == 0;
    memcpy(upload->delimiter, "--", 2);
    length =
        field_parameter(type, strlen(type), "boundary", upload->delimiter + 2, UPLOAD_BOUNDARY_MAX);
    upload->delimiter_length = (size_t)length + 2;
    return length > 0 && upload_delimiter(upload, upload->object->data) != NULL;
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

int upload_open(struct inspection *in, const struct object *body, const char *type)
{
    struct upload *upload;
    const int multipart = strncasecmp(type, "multipart/", 10) == 0;
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
    opened = upload_declared(upload, type) || upload_guess(upload);
    if (opened) {
        upload_parts(upload);
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
