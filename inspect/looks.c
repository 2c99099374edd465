/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/looks.h"

#include <string.h>

#include "inspect/formats/ole2records.h"
#include "inspect/kindof.h"
#include "inspect/le.h"

/* Letters of two bytes behind the mark of UTF-16, of either order. */
static bool looks_marked_wide(const uint8_t *data, size_t length)
{
    const size_t low = data[0] == 0xff ? 2 : 3, high = low ^ 1;

    return length >= 8 &&
           ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff)) &&
           data[high] == 0 && data[high + 2] == 0 && data[high + 4] == 0 && data[low] < 0x7f &&
           data[low + 2] < 0x7f && data[low] != 0;
}

/* Programs and the like, which kind_of has no business with. */
static bool looks_program(const uint8_t *data, size_t length)
{
    static const struct {
        size_t length;
        const char *bytes;
    } marks[] = {{4, "\177ELF"},           {4, "\xca\xfe\xba\xbe"},
                 {4, "\xce\xfa\xed\xfe"},  {4, "\xcf\xfa\xed\xfe"},
                 {8, "L\0\0\0\1\x14\2\0"}, /* a shortcut */
                 {8, OLE2_MAGIC},          {5, "<?xml"},
                 {4, "\0\5\x16\0"},        {3, "\xef\xbb\xbf"},
                 {10, "ActiveMime"}};
    size_t i;

    for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (length >= marks[i].length && memcmp(data, marks[i].bytes, marks[i].length) == 0)
            return true;
    if (looks_marked_wide(data, length))
        return true;
    if (length < 64 || memcmp(data, "MZ", 2) != 0)
        return false;
    return le32(data + 60) < 4096 || le16(data + 24) == 0x40;
}

/* Four letters in a row are a word; the marks that begin with a letter are none, but for these. */
static bool looks_word(const uint8_t *data, size_t length)
{
    static const char *const marks[] = {"MSCF", "EGGA", "ITSF", "WARC", "LZIP",
                                        "Acti", "xar!", "PACK", "SZDD", "bpli"};
    size_t i;

    for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (length >= 4 && memcmp(data, marks[i], 4) == 0)
            return false;
    for (i = 0; i < 4 && i < length; i++)
        if ((data[i] < 'A' || data[i] > 'z') && data[i] != ' ')
            return false;
    return true;
}

static bool looks_compressed(const uint8_t *data, size_t length)
{
    if (length >= 18 && memcmp(data, "\x1f\x8b\x08", 3) == 0)
        return data[3] < 0x20;
    return length >= 14 && memcmp(data, "BZh", 3) == 0 && memcmp(data + 4, "1AY&SY", 6) == 0;
}

/* Most bytes begin nothing: of the others kind_of is asked, which costs more. */
static bool looks_possible(const uint8_t *data, size_t length)
{
    static const char firsts[] = "P7RMx%{EAIW!L<BH]ZSb#(\0\1\2\4\x1f\x28\x30\x78\x7f";

    if (data[0] >= 0x80 || (length >= 262 && memcmp(data + 257, "ustar", 5) == 0))
        return true;
    return memchr(firsts, data[0], sizeof firsts - 1) != NULL &&
           (data[0] < ' ' || data[0] > '~' || !looks_word(data, length));
}

bool looks_binary(const uint8_t *data, size_t length)
{
    enum kind kind;

    if (length < 4 || !looks_possible(data, length))
        return false;
    if (looks_program(data, length) || looks_compressed(data, length))
        return true;
    kind = kind_of(data, length, NULL);
    return kind != KIND_NONE && !kind_has(kind, KIND_NOISE);
}

static bool looks_printable(uint8_t c)
{
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
}

/* UTF-16LE: what the shells of Windows take as a command in base64. */
static bool looks_wide(const uint8_t *data, size_t head)
{
    size_t i;

    for (i = 0; i + 1 < head; i += 2)
        if (!looks_printable(data[i]) || data[i + 1] != 0)
            return false;
    return true;
}

bool looks_text(const uint8_t *data, size_t length)
{
    size_t head = length < LOOKS_HEAD ? length : LOOKS_HEAD, i;

    if (length < LOOKS_TEXT)
        return false;
    if (data[1] == 0)
        return looks_wide(data, head);
    for (i = 0; i < head; i++)
        if (!looks_printable(data[i]))
            return i >= LOOKS_HEAD / 2;
    return true;
}

bool looks_zlib(const uint8_t *data, size_t length)
{
    return length >= 16 && (data[0] & 0x8f) == 8 && (data[1] & 0x20) == 0 &&
           (data[0] << 8 | data[1]) % 31 == 0;
}
