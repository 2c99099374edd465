/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a message as lenient mail programs find them, beside GMime's
 * view of it: the message is cut at every line that begins like a delimiter of
 * any boundary that is named anywhere, or that stands in front of a part's
 * header. Where a header is not plain (two types, a transfer encoding spelled
 * oddly, no blank line behind it), content is taken from each place where a
 * program may begin, as it is and in each transfer encoding. Bytes that GMime's
 * parts had too are not scanned again.
 */
#include "config.h"

#include "inspect/formats/mailparts.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "inspect/looks.h"

#define MAILPARTS_BOUNDARIES 64
#define MAILPARTS_BOUNDARY   256  /* bytes of one that are compared */
#define MAILPARTS_MAX        4096 /* parts of a message */
#define MAILPARTS_LINES      256  /* of a header */
#define MAILPARTS_STRAY      8    /* lines behind the header in which it may go on */
#define MAILPARTS_STARTS     8    /* places where the content of a part may begin */
#define MAILPARTS_INDENT     3    /* bytes in front of a delimiter */
#define MAILPARTS_MIN        16   /* bytes: less is no file */
#define MAILPARTS_NOISE      64   /* bytes: less that looks like nothing is none */

struct mailparts {
    struct inspection *in;
    const struct object *message;
    const uint8_t *end;
    char boundaries[MAILPARTS_BOUNDARIES][MAILPARTS_BOUNDARY + 1];
    size_t boundary_lengths[MAILPARTS_BOUNDARIES], count;
    bool odd; /* a multipart's header: GMime may see no parts, or others */
};

/* The fields of a part's header, and where its content may begin. */
struct mailparts_head {
    const uint8_t *starts[MAILPARTS_STARTS];
    size_t count;
    const char *encoding; /* Content-Encoding */
    size_t encoding_length;
    unsigned types, transfers;
    bool odd, quoted, base64, multipart, message;
};

struct mailparts_line {
    const uint8_t *begin, *end, *next;
};

static bool mailparts_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

/* A line ends with \n, \r or both. */
static struct mailparts_line mailparts_line(const uint8_t *at, const uint8_t *end)
{
    struct mailparts_line line = {.begin = at, .end = at};

    while (line.end < end && *line.end != '\n' && *line.end != '\r')
        line.end++;
    line.next = line.end + (line.end < end);
    if (line.next < end && *line.end == '\r' && *line.next == '\n')
        line.next++;
    return line;
}

static bool mailparts_has(const uint8_t *at, const uint8_t *end, const char *word)
{
    const size_t length = strlen(word);

    for (; (size_t)(end - at) >= length; at++)
        if ((*at | 0x20) == (uint8_t)word[0] && strncasecmp((const char *)at, word, length) == 0)
            return true;
    return false;
}

static bool mailparts_starts(const uint8_t *at, const uint8_t *end, const char *word)
{
    const size_t length = strlen(word);

    return (size_t)(end - at) >= length && strncasecmp((const char *)at, word, length) == 0;
}

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
    while (at < end && (mailparts_is_blank(*at) || *at == '\r' || *at == '\n'))
        at++;
    if (at < end && (*at == '"' || *at == '\'')) {
        close = memchr(at + 1, *at, (size_t)(end - at - 1));
        if (close != NULL)
            mailparts_add_boundary(parts, at + 1, (size_t)(close - at - 1));
        if (*at == '"')
            at++;
    }
    begin = at;
    while (at<end && * at> ' ' && strchr(";,\"()", *at) == NULL)
        at++;
    mailparts_add_boundary(parts, begin, (size_t)(at - begin));
}

/* "boundary=", "boundary*=", "boundary*0=" wherever it stands. */
static void mailparts_boundaries(struct mailparts *parts)
{
    static const char word[] = "boundary";
    const uint8_t *begin = parts->message->data, *at = begin, *before;

    while ((at = memchr(at, '=', (size_t)(parts->end - at))) != NULL) {
        for (before = at++; before > begin && (mailparts_is_blank(before[-1]) ||
                                               before[-1] == '*' || g_ascii_isdigit(before[-1]));)
            before--;
        if ((size_t)(before - begin) >= sizeof word - 1 &&
            strncasecmp((const char *)before - (sizeof word - 1), word, sizeof word - 1) == 0)
            mailparts_boundary(parts, at);
    }
}

