/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/unknown.h"

#include <magic.h>
#include <stdio.h>
#include <string.h>

#include "inspect/inspection.h"
#include "inspect/kindof.h"
#include "inspect/looks.h"

#define UNKNOWN_HEAD  65536u /* bytes that libmagic is shown */
#define UNKNOWN_TEXT  4096u  /* bytes that tell text */
#define UNKNOWN_SMALL 16u    /* bytes that are no file of any type */
#define UNKNOWN_FLAGS                                                                              \
    (MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_APPTYPE | MAGIC_NO_CHECK_ELF |  \
     MAGIC_NO_CHECK_TEXT | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_ENCODING |  \
     MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_CSV)

static magic_t unknown_magic;
static bool unknown_prepared;

void unknown_prepare(void)
{
    if (unknown_prepared)
        return;
    unknown_prepared = true;
    unknown_magic = magic_open(UNKNOWN_FLAGS);
    if (unknown_magic != NULL && magic_load(unknown_magic, NULL) != 0) {
        magic_close(unknown_magic);
        unknown_magic = NULL;
    }
}

/* Everyday pictures, sounds and fonts, so that libmagic is seldom asked. */
static bool unknown_is_everyday(const uint8_t *data, size_t length)
{
    static const struct {
        size_t length;
        const char *bytes;
    } marks[] = {{4, "\x89PNG"},
                 {3, "\xff\xd8\xff"},
                 {4, "GIF8"},
                 {4, "RIFF"},
                 {4, "OggS"},
                 {3, "ID3"},
                 {4, "wOFF"},
                 {4, "wOF2"},
                 {4, "\0\1\0\0"},
                 {4, "OTTO"},
                 {4, "II*\0"},
                 {4, "MM\0*"},
                 {4, "\x1a\x45\xdf\xa3"},
                 {8, "SQLite f"},
                 {4, "fLaC"},
                 {4, "\0asm"},
                 {4, "\xde\x12\x04\x95"},
                 {4, "\0\0\1\0"},
                 {4, "\177ELF"},
                 {2, "MZ"}};
    size_t i;

    for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (length >= marks[i].length && memcmp(data, marks[i].bytes, marks[i].length) == 0)
            return true;
    return length >= 8 && memcmp(data + 4, "ftyp", 4) == 0;
}

/* No characters but those of text, in whatever charset: bytes over 127 are letters of some. Wide
 * characters have a mark, or every other byte is 0. */
static bool unknown_is_text(const uint8_t *data, size_t length)
{
    const size_t head = length < UNKNOWN_TEXT ? length : UNKNOWN_TEXT;
    size_t zeros[2] = {0, 0}, i;

    if (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)
        return true;
    for (i = 0; i < head; i++)
        zeros[i & 1] += data[i] == 0;
    if (zeros[0] + zeros[1] > 0)
        return (zeros[0] > head * 3 / 8) != (zeros[1] > head * 3 / 8);
    for (i = 0; i < head; i++)
        if ((data[i] < ' ' && memchr("\t\n\v\f\r\b\x1a\x1b", data[i], 8) == NULL) ||
            data[i] == 0x7f)
            return false;
    return true;
}

static bool unknown_is(const uint8_t *data, size_t length, const char *name)
{
    const char *type;

    if (length < UNKNOWN_SMALL || unknown_is_everyday(data, length) ||
        unknown_is_text(data, length) || kind_of(data, length, name) != KIND_NONE ||
        looks_binary(data, length))
        return false;
    unknown_prepare();
    if (unknown_magic == NULL)
        return false;
    type = magic_buffer(unknown_magic, data, length < UNKNOWN_HEAD ? length : UNKNOWN_HEAD);
    return type != NULL && strcmp(type, "data") == 0;
}

void unknown_note(struct inspection *in, const struct object *object)
{
    if (inspection_over(in) || !unknown_is(object->data, object->length, object->name))
        return;
    inspection_member(in, MEMBERS_UNKNOWN, NULL);
    journal_spoil(&in->journal);
    if (!in->has_unknown)
        snprintf(in->unknown, sizeof in->unknown, "%s", object->path);
    in->has_unknown = true;
}
