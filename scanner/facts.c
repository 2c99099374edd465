/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/facts.h"

#include <string.h>

#include "scanner/shown.h"

void facts_ending(char ending[FACTS_ENDING_MAX], const char *name, size_t length)
{
    const char *dot = memrchr(name, '.', length);
    size_t size = dot != NULL ? length - (size_t)(dot - name) : 0, i;

    ending[0] = '\0';
    if (size < 2 || size >= FACTS_ENDING_MAX || dot == name)
        return;
    for (i = 0; i < size; i++)
        ending[i] = (char)(dot[i] >= 'A' && dot[i] <= 'Z' ? dot[i] + ('a' - 'A') : dot[i]);
    ending[size] = '\0';
}

static void facts_copy(char *text, const char *from, size_t length)
{
    if (length > 0)
        memcpy(text, from, length);
    text[length] = '\0';
}

void facts_init(struct facts *facts, const struct wire_view *view, _Atomic uint32_t *published)
{
    const struct wire_request *request = view->request;

    memset(facts, 0, sizeof *facts);
    facts->published = published;
    facts_ending(facts->ending + 1, view->name, request->name_length);
    if (facts->ending[1] != '\0')
        facts->ending[0] = 'x';
    facts_copy(facts->type, view->type, request->type_length);
    facts_copy(facts->encoding, view->encoding, request->encoding_length);
    facts->is_upload = (request->flags & WIRE_UPLOAD) != 0;
}

static void facts_use(struct facts *facts, uint32_t fact)
{
    if ((facts->depends & fact) != 0)
        return;
    facts->depends |= fact;
    if (facts->published != NULL)
        atomic_store_explicit(facts->published, facts->depends, memory_order_release);
}

const char *facts_name(struct facts *facts)
{
    facts_use(facts, WIRE_DEPENDS_ENDING);
    return facts->ending;
}

const char *facts_type(struct facts *facts)
{
    facts_use(facts, WIRE_DEPENDS_TYPE);
    return facts->type;
}

const char *facts_encoding(struct facts *facts)
{
    facts_use(facts, WIRE_DEPENDS_ENCODING);
    return facts->encoding;
}

int facts_upload(struct facts *facts)
{
    facts_use(facts, WIRE_DEPENDS_UPLOAD);
    return facts->is_upload;
}

int facts_shown(struct facts *facts)
{
    const char *type = facts_type(facts), *name;

    if (shown_by_type(type, strlen(type)))
        return 1;
    name = facts_name(facts);
    return shown_by_name(name, strlen(name));
}
