/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/xmlentities.h"

#include <string.h>

#include "inspect/textview.h"

#define XMLENTITIES_MAX    64         /* declarations that are read */
#define XMLENTITIES_NAME   64         /* bytes of a name */
#define XMLENTITIES_GROWTH (1u << 20) /* bytes that entities may add */

struct xmlentity {
    const uint8_t *name, *value;
    size_t name_length, value_length;
};

/* Reads `<!ENTITY name "value"`. Returns where it ends, or NULL for another kind of entity. */
static const uint8_t *xmlentities_declaration(const uint8_t *at, const uint8_t *end,
                                              struct xmlentity *entity)
{
    const uint8_t *close;

    while (at < end && textview_is_blank(*at))
        at++;
    entity->name = at;
    while (at < end && !textview_is_blank(*at) && *at != '"' && *at != '\'')
        at++;
    entity->name_length = (size_t)(at - entity->name);
    while (at < end && textview_is_blank(*at))
        at++;
    if (at == end || (*at != '"' && *at != '\'') || entity->name_length > XMLENTITIES_NAME)
        return NULL;
    close = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (close == NULL)
        return NULL;
    entity->value = at + 1;
    entity->value_length = (size_t)(close - at - 1);
    return close;
}

static size_t xmlentities_declared(const uint8_t *data, size_t length,
                                   struct xmlentity entities[XMLENTITIES_MAX])
{
    const uint8_t *at = data, *end = data + length, *next;
    size_t count = 0;

    while (count < XMLENTITIES_MAX &&
           (at = memmem(at, (size_t)(end - at), "<!ENTITY", 8)) != NULL) {
        at += 8;
        next = xmlentities_declaration(at, end, &entities[count]);
        count += next != NULL;
        at = next != NULL ? next : at;
    }
    return count;
}

static const struct xmlentity *xmlentities_find(const struct xmlentity *entities, size_t count,
                                                const uint8_t *at, const uint8_t *end)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const struct xmlentity *entity = &entities[i];

        if ((size_t)(end - at) > entity->name_length + 1 &&
            memcmp(at + 1, entity->name, entity->name_length) == 0 &&
            at[1 + entity->name_length] == ';')
            return entity;
    }
    return NULL;
}

long xmlentities_replace(struct buffer *buffer, const uint8_t *data, size_t length)
{
    struct xmlentity entities[XMLENTITIES_MAX];
    const uint8_t *at = data, *end = data + length, *from = data;
    const size_t declared = length > 0 ? xmlentities_declared(data, length, entities) : 0;
    size_t added = 0;
    long count = 0;

    if (declared == 0)
        return 0;
    if (buffer_room(buffer, length + XMLENTITIES_GROWTH) == NULL)
        return -1;
    while (at < end && (at = memchr(at, '&', (size_t)(end - at))) != NULL) {
        const struct xmlentity *entity = xmlentities_find(entities, declared, at, end);

        if (entity == NULL || entity->value_length > XMLENTITIES_GROWTH - added) {
            at++;
            continue;
        }
        added += entity->value_length;
        textview_copy(buffer, from, at);
        textview_copy(buffer, entity->value, entity->value + entity->value_length);
        at = from = at + entity->name_length + 2;
        count++;
    }
    textview_copy(buffer, from, end);
    return count;
}
