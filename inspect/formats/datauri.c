/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/datauri.h"

#include <string.h>

#include "inspect/formats/embeddedfile.h"
#include "inspect/textview.h"

#define EMBEDDED_WITHIN 256 /* URIs within others */

/* Steps back over `word`, which may have tabs and line breaks in it. NULL if it is not there. */
static const uint8_t *datauri_back(const uint8_t *begin, const uint8_t *at, const char *word)
{
    size_t length = strlen(word);

    while (length > 0) {
        while (at > begin && (at[-1] == '\t' || at[-1] == '\n' || at[-1] == '\r'))
            at--;
        if (at == begin || (at[-1] | 0x20) != (uint8_t)word[length - 1])
            return NULL;
        at--;
        length--;
    }
    return at;
}

/* "base64," with white space in it or behind it. */
void datauri_base64(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *end = embedded->end;

    while (at < end && !inspection_over(embedded->in) &&
           (at = memchr(at, ',', (size_t)(end - at))) != NULL) {
        const uint8_t *before = at;

        while (before > embedded->begin && (before[-1] == ' ' || before[-1] == TEXTVIEW_BLANK ||
                                            (before[-1] >= '\t' && before[-1] <= '\r')))
            before--;
        at++;
        if (before > embedded->begin && before[-1] == '4' &&
            (before = datauri_back(embedded->begin, before - 1, "6")) != NULL &&
            datauri_back(embedded->begin, before, "base") != NULL)
            at = embeddedfile_base64(embedded, at, true, true);
    }
}

/* Where the attribute or literal ends that a URI began in: at the delimiter in front of it. */
static const uint8_t *datauri_end(const struct embedded *embedded, const uint8_t *uri,
                                  const uint8_t *at)
{
    const uint8_t *before = uri;
    uint8_t close;

    while (before > embedded->begin &&
           ((before[-1] <= ' ' && before[-1] >= TEXTVIEW_MARKS) || before[-1] == TEXTVIEW_BLANK))
        before--;
    if (before == embedded->begin)
        return NULL;
    close = before[-1] == '(' ? ')' : before[-1];
    if (!textview_is_quote(close) && close != ')' && close != '=')
        return NULL;
    for (; at < embedded->end; at++)
        if (close != '=' ? *at == close : *at == ' ' || *at == '>' || *at == '\n' || *at == '\t')
            break;
    return at;
}

/* The text with its escapes undone. */
static void datauri_unescaped(struct embedded *embedded, const struct buffer *text)
{
    struct buffer buffer = SPOOL_INIT;

    if (textview_percent(&buffer, text->data, text->length) < 0)
        embeddedfile_no_memory(embedded);
    else
        embeddedfile_found(embedded, buffer.data, buffer.length, true);
    buffer_free(&buffer);
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

/* A data: URI without base64: everything behind the comma, percent escapes undone. Returns where it
 * ends, or NULL if it is none. */
static const uint8_t *datauri_one(struct embedded *embedded, const uint8_t *uri,
                                  const uint8_t *colon)
{
    const size_t left = (size_t)(embedded->end - colon - 1);
    const uint8_t *close, *comma, *hash;
    struct buffer text = SPOOL_INIT;
    size_t i;

    comma = memchr(colon + 1, ',', left < EMBEDDED_TYPE ? left : EMBEDDED_TYPE);
    if (comma == NULL || datauri_back(colon, comma, "base64") != NULL)
        return NULL;
    close = datauri_end(embedded, uri, colon + 1);
    if (close == NULL || comma >= close)
        return NULL;
    hash = memchr(comma, '#', (size_t)(close - comma));
    /* The view's own marks are undone first: what comes out of an escape is a byte of the file. */
    if (buffer_add(&text, comma + 1, (size_t)((hash != NULL ? hash : close) - comma - 1)) != 0) {
        embeddedfile_no_memory(embedded);
        buffer_free(&text);
        return close;
    }
    for (i = 0; i < text.length; i++)
        text.data[i] = textview_plain(text.data[i]);
    datauri_unescaped(embedded, &text);
    if (datauri_drop_breaks(&text) && !inspection_over(embedded->in))
        datauri_unescaped(embedded, &text);
    buffer_free(&text);
    return close;
}

/* A few of them may begin within another one, which is then no URI but what is around it. */
void datauri_plain(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *uri, *covered = at, *close;
    unsigned within = 0;

    while (at < embedded->end && !inspection_over(embedded->in) &&
           (at = memchr(at, ':', (size_t)(embedded->end - at))) != NULL) {
        uri = datauri_back(embedded->begin, at, "data");
        if (uri != NULL && (at >= covered || within++ < EMBEDDED_WITHIN)) {
            close = datauri_one(embedded, uri, at);
            covered = close != NULL && close > covered ? close : covered;
        }
        at++;
    }
}
