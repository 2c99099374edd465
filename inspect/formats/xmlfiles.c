/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that XML carries as base64: Office documents in flat OPC, flat ODF and
 * Word 2003 XML, attachments in SOAP (Exchange Web Services, XML-RPC), data in
 * property lists (.mobileconfig). By libxml2's reader, so that name spaces,
 * attributes, character references, CDATA, entities and charsets are read as
 * those programs read them. No schema: every element whose text is long and
 * all base64 counts.
 */
#include "config.h"

#include <libxml/parserInternals.h>
#include <libxml/xmlreader.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base64.h"
#include "inspect/inspection.h"
#include "inspect/textview.h"

#define XMLFILES_RUN 48 /* characters of base64 in a row, or white space */
/* Where the names of elements that hold files have their rarest letter. */
#define XMLFILES_RARE_Y 5
#define XMLFILES_RARE_D 3
#define XMLFILES_DEPTH  256 /* elements within each other, as libxml2 has it too */

struct xmlfiles {
    struct inspection *in;
    const struct object *object;
    xmlTextReader *reader;
    struct buffer text; /* of the element that is open */
    char name[64];
};

static void xmlfiles_silent(void *context, const char *words, xmlParserSeverities severity,
                            xmlTextReaderLocatorPtr locator)
{
    (void)context;
    (void)words;
    (void)severity;
    (void)locator;
}

/* The text of an element is whole. */
static void xmlfiles_flush(struct xmlfiles *files)
{
    struct buffer *text = &files->text;

    if (text->length >= XMLFILES_RUN && !inspection_over(files->in))
        jsonb64_value(files->in, files->object, text->data, text->data + text->length, files->name);
    text->length = 0;
}

static void xmlfiles_node(struct xmlfiles *files)
{
    const xmlChar *value;

    switch (xmlTextReaderNodeType(files->reader)) {
    case XML_READER_TYPE_ELEMENT:
        xmlfiles_flush(files);
        value = xmlTextReaderConstLocalName(files->reader);
        snprintf(files->name, sizeof files->name, "%s", value != NULL ? (const char *)value : "");
        break;
    case XML_READER_TYPE_END_ELEMENT:
        xmlfiles_flush(files);
        break;
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        value = xmlTextReaderConstValue(files->reader);
        if (value != NULL && buffer_add(&files->text, value, strlen((const char *)value)) != 0)
            inspection_note(files->in, files->object, REASON_MEMORY, NULL);
        break;
    default: /* comments and instructions are no text and end none */
        break;
    }
}

/* true if the text may be XML: it begins with a tag, a declaration or a byte order mark. */
static bool xmlfiles_is_xml(const uint8_t *data, size_t length)
{
    size_t at = length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < length && at < 1024 && strchr(" \t\r\n", data[at]) != NULL && data[at] != '\0')
        at++;
    return at + 8 < length && data[at] == '<' &&
           (data[at + 1] == '?' || data[at + 1] == '!' || (data[at + 1] | 0x20) >= 'a') &&
           strncasecmp((const char *)data + at, "<!doctype html", 14) != 0 &&
           strncasecmp((const char *)data + at, "<html", 5) != 0;
}

static bool xmlfiles_is_wide(const uint8_t *data, size_t length)
{
    return length >= 8 &&
           (memcmp(data, "\xff\xfe<\0", 4) == 0 || memcmp(data, "\xfe\xff\0<", 4) == 0 ||
            memcmp(data, "<\0?\0", 4) == 0 || memcmp(data, "\0<\0?", 4) == 0);
}

/* Markup at `at` that does not end a text: comments, instructions, the marks of CDATA. Returns its
 * length, or 0. */
static size_t xmlfiles_within(const uint8_t *at, size_t left)
{
    static const struct {
        const char *begin, *end;
    } marks[] = {{"<!--", "-->"}, {"<?", "?>"}, {"<![CDATA[", NULL}, {"]]>", NULL}};
    size_t i;

    if (left < 2 || (at[1] != '!' && at[1] != '?' && at[1] != ']')) /* most are tags */
        return 0;
    for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const size_t size = strlen(marks[i].begin);
        const uint8_t *end;

        if (left < size || memcmp(at, marks[i].begin, size) != 0)
            continue;
        if (marks[i].end == NULL)
            return size;
        end = memmem(at + size, left - size, marks[i].end, strlen(marks[i].end));
        return end != NULL ? (size_t)(end - at) + strlen(marks[i].end) : left;
    }
    return 0;
}

/* What a character does to the run that it stands in. */
enum xmlfiles_turn {
    TURN_ENDS,
    TURN_GOES_ON,
    TURN_REFERENCE,
    TURN_MARKUP,
    TURN_SKIPPED,
    TURN_BLANK
};

