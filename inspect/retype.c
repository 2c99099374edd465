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
#define HIDDEN_JUNK    4096       /* the same, for types that seldom are */
#define HIDDEN_MARK    32  /* bytes of a mark that a message's first line may have in front */
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

/* Does the line that ends here begin like a field, or go on with one? */
static bool retype_is_field(const uint8_t *line, const uint8_t *end)
{
    const uint8_t *at = line;

    if (line < end && (*line == ' ' || *line == '\t'))
        return true;
    while (at < end && at[0] > ' ' && *at < 127 && *at != ':')
        at++;
    return at > line && at < end && *at == ':';
}

/* The first of the fields that stand in front of this one. */
static size_t retype_first_field(const uint8_t *data, size_t offset)
{
    size_t line = offset;

    while (line > 0) {
        while (line > 0 && data[line - 1] != '\n' && data[line - 1] != '\r')
            line--;
        if (!retype_is_field(data + line, data + offset))
            break;
        offset = line;
        line -= line > 0;
        line -= line > 0 && data[line] == '\n' && data[line - 1] == '\r';
    }
    return offset;
}

/* How far into the object a message may begin. */
static size_t retype_message_range(const char *type)
{
    static const char *const skipped[] = {"CL_TYPE_PDF", "CL_TYPE_BINARY_DATA", "CL_TYPE_RTF",
                                          "CL_TYPE_TEXT_ASCII"};
    size_t i;

    for (i = 0; i < sizeof skipped / sizeof skipped[0]; i++)
        if (strcmp(type, skipped[i]) == 0)
            return HIDDEN_MESSAGE;
    return HIDDEN_JUNK;
}

/* Does a line begin here, or the first field behind a mark? */
static bool retype_is_line(const uint8_t *data, size_t offset)
{
    const uint8_t before = data[offset - 1];

    return before == '\n' || before == '\r' ||
           (offset <= HIDDEN_MARK && before != '-' &&
            !((before | 0x20) >= 'a' && (before | 0x20) <= 'z'));
}

/* Where a message begins behind something else that programs skip: a PDF in front of a web
 * archive, the length in front of Apple's, a mark of anything. 0 if there is none. */
static size_t retype_message(const struct object *object, const char *type)
{
    static const char field[] = "MIME-Version";
    const size_t size = sizeof field - 1, range = retype_message_range(type);
    const uint8_t *data = object->data, *at = data, *end;

    end = data + (object->length < range ? object->length : range);
    for (; at < end && (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++) {
        const size_t offset = (size_t)(at - data) < size ? 0 : (size_t)(at - data) - size;

        if (offset > 0 && strncasecmp((const char *)data + offset, field, size) == 0 &&
            retype_is_line(data, offset)) {
            const size_t first = retype_first_field(data, offset);

            return first > 0 ? first : offset;
        }
    }
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
    pdf.guessed |= !pdf_has_version(pdf.data, pdf.length);
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
    struct object untyped = {.path = object->path,
                             .depth = object->depth + 1,
                             .pieces = kind_is_paged(object->data, object->length)};
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
