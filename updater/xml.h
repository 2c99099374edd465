/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xml: the one user of libxml2: small, plain documents read element by element.
 *
 * Plain means: UTF-8, no DTD, no entities of its own, no namespaces, no NUL,
 * bounded size, depth, attributes and text. Anything else is refused before or
 * while it is parsed; nothing is ever fetched.
 *
 * Owner: the caller owns the document; strings given to handlers live until they return.
 * Threads: one at a time.
 */
#ifndef EPOST_UPDATER_XML_H
#define EPOST_UPDATER_XML_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define XML_SIZE_MAX       (1u << 20)
#define XML_DEPTH_MAX      4
#define XML_ATTRIBUTES_MAX 16
#define XML_VALUE_MAX      2048 /* bytes of an attribute's value or an element's text */

struct xml_attribute {
    const char *name, *value;
    int used; /* set by xml_get: what nobody asked for is an error */
};

struct xml_element {
    const char *name;
    const char *parent; /* "" for the root */
    unsigned line;
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX];
    size_t count;
};

/* Each returns 0, or -1 and err; "line N: <element>: " is put in front. */
struct xml_handler {
    int (*start)(void *context, struct xml_element *element, struct err *err);
    /* `text` is the element's own text without space around it, "" if none. */
    int (*end)(void *context, const char *name, const char *text, struct err *err);
};

/* Parses a whole document. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int xml_parse(const void *data, size_t length, const struct xml_handler *handler,
                               void *context, struct err *err);

/* The attribute's value, or NULL. */
const char *xml_get(struct xml_element *element, const char *name);

/* The same, but its absence is an error: NULL and err. */
EPOST_MUST_CHECK const char *xml_need(struct xml_element *element, const char *name,
                                      struct err *err);

/* An attribute that is a decimal number within a range. Returns 0, or -1 and err. If it is
 * absent: `fallback` when that is not NULL, else an error. */
EPOST_MUST_CHECK int xml_get_number(struct xml_element *element, const char *name, uint64_t min,
                                    uint64_t max, const uint64_t *fallback, uint64_t *value_r,
                                    struct err *err);

/* After all were asked for: an attribute nobody knows is an error. Returns 0 or -1. */
EPOST_MUST_CHECK int xml_no_more(const struct xml_element *element, struct err *err);

#endif
