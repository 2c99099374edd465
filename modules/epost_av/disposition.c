/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "modules/epost_av/disposition.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/base64.h"
#include "common/hex.h"
#include "modules/epost_av/host.h"

#define DISPOSITION_VALUE  4096u /* bytes of a name; of a longer one the end is looked at */
#define DISPOSITION_PIECES 64u   /* of a name in RFC 2231's continuations */
#define DISPOSITION_BLANKS " \t\r\n"

/* Where each piece stands in the text of all, by its number; length 0: there is none. */
struct disposition_piece {
    size_t at, length;
};

static bool disposition_is_there(const struct buf *names, const char *name, size_t length,
                                 size_t *count)
{
    const char *line = buf_text(names);

    for (*count = 0; *line; line += *line == '\n') {
        size_t all = strcspn(line, "\n");

        if (all == length && strncasecmp(line, name, all) == 0)
            return true;
        line += all;
        (*count)++;
    }
    return false;
}

int disposition_add_name(struct buf *names, const char *name, size_t length)
{
    const size_t begin = names->length;
    size_t count, i;

    while (length > 0 && strchr(" \t\r\n.'\"", name[length - 1]) != NULL)
        length--; /* so do browsers, or the file system */
    if (length == 0 || disposition_is_there(names, name, length, &count))
        return 0;
    if (count >= DISPOSITION_NAMES)
        return -1;
    if (begin > 0)
        buf_add(names, "\n", 1);
    for (i = 0; i < length; i++)
        buf_add(names, name[i] == '\n' || name[i] == '\0' ? "_" : name + i, 1);
    return 0;
}

static size_t disposition_percent(char *out, const char *text, size_t length)
{
    size_t used = 0, i;

    for (i = 0; i < length; i++) {
        const int high = i + 2 < length && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        out[used++] = low >= 0 ? (char)(high << 4 | low) : text[i];
        i += low >= 0 ? 2 : 0;
    }
    return used;
}

/* The text of one encoded word, Q or B. */
static size_t disposition_word(char *out, char coding, const char *text, size_t length)
{
    size_t used = 0, i;
    unsigned bits = 0, held = 0;

    for (i = 0; i < length; i++) {
        const int high = i + 2 < length && text[i] == '=' ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        const int sextet = base64_plain_value((uint8_t)text[i]);

        if (coding == 'Q') {
            out[used++] = low >= 0 ? (char)(high << 4 | low) : text[i] == '_' ? ' ' : text[i];
            i += low >= 0 ? 2 : 0;
        } else if (sextet >= 0) {
            held = (held << 6 | (unsigned)sextet) & 0xffffu;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                out[used++] = (char)(held >> bits & 0xffu);
            }
        }
    }
    return used;
}

/* Encoded words undone, wherever they stand; blanks between two of them belong to neither. */
static size_t disposition_words(char *out, const char *text, size_t length)
{
    const char *const end = text + length;
    size_t used = 0;

    while (text < end) {
        const char *coding, *close = NULL;

        if (end - text > 6 && text[0] == '=' && text[1] == '?' &&
            (coding = memchr(text + 2, '?', (size_t)(end - text) - 2)) != NULL &&
            end - coding > 4 && coding[2] == '?' && strchr("QqBb", coding[1]) != NULL)
            close = memmem(coding + 3, (size_t)(end - coding) - 3, "?=", 2);
        if (close == NULL) {
            out[used++] = *text++;
            continue;
        }
        used += disposition_word(out + used, (char)(coding[1] & ~0x20), coding + 3,
                                 (size_t)(close - coding) - 3);
        text = close + 2;
        while (end - text > 2 && strchr(DISPOSITION_BLANKS, *text) != NULL)
            text++;
    }
    return used;
}

/* A value in each of its readings. */
static int disposition_add_readings(struct buf *names, const char *text, size_t length)
{
    char plain[DISPOSITION_VALUE], words[DISPOSITION_VALUE];
    size_t size;
    int status = 0;

    if (length > DISPOSITION_VALUE) {
        text += length - DISPOSITION_VALUE;
        length = DISPOSITION_VALUE;
    }
    status |= disposition_add_name(names, text, length);
    size = disposition_words(words, text, length);
    status |= disposition_add_name(names, words, size);
    size = disposition_percent(plain, words, size);
    status |= disposition_add_name(names, plain, size);
    return status;
}

