/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a message as lenient mail programs find them, beside GMime's view of it: the message
 * is cut at every line that begins like a delimiter of any boundary that is named anywhere, or that
 * stands in front of a part's header. Where a header is not plain (two types, a transfer encoding
 * spelled oddly, no blank line behind it), content is taken from each place where a program may
 * begin, as it is and in each transfer encoding. If the named boundaries cut more parts than GMime
 * has, all that they cut is read. Bytes that GMime's parts had too are not scanned again.
 */
#include "config.h"

#include "inspect/formats/mailparts.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/find.h"
#include "inspect/formats/mailhead.h"
#include "inspect/kind.h"
#include "inspect/looks.h"
#include "inspect/transfer.h"

#define MAILPARTS_BOUNDARIES 64
#define MAILPARTS_BOUNDARY   256  /* bytes of one that are compared */
#define MAILPARTS_MAX        4096 /* parts of a message */
#define MAILPARTS_MIN        16   /* bytes: less is no file */
#define MAILPARTS_NOISE      64   /* bytes: less that looks like nothing is none */

struct mailparts {
    struct inspection *in;
    const struct object *message;
    const uint8_t *end;
    char boundaries[MAILPARTS_BOUNDARIES][MAILPARTS_BOUNDARY + 1];
    size_t boundary_lengths[MAILPARTS_BOUNDARIES], count;
    size_t contents; /* parts with a content, behind delimiters of boundaries that are named */
    bool named;      /* the last delimiter is one of these */
    bool odd;        /* a multipart's header: GMime may see no parts, or others */
};

static void mailparts_add_boundary(struct mailparts *parts, const uint8_t *value, size_t length)
{
    size_t i;

    if (length > MAILPARTS_BOUNDARY)
        length = MAILPARTS_BOUNDARY;
    if (length == 0 || parts->count == MAILPARTS_BOUNDARIES)
        return;
    for (i = 0; i < parts->count; i++)
        if (parts->boundary_lengths[i] == length &&
            memcmp(parts->boundaries[i], value, length) == 0)
            return;
    memcpy(parts->boundaries[parts->count], value, length);
    parts->boundary_lengths[parts->count++] = length;
}

/* The value behind the equals sign: in double quotes, and as far as a separator. */
static void mailparts_boundary(struct mailparts *parts, const uint8_t *at)
{
    const uint8_t *end = parts->end, *begin, *close;

    if (parts->count == MAILPARTS_BOUNDARIES)
        return;
    if (end - at > 4 * MAILPARTS_BOUNDARY)
        end = at + 4 * MAILPARTS_BOUNDARY;
    while (at < end && (mailhead_is_blank(*at) || *at == '\r' || *at == '\n'))
        at++;
    if (at < end && (*at == '"' || *at == '\'')) {
        close = memchr(at + 1, *at, (size_t)(end - at - 1));
        if (close != NULL)
            mailparts_add_boundary(parts, at + 1, (size_t)(close - at - 1));
        if (*at == '"')
            at++;
    }
    begin = at;
    while (at < end && at[0] > ' ' && strchr(";,\"()", *at) == NULL)
        at++;
    mailparts_add_boundary(parts, begin, (size_t)(at - begin));
}

/* "boundary=", "boundary*=", "boundary*0=" wherever it stands. */
static void mailparts_boundaries(struct mailparts *parts)
{
    static const char word[] = "boundary";
    const uint8_t *begin = parts->message->data, *at = begin, *before;

    while ((at = memchr(at, '=', (size_t)(parts->end - at))) != NULL) {
        for (before = at++; before > begin && (mailhead_is_blank(before[-1]) || before[-1] == '*' ||
                                               g_ascii_isdigit(before[-1]));)
            before--;
        if ((size_t)(before - begin) >= sizeof word - 1 &&
            strncasecmp((const char *)before - (sizeof word - 1), word, sizeof word - 1) == 0)
            mailparts_boundary(parts, at);
    }
}

/* Does the text behind the dashes begin with a boundary that is named somewhere? */
static bool mailparts_is_named(const struct mailparts *parts, const uint8_t *at)
{
    size_t i;

    for (i = 0; i < parts->count; i++)
        if ((size_t)(parts->end - at) >= parts->boundary_lengths[i] &&
            memcmp(at, parts->boundaries[i], parts->boundary_lengths[i]) == 0)
            return true;
    return false;
}

