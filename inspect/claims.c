/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/claims.h"

#include <string.h>

#include "inspect/active_content.h"

void claims_ending(char ending[CLAIMS_ENDING_MAX], const char *name, size_t length)
{
    const char *dot = memrchr(name, '.', length);
    size_t size = dot != NULL ? length - (size_t)(dot - name) : 0, i;

    ending[0] = '\0';
    if (size < 2 || size >= CLAIMS_ENDING_MAX || dot == name)
        return;
    for (i = 0; i < size; i++)
        ending[i] = (char)(dot[i] >= 'A' && dot[i] <= 'Z' ? dot[i] + ('a' - 'A') : dot[i]);
    ending[size] = '\0';
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
    claims_ending(claims->ending + 1, view->name, request->name_length);
    if (claims->ending[1] != '\0')
        claims->ending[0] = 'x';
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

const char *claims_name(struct claims *claims)
{
    claims_use(claims, WIRE_DEPENDS_ENDING);
    return claims->ending;
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

    if (active_content_by_type(type, strlen(type)))
        return 1;
    name = claims_name(claims);
    return active_content_by_name(name, strlen(name));
}
