/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/datauri.h"

#include <string.h>

#include "common/base64.h"
#include "inspect/formats/embeddedfile.h"
#include "inspect/scripttext.h"
#include "inspect/textview.h"

#define EMBEDDED_WITHIN  256 /* URIs within others */
#define EMBEDDED_LENIENT 8   /* within others, if those are read leniently */

/* Is that, behind a backslash, the escape of a tab or a line break? */
static bool datauri_is_break(uint8_t letter)
{
    return letter == 't' || letter == 'n' || letter == 'r';
}

/* Steps back over what a browser leaves out of an address: tabs and line breaks, also as escapes of
 * a script, and the backslash of an escape that means the letter itself. */
static const uint8_t *datauri_back_over(const uint8_t *begin, const uint8_t *at, uint8_t wanted)
{
    while (at > begin) {
        if (at[-1] == '\t' || at[-1] == '\n' || at[-1] == '\r' || at[-1] == '\\')
            at--;
        else if (at - begin > 1 && at[-2] == '\\' && at[-1] != wanted && datauri_is_break(at[-1]))
            at -= 2;
        else
            break;
    }
    return at;
}

/* Steps back over `word`, which may have tabs and line breaks in it. NULL if it is not there. */
static const uint8_t *datauri_back(const uint8_t *begin, const uint8_t *at, const char *word)
{
    size_t length = strlen(word);

    while (length > 0) {
        at = datauri_back_over(begin, at, (uint8_t)word[length - 1]);
        if (at == begin || (at[-1] | 0x20) != (uint8_t)word[length - 1])
            return NULL;
        at--;
        length--;
    }
    return at;
}

/* "4," behind a six, with white space in it and tabs or line ends in front of it. Returns what is
 * behind the comma, or NULL. */
static const uint8_t *datauri_comma(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    if (at == end || *at != '4')
        return NULL;
    for (at++; at < end && (*at == ' ' || *at == TEXTVIEW_BLANK || (*at >= '\t' && *at <= '\r') ||
                            *at == '\\');)
        at += *at == '\\' && end - at > 1 && datauri_is_break(at[1]) ? 2 : 1;
    return at < end && *at == ',' ? at + 1 : NULL;
}

/* Where an address ends for one who takes any byte of it. */
static const uint8_t *datauri_far_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && memchr("\"'`<>)", *at, 6) == NULL)
        at++;
    return at;
}

/* Is there "data:" before `at`, not farther than the longest type? */
static bool datauri_in_uri(const struct embedded *embedded, const uint8_t *at)
{
    const size_t before = (size_t)(at - embedded->begin);
    const size_t most = before < EMBEDDED_TYPE ? before : EMBEDDED_TYPE;
    const uint8_t *colon = memrchr(at - most, ':', most);

    return colon != NULL && datauri_back(embedded->begin, colon, "data") != NULL;
}

/* Leaves of a text what counts in base64: the digits, up to the padding of the last group. */
static void datauri_keep_digits(struct buffer *text)
{
    size_t i, length = 0;

    for (i = 0; i < text->length && (text->data[i] != '=' || length % 4 < 2); i++)
        if (base64_value(text->data[i]) >= 0)
            text->data[length++] = text->data[i];
    text->length = length;
}

/* Browsers refuse base64 with another byte in it; Python, PHP and Java pass by it. What is from
 * `behind` to `end` as these take it. */
static void datauri_lenient(struct embedded *embedded, const uint8_t *behind, const uint8_t *end)
{
    struct buffer digits = BUFFER_INIT, file = BUFFER_INIT;
    const long changed = textview_percent(&digits, behind, (size_t)(end - behind));
    int failed = changed < 0;

    if (changed == 0)
        failed = buffer_add(&digits, behind, (size_t)(end - behind)) != 0;
    if (!failed) {
        datauri_keep_digits(&digits);
        embeddedfile_decode(digits.data, digits.data + digits.length, true, SIZE_MAX, &file,
                            &failed);
    }
    if (failed)
        embeddedfile_no_memory(embedded);
    else if (!inspection_over(embedded->in))
        embeddedfile_found(embedded, file.data, file.length, true);
    buffer_free(&file);
    buffer_free(&digits);
}

/* After the strict form, which ended at `stop`, the lenient one, if that is longer. Returns where
 * the lenient one ends, or `stop`. */
static const uint8_t *datauri_longer(struct embedded *embedded, const uint8_t *behind,
                                     const uint8_t *stop)
{
    const uint8_t *padding = stop, *end;

    if (embedded->trial || !datauri_in_uri(embedded, behind))
        return stop;
    while (padding < embedded->end && *padding == '=')
        padding++;
    end = datauri_far_end(padding, embedded->end);
    if (end == padding)
        return stop;
    datauri_lenient(embedded, behind, end);
    return end;
}

/* "base64," with white space in it or behind it. Its six is the rarest of it in text. A few may be
 * within the lenient form of another one. */
void datauri_base64(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *end = embedded->end, *covered = at, *behind, *longer;
    unsigned within = 0;

    while (at < end && (at = memchr(at, '6', (size_t)(end - at))) != NULL) {
        behind = datauri_comma(at + 1, end);
        if (behind != NULL && datauri_back(embedded->begin, at, "base") != NULL) {
            embedded->has_mark = true;
            if (inspection_over(embedded->in))
                return;
            at = embeddedfile_base64(embedded, behind, true, true);
            if (behind >= covered || within++ < EMBEDDED_LENIENT) {
                longer = datauri_longer(embedded, behind, at);
                covered = longer > covered ? longer : covered;
            }
        } else {
            at++;
        }
    }
}

