/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/textruns.h"

#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "inspect/carried.h"
#include "inspect/formats/embeddedfile.h"
#include "inspect/formats/embedpacked.h"
#include "inspect/formats/pgp.h"
#include "inspect/kindof.h"
#include "inspect/looks.h"
#include "inspect/textview.h"

#define EMBEDDED_WORD 16 /* characters of base64 in a row that begin a run */
#define EMBEDDED_HEX  48 /* the same of hexadecimal digits */
/* Characters of EMBEDDED_MIN numbers, and of what is between them. */
#define TEXTRUNS_LIST (2 * EMBEDDED_MIN - 1)
/* Bytes of text behind a mark that make it none: a ZIP has versions, flags and the method there. */
#define TEXTRUNS_TEXT 7

/* Of the usual alphabet only: words of prose have dashes. */
static bool textruns_is_word(uint8_t c)
{
    static const bool word[256] = {['+'] = true,
                                   ['/'] = true,
                                   ['0' ... '9'] = true,
                                   ['A' ... 'Z'] = true,
                                   ['a' ... 'z'] = true};

    return word[c];
}

/* What a list of numbers consists of: textruns_number reads nothing else, and this between them. */
static bool textruns_is_list(uint8_t c)
{
    static const bool list[256] = {
        [0 ... ' '] = true,   [','] = true,         ['-'] = true, ['0' ... '9'] = true,
        ['A' ... 'F'] = true, ['a' ... 'f'] = true, ['X'] = true, ['x'] = true};

    return list[c];
}

static void textruns_hex(struct embedded *embedded, const uint8_t *at, const uint8_t *word_end)
{
    struct buffer buffer = BUFFER_INIT;
    uint8_t *room;

    if (word_end - at < EMBEDDED_HEX)
        return;
    if (at[0] == '0' && (at[1] | 0x20) == 'x') /* as databases write it */
        at += 2;
    room = buffer_room(&buffer, (size_t)(word_end - at) / 2 + 1);
    for (; room != NULL && word_end - at >= 2; at += 2) {
        static const char digits[] = "0123456789abcdef";
        const char *high = strchr(digits, at[0] | (at[0] >= 'A' ? 0x20 : 0));
        const char *low = strchr(digits, at[1] | (at[1] >= 'A' ? 0x20 : 0));

        if (high == NULL || low == NULL)
            break;
        room[buffer.length++] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    if (room == NULL)
        embeddedfile_no_memory(embedded);
    else if (word_end - at < 2)
        embeddedfile_found(embedded, buffer.data, buffer.length, false);
    buffer_free(&buffer);
}

/* Noise has bytes that are no text among the first. Of an archive's first name zeros follow. */
static bool textruns_may_begin(const uint8_t *head, size_t length)
{
    size_t i;

    if (looks_binary(head, length) || looks_zlib(head, length) || pgp_begins(head, length))
        return true;
    for (i = 0; i < length; i++)
        if ((head[i] < ' ' && head[i] != '\n' && head[i] != '\r' && head[i] != '\t' &&
             (head[i] != 0 || i == 0)) ||
            head[i] > '~')
            return false;
    return true;
}

/* Does the word begin base64 of a file? The head tells: a little of it, then more. */
static bool textruns_begins(struct embedded *embedded, const uint8_t *word, bool loose, bool first)
{
    uint8_t little[EMBEDDED_MIN];
    struct buffer head = BUFFER_INIT;
    size_t used = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    const uint8_t *at;
    int failed = 0;
    bool begins;

    for (at = word; at < embedded->end && used < sizeof little; at++) {
        const int value = base64_value(*at);

        if (value < 0)
            break;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            little[used++] = (uint8_t)(bits >> have);
        }
    }
    if (!textruns_may_begin(little, used))
        return false;
    embeddedfile_decode(word, embedded->end, loose, first ? 8 * LOOKS_HEAD : LOOKS_HEAD, &head,
                        &failed);
    begins = head.length >= EMBEDDED_MIN &&
             (looks_binary(head.data, head.length) || looks_text(head.data, head.length) ||
              pgp_begins(head.data, head.length) || (first && looks_zlib(head.data, head.length)));
    buffer_free(&head);
    return begins;
}

/* The next run of EMBEDDED_WORD characters of base64: most bytes of prose are not looked at. */
static const uint8_t *textruns_word(const uint8_t *begin, const uint8_t *at, const uint8_t *end)
{
    while (end - at >= EMBEDDED_WORD) {
        const uint8_t *last = at + EMBEDDED_WORD - 1, *first = last;

        while (first >= at && textruns_is_word(*first))
            first--;
        if (first < at) {
            while (at > begin && textruns_is_word(at[-1]))
                at--;
            return at;
        }
        at = first + 1;
    }
    return NULL;
}

