/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/fields.h"

#include <string.h>
#include <strings.h>

void fields_note_overlong(struct transaction_headers *headers, const char *field, size_t most)
{
    if (headers->overlong)
        return;
    headers->overlong = field;
    headers->overlong_max = most;
}

const char *fields_value_of(const char *line, const char *name)
{
    size_t length = strlen(name);

    line += strspn(line, " \t");
    if (strncasecmp(line, name, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t\v\f");
    if (*line != ':')
        return NULL;
    line++;
    return line + strspn(line, " \t");
}

const char *fields_next(const ci_headers_list_t *list, const char *name, int *at)
{
    while (list && *at < list->used) {
        const char *value = fields_value_of(list->headers[(*at)++], name);
        if (value)
            return value;
    }
    return NULL;
}

const char *fields_first(const ci_headers_list_t *list, const char *name)
{
    int at = 0;

    return fields_next(list, name, &at);
}

void fields_copy(char *field, size_t size, const char *value, const char *stop)
{
    size_t length = value ? strcspn(value, stop) : 0;

    if (length >= size)
        length = size - 1;
    if (length)
        memcpy(field, value, length);
    field[length] = '\0';
}

void fields_take(struct transaction_headers *headers, char *field, size_t size, const char *value,
                 const char *stop, const char *name)
{
    if (value && strcspn(value, stop) >= size) {
        fields_note_overlong(headers, name, size - 1);
        value = NULL;
    }
    fields_copy(field, size, value, stop);
}