/* Is the text behind the dashes a delimiter's, or is a part's header in the next lines? */
static bool mailparts_delimits(struct mailparts *parts, const uint8_t *dashes)
{
    struct mailhead_line line;
    const uint8_t *at = dashes + 2;
    size_t i;

    parts->named = mailparts_is_named(parts, at);
    if (parts->named)
        return true;
    line = mailhead_line(at, parts->end);
    for (i = 0; i < 2; i++) {
        line = mailhead_line(line.next, parts->end);
        for (at = line.begin; at < line.end && mailhead_is_blank(*at);)
            at++;
        if (mailhead_starts(at, line.end, "content-"))
            return true;
    }
    return false;
}

/* The next delimiter from `at` on: the line it is in. begin is `end` if there is none. */
static struct mailhead_line mailparts_delimiter(struct mailparts *parts, const uint8_t *at)
{
    const uint8_t *begin = parts->message->data, *line;
    struct mailhead_line none = {.begin = parts->end, .end = parts->end, .next = parts->end};

    while ((at = find_bytes(at, (size_t)(parts->end - at), "--", 2)) != NULL) {
        for (line = at; line > begin && line[-1] != '\n' && line[-1] != '\r' &&
                        at - line <= MAILHEAD_INDENT && !g_ascii_isalnum(line[-1]);)
            line--;
        if ((line == begin || line[-1] == '\n' || line[-1] == '\r') &&
            mailparts_delimits(parts, at)) {
            none = mailhead_line(at, parts->end);
            none.begin = line;
            return none;
        }
        while (at < parts->end && *at == '-')
            at++;
    }
    return none;
}

static void mailparts_inspect(struct mailparts *parts, const struct mailhead *head,
                              const uint8_t *data, size_t length)
{
    const struct finding before = parts->in->finding;
    char path[WIRE_PART_MAX], encoding[WIRE_ENCODING_MAX];
    struct object part = {
        .data = data, .length = length, .path = path, .depth = parts->message->depth + 1};

    if (length < MAILPARTS_MIN || inspection_over(parts->in))
        return;
    inspection_path(path, parts->message, "mail", "part");
    inspection_guess(parts->in, &part);
    if (head->odd)
        inlined_open(parts->in, &part);
    if (head->encoding == NULL || head->encoding_length >= sizeof encoding)
        return;
    memcpy(encoding, head->encoding, head->encoding_length);
    encoding[head->encoding_length] = '\0';
    encoding_open(parts->in, &part, encoding, "");
    if (parts->in->finding.reason == REASON_ENCODING)
        parts->in->finding = before;
}

/* A few bytes that words of a header or of prose become as base64: a quarter is no text. */
static bool mailparts_is_noise(const uint8_t *data, size_t length)
{
    size_t strange = 0, i;

    if (length >= MAILPARTS_NOISE || looks_binary(data, length) || looks_zlib(data, length))
        return false;
    for (i = 0; i < length; i++)
        strange += data[i] >= 127 || (data[i] < ' ' && !mailhead_is_blank(data[i]) &&
                                      data[i] != '\r' && data[i] != '\n');
    return strange > length / 4;
}

/* A decoded content as it is, and without blank lines in front, as some programs give it. */
static void mailparts_decoded(struct mailparts *parts, const struct mailhead *head,
                              const uint8_t *data, size_t length)
{
    size_t blank = 0;

    while (blank < length &&
           (mailhead_is_blank(data[blank]) || data[blank] == '\r' || data[blank] == '\n'))
        blank++;
    mailparts_inspect(parts, head, data, length);
    if (blank > 0)
        mailparts_inspect(parts, head, data + blank, length - blank);
}

/* Quoted-printable: of what is no text, the line ends as Unix programs have them, too. */
static void mailparts_quoted(struct mailparts *parts, const struct mailhead *head,
                             struct buffer *buffer, const uint8_t *at, size_t length)
{
    size_t escapes;

    buffer->length = transfer_quoted(buffer->data, at, length, false, &escapes);
    if (escapes > 0 || mailhead_is_blank(*at) || *at == '\r' || *at == '\n')
        mailparts_decoded(parts, head, buffer->data, buffer->length);
    if (escapes == 0 || !looks_binary(buffer->data, buffer->length))
        return;
    length = transfer_quoted(buffer->data, at, length, true, &escapes);
    if (length < buffer->length)
        mailparts_inspect(parts, head, buffer->data, length);
}

