/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Content that libclamav does not see because of an object's type: a PDF behind other bytes,
 * mail with odd line ends, files in text, pages and scripts that begin like
 * something else, and all of what it ignores. Asked for every object of the
 * pipeline and every layer that libclamav opens by itself.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "inspect/inspection.h"
#include "inspect/formats/mail.h"
#include "inspect/formats/tar.h"
#include "inspect/kindof.h"
#include "inspect/textview.h"

#define HIDDEN_HEAD    1024 /* readers of PDF look for its header so far, and we for odd line ends */
#define HIDDEN_MESSAGE (1u << 20) /* bytes that may be in front of a message */
#define HIDDEN_BLANK   160 /* bytes: libclamav's types to be ignored are told by the first 128 */

static int retype_is_text(const char *type)
{
    return strncmp(type, "CL_TYPE_TEXT", 12) == 0 || strncmp(type, "CL_TYPE_HTML", 12) == 0 ||
           strncmp(type, "CL_TYPE_XML", 11) == 0 || strcmp(type, "CL_TYPE_SCRIPT") == 0;
}

/* Where a PDF begins that does not begin at 0, else 0. */
static size_t retype_pdf(const uint8_t *data, size_t length)
{
    const uint8_t *found = memmem(data, length < HIDDEN_HEAD ? length : HIDDEN_HEAD, "%PDF-", 5);

    return found != NULL ? (size_t)(found - data) : 0;
}

/* A PDF that has no header where one is looked for: viewers open it all the same, also in front of
 * a ZIP. Of archives the members are looked at instead. */
static bool retype_headless_pdf(const uint8_t *data, size_t length)
{
    const enum kind kind = kind_of(data, length, NULL);
    const bool behind = kind == KIND_ZIP && memcmp(data, "PK", 2) != 0;

    return (kind == KIND_NONE || kind_has(kind, KIND_WEAK) || behind) &&
           !tar_begins(data, length) &&
           memmem(data, length < HIDDEN_HEAD ? length : HIDDEN_HEAD, "%PDF-", 5) == NULL &&
           pdf_is_likely(data, length);
}

/* A carriage return that belongs to no line end, near the beginning. */
static int retype_line_ends(const uint8_t *data, size_t length)
{
    size_t head = length < HIDDEN_HEAD ? length : HIDDEN_HEAD, i;

    for (i = 0; i + 1 < head; i++)
        if (data[i] == '\r' && data[i + 1] != '\n')
            return 1;
    return 0;
}

/* libclamav matches nothing on what it takes for MP3, Ogg, SQLite and the like, and does not read
 * as text what begins like a picture. Clients that know better, by its name or type, do. */
static int retype_under_type(const struct object *object, const char *type)
{
    return object->length > 0 &&
           (strcmp(type, "CL_TYPE_IGNORED") == 0 ||
            (object->shown && !retype_is_text(type) && strcmp(type, "CL_TYPE_BINARY_DATA") != 0));
}

/* Text but for a few bytes: programs that read it take them for characters, or end before them. */
static bool retype_is_nearly_text(const uint8_t *data, size_t length)
{
    const size_t head = length < HIDDEN_HEAD ? length : HIDDEN_HEAD;
    size_t controls = 0, printable = 0, i;

    for (i = 0; i < head; i++) {
        const bool blank = data[i] == '\n' || data[i] == '\r' || data[i] == '\t';

        controls += data[i] < ' ' && !blank;
        printable += (data[i] >= ' ' && data[i] < 0x7f) || blank;
    }
    return printable * 5 >= head * 3 || controls * 16 <= head;
}

/* Text that may carry files. That without a byte order mark has no type of libclamav's if its
 * characters are wide. */
static int retype_files(const struct object *object, const char *type)
{
    const size_t length = object->length;

    return length > 0 &&
           (object->shown || retype_is_text(type) || strcmp(type, "CL_TYPE_UUENCODED") == 0 ||
            (strcmp(type, "CL_TYPE_BINARY_DATA") == 0 &&
             (textview_is_wide(object->data, length) ||
              retype_is_nearly_text(object->data, length))));
}

/* Where a message begins behind something else that programs skip: a PDF in front of a web
 * archive, the length in front of Apple's. 0 if there is none. */
