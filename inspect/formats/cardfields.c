/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/cardfields.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "inspect/textview.h"

#define CARDFIELDS_WORD   "QUOTED-PRINTABLE"
#define CARDFIELDS_LENGTH (sizeof CARDFIELDS_WORD - 1)
#define CARDFIELDS_HEAD   1024 /* bytes of a field's parameters behind the word */

/* Behind the colon of the next quoted-printable field from `at` on, or NULL. The word's hyphen is
 * rarer than its letters. */
static const uint8_t *cardfields_next(const uint8_t *begin, const uint8_t *at, const uint8_t *end)
{
    const size_t before = strlen("QUOTED");

    while (at < end && (at = memchr(at, '-', (size_t)(end - at))) != NULL) {
        const uint8_t *word = (size_t)(at - begin) >= before ? at - before : NULL, *colon;
        size_t left;

        at++;
        if (word == NULL || (size_t)(end - word) <= CARDFIELDS_LENGTH ||
            strncasecmp((const char *)word, CARDFIELDS_WORD, CARDFIELDS_LENGTH) != 0)
            continue;
        word += CARDFIELDS_LENGTH;
        left = (size_t)(end - word) < CARDFIELDS_HEAD ? (size_t)(end - word) : CARDFIELDS_HEAD;
        colon = memchr(word, ':', left);
        if (colon != NULL && memchr(word, '\n', (size_t)(colon - word)) == NULL)
            return colon + 1;
    }
    return NULL;
}

/* The line's end at `at`, or 0: its length. */
static size_t cardfields_break(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at == '\n')
        return 1;
    return end - at > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

/* Decodes to the end of the line that no equals sign continues. Returns where that is. */
static const uint8_t *cardfields_decode(struct buffer *out, const uint8_t *at, const uint8_t *end)
{
    while (at < end && cardfields_break(at, end) == 0) {
        uint32_t code;
        size_t blank = 1, line;

        if (*at != '=') {
            out->data[out->length++] = *at++;
            continue;
        }
        if (textview_digits(at + 1, end, 16, 2, &code) == 2) {
            out->data[out->length++] = (uint8_t)code;
            at += 3;
            continue;
        }
        while ((size_t)(end - at) > blank && (at[blank] == ' ' || at[blank] == '\t'))
            blank++;
        line = cardfields_break(at + blank, end);
        if (line == 0)
            out->data[out->length++] = '=';
        at += line > 0 ? blank + line : 1;
    }
    return at;
}

void cardfields_look(struct embedded *embedded)
{
    const uint8_t *end = embedded->end, *field = embedded->begin, *next;
    struct buffer out = BUFFER_INIT;

    while (!inspection_over(embedded->in) &&
           (field = cardfields_next(embedded->begin, field, end)) != NULL) {
        out.length = 0;
        if (buffer_room(&out, (size_t)(end - field) + 1) == NULL) {
            embeddedfile_no_memory(embedded);
            break;
        }
        next = cardfields_decode(&out, field, end);
        embeddedfile_found(embedded, out.data, out.length, false);
        field = next;
    }
    buffer_free(&out);
}