/* The content from one of its beginnings on, in the encodings that come into question. */
static void mailparts_content(struct mailparts *parts, const struct mailhead *head,
                              const uint8_t *at, const uint8_t *end)
{
    const bool all = head->odd || head->message || parts->odd;
    struct buffer buffer = BUFFER_INIT;
    size_t length = (size_t)(end - at);
    GMimeEncoding state;

    if (length < MAILPARTS_MIN)
        return;
    if (buffer_room(&buffer, length + 16) == NULL) {
        inspection_note(parts->in, parts->message, REASON_MEMORY, NULL);
        return;
    }
    if (head->quoted || head->odd)
        mailparts_quoted(parts, head, &buffer, at, length);
    if (all && (head->base64 || head->odd)) {
        g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
        buffer.length = g_mime_encoding_step(&state, (const char *)at, length, (char *)buffer.data);
        if (!mailparts_is_noise(buffer.data, buffer.length))
            mailparts_inspect(parts, head, buffer.data, buffer.length);
    }
    buffer_free(&buffer);
    if (all || head->encoding != NULL)
        mailparts_decoded(parts, head, at, length);
}

/* Is there no more between this place and the next than a line break? */
static bool mailparts_is_blank_line(const struct mailhead *head, size_t i, const uint8_t *end)
{
    const struct mailhead_line line = mailhead_line(head->starts[i], end);

    return line.begin == line.end && i + 1 < head->count && head->starts[i + 1] == line.next;
}

/* Content of a part, from each place where it may begin. */
static void mailparts_contents(struct mailparts *parts, const struct mailhead *head,
                               const uint8_t *end)
{
    size_t i;

    for (i = 0; i < head->count; i++)
        if (!mailparts_is_blank_line(head, i, end))
            mailparts_content(parts, head, head->starts[i], end);
}

/* Is this what is called a message, and none? Programs then take it as it is. */
static bool mailparts_is_no_message(const struct mailhead *head, const uint8_t *end)
{
    return head->message && head->count > 0 &&
           !kind_is_mail(head->starts[0], (size_t)(end - head->starts[0]));
}

/* The bytes between two delimiters: a header and a content, which may be a message again. */
static void mailparts_part(struct mailparts *parts, const uint8_t *at, const uint8_t *end)
{
    struct mailhead head = {.multipart = false};
    unsigned depth;

    for (depth = 0; depth < 4 && at < end; depth++) {
        mailhead_read(&head, at, end);
        parts->odd |= head.odd && (head.multipart || head.types > 1);
        if (!head.message || mailparts_is_no_message(&head, end))
            mailparts_contents(parts, &head, end);
        if (!head.message || head.count == 0)
            break;
        at = head.starts[0];
    }
    parts->contents += at < end && !head.multipart && head.count > 0 && head.starts[0] < end;
}

/* A part from each delimiter to the next. */
static void mailparts_cut(struct mailparts *parts)
{
    const uint8_t *at = parts->message->data;
    bool counts = true;
    size_t count;

    parts->contents = 0;
    for (count = 0; count < MAILPARTS_MAX && at < parts->end && !inspection_over(parts->in);
         count++) {
        const struct mailhead_line line = mailparts_delimiter(parts, at);
        const uint8_t *end = line.begin;
        const size_t before = parts->contents;

        if (end > at && end < parts->end && end[-1] == '\n')
            end--;
        if (end > at && end < parts->end && end[-1] == '\r')
            end--;
        mailparts_part(parts, at, end);
        if (!counts)
            parts->contents = before;
        counts = parts->named && (line.end - line.begin <= 4 || memcmp(line.end - 2, "--", 2) != 0);
        at = line.next;
    }
    if (count == MAILPARTS_MAX && at < parts->end)
        inspection_note(parts->in, parts->message, REASON_LIMIT_FILES, NULL);
}

void mailparts_open(struct inspection *in, const struct object *message, size_t found)
{
    struct mailparts parts = {.in = in, .message = message};

    if (message->length == 0)
        return;
    parts.end = message->data + message->length;
    embedded_runs_open(in, message);
    mailparts_boundaries(&parts);
    mailparts_cut(&parts);
    if (parts.contents <= found || parts.odd || message->guessed)
        return;
    parts.odd = true;
    mailparts_cut(&parts);
}
