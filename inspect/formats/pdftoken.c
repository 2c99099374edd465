/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/pdftoken.h"

#include <string.h>

#include "common/hex.h"

bool pdftoken_is_space(int c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r' || c == ' ';
}

static bool pdftoken_is_end(int c)
{
    return pdftoken_is_space(c) || (c != 0 && strchr("()<>[]{}/%", c) != NULL);
}

int pdftoken_peek(const struct pdftoken_cursor *cursor, size_t ahead)
{
    return ahead < (size_t)(cursor->end - cursor->at) ? cursor->at[ahead] : -1;
}

void pdftoken_space(struct pdftoken_cursor *cursor)
{
    while (cursor->at < cursor->end) {
        if (*cursor->at == '%')
            while (cursor->at < cursor->end && *cursor->at != '\n' && *cursor->at != '\r')
                cursor->at++;
        else if (pdftoken_is_space(*cursor->at))
            cursor->at++;
        else
            return;
    }
}

void pdftoken_name(struct pdftoken_cursor *cursor, char name[PDF_NAME])
{
    size_t used = 0;

    while (cursor->at < cursor->end && !pdftoken_is_end(*cursor->at)) {
        int c = *cursor->at++, high = hex_digit(pdftoken_peek(cursor, 0)), low;

        if (c == '#' && high >= 0 && (low = hex_digit(pdftoken_peek(cursor, 1))) >= 0) {
            c = high << 4 | low;
            cursor->at += 2;
        }
        if (used + 1 < PDF_NAME)
            name[used++] = (char)c;
    }
    name[used] = '\0';
}

bool pdftoken_number(struct pdftoken_cursor *cursor, int64_t *number_r)
{
    const uint8_t *begin;
    bool negative = pdftoken_peek(cursor, 0) == '-';
    int64_t number = 0;

    if (negative || pdftoken_peek(cursor, 0) == '+')
        cursor->at++;
    begin = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        if (number < INT64_C(1) << 48)
            number = number * 10 + (*cursor->at - '0');
        cursor->at++;
    }
    *number_r = negative ? -number : number;
    if (cursor->at > begin && pdftoken_peek(cursor, 0) == '.') {
        cursor->at++;
        while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
            cursor->at++;
    }
    return cursor->at > begin && (cursor->at == cursor->end || pdftoken_is_end(*cursor->at));
}

bool pdftoken_keyword(struct pdftoken_cursor *cursor, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

bool pdftoken_reference(struct pdftoken_cursor *cursor, int64_t *number_r)
{
    struct pdftoken_cursor ahead = *cursor;
    int64_t generation;

    if (!pdftoken_number(&ahead, number_r) || *number_r < 0)
        return false;
    pdftoken_space(&ahead);
    if (!pdftoken_number(&ahead, &generation))
        return false;
    pdftoken_space(&ahead);
    if (!pdftoken_keyword(&ahead, "R"))
        return false;
    *cursor = ahead;
    return true;
}

static void pdftoken_string(struct pdftoken_cursor *cursor)
{
    int depth = 0;

    while (cursor->at < cursor->end) {
        int c = *cursor->at++;

        if (c == '\\' && cursor->at < cursor->end)
            cursor->at++;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return;
    }
}

void pdftoken_skip(struct pdftoken_cursor *cursor)
{
    int64_t number;
    int depth = 0;

    pdftoken_space(cursor);
    if (pdftoken_reference(cursor, &number))
        return;
    do {
        int c, next;

        pdftoken_space(cursor);
        if (cursor->at >= cursor->end)
            return;
        c = *cursor->at;
        next = pdftoken_peek(cursor, 1);
        if (c == '(') {
            pdftoken_string(cursor);
        } else if ((c == '<' && next == '<') || c == '[') {
            cursor->at += c == '[' ? 1 : 2;
            depth++;
        } else if ((c == '>' && next == '>') || c == ']') {
            if (depth == 0)
                return;
            cursor->at += c == ']' ? 1 : 2;
            depth--;
        } else if (c == '<') {
            while (cursor->at < cursor->end && *cursor->at++ != '>')
                ;
        } else {
            cursor->at++;
            while (cursor->at < cursor->end && !pdftoken_is_end(*cursor->at))
                cursor->at++;
        }
    } while (depth > 0);
}