/* Long runs of base64 and of hexadecimal digits, whatever is around them. */
void textruns_look(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *behind = NULL, *word;

    while ((word = textruns_word(at, at, embedded->end)) != NULL) {
        /* Not one more line. "FromBase64String(" is a word itself. */
        const bool first = behind == NULL || word - behind > 4 ||
                           memchr(behind, '(', (size_t)(word - behind)) != NULL;

        for (at = word; at < embedded->end && textruns_is_word(*at);)
            at++;
        behind = at;
        textruns_hex(embedded, word, at);
        const bool loose = at < embedded->end && (*at == '-' || *at == '_');
        const bool plain = textruns_begins(embedded, word, false, first);
        const bool url = loose && textruns_begins(embedded, word, true, first);
        if (plain)
            at = embeddedfile_base64(embedded, word, false, false);
        if (url)
            at = embeddedfile_base64(embedded, word, true, false);
        if (!plain && !url)
            embedpacked_run(embedded, word, at);
        if (inspection_over(embedded->in))
            return;
    }
}

/* A number of a list, if it is a byte: decimal, hexadecimal or negative. Returns the length. */
static size_t textruns_number(const uint8_t *at, const uint8_t *end, uint8_t *byte_r)
{
    const uint8_t *begin = at;
    const bool negative = at < end && *at == '-';
    unsigned value = 0, base = 10, digits = 0;

    at += negative;
    if (end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
        base = 16;
        at += 2;
    }
    for (; at < end && digits < 4; at++, digits++) {
        const int digit = hex_digit(*at);

        if (digit < 0 || (unsigned)digit >= base)
            break;
        value = value * base + (unsigned)digit;
    }
    if (digits == 0 || value > 255)
        return 0;
    *byte_r = (uint8_t)(negative ? 256 - value : value);
    return (size_t)(at - begin);
}

/* The numbers from `at` on, as bytes. Returns where they end. */
static const uint8_t *textruns_list(struct buffer *buffer, const uint8_t *at, const uint8_t *end,
                                    int *failed_r)
{
    uint8_t chunk[EMBEDDED_CHUNK];
    size_t used = 0, length;

    for (;;) {
        while (at < end && (*at <= ' ' || *at == ','))
            at++;
        length = textruns_number(at, end, &chunk[used]);
        if (length == 0)
            break;
        at += length;
        if (++used < sizeof chunk)
            continue;
        if (buffer_add(buffer, chunk, used) != 0)
            *failed_r = 1;
        used = 0;
    }
    if (used > 0 && buffer_add(buffer, chunk, used) != 0)
        *failed_r = 1;
    return at;
}

/* The next of the characters of lists so many in a row that they may be EMBEDDED_MIN numbers: most
 * bytes are not looked at. NULL if there are none. */
static const uint8_t *textruns_next_list(const uint8_t *begin, const uint8_t *at,
                                         const uint8_t *end)
{
    while (end - at >= TEXTRUNS_LIST) {
        const uint8_t *first = at + TEXTRUNS_LIST - 1;

        while (first >= at && textruns_is_list(*first))
            first--;
        if (first < at) {
            while (at > begin && textruns_is_list(at[-1]))
                at--;
            return at;
        }
        at = first + 1;
    }
    return NULL;
}

/* [80,75,3,4,…], String.fromCharCode(77,90,…), "80,75,3,4,…" */
void textruns_lists(struct embedded *embedded)
{
    static const bool starts[256] = {['['] = true,
                                     ['('] = true,
                                     ['"'] = true,
                                     ['\''] = true,
                                     ['`'] = true,
                                     [TEXTVIEW_QUOTE] = true,
                                     [TEXTVIEW_APOSTROPHE] = true,
                                     [TEXTVIEW_BACKQUOTE] = true};
    const uint8_t *at = embedded->begin, *end = embedded->end;

    while ((at = textruns_next_list(embedded->begin, at, end)) != NULL) {
        struct buffer buffer = BUFFER_INIT;
        int failed = 0;

        if (at > embedded->begin && starts[at[-1]])
            textruns_list(&buffer, at, end, &failed);
        if (failed)
            embeddedfile_no_memory(embedded);
        if (buffer.length >= EMBEDDED_MIN)
            embeddedfile_found(embedded, buffer.data, buffer.length, false);
        buffer_free(&buffer);
        if (inspection_over(embedded->in))
            return;
        while (at < end && textruns_is_list(*at))
            at++;
    }
}