/* The delimiter that ends the attribute or literal that a URI began in: '=' if any blank does, 0 if
 * there is none. */
static uint8_t datauri_close(const struct embedded *embedded, const uint8_t *uri)
{
    const uint8_t *before = uri;
    uint8_t close;

    while (before > embedded->begin &&
           ((before[-1] <= ' ' && before[-1] >= TEXTVIEW_MARKS) || before[-1] == TEXTVIEW_BLANK))
        before--;
    if (before == embedded->begin)
        return 0;
    close = before[-1] == '(' ? ')' : before[-1];
    return textview_is_quote(close) || close == ')' || close == '=' ? close : 0;
}

/* Where the attribute or literal ends. */
static const uint8_t *datauri_end(const struct embedded *embedded, uint8_t close, const uint8_t *at)
{
    for (; at < embedded->end; at++)
        if (close != '=' ? *at == close : *at == ' ' || *at == '>' || *at == '\n' || *at == '\t')
            break;
    return at;
}

/* The text with its escapes undone. */
static void datauri_unescaped(struct embedded *embedded, const struct buffer *text)
{
    struct buffer buffer = BUFFER_INIT;
    const long changed = textview_percent(&buffer, text->data, text->length);
    const struct buffer *file = changed > 0 ? &buffer : text;

    if (changed < 0)
        embeddedfile_no_memory(embedded);
    else
        embeddedfile_found(embedded, file->data, file->length, true);
    buffer_free(&buffer);
}

/* As datauri_unescaped, if a script has escapes in it: those that change nothing but this are not
 * undone in the whole text. */
static void datauri_scripted(struct embedded *embedded, const struct buffer *text)
{
    struct buffer undone = BUFFER_INIT;

    if (text->length == 0 || memchr(text->data, '\\', text->length) == NULL)
        return;
    if (scripttext_escapes(&undone, text->data, text->length, false) < 0)
        embeddedfile_no_memory(embedded);
    else if (!inspection_over(embedded->in))
        datauri_unescaped(embedded, &undone);
    buffer_free(&undone);
}

/* Browsers drop tabs and line ends from an address. Returns whether there were any. */
static bool datauri_drop_breaks(struct buffer *text)
{
    const size_t before = text->length;
    size_t i, length = 0;

    for (i = 0; i < before; i++)
        if (text->data[i] != '\t' && text->data[i] != '\n' && text->data[i] != '\r')
            text->data[length++] = text->data[i];
    text->length = length;
    return length < before;
}

/* What is behind the comma of a data: URI, up to its end or the number sign. */
static void datauri_content(struct embedded *embedded, const uint8_t *begin, const uint8_t *close)
{
    const uint8_t *hash = memchr(begin, '#', (size_t)(close - begin));
    struct buffer text = BUFFER_INIT;
    size_t i;

    if ((hash != NULL ? hash : close) == begin)
        return;
    /* The view's own marks are undone first: what comes out of an escape is a byte of the file. */
    if (buffer_add(&text, begin, (size_t)((hash != NULL ? hash : close) - begin)) != 0) {
        embeddedfile_no_memory(embedded);
        buffer_free(&text);
        return;
    }
    for (i = 0; i < text.length; i++)
        text.data[i] = textview_plain(text.data[i]);
    datauri_unescaped(embedded, &text);
    datauri_scripted(embedded, &text);
    if (datauri_drop_breaks(&text) && !inspection_over(embedded->in))
        datauri_unescaped(embedded, &text);
    buffer_free(&text);
}

/* A data: URI without base64: everything behind the comma, percent escapes undone. Returns where it
 * ends, or NULL if it is none. */
static const uint8_t *datauri_one(struct embedded *embedded, const uint8_t *uri,
                                  const uint8_t *colon)
{
    const size_t left = (size_t)(embedded->end - colon - 1);
    const uint8_t delimiter = datauri_close(embedded, uri);
    const uint8_t *close, *comma, *any;

    if (delimiter == 0)
        return NULL;
    embedded->has_mark = true;
    if (embedded->trial)
        return NULL;
    comma = memchr(colon + 1, ',', left < EMBEDDED_TYPE ? left : EMBEDDED_TYPE);
    if (comma == NULL || datauri_back(colon, comma, "base64") != NULL)
        return NULL;
    close = datauri_end(embedded, delimiter, colon + 1);
    if (comma >= close)
        return NULL;
    datauri_content(embedded, comma + 1, close);
    /* The last of literals that were joined may have other quotation marks. */
    any = textview_to_quote(comma, close);
    if (embedded->joined && textview_is_quote(delimiter) && any < close)
        datauri_content(embedded, comma + 1, any);
    return close;
}

/* A few of them may begin within another one, which is then no URI but what is around it. */
void datauri_plain(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *uri, *covered = at, *close;
    unsigned within = 0;

    while (at < embedded->end && (at = memchr(at, ':', (size_t)(embedded->end - at))) != NULL) {
        uri = datauri_back(embedded->begin, at, "data");
        if (uri != NULL && (at >= covered || within++ < EMBEDDED_WITHIN)) {
            if (inspection_over(embedded->in))
                return;
            close = datauri_one(embedded, uri, at);
            covered = close != NULL && close > covered ? close : covered;
        }
        at++;
    }
}
