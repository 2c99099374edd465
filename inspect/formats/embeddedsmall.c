/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/embeddedsmall.h"

#include <string.h>
#include <strings.h>

#include "inspect/looks.h"

#define EMBEDDEDSMALL_LINE    58 /* bytes: a line of base64 in mail has less, a file mostly more */
#define EMBEDDEDSMALL_ALONE   2  /* lines of a text that are inspected alone too */
#define EMBEDDEDSMALL_DRAWING 4096         /* bytes of one drawing */
#define EMBEDDEDSMALL_ALL     (128u << 10) /* bytes of all: each is looked for in those before it */

/* Is that the name of an element that only draws? */
static bool embeddedsmall_draws(const uint8_t *name, size_t length)
{
    static const char *const names[] = {"svg",     "path",     "g",       "circle", "rect",
                                        "polygon", "polyline", "ellipse", "line"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return true;
    return false;
}

/* The length of an attribute at `at` that only draws, its value in quotation marks and the blank in
 * front of it included; 0 for any other. None begins with "on", and a value has no address but that
 * of SVG, and nothing that is escaped. One that is cut at the end is told as a whole one. */
static size_t embeddedsmall_attribute(const uint8_t *at, const uint8_t *end)
{
    static const char space[] = "http://www.w3.org/2000/svg";
    static const char signs[] = " #.,-+()%\n";
    const uint8_t *begin = at, *name = ++at, *value;
    uint8_t quote;

    while (at < end && (((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') || *at == '-'))
        at++;
    if (at == name || end - at < 2 || *at != '=' || (at[1] != '"' && at[1] != '\'') ||
        strncasecmp((const char *)name, "on", 2) == 0 ||
        strncasecmp((const char *)name, "style", 5) == 0)
        return 0;
    quote = at[1];
    value = at += 2;
    if ((size_t)(end - at) > sizeof space && memcmp(at, space, sizeof space - 1) == 0 &&
        at[sizeof space - 1] == quote)
        return (size_t)(at - begin) + sizeof space;
    while (at < end &&
           ((*at >= '0' && *at <= '9') || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') ||
            (*at != 0 && strchr(signs, *at) != NULL)))
        at++;
    if ((at < end && *at != quote) || memmem(value, (size_t)(at - value), "url", 3) != NULL)
        return 0;
    return (size_t)(at - begin) + (at < end);
}

/* Elements that draw, with attributes that only draw, and no text between them. *cut_r: it ends in
 * an attribute. */
static bool embeddedsmall_is_drawing(const uint8_t *data, size_t length, bool *cut_r)
{
    const uint8_t *at = data, *end = data + length, *name;
    size_t used;

    *cut_r = false;
    if (length > EMBEDDEDSMALL_DRAWING || length < 5 || memcmp(data, "<svg ", 5) != 0)
        return false;
    while (at < end) {
        if (*at == ' ' || *at == '\n') {
            at++;
            continue;
        }
        if (*at++ != '<')
            return false;
        at += at < end && *at == '/';
        for (name = at; at < end && (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z';)
            at++;
        if (!embeddedsmall_draws(name, (size_t)(at - name)))
            return false;
        while (at < end && (*at == ' ' || *at == '\n') &&
               (used = embeddedsmall_attribute(at, end)) > 0)
            at += used;
        *cut_r = at == end;
        if (*cut_r)
            return true;
        at += *at == '/';
        if (at == end || *at++ != '>')
            return false;
    }
    return true;
}

static void embeddedsmall_add(struct embedded *embedded, struct buffer *buffer, const uint8_t *data,
                              size_t length)
{
    if (buffer_add(buffer, data, length) != 0)
        inspection_note(embedded->in, embedded->text, REASON_MEMORY, NULL);
}

bool embeddedsmall_keep(struct embedded *embedded, const uint8_t *data, size_t length, bool sure)
{
    const struct buffer *drawings = &embedded->drawings;
    bool cut;

    if (sure) {
        if (drawings->length >= EMBEDDEDSMALL_ALL || !embeddedsmall_is_drawing(data, length, &cut))
            return false;
        /* Other views of the text have the same ones, also cut. */
        if (drawings->length > 0 && memmem(drawings->data, drawings->length, data, length) != NULL)
            return true;
        if (!cut)
            embeddedsmall_add(embedded, &embedded->drawings, data, length);
        return !cut;
    }
    if (length >= EMBEDDEDSMALL_LINE || looks_zlib(data, length) || looks_binary(data, length) ||
        !looks_text(data, length))
        return false;
    embeddedsmall_add(embedded, &embedded->lines, data, length);
    return ++embedded->line_count > EMBEDDEDSMALL_ALONE;
}

void embeddedsmall_open(struct embedded *embedded)
{
    char path[WIRE_PART_MAX];
    struct object file = {.path = path, .depth = embedded->text->depth + 1};

    inspection_path(path, embedded->text, "text", "data");
    if (embedded->drawings.length > embedded->drawn) {
        file.data = embedded->drawings.data + embedded->drawn;
        file.length = embedded->drawings.length - embedded->drawn;
        embedded->drawn = embedded->drawings.length;
        inspection_object(embedded->in, &file);
    }
    if (embedded->line_count > 1 && !inspection_over(embedded->in)) {
        file.data = embedded->lines.data;
        file.length = embedded->lines.length;
        inspection_guess(embedded->in, &file);
    }
    buffer_free(&embedded->lines);
    embedded->line_count = 0;
}

void embeddedsmall_free(struct embedded *embedded)
{
    buffer_free(&embedded->drawings);
    buffer_free(&embedded->lines);
}