/* true if there may be base64 in it, as it is or in references. */
static bool xmlfiles_has_run(const uint8_t *data, size_t length)
{
    /* base64's characters are those of base64_value: both alphabets */
    static const uint8_t turns[256] = {['A' ... 'Z'] = TURN_GOES_ON,
                                       ['a' ... 'z'] = TURN_GOES_ON,
                                       ['0' ... '9'] = TURN_GOES_ON,
                                       ['+'] = TURN_GOES_ON,
                                       ['/'] = TURN_GOES_ON,
                                       ['-'] = TURN_GOES_ON,
                                       ['_'] = TURN_GOES_ON,
                                       ['='] = TURN_GOES_ON,
                                       [';'] = TURN_GOES_ON,
                                       ['&'] = TURN_REFERENCE,
                                       ['<'] = TURN_MARKUP,
                                       [']'] = TURN_MARKUP,
                                       ['\r'] = TURN_SKIPPED,
                                       ['\n'] = TURN_SKIPPED,
                                       ['#'] = TURN_SKIPPED,
                                       ['\t'] = TURN_BLANK,
                                       [' '] = TURN_BLANK};
    size_t run = 0, i, within;

    for (i = 0; i < length && run < XMLFILES_RUN; i++) {
        switch (turns[data[i]]) {
        case TURN_GOES_ON:
            run++;
            break;
        case TURN_REFERENCE:
            run += 4;
            break;
        case TURN_MARKUP:
            within = xmlfiles_within(data + i, length - i);
            if (within == 0)
                run = 0;
            else
                i += within - 1;
            break;
        case TURN_SKIPPED:
            break;
        case TURN_BLANK:
            run /= 2; /* words are no base64, but base64 may be indented */
            break;
        default:
            run = 0;
            break;
        }
    }
    return run >= XMLFILES_RUN;
}

/* Elements that hold a file, however its base64 is spaced. */
static bool xmlfiles_has_element(const uint8_t *data, size_t length)
{
    return textview_find(data, length, "binary-data", XMLFILES_RARE_Y) != NULL ||
           textview_find(data, length, "binData", XMLFILES_RARE_D) != NULL;
}

bool xmlfiles_is_likely(const struct object *object)
{
    if (object->length < XMLFILES_RUN || object->length > INT_MAX)
        return false;
    if (xmlfiles_is_wide(object->data, object->length))
        return true;
    return xmlfiles_is_xml(object->data, object->length) &&
           (xmlfiles_has_run(object->data, object->length) ||
            xmlfiles_has_element(object->data, object->length));
}

/* libxml2's own limits stop entities that multiply; without entities there is no need of them, and
 * they would end a long text. */
static int xmlfiles_options(const struct object *object)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_RECOVER | XML_PARSE_NOERROR |
                        XML_PARSE_NOWARNING | XML_PARSE_COMPACT;

    if (xmlfiles_is_wide(object->data, object->length) ||
        memmem(object->data, object->length, "<!", 2) != NULL)
        return options;
    return options | XML_PARSE_HUGE;
}

void xmlfiles_open(struct inspection *in, const struct object *object)
{
    struct xmlfiles files = {.in = in, .object = object};
    int code = 1;
    const char *data = (const char *)object->data;
    size_t length = object->length;

    while (length > 0 && strchr(" \t\r\n", *data) != NULL && *data != '\0') {
        data++;
        length--;
    }
    files.reader = xmlReaderForMemory(data, (int)length, NULL, NULL, xmlfiles_options(object));
    if (files.reader == NULL) {
        inspection_note(in, object, REASON_MEMORY, NULL);
        return;
    }
    xmlTextReaderSetErrorHandler(files.reader, xmlfiles_silent, NULL);
    while (!inspection_over(in) && (code = xmlTextReaderRead(files.reader)) == 1) {
        if (xmlTextReaderDepth(files.reader) > XMLFILES_DEPTH) {
            inspection_note(in, object, REASON_LIMIT_RECURSION, "XML");
            break;
        }
        if (budget_member(&in->budget, files.text.length) != REASON_NONE) {
            inspection_note(in, object, budget_member(&in->budget, files.text.length), "XML");
            break;
        }
        xmlfiles_node(&files);
    }
    xmlfiles_flush(&files);
    if (code < 0 && object->length > XML_MAX_TEXT_LENGTH)
        inspection_note(in, object, REASON_CONTAINER, "XML with a text that is too long");
    buffer_free(&files.text);
    xmlFreeTextReader(files.reader);
}
