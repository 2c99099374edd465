/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/names.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

#define NAMES_MAX 4096 /* bytes of a name that are looked at */

/* In the order in which they are tried. CP932 and EUC-JP overlap: what is valid in both is far
 * more often Shift_JIS in file names. */
static const char *const charsets[] = {"ISO-2022-JP", "CP932", "EUC-JP", "ISO-8859-1"};

#define NAMES_CHARSETS (sizeof charsets / sizeof charsets[0])

/* Loaded early, because a sandboxed worker cannot: what mail and archives in use name. */
static const char *const others[] = {
    "SHIFT_JIS", "ISO-2022-JP-MS", "EUC-JP-MS",   "WINDOWS-1252", "WINDOWS-1251",
    "KOI8-R",    "ISO-8859-2",     "ISO-8859-15", "GB18030",      "BIG5",
    "EUC-KR",    "CP437",          "CP850",       "UTF-7",
};

static iconv_t conversions[NAMES_CHARSETS];
static iconv_t kept[sizeof others / sizeof others[0]];
static int prepared;

void names_prepare(void)
{
    size_t i;

    if (prepared)
        return;
    for (i = 0; i < NAMES_CHARSETS; i++)
        conversions[i] = iconv_open("UTF-8", charsets[i]);
    /* Left open: closing the last conversion of a kind unloads its module. */
    for (i = 0; i < sizeof others / sizeof others[0]; i++)
        kept[i] = iconv_open("UTF-8", others[i]);
    prepared = 1;
}

static int names_is_utf8(const char *bytes, size_t length)
{
    size_t i = 0;

    while (i < length) {
        unsigned char first = (unsigned char)bytes[i];
        unsigned more = first < 0x80                    ? 0
                        : first >= 0xc2 && first < 0xe0 ? 1
                        : first >= 0xe0 && first < 0xf0 ? 2
                        : first >= 0xf0 && first < 0xf5 ? 3
                                                        : 9;

        if (more == 9 || length - i <= more)
            return 0;
        while (more-- > 0)
            if (((unsigned char)bytes[++i] & 0xc0) != 0x80)
                return 0;
        i++;
    }
    return 1;
}

/* Returns 0 and the bytes in `out`, or -1 when they are not of that charset. */
static int names_iconv(iconv_t conversion, char *out, size_t size, const char *bytes, size_t length,
                       size_t *length_r)
{
    char *from = (char *)(uintptr_t)bytes, *to = out;
    size_t left = length, room = size;

    if (conversion == (iconv_t)-1)
        return -1;
    iconv(conversion, NULL, NULL, NULL, NULL);
    if (iconv(conversion, &from, &left, &to, &room) == (size_t)-1 && errno != E2BIG)
        return -1;
    iconv(conversion, NULL, NULL, &to, &room);
    *length_r = size - room;
    return 0;
}

void names_guess(char *name, size_t size, const char *bytes, size_t length)
{
    char converted[NAMES_MAX];
    size_t i, used;

    names_prepare();
    if (length > NAMES_MAX / 4)
        length = NAMES_MAX / 4;
    if (memchr(bytes, 0x1b, length) == NULL && names_is_utf8(bytes, length)) {
        text_copy(name, size, bytes, length);
        return;
    }
    for (i = 0; i < NAMES_CHARSETS; i++) {
        if (names_iconv(conversions[i], converted, sizeof converted, bytes, length, &used) == 0) {
            text_copy(name, size, converted, used);
            return;
        }
    }
    text_copy(name, size, bytes, length);
}

void names_convert(char *name, size_t size, const char *charset, const char *bytes, size_t length)
{
    char converted[NAMES_MAX];
    size_t used;
    iconv_t conversion;
    int done;

    if (length > NAMES_MAX / 4)
        length = NAMES_MAX / 4;
    if (charset[0] == '\0' || strcasecmp(charset, "utf-8") == 0 || strlen(charset) > 40) {
        names_guess(name, size, bytes, length);
        return;
    }
    conversion = iconv_open("UTF-8", charset);
    done = names_iconv(conversion, converted, sizeof converted, bytes, length, &used) == 0;
    if (conversion != (iconv_t)-1)
        iconv_close(conversion);
    if (done)
        text_copy(name, size, converted, used);
    else
        names_guess(name, size, bytes, length);
}
