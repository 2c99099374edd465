/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/uploadpart.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/boundaries.h"
#include "inspect/field.h"
#include "inspect/formats/mailhead.h"
#include "inspect/inspection.h"
#include "inspect/transfer.h"
#include "inspect/unknown.h"

#define UPLOADPART_NESTING   8
#define UPLOADPART_HEAD_MAX  (80u << 10) /* bytes of a part's header that a server reads */
#define UPLOADPART_TRANSFERS 8           /* Content-Transfer-Encodings of one part */

/* Where the header block ends and the content begins; the block is what is in front of the
 * blank line. NULL when there is none. */
const uint8_t *uploadpart_blank_line(const uint8_t *at, const uint8_t *end)
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
static const uint8_t *uploadpart_odd_blank_line(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const uint8_t *line = at;

        while (at < end && mailhead_is_blank(*at))
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
static const uint8_t *uploadpart_further_blank_lines(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *line = at;

    for (; at < end && (*at == 0 || mailhead_is_blank(*at) || *at == '\r' || *at == '\n'); at++)
        if (*at == '\n')
            line = at + 1;
    return line;
}

/* The first line of the header that is no field and does not go on with one: for some readers the
 * content begins there. NULL if there is none. */
static const uint8_t *uploadpart_misfit(const uint8_t *begin, const uint8_t *end)
{
    const uint8_t *line = begin, *at;

    if ((size_t)(end - begin) > UPLOADPART_HEAD_MAX)
        end = begin + UPLOADPART_HEAD_MAX;
    while (line < end) {
        for (at = line; at < end && at[0] > ' ' && *at < 127 && *at != ':';)
            at++;
        if (at == end || *at == '\r' || *at == '\n')
            return at > line ? line : NULL;
        if (*at != ':' && (line == begin || !mailhead_is_blank(*line)))
            return line;
        while (at < end && *at != '\r' && *at != '\n')
            at++;
        line = at + (end - at > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : at < end);
    }
    return NULL;
}

/* "bytes 0-499/1234": adds a part of a whole, if it goes on where the last one ended. */
static void uploadpart_range(struct upload *upload, const char *block, size_t block_length,
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
static void uploadpart_overlong(struct upload *upload, const struct object *part, const char *field)
{
    char detail[64];

    snprintf(detail, sizeof detail, "a part's %s is too long", field);
    inspection_note(upload->in, part, REASON_MALFORMED, detail);
}

/* A part that is a multipart itself. Returns 1 if it was taken apart. */
static int uploadpart_nested(struct upload *upload, const struct object *part, const char *type,
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
    if (upload->nesting + 1 >= UPLOADPART_NESTING) {
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
    inner->split = upload->split;
    boundaries_add_type(&boundaries, type, type_length);
    opened = inner->split(inner, &boundaries);
    if (!opened) {
        boundaries_add_body(&boundaries, part->data, part->length);
        opened = inner->split(inner, &boundaries);
    }
    if (boundaries.overflowed)
        uploadpart_overlong(upload, part, "boundary");
    boundaries_free(&boundaries);
    free(inner);
    return opened;
}

static void uploadpart_transfer(struct upload *upload, const struct object *part,
                                const char *encoding, size_t length)
{
    struct buffer buffer = BUFFER_INIT;
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
static void uploadpart_transfers(struct upload *upload, const struct object *part,
                                 const char *block, size_t block_length)
{
    const char *at = block, *end = block + block_length, *value;
    size_t length;
    int count;

    for (count = 0; !inspection_over(upload->in); count++, at = value + length) {
        value = field_find(at, (size_t)(end - at), "Content-Transfer-Encoding", &length);
        if (value == NULL)
            return;
        if (count == UPLOADPART_TRANSFERS) {
            inspection_note(upload->in, part, REASON_MALFORMED, "too many transfer encodings");
            return;
        }
        uploadpart_transfer(upload, part, value, length);
    }
}

/* A part may have a Content-Encoding of its own. */
static void uploadpart_content(struct upload *upload, const struct object *part, const char *block,
                               size_t block_length)
{
    char encoding[WIRE_ENCODING_MAX + 1];
    size_t length;
    const char *value = field_find(block, block_length, "Content-Encoding", &length);

    if (value != NULL && length >= sizeof encoding)
        uploadpart_overlong(upload, part, "Content-Encoding");
    if (value == NULL || length >= sizeof encoding) {
        unknown_note(upload->in, part);
        inspection_object(upload->in, part);
        return;
    }
    memcpy(encoding, value, length);
    encoding[length] = '\0';
    inspection_encoded(upload->in, part, encoding);
}

/* Fields of forms that send a file in several pieces: how many there are, or which of them it is.
 */
static int uploadpart_counts_pieces(const char *name)
{
    static const char *const names[] = {
        "dztotalchunkcount",    "chunks",          "resumableTotalChunks",
        "flowTotalChunks",      "qqtotalparts",    "totalChunks",
        "total_chunks",         "chunkCount",      "chunk_count",
        "totalParts",           "numChunks",       "_totalChunks",
        "total-chunk",          "total-chunks",    "dzchunkbyteoffset",
        "resumableChunkNumber", "flowChunkNumber", "qqpartbyteoffset"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(names[i], name) == 0)
            return 1;
    return 0;
}

/* The same within JSON, as Kendo and DevExtreme send it: a number over 1. */
static bool uploadpart_says_pieces(const char *name, const char *text)
{
    static const char *const keys[][2] = {{"metadata", "\"totalChunks\""},
                                          {"chunkMetadata", "\"TotalCount\""}};
    unsigned long count;
    size_t i;

    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *at = strcasecmp(name, keys[i][0]) == 0 ? strcasestr(text, keys[i][1]) : NULL;

        if (at != NULL && sscanf(at + strlen(keys[i][1]), " : %lu", &count) == 1 && count > 1)
            return true;
    }
    return false;
}

static void uploadpart_note_pieces(struct upload *upload, const struct object *part,
                                   const char *disposition, size_t length)
{
    char name[64], text[512];
    unsigned long count;
    bool is_piece;

    if (part->length >= sizeof text ||
        field_parameter(disposition, length, "name", name, sizeof name) <= 0)
        return;
    memcpy(text, part->data, part->length);
    text[part->length] = '\0';
    is_piece = uploadpart_says_pieces(name, text) ||
               (uploadpart_counts_pieces(name) && sscanf(text, " %lu", &count) == 1 && count > 1);
    if (is_piece)
        inspection_note(upload->in, upload->object, REASON_PARTIAL,
                        "a form with one of several pieces");
}

/* The content of a part that begins at `content`; the header is in front of it. */
static void uploadpart_from(struct upload *upload, const uint8_t *begin, const uint8_t *content,
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
        uploadpart_overlong(upload, &part, "file name");
    if (value != NULL)
        uploadpart_note_pieces(upload, &part, value, length);
    if (upload->byteranges)
        uploadpart_range(upload, block, block_length, &part);
    value = field_find(block, block_length, "Content-Type", &length);
    if (value != NULL && uploadpart_nested(upload, &part, value, length))
        return;
    uploadpart_content(upload, &part, block, block_length);
    uploadpart_transfers(upload, &part, block, block_length);
}

/* One part: headers, blank line, content. Without headers all of it is content. Servers that want
 * another blank line have another content. */
void uploadpart_open(struct upload *upload, const uint8_t *begin, const uint8_t *end)
{
    const uint8_t *content = uploadpart_blank_line(begin, end), *odd, *further, *strict, *misfit;

    uploadpart_from(upload, begin, content != NULL ? content : begin, end);
    if (upload->byteranges)
        return;
    odd = uploadpart_odd_blank_line(begin, end);
    if (odd != NULL && odd != content && !inspection_over(upload->in))
        uploadpart_from(upload, begin, odd, end);
    further = odd != NULL ? uploadpart_further_blank_lines(odd, end) : NULL;
    if (further != odd && !inspection_over(upload->in))
        uploadpart_from(upload, begin, further, end);
    misfit = uploadpart_misfit(begin, end);
    if (misfit != NULL && misfit > begin && !inspection_over(upload->in))
        uploadpart_from(upload, begin, misfit, end);
    strict = memmem(begin,
                    (size_t)(end - begin) < UPLOADPART_HEAD_MAX ? (size_t)(end - begin)
                                                                : UPLOADPART_HEAD_MAX,
                    "\r\n\r\n", 4);
    if (strict != NULL && content != NULL && strict + 4 > content && odd != strict + 4 &&
        !inspection_over(upload->in))
        uploadpart_from(upload, begin, strict + 4, end);
}
