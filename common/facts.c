/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_RESERVE 512 /* bytes that names leave free for reasons without one */

/* Copies a text without the characters that end a field. */
static void facts_copy(char *field, size_t size, const char *text)
{
    size_t length = 0;

    for (; text && text[length] != '\0' && length + 1 < size; length++)
        field[length] = text[length] == '\t' || text[length] == '\n' ? ' ' : text[length];
    field[length] = '\0';
}

static bool facts_has(const char *text, const char *start)
{
    const size_t length = strlen(start);

    while (*text != '\0') {
        if (strncmp(text, start, length) == 0)
            return true;
        const char *end = strchr(text, '\n');
        if (!end)
            return false;
        text = end + 1;
    }
    return false;
}

bool facts_add(char *text, enum reason reason, const char *name, const char *part)
{
    const size_t used = strlen(text);
    char field[WIRE_THREAT_MAX], copy[WIRE_PART_MAX];
    char start[sizeof field + 16], line[sizeof start + sizeof copy];
    size_t room = WIRE_FACTS_MAX - used;

    facts_copy(field, sizeof field, name);
    snprintf(start, sizeof start, "%u\t%s\t", (unsigned)reason, field);
    if (facts_has(text, start))
        return true;
    facts_copy(copy, sizeof copy, part);
    size_t length = (size_t)snprintf(line, sizeof line, "%s%s\n", start, copy);
    if (length + FACTS_RESERVE >= room) /* the part is dropped first */
        length = (size_t)snprintf(line, sizeof line, "%s\n", start);
    if (length + (name && *name ? FACTS_RESERVE : 0) >= room)
        return false;
    memcpy(text + used, line, length + 1);
    return true;
}

/* The field from *at to its end character, which is skipped. */
static bool facts_field(const char **at, char end, char *field, size_t size)
{
    const size_t length = strcspn(*at, "\t\n");

    if ((*at)[length] != end || length >= size)
        return false;
    memcpy(field, *at, length);
    field[length] = '\0';
    *at += length + 1;
    return true;
}

bool facts_next(const char **at, struct fact *fact)
{
    const char *next = *at;
    char number[8], *end;

    if (*next == '\0' || !facts_field(&next, '\t', number, sizeof number) ||
        !facts_field(&next, '\t', fact->name, sizeof fact->name) ||
        !facts_field(&next, '\n', fact->part, sizeof fact->part))
        return false;
    unsigned long reason = strtoul(number, &end, 10);
    if (end == number || *end != '\0' || reason > UINT8_MAX)
        return false;
    fact->reason = (enum reason)reason;
    *at = next;
    return true;
}

bool facts_check(const char *text)
{
    struct fact fact;

    while (facts_next(&text, &fact))
        continue;
    return *text == '\0';
}