/* Whether a function that undoes the escapes of a literal is called there. */
static bool textruns_is_decoded(const uint8_t *begin, const uint8_t *at)
{
    static const char *const names[] = {"unescape", "decodeURI", "decodeURIComponent"};
    size_t i, length;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        length = strlen(names[i]);
        if ((size_t)(at - begin) >= length && memcmp(at - length, names[i], length) == 0)
            return true;
    }
    return false;
}

/* The first literal of `new Blob([` or `new File([`, or of a call that undoes its escapes, perhaps
 * in parentheses. */
static bool textruns_is_blob(const struct embedded *embedded, const uint8_t *quote)
{
    const uint8_t *at = quote;
    bool called = false;

    for (; at > embedded->begin && (at[-1] <= ' ' || at[-1] == '('); at--)
        called |= at[-1] == '(';
    if (at == embedded->begin)
        return false;
    if (at[-1] != '[')
        return called && textruns_is_decoded(embedded->begin, at);
    for (at--; at > embedded->begin && (at[-1] <= ' ' || at[-1] == '(');)
        at--;
    return at - embedded->begin >= 4 &&
           (memcmp(at - 4, "Blob", 4) == 0 || memcmp(at - 4, "File", 4) == 0);
}

/* What is in the quotation marks. The last of literals that were joined may have others. */
static void textruns_blob(struct embedded *embedded, const uint8_t *quote, size_t left)
{
    const uint8_t *begin = quote + 1, *own = memchr(begin, *quote, left), *any;

    if (own == NULL)
        own = begin + left;
    any = textview_to_quote(begin, own);
    embeddedfile_found(embedded, begin, (size_t)(own - begin), true);
    if (embedded->joined && any < own)
        embeddedfile_found(embedded, begin, (size_t)(any - begin), true);
}

/* A literal that is no more than the mark of a ZIP, or a byte order mark, as programs have that
 * read such files: its quotation mark follows, and then text, where the header of a ZIP has zeros.
 */
static bool textruns_is_mark(const uint8_t *quote, size_t left)
{
    const uint8_t *at = quote + 1;
    const size_t mark = left > 4 && memcmp(at, "PK", 2) == 0 && at[2] < ' ' ? 4
                        : left > 4 && memcmp(at, "\xef\xbb\xbf", 3) == 0    ? 3
                                                                            : 0;
    size_t i;

    if (mark == 0 || left < mark + TEXTRUNS_TEXT || at[mark] != *quote)
        return false;
    for (i = mark + 1; i < mark + TEXTRUNS_TEXT; i++)
        if (at[i] > '~' || (at[i] < ' ' && !textview_is_blank(at[i]) && at[i] != TEXTVIEW_QUOTE))
            return false;
    return strchr(",;)]}:+=!|&?.<> \n", at[mark + 1]) != NULL;
}

/* Does a literal begin like a file? One byte begins a packet of OpenPGP, and few the old .lzma:
 * bytes without meaning have thousands. Of that format those count that carriers hold, too. */
static bool textruns_is_file(const uint8_t *data, size_t length, size_t head)
{
    uint64_t work = 0;
    enum kind kind;

    if (data[0] == '<' || !looks_binary(data, head))
        return false;
    kind = kind_of(data, head, NULL);
    return kind == KIND_LZMA ? carried_lzma(data, length, &work) > 0 : kind != KIND_PGP;
}

/* Literals that are a file once their escapes are undone. */
void textruns_literals(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *end = embedded->end;
    size_t left, head;

    for (; end - at > 4 && !inspection_over(embedded->in); at++) {
        at = textview_to_quote(at, end);
        if (end - at <= 4)
            return;
        left = (size_t)(end - at - 1);
        head = left < LOOKS_HEAD ? left : LOOKS_HEAD;
        if (textruns_is_blob(embedded, at))
            textruns_blob(embedded, at, left);
        if (textruns_is_file(at + 1, left, head) && !textruns_is_mark(at, left))
            embeddedfile_found(embedded, at + 1, left, false);
    }
}

#define TEXTRUNS_RARE 5 /* the D */

/* The parts of Office documents in flat XML, whatever they look like. */
void textruns_parts(struct embedded *embedded)
{
    static const char mark[] = "inaryData";
    const uint8_t *at = embedded->begin, *end = embedded->end, *close;

    while (!inspection_over(embedded->in) &&
           (at = textview_find(at, (size_t)(end - at), mark, TEXTRUNS_RARE)) != NULL) {
        embedded->has_mark = true;
        at += sizeof mark - 1;
        close = memchr(at, '>', (size_t)(end - at));
        if (close != NULL && close - at < EMBEDDED_TYPE)
            at = embeddedfile_base64(embedded, close + 1, true, true);
    }
}