/* A quoted string, its backslashes undone. Browsers also take one for plain characters. */
static const char *disposition_quoted(struct buf *names, struct buf *joined, const char *value,
                                      int *status)
{
    char text[DISPOSITION_VALUE];
    const char *const begin = ++value;
    size_t used = 0;

    for (; *value && *value != '"'; value++) {
        if (*value == '\\' && value[1])
            value++;
        if (used == sizeof text) { /* the end decides */
            memmove(text, text + sizeof text / 2, sizeof text / 2);
            used = sizeof text / 2;
        }
        text[used++] = *value;
    }
    *status |= disposition_add_readings(names, text, used);
    *status |= disposition_add_readings(names, begin, strcspn(begin, "\""));
    buf_add(joined, text, used);
    return value + (*value == '"');
}

/* "*1*" in front of a piece: its place. The first of a number counts. */
static void disposition_keep(struct disposition_piece *pieces, const char *number, size_t at,
                             size_t end)
{
    size_t place = 0;

    if (*number++ != '*' || *number < '0' || *number > '9')
        return;
    for (; *number >= '0' && *number <= '9' && place < DISPOSITION_PIECES; number++)
        place = place * 10 + (size_t)(*number - '0');
    if (place < DISPOSITION_PIECES && pieces[place].length == 0 && end > at)
        pieces[place] = (struct disposition_piece){at, end - at};
}

/* The name that the pieces make in the order of their numbers. */
static int disposition_add_ordered(struct buf *names, const struct buf *joined,
                                   const struct disposition_piece *pieces)
{
    struct buf ordered;
    size_t i;
    int status = 0;

    buf_init(&ordered, DISPOSITION_VALUE);
    for (i = 0; i < DISPOSITION_PIECES; i++)
        buf_add(&ordered, buf_text(joined) + pieces[i].at, pieces[i].length);
    if (ordered.failed)
        status = -1;
    status |= disposition_add_readings(names, buf_text(&ordered), ordered.length);
    buf_free(&ordered);
    return status;
}

int disposition_add_names(struct buf *names, const char *value)
{
    struct disposition_piece pieces[DISPOSITION_PIECES] = {{0, 0}};
    struct buf joined; /* pieces of a name, in the order in which they stand */
    const char *next = value;
    int status = 0;

    buf_init(&joined, DISPOSITION_VALUE);
    while ((next = strcasestr(next, "name")) != NULL) {
        next += 4;
        const char *const number = next;
        const size_t begin = joined.length;
        next += strspn(next, "*0123456789" DISPOSITION_BLANKS);
        if (*next != '=')
            continue;
        next++;
        next += strspn(next, DISPOSITION_BLANKS);
        if (*next == '"') {
            next = disposition_quoted(names, &joined, next, &status);
            disposition_keep(pieces, number, begin, joined.length);
            continue;
        }
        size_t length = strcspn(next, ";");
        status |= disposition_add_readings(names, next, length);
        status |= disposition_add_readings(names, next, strcspn(next, ";" DISPOSITION_BLANKS));
        /* charset'language'name */
        const char *mark = memchr(next, '\'', length);
        const char *behind =
            mark ? memchr(mark + 1, '\'', length - (size_t)(mark + 1 - next)) : NULL;
        if (behind)
            status |=
                disposition_add_readings(names, behind + 1, length - (size_t)(behind + 1 - next));
        if (*next == '\'')
            status |= disposition_add_readings(names, next + 1, strcspn(next + 1, "'"));
        buf_add(&joined, next, length);
        disposition_keep(pieces, number, begin, joined.length);
        next += length;
    }
    if (joined.failed)
        status = -1;
    status |= disposition_add_readings(names, buf_text(&joined), joined.length);
    if (!joined.failed)
        status |= disposition_add_ordered(names, &joined, pieces);
    buf_free(&joined);
    return status;
}
