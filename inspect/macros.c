/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspect/macros.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "inspect/le.h"

#define MACROS_RECORDS    200000     /* of a workbook, read from its start */
#define MACROS_TYPES_MAX  (1u << 20) /* bytes of a list of parts that are looked at */
#define MACROS_BOUNDSHEET 0x0085     /* names a sheet, where it begins and what it is */
#define MACROS_SHEET      0x0040     /* a macro sheet, in the record that begins it */

/* The record that begins a sheet, of any version of BIFF, and says what it is. */
static bool macros_begins(const uint8_t *data, size_t left, unsigned *what_r)
{
    static const unsigned marks[] = {0x0009, 0x0209, 0x0409, 0x0809};

    if (left < 8)
        return false;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (le16(data) == marks[i] && le16(data + 2) >= 4 && le16(data + 2) <= 16) {
            *what_r = le16(data + 6);
            return true;
        }
    return false;
}

static bool macros_is_sheet(const uint8_t *data, size_t left)
{
    unsigned what;

    return macros_begins(data, left, &what) && what == MACROS_SHEET;
}

/* Records from the start. The list of sheets stands there; Excel goes to each of them by its
 * place in the list. */
static bool macros_in_workbook(const uint8_t *data, size_t length)
{
    size_t at = 0;
    unsigned what;

    if (!macros_begins(data, length, &what))
        return false;
    for (int i = 0; i < MACROS_RECORDS && length - at >= 4; i++) {
        const uint8_t *record = data + at;
        size_t size = le16(record + 2);
        if (size > length - at - 4)
            return false;
        if (macros_is_sheet(record, length - at))
            return true;
        if (le16(record) == MACROS_BOUNDSHEET && size >= 6) {
            size_t place = le32(record + 4);
            if (record[9] == 1 || (place < length && macros_is_sheet(data + place, length - place)))
                return true;
        }
        at += 4 + size;
    }
    return false;
}

/* Searches without regard to case, and to NULs, so that UTF-16 is read too. */
static bool macros_mentions(const uint8_t *data, size_t length, const char *word)
{
    for (size_t at = 0; at < length; at++) {
        size_t from = at;
        const char *c = word;
        for (; *c && from < length; from++) {
            if (data[from] == '\0' && from > at)
                continue;
            if (tolower(data[from]) != tolower((unsigned char)*c))
                break;
            c++;
        }
        if (!*c)
            return true;
    }
    return false;
}

static bool macros_in_types(const uint8_t *data, size_t length)
{
    static const char *const words[] = {"macrosheet", "vbaProject"};

    length = length < MACROS_TYPES_MAX ? length : MACROS_TYPES_MAX;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (macros_mentions(data, length, words[i]))
            return true;
    return false;
}

bool macros_are_in(const char *name, const uint8_t *data, size_t length)
{
    const char *slash = name ? strrchr(name, '/') : NULL;
    const char *base = slash ? slash + 1 : name;

    if (base && strcasecmp(base, "[Content_Types].xml") == 0)
        return macros_in_types(data, length);
    return macros_in_workbook(data, length);
}
