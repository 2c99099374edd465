/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/text.h"

#define NAME_MAX_XML 32 /* bytes of an element's or attribute's name, with NUL */

struct xml {
    const struct xml_handler *handler;
    void *context;
    struct err *err;
    xmlParserCtxtPtr parser;
    int failed;
    unsigned depth;
    char names[XML_DEPTH_MAX + 1][NAME_MAX_XML]; /* names[0] is "" */
    struct buf text[XML_DEPTH_MAX + 1];
};

/* The first failure counts; libxml2 is stopped. */
static void xml_stop(struct xml *xml)
{
    xml->failed = 1;
    xmlStopParser(xml->parser);
}

__attribute__((format(printf, 2, 3))) static void xml_fail(struct xml *xml, const char *format, ...)
{
    char text[256];
    va_list args;

    if (xml->failed)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err_set(xml->err, "line %d: %s", xmlSAX2GetLineNumber(xml->parser), text);
    xml_stop(xml);
}

static void xml_on_error(void *data, xmlErrorPtr error)
{
    struct xml *xml = data;

    if (error->level == XML_ERR_WARNING)
        return;
    xml_fail(xml, "%s", error->message ? error->message : "not well-formed");
}

static void xml_on_doctype(void *data, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    xml_fail(data, "a DOCTYPE is not allowed");
}

static void xml_on_instruction(void *data, const xmlChar *target, const xmlChar *text)
{
    (void)text;
    xml_fail(data, "a processing instruction (<?%.32s …?>) is not allowed", (const char *)target);
}

/* Only &lt; and the like, which libxml2 knows by itself, come without a DTD. */
static void xml_on_reference(void *data, const xmlChar *name)
{
    xml_fail(data, "the entity &%.32s; is not allowed", (const char *)name);
}

/* SAX2 gives attributes as five pointers each: name, prefix, URI, value's begin and end. */
static int xml_take_attributes(struct xml *xml, struct xml_element *element, struct buf *values,
                               int count, const xmlChar **raw)
{
    size_t at[XML_ATTRIBUTES_MAX];

    if (count > XML_ATTRIBUTES_MAX) {
        xml_fail(xml, "<%s> has more than %d attributes", element->name, XML_ATTRIBUTES_MAX);
        return -1;
    }
    for (int i = 0; i < count; i++, raw += 5) {
        size_t length = (size_t)(raw[4] - raw[3]);

        if (raw[1] || length > XML_VALUE_MAX || strlen((const char *)raw[0]) >= NAME_MAX_XML) {
            xml_fail(xml, "<%s>: an attribute is longer than %d bytes or has a prefix",
                     element->name, XML_VALUE_MAX);
            return -1;
        }
        at[i] = values->length;
        if (buf_add(values, raw[3], length) < 0 || buf_add(values, "", 1) < 0) {
            xml_fail(xml, "<%s>: attributes are too long", element->name);
            return -1;
        }
        element->attributes[i].name = (const char *)raw[0];
    }
    for (int i = 0; i < count; i++)
        element->attributes[i].value = values->data + at[i];
    element->count = (size_t)count;
    return 0;
}

static void xml_on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                         int namespaces, const xmlChar **unused, int count, int defaulted,
                         const xmlChar **raw)
{
    struct xml *xml = data;
    struct xml_element element = {.name = (const char *)name};
    struct buf values;

    (void)uri;
    (void)unused;
    (void)defaulted;
    if (xml->failed)
        return;
    if (xml->depth == XML_DEPTH_MAX) {
        xml_fail(xml, "elements are nested more than %d deep", XML_DEPTH_MAX);
        return;
    }
    if (prefix || namespaces || strlen(element.name) >= NAME_MAX_XML) {
        xml_fail(xml, "<%.32s>: namespaces and long names are not allowed", element.name);
        return;
    }
    buf_init(&values, XML_ATTRIBUTES_MAX * (XML_VALUE_MAX + 1));
    element.line = (unsigned)xmlSAX2GetLineNumber(xml->parser);
    element.parent = xml->names[xml->depth];
    if (xml_take_attributes(xml, &element, &values, count, raw) == 0) {
        xml->depth++;
        text_fit(xml->names[xml->depth], sizeof xml->names[xml->depth], element.name);
        buf_reset(&xml->text[xml->depth]);
        if (xml->handler->start(xml->context, &element, xml->err) < 0) {
            err_prefix(xml->err, "line %u: <%s>", element.line, element.name);
            xml_stop(xml);
        }
    }
    buf_free(&values);
}

static void xml_on_text(void *data, const xmlChar *text, int length)
{
    struct xml *xml = data;

    if (xml->failed)
        return;
    /* Layout between child elements is not text, however much of it there is. */
    while (xml->text[xml->depth].length == 0 && length > 0 && strchr(" \t\r\n", *text)) {
        text++;
        length--;
    }
    if (buf_add(&xml->text[xml->depth], text, (size_t)length) < 0)
        xml_fail(xml, "<%s> holds more than %d bytes of text", xml->names[xml->depth],
                 XML_VALUE_MAX);
}

