/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/mailhead.h"

#include <string.h>
#include <strings.h>

#define MAILHEAD_LINES 256 /* of a header */
#define MAILHEAD_STRAY 8   /* lines behind the header in which it may go on */

bool mailhead_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

struct mailhead_line mailhead_line(const uint8_t *at, const uint8_t *end)
{
    struct mailhead_line line = {.begin = at, .end = at};

    while (line.end < end && *line.end != '\n' && *line.end != '\r')
        line.end++;
    line.next = line.end + (line.end < end);
    if (line.next < end && *line.end == '\r' && *line.next == '\n')
        line.next++;
    return line;
}

static bool mailhead_has(const uint8_t *at, const uint8_t *end, const char *word)
{
    const size_t length = strlen(word);

    for (; (size_t)(end - at) >= length; at++)
        if ((*at | 0x20) == (uint8_t)word[0] && strncasecmp((const char *)at, word, length) == 0)
            return true;
    return false;
}

bool mailhead_starts(const uint8_t *at, const uint8_t *end, const char *word)
{
    const size_t length = strlen(word);

    return (size_t)(end - at) >= length && strncasecmp((const char *)at, word, length) == 0;
}

static bool mailhead_is(const uint8_t *at, const uint8_t *end, const char *word)
{
    return strlen(word) == (size_t)(end - at) && mailhead_starts(at, end, word);
}

static bool mailhead_is_letter(uint8_t c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
}

static void mailhead_start(struct mailhead *head, const uint8_t *at)
{
    if (head->count < MAILHEAD_STARTS && (head->count == 0 || head->starts[head->count - 1] != at))
        head->starts[head->count++] = at;
}

/* A transfer encoding is plain if it is one of the known words and nothing else. */
static void mailhead_transfer(struct mailhead *head, const uint8_t *at, const uint8_t *end)
{
    static const char *const plain[] = {"7bit", "8bit", "binary", "base64", "quoted-printable"};
    bool known = false;
    size_t i;

    while (at < end && mailhead_is_blank(*at))
        at++;
    while (end > at && mailhead_is_blank(end[-1]))
        end--;
    for (i = 0; i < sizeof plain / sizeof plain[0]; i++)
        known |= mailhead_is(at, end, plain[i]);
    head->quoted |= mailhead_has(at, end, "quoted") || mailhead_has(at, end, "printable");
    head->base64 |= mailhead_has(at, end, "64");
    head->odd |= !known || ++head->transfers > 1;
}

/* Where a field's value begins, or NULL: it may be set in, and its colon off. */
static const uint8_t *mailhead_field(const struct mailhead_line *line, size_t *length_r)
{
    const uint8_t *at = line->begin, *begin;

    while (at < line->end && mailhead_is_blank(*at))
        at++;
    for (begin = at; at < line->end && at[0] > ' ' && *at < 127 && *at != ':';)
        at++;
    *length_r = (size_t)(at - begin);
    while (at < line->end && mailhead_is_blank(*at))
        at++;
    return at < line->end && *at == ':' && *length_r > 0 ? at + 1 : NULL;
}

/* A transfer encoding as the value of a field that only a lenient program takes for the right one:
 * its name is cut in two, or has something in front or between. */
static void mailhead_strange(struct mailhead *head, const uint8_t *at, const uint8_t *end)
{
    while (at < end && !mailhead_is_letter(*at))
        at++;
    while (end > at && !mailhead_is_letter(end[-1]))
        end--;
    if (mailhead_is(at, end, "quoted-printable"))
        head->quoted = head->odd = true;
    else if (mailhead_is(at, end, "base64"))
        head->base64 = head->odd = true;
}

static void mailhead_read_field(struct mailhead *head, const struct mailhead_line *line,
                                const uint8_t *value)
{
    const uint8_t *name = line->begin;

    while (name < line->end && mailhead_is_blank(*name))
        name++;
    if (mailhead_starts(name, line->end, "content-transfer-encoding")) {
        mailhead_transfer(head, value, line->end);
    } else if (mailhead_starts(name, line->end, "content-type")) {
        head->odd |= ++head->types > 1;
        head->multipart |= mailhead_has(value, line->end, "multipart");
        head->message |= mailhead_has(value, line->end, "message/");
    } else if (mailhead_starts(name, line->end, "content-encoding")) {
        head->encoding = (const char *)value;
        head->encoding_length = (size_t)(line->end - value);
        mailhead_strange(head, value, line->end);
    } else {
        mailhead_strange(head, value, line->end);
    }
}

/* A field goes on in this line: in one of no name that matters, or in one that is folded oddly. */
static void mailhead_read_more(struct mailhead *head, const struct mailhead_line *line)
{
    const bool quoted = mailhead_has(line->begin, line->end, "quoted-printable");
    const bool base64 = mailhead_has(line->begin, line->end, "base64");

    head->quoted |= quoted;
    head->base64 |= base64;
    head->odd |= quoted || base64;
    head->multipart |= mailhead_has(line->begin, line->end, "multipart/");
}

/* Where a header goes on in spite of the blank line. */
static void mailhead_stray(struct mailhead *head, const uint8_t *at, const uint8_t *end)
{
    unsigned lines;

    for (lines = 0; lines < MAILHEAD_STRAY && at < end && !head->message; lines++) {
        const struct mailhead_line line = mailhead_line(at, end);
        const uint8_t *begin = line.begin;
        size_t length;
        const uint8_t *value;

        while (begin < line.end && begin - line.begin < MAILHEAD_INDENT && *begin != 0 &&
               strchr(" \t,;()<>/", *begin) != NULL)
            begin++;
        at = line.next;
        if (mailhead_starts(begin, line.end, "content-")) {
            head->odd = true;
            value = mailhead_field(&line, &length);
            mailhead_read_field(head, &line, value != NULL ? value : line.end);
            mailhead_start(head, at);
            mailhead_start(head, mailhead_line(at, end).next);
        } else if (line.begin == line.end && head->odd) {
            mailhead_start(head, at);
        }
    }
}

void mailhead_read(struct mailhead *head, const uint8_t *at, const uint8_t *end)
{
    bool in_field = false, is_first = true;
    unsigned lines, misfits = 0;

    memset(head, 0, sizeof *head);
    for (lines = 0; lines < MAILHEAD_LINES && at < end && misfits < 3; lines++) {
        const struct mailhead_line line = mailhead_line(at, end);
        const bool is_indented = line.begin < line.end && mailhead_is_blank(*line.begin);
        size_t length;
        const uint8_t *value = mailhead_field(&line, &length);

        at = line.next;
        if (line.next - line.end == 1 && *line.end == '\r')
            head->odd = true;
        if (line.begin == line.end) {
            mailhead_start(head, at);
            mailhead_stray(head, at, end);
            return;
        }
        head->odd |= memchr(line.begin, 0, (size_t)(line.end - line.begin)) != NULL;
        if (is_indented && !is_first && in_field &&
            (value == NULL || !mailhead_has(line.begin, line.end, "content-"))) {
            mailhead_read_more(head, &line);
        } else if (value != NULL) {
            head->odd |= is_indented;
            mailhead_read_field(head, &line, value);
            in_field = true;
        } else if (!is_first || !mailhead_starts(line.begin, line.end, "From ")) {
            head->odd = true;
            misfits++;
            mailhead_start(head, line.begin);
            mailhead_start(head, line.next);
        }
        is_first = false;
    }
}