static size_t retype_message(const struct object *object, const char *type)
{
    static const char field[] = "MIME-Version";
    const size_t size = sizeof field - 1;
    const uint8_t *data = object->data, *at = data, *end;

    end = data + (object->length < HIDDEN_MESSAGE ? object->length : HIDDEN_MESSAGE);
    if (strcmp(type, "CL_TYPE_PDF") != 0 && strcmp(type, "CL_TYPE_BINARY_DATA") != 0 &&
        strcmp(type, "CL_TYPE_RTF") != 0 && strcmp(type, "CL_TYPE_TEXT_ASCII") != 0)
        return 0;
    for (; at < end && (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++)
        if ((size_t)(at - data) > size && strncasecmp((const char *)at - size, field, size) == 0 &&
            (at[-(ptrdiff_t)size - 1] == '\n' || at[-(ptrdiff_t)size - 1] == '\r'))
            return (size_t)(at - data) - size;
    return 0;
}

static bool retype_is_odd_mail(const struct object *object)
{
    return !object->is_relined && retype_line_ends(object->data, object->length) &&
           mail_is_odd(object->data, object->length);
}

int retype_is_likely(const struct object *object, const char *type)
{
    return xmlfiles_is_likely(object) || retype_pdf(object->data, object->length) > 0 ||
           retype_headless_pdf(object->data, object->length) || retype_files(object, type) ||
           retype_under_type(object, type) || retype_message(object, type) > 0 ||
           retype_is_odd_mail(object);
}

/* Once more, behind a header of ours, so that libclamav knows it too. */
static void retype_open_headless_pdf(struct inspection *in, const struct object *object)
{
    static const char header[] = "%PDF-1.7\n";
    struct buffer buffer = BUFFER_INIT;
    struct object pdf = {.path = object->path, .depth = object->depth + 1, .guessed = true};

    if (buffer_add(&buffer, header, sizeof header - 1) != 0 ||
        buffer_add(&buffer, object->data, object->length) != 0) {
        inspection_note(in, object, REASON_MEMORY, NULL);
    } else {
        pdf.data = buffer.data;
        pdf.length = buffer.length;
        inspection_object(in, &pdf);
    }
    buffer_free(&buffer);
}

static void retype_open_pdf(struct inspection *in, const struct object *object)
{
    size_t offset = retype_pdf(object->data, object->length);
    struct object pdf = *object;

    if (offset == 0) {
        if (retype_headless_pdf(object->data, object->length))
            retype_open_headless_pdf(in, object);
        return;
    }
    pdf.data += offset;
    pdf.length -= offset;
    pdf.depth++;
    /* scripts that write PDF hold `%PDF-${version}` */
    pdf.guessed |= pdf.length < 6 || pdf.data[5] < '0' || pdf.data[5] > '9';
    inspection_object(in, &pdf);
}

static void retype_open_relined(struct inspection *in, const struct object *object, bool head_only)
{
    struct buffer buffer = BUFFER_INIT;
    struct object message = *object;

    if (mail_normalize(&buffer, object->data, object->length, head_only) != 0) {
        inspection_note(in, object, REASON_MEMORY, NULL);
    } else {
        message.data = buffer.data;
        message.length = buffer.length;
        message.depth++;
        message.is_relined = true;
        inspection_object(in, &message);
    }
    buffer_free(&buffer);
}

/* With other line ends, which are content behind the header, or line ends there too. */
static void retype_open_mail(struct inspection *in, const struct object *object)
{
    if (!retype_is_odd_mail(object))
        return;
    retype_open_relined(in, object, false);
    if (!inspection_over(in))
        retype_open_relined(in, object, true);
}

static void retype_open_message(struct inspection *in, const struct object *object,
                                const char *type)
{
    const size_t offset = retype_message(object, type);
    struct object message = *object;

    if (offset == 0 || kind_is_mail(object->data, object->length))
        return;
    message.data += offset;
    message.length -= offset;
    message.depth++;
    inspection_guess(in, &message);
}

/* Once more, behind blank lines, which have no type of their own. */
static void retype_open_untyped(struct inspection *in, const struct object *object)
{
    struct buffer buffer = BUFFER_INIT;
    struct object untyped = {.path = object->path, .depth = object->depth + 1};
    uint8_t *room = buffer_room(&buffer, HIDDEN_BLANK + object->length);

    if (room == NULL) {
        inspection_note(in, object, REASON_MEMORY, NULL);
        return;
    }
    memset(room, '\n', HIDDEN_BLANK);
    memcpy(room + HIDDEN_BLANK, object->data, object->length);
    buffer.length = HIDDEN_BLANK + object->length;
    untyped.data = buffer.data;
    untyped.length = buffer.length;
    inspection_object(in, &untyped);
    buffer_free(&buffer);
}

void retype_open(struct inspection *in, const struct object *object, const char *type)
{
    if (!inspection_over(in) && retype_under_type(object, type))
        retype_open_untyped(in, object);
    if (!inspection_over(in))
        retype_open_pdf(in, object);
    if (!inspection_over(in))
        retype_open_mail(in, object);
    if (!inspection_over(in))
        retype_open_message(in, object, type);
    if (!inspection_over(in) && retype_files(object, type)) {
        embedded_open(in, object);
        inlined_open(in, object);
        pgpclear_open(in, object);
    }
    if (!inspection_over(in) && xmlfiles_is_likely(object))
        xmlfiles_open(in, object);
}