/* Is the text behind the dashes a delimiter's, or is a part's header in the next lines? */
static bool mailparts_delimits(const struct mailparts *parts, const uint8_t *dashes)
{
    struct mailparts_line line;
    const uint8_t *at = dashes + 2;
    size_t i;

    for (i = 0; i < parts->count; i++)
        if ((size_t)(parts->end - at) >= parts->boundary_lengths[i] &&
            memcmp(at, parts->boundaries[i], parts->boundary_lengths[i]) == 0)
            return true;
    line = mailparts_line(at, parts->end);
    for (i = 0; i < 2; i++) {
        line = mailparts_line(line.next, parts->end);
        for (at = line.begin; at < line.end && mailparts_is_blank(*at);)
            at++;
        if (mailparts_starts(at, line.end, "content-"))
            return true;
    }
    return false;
}

/* The next delimiter from `at` on: the line it is in. begin is `end` if there is none. */
static struct mailparts_line mailparts_delimiter(const struct mailparts *parts, const uint8_t *at)
{
    const uint8_t *begin = parts->message->data, *line;
    struct mailparts_line none = {.begin = parts->end, .end = parts->end, .next = parts->end};

    while ((at = memmem(at, (size_t)(parts->end - at), "--", 2)) != NULL) {
        for (line = at; line > begin && line[-1] != '\n' && line[-1] != '\r' &&
                        at - line <= MAILPARTS_INDENT && !g_ascii_isalnum(line[-1]);)
            line--;
        if ((line == begin || line[-1] == '\n' || line[-1] == '\r') &&
            mailparts_delimits(parts, at)) {
            none = mailparts_line(at, parts->end);
            none.begin = line;
            return none;
        }
        while (at < parts->end && *at == '-')
            at++;
    }
    return none;
}

static void mailparts_start(struct mailparts_head *head, const uint8_t *at)
{
    if (head->count < MAILPARTS_STARTS && (head->count == 0 || head->starts[head->count - 1] != at))
        head->starts[head->count++] = at;
}

/* A transfer encoding is plain if it is one of the known words and nothing else. */
static void mailparts_transfer(struct mailparts_head *head, const uint8_t *at, const uint8_t *end)
{
    static const char *const plain[] = {"7bit", "8bit", "binary", "base64", "quoted-printable"};
    bool known = false;
    size_t i;

    while (at < end && mailparts_is_blank(*at))
        at++;
    while (end > at && mailparts_is_blank(end[-1]))
        end--;
    for (i = 0; i < sizeof plain / sizeof plain[0]; i++)
        known |= strlen(plain[i]) == (size_t)(end - at) && mailparts_starts(at, end, plain[i]);
    head->quoted |= mailparts_has(at, end, "quoted") || mailparts_has(at, end, "printable");
    head->base64 |= mailparts_has(at, end, "64");
    head->odd |= !known || ++head->transfers > 1;
}

/* Where a field's value begins, or NULL: it may be set in, and its colon off. */
static const uint8_t *mailparts_field(const struct mailparts_line *line, size_t *length_r)
{
    const uint8_t *at = line->begin, *begin;

    while (at < line->end && mailparts_is_blank(*at))
        at++;
    for (begin = at; at<line->end && * at> ' ' && *at < 127 && *at != ':';)
        at++;
    *length_r = (size_t)(at - begin);
    while (at < line->end && mailparts_is_blank(*at))
        at++;
    return at < line->end && *at == ':' && *length_r > 0 ? at + 1 : NULL;
}

static void mailparts_read_field(struct mailparts_head *head, const struct mailparts_line *line,
                                 const uint8_t *value)
{
    const uint8_t *name = line->begin;

    while (name < line->end && mailparts_is_blank(*name))
        name++;
    if (mailparts_starts(name, line->end, "content-transfer-encoding")) {
        mailparts_transfer(head, value, line->end);
    } else if (mailparts_starts(name, line->end, "content-type")) {
        head->odd |= ++head->types > 1;
        head->multipart |= mailparts_has(value, line->end, "multipart");
        head->message |= mailparts_has(value, line->end, "message/");
    } else if (mailparts_starts(name, line->end, "content-encoding")) {
        head->encoding = (const char *)value;
        head->encoding_length = (size_t)(line->end - value);
    }
}

