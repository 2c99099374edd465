/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/asker.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/base64.h"
#include "common/text.h"

#define ASKER_VALUE_MAX 8192 /* bytes of a header's value that are decoded */

/* Text of a name: UTF-8 without control characters. */
static bool asker_is_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return length > 0 && text_is_utf8(text, length);
}

/* The value without what stands around it. Returns its length. */
static size_t asker_trim(const char **value)
{
    *value += strspn(*value, " \t");
    size_t length = strcspn(*value, "\r\n");
    while (length > 0 && strchr(" \t", (*value)[length - 1]))
        length--;
    return length;
}

static int asker_copy(const char *from, size_t length, char *to, size_t size)
{
    if (length >= size)
        return -1;
    memcpy(to, from, length);
    to[length] = '\0';
    return 0;
}

int asker_client_username(const char *value, bool is_encoded, char *name, size_t size)
{
    char decoded[ASKER_VALUE_MAX];
    size_t length = asker_trim(&value);
    int got = is_encoded ? base64_decode(value, length, decoded, sizeof decoded) : -1;

    if (got > 0 && asker_is_text(decoded, (size_t)got))
        return asker_copy(decoded, (size_t)got, name, size);
    return asker_copy(value, length, name, size);
}

/* "Local://alice" to "alice"; NULL without a scheme. */
static const char *asker_behind_scheme(const char *text, size_t length)
{
    const char *mark = memmem(text, length, "://", 3);

    return mark ? mark + 3 : NULL;
}

int asker_authenticated_user(const char *value, char *name, size_t size)
{
    char decoded[ASKER_VALUE_MAX];
    size_t length = asker_trim(&value);
    int got = base64_decode(value, length, decoded, sizeof decoded);
    const char *text = got > 0 ? decoded : value;
    size_t whole = got > 0 ? (size_t)got : length;
    const char *plain = asker_is_text(text, whole) ? asker_behind_scheme(text, whole) : NULL;

    if (plain)
        return asker_copy(plain, whole - (size_t)(plain - text), name, size);
    return asker_copy(value, length, name, size);
}

/* One group. Returns whether it fits; *used_r: bytes used so far. */
static bool asker_add_group(const char *text, size_t length, char *groups, size_t *used_r,
                            size_t size)
{
    while (length > 0 && strchr(" \t", *text)) {
        text++;
        length--;
    }
    while (length > 0 && strchr(" \t", text[length - 1]))
        length--;
    const char *plain = asker_behind_scheme(text, length);
    if (plain) {
        length -= (size_t)(plain - text);
        text = plain;
    }
    if (length == 0)
        return true;
    if (*used_r + length + 2 > size)
        return false;
    if (*used_r > 0)
        groups[(*used_r)++] = '\n';
    memcpy(groups + *used_r, text, length);
    *used_r += length;
    groups[*used_r] = '\0';
    return true;
}

int asker_groups(const char *value, char *groups, size_t size)
{
    char decoded[ASKER_VALUE_MAX];
    size_t length = asker_trim(&value), used = 0;
    int got = base64_decode(value, length, decoded, sizeof decoded);
    bool is_base64 =
        got > 0 && asker_is_text(decoded, (size_t)got) && asker_behind_scheme(decoded, (size_t)got);
    const char *text = is_base64 ? decoded : value;
    size_t left = is_base64 ? (size_t)got : length;

    int result = 0;

    groups[0] = '\0';
    while (left > 0) {
        const char *comma = memchr(text, ',', left);
        size_t part = comma ? (size_t)(comma - text) : left;
        if (!asker_add_group(text, part, groups, &used, size))
            result = -1;
        text += part + (comma != NULL);
        left -= part + (comma != NULL);
    }
    return result;
}
