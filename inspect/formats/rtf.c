/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTF: the objects in it, which are written as hexadecimal digits. libclamav
 * wants one space behind the word that begins them, and a header of one kind;
 * Word takes any end of a word, any version, binary bytes and groups between
 * the digits. Digits within groups between the digits are taken both ways, as
 * readers differ.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "common/hex.h"
#include "inspect/inspection.h"
#include "inspect/le.h"
#include "inspect/formats/ole2records.h"
#include "inspect/formats/olenative.h"

#define RTF_WORD 32 /* bytes of a control word, at most */

/* Digits on their way to bytes. */
struct rtf_bytes {
    struct buffer buffer;
    int half; /* the high digit, -1 for none */
};

struct rtf_walk {
    struct inspection *in;
    const struct object *object;
    const uint8_t *at, *end;
    int depth;               /* groups around us */
    int data;                /* depth of the group of an object's digits; 0: in none */
    struct rtf_bytes in_it;  /* that group's own digits */
    struct rtf_bytes within; /* and those in groups in it */
    int differ, failed;
};

static void rtf_byte(struct rtf_walk *walk, struct rtf_bytes *bytes, uint8_t byte)
{
    if (buffer_add(&bytes->buffer, &byte, 1) != 0)
        walk->failed = 1;
}

static void rtf_digit(struct rtf_walk *walk, struct rtf_bytes *bytes, int digit)
{
    if (bytes->half < 0) {
        bytes->half = digit;
        return;
    }
    rtf_byte(walk, bytes, (uint8_t)(bytes->half << 4 | digit));
    bytes->half = -1;
}

/* Behind a length and a text of so many bytes; 0 if they do not fit. */
static size_t rtf_text(const struct buffer *buffer, size_t at)
{
    if (at == 0 || buffer->length - at < 4 || le32(buffer->data + at) > buffer->length - at - 4)
        return 0;
    return at + 4 + le32(buffer->data + at);
}

/* Version, format, class, topic, item, and the object behind its length. */
static size_t rtf_content(const struct buffer *buffer)
{
    size_t at = buffer->length > 8 ? rtf_text(buffer, 8) : 0;

    at = rtf_text(buffer, rtf_text(buffer, at));
    return at > 0 && buffer->length - at > 4 ? at + 4 : 0;
}

static void rtf_object(struct rtf_walk *walk, const struct buffer *buffer)
{
    static const char magic[] = OLE2_MAGIC;
    char path[WIRE_PART_MAX];
    struct object object = {.path = path, .depth = walk->object->depth + 1};
    size_t begin = rtf_content(buffer);
    const uint8_t *found;

    if (buffer->length == 0)
        return;
    inspection_path(path, walk->object, kind_name(KIND_RTF), "object");
    if (begin > 0) {
        const size_t size = le32(buffer->data + begin - 4);

        object.data = buffer->data + begin;
        object.length = size < buffer->length - begin ? size : buffer->length - begin;
        if (object.length > 0)
            olenative_data(walk->in, &object);
    }
    found = memmem(buffer->data, buffer->length, magic, 8);
    object.data = found != NULL ? found : buffer->data;
    object.length = buffer->length - (size_t)(object.data - buffer->data);
    if (found == NULL || object.data != buffer->data + begin)
        inspection_object(walk->in, &object);
}

/* The end of an object's digits. */
static void rtf_finish(struct rtf_walk *walk)
{
    if (walk->failed)
        inspection_note(walk->in, walk->object, REASON_MEMORY, NULL);
    rtf_object(walk, &walk->in_it.buffer);
    if (walk->differ)
        rtf_object(walk, &walk->within.buffer);
    buffer_free(&walk->in_it.buffer);
    buffer_free(&walk->within.buffer);
    walk->in_it.half = walk->within.half = -1;
    walk->data = walk->differ = walk->failed = 0;
}

static void rtf_binary(struct rtf_walk *walk, size_t size)
{
    if (size > (size_t)(walk->end - walk->at))
        size = (size_t)(walk->end - walk->at);
    if (walk->data > 0 && (buffer_add(&walk->in_it.buffer, walk->at, size) != 0 ||
                           buffer_add(&walk->within.buffer, walk->at, size) != 0))
        walk->failed = 1;
    walk->at += size;
}

/* Behind a backslash. */
static void rtf_control(struct rtf_walk *walk)
{
    char word[RTF_WORD + 1];
    size_t used = 0, number = 0;

    if (walk->at < walk->end && !isalpha(*walk->at)) {
        size_t size = *walk->at == '\'' ? 3 : 1; /* a character by its code, or a symbol */

        walk->at += size < (size_t)(walk->end - walk->at) ? size : (size_t)(walk->end - walk->at);
        return;
    }
    for (; walk->at < walk->end && isalpha(*walk->at); walk->at++)
        if (used < RTF_WORD)
            word[used++] = (char)*walk->at;
    word[used] = '\0';
    if (walk->at < walk->end && *walk->at == '-')
        walk->at++;
    for (; walk->at < walk->end && isdigit(*walk->at); walk->at++)
        if (number < INT32_MAX)
            number = number * 10 + (size_t)(*walk->at - '0');
    if (walk->at < walk->end && *walk->at == ' ')
        walk->at++;
    if (strcmp(word, "bin") == 0) {
        rtf_binary(walk, number);
    } else if (strcmp(word, "objdata") == 0 || strcmp(word, "datastore") == 0) {
        if (walk->data > 0)
            rtf_finish(walk);
        walk->data = walk->depth > 0 ? walk->depth : 1;
    }
}

static void rtf_step(struct rtf_walk *walk)
{
    const int c = *walk->at++, digit = hex_digit(c);

    if (c == '{') {
        walk->depth++;
    } else if (c == '}') {
        if (walk->data > 0 && walk->depth <= walk->data)
            rtf_finish(walk);
        walk->depth -= walk->depth > 0;
    } else if (c == '\\') {
        rtf_control(walk);
    } else if (walk->data > 0 && digit >= 0) {
        rtf_digit(walk, &walk->within, digit);
        if (walk->depth <= walk->data)
            rtf_digit(walk, &walk->in_it, digit);
        else
            walk->differ = 1;
    }
}

void rtf_open(struct inspection *in, const struct object *object)
{
    struct rtf_walk walk = {.in = in,
                            .object = object,
                            .at = object->data,
                            .end = object->data + object->length,
                            .in_it = {.half = -1},
                            .within = {.half = -1}};

    while (walk.at < walk.end && !finding_final(&in->finding))
        rtf_step(&walk);
    rtf_finish(&walk);
}