/* A field goes on in this line: in one of no name that matters, or in one that is folded oddly. */
static void mailparts_read_more(struct mailparts_head *head, const struct mailparts_line *line)
{
    const bool quoted = mailparts_has(line->begin, line->end, "quoted-printable");
    const bool base64 = mailparts_has(line->begin, line->end, "base64");

    head->quoted |= quoted;
    head->base64 |= base64;
    head->odd |= quoted || base64;
    head->multipart |= mailparts_has(line->begin, line->end, "multipart/");
}

/* Where a header goes on in spite of the blank line. */
static void mailparts_stray(struct mailparts_head *head, const uint8_t *at, const uint8_t *end)
{
    unsigned lines;

    for (lines = 0; lines < MAILPARTS_STRAY && at < end && !head->message; lines++) {
        const struct mailparts_line line = mailparts_line(at, end);
        const uint8_t *begin = line.begin;
        size_t length;
        const uint8_t *value;

        while (begin < line.end && begin - line.begin < MAILPARTS_INDENT && *begin != 0 &&
               strchr(" \t,;()<>/", *begin) != NULL)
            begin++;
        at = line.next;
        if (mailparts_starts(begin, line.end, "content-")) {
            head->odd = true;
            value = mailparts_field(&line, &length);
            mailparts_read_field(head, &line, value != NULL ? value : line.end);
            mailparts_start(head, at);
            mailparts_start(head, mailparts_line(at, end).next);
        } else if (line.begin == line.end && head->odd) {
            mailparts_start(head, at);
        }
    }
}

/* Reads a header from `at` on, to the blank line or what is taken for it. */
static void mailparts_head(struct mailparts_head *head, const uint8_t *at, const uint8_t *end)
{
    bool in_field = false, is_first = true;
    unsigned lines, misfits = 0;

    memset(head, 0, sizeof *head);
    for (lines = 0; lines < MAILPARTS_LINES && at < end && misfits < 3; lines++) {
        const struct mailparts_line line = mailparts_line(at, end);
        const bool is_indented = line.begin < line.end && mailparts_is_blank(*line.begin);
        size_t length;
        const uint8_t *value = mailparts_field(&line, &length);

        at = line.next;
        if (line.next - line.end == 1 && *line.end == '\r')
            head->odd = true;
        if (line.begin == line.end) {
            mailparts_start(head, at);
            mailparts_stray(head, at, end);
            return;
        }
        head->odd |= memchr(line.begin, 0, (size_t)(line.end - line.begin)) != NULL;
        if (is_indented && !is_first && in_field &&
            (value == NULL || !mailparts_has(line.begin, line.end, "content-"))) {
            mailparts_read_more(head, &line);
        } else if (value != NULL) {
            head->odd |= is_indented;
            mailparts_read_field(head, &line, value);
            in_field = true;
        } else if (!is_first || !mailparts_starts(line.begin, line.end, "From ")) {
            head->odd = true;
            misfits++;
            mailparts_start(head, line.begin);
            mailparts_start(head, line.next);
        }
        is_first = false;
    }
}

