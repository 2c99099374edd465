/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/pieces.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "modules/epost_av/host.h"

static bool pieces_is(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static bool pieces_begins(const char *text, size_t length, const char *word)
{
    return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* The number at the beginning. One that cannot be read is as large as any. */
static unsigned long long pieces_number(const char *value)
{
    value += strspn(value, " \t");
    if (!isdigit((unsigned char)*value))
        return UINT64_MAX;
    errno = 0;
    unsigned long long number = strtoull(value, NULL, 10);
    return errno ? UINT64_MAX : number;
}

/* Fields that only a piece has. */
static const char *const piece_fields[] = {
    "OC-Chunked",
    "OC-Chunk-Offset",
    "OC-Chunk-Size",
    "X-Update-Range",
    "X-Content-Range",
    "X-Bz-Part-Number",
    "X-Upload-Offset",
    "X-Part-Number",
    "X-File-Offset",
    "X-Ms-Range",
    "X-Upload-Part",
    "Upload-Part",
    "X-Upload-Content-Range",
    "X-Ms-Blob-Condition-Appendpos",
    "X-Goog-Upload-Offset",
};

/* Fields that name the length of the whole. */
static const char *const whole_fields[] = {"OC-Total-Length", "Upload-Length", "X-Upload-Length"};

void pieces_add_field(struct pieces *pieces, const char *name, size_t name_length,
                      const char *value)
{
    size_t i;

    value += strspn(value, " \t");
    for (i = 0; i < sizeof piece_fields / sizeof piece_fields[0]; i++)
        if (pieces_is(name, name_length, piece_fields[i]))
            pieces->is_piece = true;
    for (i = 0; i < sizeof whole_fields / sizeof whole_fields[0]; i++)
        if (pieces_is(name, name_length, whole_fields[i]) && pieces->whole < pieces_number(value))
            pieces->whole = pieces_number(value);
    if (pieces_begins(name, name_length, "X-Chunk") || pieces_begins(name, name_length, "Chunk-"))
        pieces->is_piece = true;
    if (pieces_is(name, name_length, "Upload-Offset")) {
        pieces->has_offset = true;
        pieces->offset = pieces_number(value);
    }
    if (pieces_is(name, name_length, "Upload-Complete")) {
        pieces->is_complete = strncmp(value, "?1", 2) == 0;
        if (!pieces->is_complete)
            pieces->is_piece = true;
    }
    if (pieces_is(name, name_length, "Upload-Incomplete")) {
        pieces->is_complete = strncmp(value, "?0", 2) == 0;
        if (!pieces->is_complete)
            pieces->is_piece = true;
    }
    if (pieces_is(name, name_length, "Dropbox-API-Arg") && strstr(value, "\"offset\"") &&
        !strstr(value, "\"offset\":0,\"close\":true"))
        pieces->is_piece = true;
    if (pieces_is(name, name_length, "Upload-Concat") && strncasecmp(value, "partial", 7) == 0)
        pieces->is_piece = true;
    if (pieces_is(name, name_length, "X-Goog-Upload-Command") && !strcasestr(value, "finalize"))
        pieces->is_piece = true;
}

/* Parameters of the query. A value of NULL: any; "#": a number; "+": a number over 1. Names that
 * are used for other things too need another one beside them. */
static const struct {
    const char *name, *value, *beside;
} parameters[] = {
    {"partNumber", "#", "uploadId"},
    {"comp", "block", NULL},
    {"comp", "appendblock", NULL},
    {"comp", "page", NULL},
    {"comp", "range", NULL},
    {"action", "append", "position"},
    {"append", NULL, "position"},
    {"op", "APPEND", NULL},
    {"multipart-manifest", "put", NULL},
    {"chunks", "+", NULL},
    {"total_chunks", "+", NULL},
    {"totalChunks", "+", NULL},
    {"chunkCount", "+", NULL},
    {"dztotalchunkcount", "+", NULL},
    {"resumableTotalChunks", "+", NULL},
    {"flowTotalChunks", "+", NULL},
    {"qqtotalparts", "+", NULL},
};

static void pieces_decode(const char *text, size_t length, char word[PIECES_WORD_MAX])
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < PIECES_WORD_MAX; i++) {
        int high = i + 2 < length && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        word[used++] = low >= 0 ? (char)(high << 4 | low) : text[i];
        i += low >= 0 ? 2 : 0;
    }
    word[used] = '\0';
}

static bool pieces_fits(const char *value, const char *wanted)
{
    if (!wanted || strcasecmp(value, wanted) == 0)
        return true;
    if (*wanted == '#')
        return isdigit((unsigned char)*value);
    return *wanted == '+' && isdigit((unsigned char)*value) && pieces_number(value) > 1;
}

static bool pieces_parameter(const char *query, const char *text, size_t length)
{
    char name[PIECES_WORD_MAX], value[PIECES_WORD_MAX] = "";
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals ? (size_t)(equals - text) : length;

    pieces_decode(text, name_length, name);
    if (equals)
        pieces_decode(equals + 1, length - name_length - 1, value);
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (strcasecmp(name, parameters[i].name) != 0)
            continue;
        if (pieces_fits(value, parameters[i].value) &&
            (!parameters[i].beside || strcasestr(query, parameters[i].beside)))
            return true;
    }
    return false;
}

static bool pieces_query(const char *url)
{
    const char *query = strchr(url, '?');

    for (url = strchr(url, '?'); url && *url && *url != '#';) {
        size_t length = strcspn(++url, "&;#");
        if (pieces_parameter(query, url, length))
            return true;
        url += length;
    }
    return false;
}

/* Paths that take pieces. */
static bool pieces_path(const char *method, const char *url)
{
    static const char *const anywhere[] = {
        "/upload_session/append", "/upload_session/finish", "/upload_session/start",
        "/StartUpload(",          "/ContinueUpload(",       "/FinishUpload(",
        "/startUpload(",          "/continueUpload(",       "/finishUpload("};
    static const char chunking[] = "-chunking-";
    size_t path = strcspn(url, "?#");
    const char *found;

    for (size_t i = 0; i < sizeof anywhere / sizeof anywhere[0]; i++) {
        found = strstr(url, anywhere[i]);
        if (found && found < url + path)
            return true;
    }
    if (strcasecmp(method, "PUT") == 0 && (found = strstr(url, "/dav/uploads/")) &&
        found < url + path)
        return true;
    if (strcasecmp(method, "PATCH") == 0 && (found = strstr(url, "/blobs/uploads/")) &&
        found < url + path)
        return true;
    found = strstr(url, chunking);
    if (!found || found > url + path)
        return false;
    found += sizeof chunking - 1; /* ID-TOTAL-INDEX */
    found = strchr(found, '-');
    return found && pieces_number(found + 1) > 1;
}

void pieces_finish(struct pieces *pieces, const char *method, const char *url, const char *type)
{
    static const char *const types[] = {"application/offset+octet-stream",
                                        "application/partial-upload",
                                        "application/x-sabredav-partialupdate"};
    /* what a form names is the length of the file in it */
    if (strcasestr(type, "multipart/"))
        pieces->whole = 0;

    const bool from_begin = pieces->has_offset && pieces->offset == 0;

    if (pieces_query(url) || pieces_path(method, url))
        pieces->is_piece = true;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcasestr(type, types[i]))
            pieces->is_piece = true;
    /* The first piece may be all there is; a PATCH goes to an upload that exists already. */
    if (pieces->has_offset && (strcasecmp(method, "PATCH") == 0 ||
                               !(from_begin && (pieces->is_complete || pieces->whole))))
        pieces->is_piece = true;
}
