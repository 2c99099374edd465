/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/claims.h"

#include <string.h>

#include "inspect/active_content.h"

/* The ending of one name, with its dot: 0 bytes if there is none. */
static size_t claims_ending(char ending[CLAIMS_ENDING_MAX], const char *name, size_t length)
{
    const char *dot;
    size_t size, i;

    while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '.'))
        length--; /* so does Windows */
    dot = memrchr(name, '.', length);
    size = dot != NULL ? length - (size_t)(dot - name) : 0;
    ending[0] = '\0';
    if (size < 2 || size >= CLAIMS_ENDING_MAX || dot == name)
        return 0;
    for (i = 0; i < size; i++)
        ending[i] = (char)(dot[i] >= 'A' && dot[i] <= 'Z' ? dot[i] + ('a' - 'A') : dot[i]);
    ending[size] = '\0';
    return size;
}

void claims_endings(struct claims_endings *endings, const char *names, size_t length)
{
    memset(endings, 0, sizeof *endings);
    while (length > 0 && endings->count < CLAIMS_NAMES) {
        const char *line = memchr(names, '\n', length);
        size_t size = line != NULL ? (size_t)(line - names) : length;

        if (claims_ending(endings->text[endings->count] + 1, names, size) > 0)
            endings->text[endings->count++][0] = 'x';
        size += line != NULL;
        names += size;
        length -= size;
    }
}

static void claims_copy(char *text, const char *from, size_t length)
{
    if (length > 0)
        memcpy(text, from, length);
    text[length] = '\0';
}

void claims_init(struct claims *claims, const struct wire_view *view, _Atomic uint32_t *published)
{
    const struct wire_request *request = view->request;

    memset(claims, 0, sizeof *claims);
    claims->published = published;
    claims_endings(&claims->endings, view->name, request->name_length);
    claims_copy(claims->type, view->type, request->type_length);
    claims_copy(claims->encoding, view->encoding, request->encoding_length);
    claims->is_upload = (request->flags & WIRE_UPLOAD) != 0;
}

static void claims_use(struct claims *claims, uint32_t claim)
{
    if ((claims->depends & claim) != 0)
        return;
    claims->depends |= claim;
    if (claims->published != NULL)
        atomic_store_explicit(claims->published, claims->depends, memory_order_release);
}

const char *claims_name(struct claims *claims, size_t at)
{
    claims_use(claims, WIRE_DEPENDS_ENDING);
    return at < claims->endings.count ? claims->endings.text[at] : NULL;
}

const char *claims_type(struct claims *claims)
{
    claims_use(claims, WIRE_DEPENDS_TYPE);
    return claims->type;
}

const char *claims_encoding(struct claims *claims)
{
    claims_use(claims, WIRE_DEPENDS_ENCODING);
    return claims->encoding;
}

int claims_upload(struct claims *claims)
{
    claims_use(claims, WIRE_DEPENDS_UPLOAD);
    return claims->is_upload;
}

int claims_shown(struct claims *claims)
{
    const char *type = claims_type(claims), *name;
    size_t at;

    if (active_content_by_type(type, strlen(type)))
        return 1;
    for (at = 0; (name = claims_name(claims, at)) != NULL; at++)
        if (active_content_by_name(name, strlen(name)))
            return 1;
    return 0;
}