static void mailparts_inspect(struct mailparts *parts, const struct mailparts_head *head,
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

/* The line break behind an equals sign, blanks in front of it included; 0 if it is none. */
static size_t mailparts_soft(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *blank = at + 1;

    while (blank < end && mailparts_is_blank(*blank))
        blank++;
    if (blank == end || (*blank != '\r' && *blank != '\n'))
        return 0;
    return (size_t)(mailparts_line(blank, end).next - at);
}

/* Quoted-printable, with blanks behind an equals sign, and escapes that a line break cuts in two.
 * Returns the length; *escapes_r is how many escapes and soft breaks there were. */
static size_t mailparts_quoted(uint8_t *out, const uint8_t *at, const uint8_t *end,
                               size_t *escapes_r)
{
    size_t used = 0, soft;

    *escapes_r = 0;
    while (at < end) {
        const uint8_t *second = at + 2;

        if (*at != '=') {
            out[used++] = *at++;
            continue;
        }
        soft = mailparts_soft(at, end);
        if (soft > 0) {
            at += soft;
            ++*escapes_r;
            continue;
        }
        if (second < end && hex_digit(at[1]) >= 0 && *second == '=')
            second += mailparts_soft(second, end);
        if (second < end && hex_digit(at[1]) >= 0 && hex_digit(*second) >= 0) {
            out[used++] = (uint8_t)(hex_digit(at[1]) << 4 | hex_digit(*second));
            at = second + 1;
            ++*escapes_r;
            continue;
        }
        out[used++] = *at++;
    }
    return used;
}

/* A few bytes that words of a header or of prose become as base64: a quarter is no text. */
static bool mailparts_is_noise(const uint8_t *data, size_t length)
{
    size_t strange = 0, i;

    if (length >= MAILPARTS_NOISE || looks_binary(data, length) || looks_zlib(data, length))
        return false;
    for (i = 0; i < length; i++)
        strange += data[i] >= 127 || (data[i] < ' ' && !mailparts_is_blank(data[i]) &&
                                      data[i] != '\r' && data[i] != '\n');
    return strange > length / 4;
}

/* The content from one of its beginnings on, in the encodings that come into question. */
static void mailparts_content(struct mailparts *parts, const struct mailparts_head *head,
                              const uint8_t *at, const uint8_t *end)
{
    const bool all = head->odd || parts->odd;
    struct buffer buffer = BUFFER_INIT;
    size_t length = (size_t)(end - at), escapes;
    GMimeEncoding state;

    if (length < MAILPARTS_MIN)
        return;
    if (buffer_room(&buffer, length + 16) == NULL) {
        inspection_note(parts->in, parts->message, REASON_MEMORY, NULL);
        return;
    }
    if (head->quoted || head->odd) {
        buffer.length = mailparts_quoted(buffer.data, at, end, &escapes);
        if (escapes > 0)
            mailparts_inspect(parts, head, buffer.data, buffer.length);
    }
    if (all && (head->base64 || head->odd)) {
        g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
        buffer.length = g_mime_encoding_step(&state, (const char *)at, length, (char *)buffer.data);
        if (!mailparts_is_noise(buffer.data, buffer.length))
            mailparts_inspect(parts, head, buffer.data, buffer.length);
    }
    buffer_free(&buffer);
    if (all || head->encoding != NULL)
        mailparts_inspect(parts, head, at, length);
}

/* Is there no more between this place and the next than a line break? */
static bool mailparts_is_blank_line(const struct mailparts_head *head, size_t i, const uint8_t *end)
{
    const struct mailparts_line line = mailparts_line(head->starts[i], end);

    return line.begin == line.end && i + 1 < head->count && head->starts[i + 1] == line.next;
}

/* The bytes between two delimiters: a header and a content, which may be a message again. */
static void mailparts_part(struct mailparts *parts, const uint8_t *at, const uint8_t *end)
{
    struct mailparts_head head;
    unsigned depth;
    size_t i;

    for (depth = 0; depth < 4 && at < end; depth++) {
        mailparts_head(&head, at, end);
        parts->odd |= head.odd && (head.multipart || head.types > 1);
        for (i = 0; i < head.count && !head.message; i++)
            if (!mailparts_is_blank_line(&head, i, end))
                mailparts_content(parts, &head, head.starts[i], end);
        if (!head.message || head.count == 0)
            return;
        at = head.starts[0];
    }
}

void mailparts_open(struct inspection *in, const struct object *message)
{
    struct mailparts parts = {.in = in, .message = message};
    const uint8_t *at = message->data;
    size_t count;

    if (message->length == 0)
        return;
    parts.end = message->data + message->length;
    embedded_runs_open(in, message);
    mailparts_boundaries(&parts);
    for (count = 0; count < MAILPARTS_MAX && at < parts.end && !inspection_over(in); count++) {
        const struct mailparts_line line = mailparts_delimiter(&parts, at);
        const uint8_t *end = line.begin;

        if (end > at && end < parts.end && end[-1] == '\n')
            end--;
        if (end > at && end < parts.end && end[-1] == '\r')
            end--;
        mailparts_part(&parts, at, end);
        at = line.next;
    }
    if (count == MAILPARTS_MAX && at < parts.end)
        inspection_note(in, message, REASON_LIMIT_FILES, NULL);
}
