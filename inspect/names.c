/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/names.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

#define NAMES_MAX    32768 /* bytes of a name, converted, that are looked at */
#define NAMES_ENDING 16    /* bytes of an ending that is kept when a name is cut */

/* In the order in which they are tried. CP932 and EUC-JP overlap: what is valid in both is far
 * more often Shift_JIS in file names. */
static const char *const charsets[] = {"ISO-2022-JP", "CP932", "EUC-JP", "ISO-8859-1"};

#define NAMES_CHARSETS (sizeof charsets / sizeof charsets[0])

/* Loaded early, because a sandboxed worker cannot: what mail and archives in use name. */
static const char *const others[] = {
    "SHIFT_JIS", "ISO-2022-JP-MS", "EUC-JP-MS",   "WINDOWS-1252", "WINDOWS-1251",
    "KOI8-R",    "ISO-8859-2",     "ISO-8859-15", "GB18030",      "BIG5",
    "EUC-KR",    "CP437",          "CP850",       "UTF-7",        "UTF-16LE",
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

/* Copies a converted name. Of one that does not fit the ending stays, since it may decide what
 * the file is; `bytes` is the name as it was given. */
static void names_fit(char *name, size_t size, const char *text, size_t used, const char *bytes,
                      size_t length)
{
    const char *dot;
    size_t ending, i, end;

    text_copy(name, size, text, used);
    end = strlen(name);
    dot = memrchr(bytes, '.', length);
    ending = dot != NULL ? length - (size_t)(dot - bytes) : 0;
    if (ending < 2 || ending > NAMES_ENDING || size < 2 * NAMES_ENDING ||
        (end >= ending && memcmp(name + end - ending, dot, ending) == 0))
        return;
    if (end + 3 < size && length <= NAMES_MAX / 4)
        return; /* it was whole */
    for (i = 0; i < ending; i++)
        if ((unsigned char)dot[i] <= ' ' || (unsigned char)dot[i] > '~')
            return;
    if (end + ending >= size)
        end = size - 1 - ending;
    while (end > 0 && ((unsigned char)name[end] & 0xc0) == 0x80)
        end--;
    memcpy(name + end, dot, ending);
    name[end + ending] = '\0';
}

void names_guess(char *name, size_t size, const char *bytes, size_t length)
{
    char converted[NAMES_MAX];
    size_t i, used, head = length;

    names_prepare();
    if (length > NAMES_MAX / 4)
        head = NAMES_MAX / 4;
    if (memchr(bytes, 0x1b, head) == NULL && text_is_utf8(bytes, head)) {
        names_fit(name, size, bytes, head, bytes, length);
        return;
    }
    for (i = 0; i < NAMES_CHARSETS; i++) {
        if (names_iconv(conversions[i], converted, sizeof converted, bytes, head, &used) == 0) {
            names_fit(name, size, converted, used, bytes, length);
            return;
        }
    }
    names_fit(name, size, bytes, head, bytes, length);
}

void names_convert(char *name, size_t size, const char *charset, const char *bytes, size_t length)
{
    char converted[NAMES_MAX];
    size_t used, head = length;
    iconv_t conversion;
    int done;

    if (length > NAMES_MAX / 4)
        head = NAMES_MAX / 4;
    if (charset[0] == '\0' || strcasecmp(charset, "utf-8") == 0 || strlen(charset) > 40) {
        names_guess(name, size, bytes, length);
        return;
    }
    conversion = iconv_open("UTF-8", charset);
    done = names_iconv(conversion, converted, sizeof converted, bytes, head, &used) == 0;
    if (conversion != (iconv_t)-1)
        iconv_close(conversion);
    if (done)
        names_fit(name, size, converted, used, bytes, length);
    else
        names_guess(name, size, bytes, length);
}