static void xml_on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml *xml = data;
    static const char space[] = " \t\r\n";

    (void)prefix;
    (void)uri;
    if (xml->failed)
        return;
    struct buf *own = &xml->text[xml->depth];
    const char *text = buf_text(own);
    text += strspn(text, space);
    size_t length = strlen(text);
    while (length > 0 && strchr(space, text[length - 1]))
        length--;
    if (own->data)
        own->data[(size_t)(text - own->data) + length] = '\0';

    if (xml->handler->end(xml->context, (const char *)name, text, xml->err) < 0) {
        err_prefix(xml->err, "line %d: <%s>", xmlSAX2GetLineNumber(xml->parser),
                   (const char *)name);
        xml_stop(xml);
        return;
    }
    xml->depth--;
}

/* Input that libxml2 would guess at or convert is refused first: only plain UTF-8 reaches it. */
static int xml_check_bytes(const char *data, size_t length, struct err *err)
{
    if (length == 0)
        return err_set(err, "the document is empty");
    if (length > XML_SIZE_MAX)
        return err_set(err, "the document is larger than %u bytes", XML_SIZE_MAX);
    if (memchr(data, 0, length))
        return err_set(err, "the document holds a NUL byte (UTF-16, or damaged)");
    const char *end =
        length >= 2 && memcmp(data, "<?", 2) == 0 ? memmem(data, length, "?>", 2) : NULL;
    if (!end)
        return 0;
    const char *encoding = memmem(data, (size_t)(end - data), "encoding", 8);
    if (!encoding)
        return 0;
    encoding += 8;
    while (encoding < end && strchr(" \t\r\n=", *encoding))
        encoding++;
    if (end - encoding < 7 || (*encoding != '"' && *encoding != '\'') ||
        strncasecmp(encoding + 1, "utf-8", 5) != 0 || encoding[6] != *encoding)
        return err_set(err, "the document's encoding is not UTF-8");
    return 0;
}

static xmlSAXHandler xml_sax = {
    .initialized = XML_SAX2_MAGIC,
    .internalSubset = xml_on_doctype,
    .reference = xml_on_reference,
    .processingInstruction = xml_on_instruction,
    .startElementNs = xml_on_start,
    .endElementNs = xml_on_end,
    .characters = xml_on_text,
    .cdataBlock = xml_on_text,
    .ignorableWhitespace = xml_on_text,
    .serror = xml_on_error,
};

int xml_parse(const void *data, size_t length, const struct xml_handler *handler, void *context,
              struct err *err)
{
    struct xml xml = {.handler = handler, .context = context, .err = err};

    if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        data = (const char *)data + 3;
        length -= 3;
    }
    if (xml_check_bytes(data, length, err) < 0)
        return -1;
    xml.parser = xmlCreatePushParserCtxt(&xml_sax, &xml, NULL, 0, NULL);
    if (!xml.parser)
        return err_set(err, "not enough memory for the XML parser");
    xmlCtxtUseOptions(xml.parser, XML_PARSE_NONET);
    xmlSwitchEncoding(xml.parser, XML_CHAR_ENCODING_UTF8);
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        buf_init(&xml.text[i], XML_VALUE_MAX);

    int result = xmlParseChunk(xml.parser, data, (int)length, 1);
    if (!xml.failed && (result != 0 || !xml.parser->wellFormed)) {
        err_set(err, "the document is not well-formed");
        xml.failed = 1;
    }

    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        buf_free(&xml.text[i]);
    xmlFreeParserCtxt(xml.parser);
    return xml.failed ? -1 : 0;
}

const char *xml_get(struct xml_element *element, const char *name)
{
    for (size_t i = 0; i < element->count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0) {
            element->attributes[i].used = 1;
            return element->attributes[i].value;
        }
    }
    return NULL;
}

const char *xml_need(struct xml_element *element, const char *name, struct err *err)
{
    const char *value = xml_get(element, name);

    if (!value)
        err_set(err, "the attribute %s is missing", name);
    return value;
}

int xml_get_number(struct xml_element *element, const char *name, uint64_t min, uint64_t max,
                   const uint64_t *fallback, uint64_t *value_r, struct err *err)
{
    const char *text = fallback ? xml_get(element, name) : xml_need(element, name, err);
    uint64_t value = 0;

    if (!text) {
        if (!fallback)
            return -1;
        *value_r = *fallback;
        return 0;
    }
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 19 || text[digits] != '\0')
        return err_set(err, "%s=\"%.40s\" is not a number", name, text);
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    if (value < min || value > max)
        return err_set(err, "%s=\"%s\" is outside %llu to %llu", name, text,
                       (unsigned long long)min, (unsigned long long)max);
    *value_r = value;
    return 0;
}

int xml_no_more(const struct xml_element *element, struct err *err)
{
    for (size_t i = 0; i < element->count; i++)
        if (!element->attributes[i].used)
            return err_set(err, "unknown attribute %s", element->attributes[i].name);
    return 0;
}
