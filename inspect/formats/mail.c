/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/mail.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/formats/mailhead.h"
#include "inspect/formats/mailparts.h"
#include "inspect/formats/mailturns.h"
#include "inspect/formats/pgp.h"
#include "inspect/names.h"
#include "inspect/transfer.h"
#include "inspect/trial.h"

/* Where in the tree of parts we are. */
struct mail_place {
    struct object container; /* as far as a path and a depth are concerned */
    char path[WIRE_PART_MAX];
};

static GMimeParserOptions *mail_options;

void mail_prepare(void)
{
    static const char *charsets[] = {"utf-8", "iso-2022-jp", "cp932", "euc-jp", "iso-8859-1", NULL};

    if (mail_options != NULL)
        return;
    g_mime_init();
    mail_options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(mail_options, charsets);
    g_mime_parser_options_set_rfc2047_compliance_mode(mail_options, GMIME_RFC_COMPLIANCE_LOOSE);
    g_mime_parser_options_set_parameter_compliance_mode(mail_options, GMIME_RFC_COMPLIANCE_LOOSE);
}

/* The name a person knows the part by: the file's, else what type it is. */
static void mail_name(struct mail *mail, GMimeObject *part, char name[OBJECT_NAME_MAX])
{
    const char *given = NULL;
    char *type;

    if (GMIME_IS_PART(part))
        given = g_mime_part_get_filename(GMIME_PART(part));
    if (given == NULL)
        given = g_mime_object_get_content_disposition_parameter(part, "filename");
    if (given == NULL)
        given = g_mime_object_get_content_type_parameter(part, "name");
    if (given != NULL && given[0] != '\0') {
        inspection_trick(mail->in, given);
        names_guess(name, OBJECT_NAME_MAX, given, strlen(given));
        return;
    }
    type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part));
    names_guess(name, OBJECT_NAME_MAX, type != NULL ? type : "part",
                strlen(type != NULL ? type : "part"));
    g_free(type);
}

static void mail_register_bytes(struct mail *mail, const struct mail_leaf *leaf, const void *data,
                                size_t length)
{
    uint8_t digest[SEEN_DIGEST];

    seen_digest(digest, data, length);
    seen_set_name(&mail->in->seen, digest, leaf->name);
    journal_spoil(&mail->in->journal); /* names are for all of the body */
    inspection_member(mail->in, "", leaf->name);
}

/* So that libclamav's layers get the name. It gives the lines of unencoded parts \n for an end,
 * the last one included. */
static void mail_register(struct mail *mail, const struct mail_leaf *leaf)
{
    const uint8_t *data = leaf->bytes->data;
    size_t length = leaf->bytes->len, i;
    struct object text = {.data = data, .length = length, .path = leaf->path};
    struct buffer buffer = BUFFER_INIT;

    if (length == 0)
        return;
    mail_register_bytes(mail, leaf, data, length);
    inlined_names(mail->in, &text);
    if (memchr(data, 0, length) == NULL && buffer_room(&buffer, length + 1) != NULL) {
        for (i = 0; i < length; i++)
            if (data[i] != '\r')
                buffer.data[buffer.length++] = data[i];
        mail_register_bytes(mail, leaf, buffer.data, buffer.length);
        buffer.data[buffer.length] = '\n';
        mail_register_bytes(mail, leaf, buffer.data, buffer.length + 1);
    }
    buffer_free(&buffer);
}

static void mail_note(struct mail *mail, const struct mail_place *place, const char *name,
                      enum reason reason, const char *detail)
{
    struct object part = {.path = "", .depth = 0};
    char path[WIRE_PART_MAX];

    inspection_path(path, &place->container, kind_name(KIND_MAIL), name);
    part.path = path;
    inspection_note(mail->in, &part, reason, detail);
}

/* Encryption that shows in the headers or in the first lines, where the bytes alone are text. */
static int mail_is_encrypted(GMimeObject *part, const GByteArray *bytes)
{
    GMimeContentType *type = g_mime_object_get_content_type(part);
    const char *smime = g_mime_object_get_content_type_parameter(part, "smime-type");

    if (g_mime_content_type_is_type(type, "application", "pgp-encrypted"))
        return 1;
    if (smime != NULL && (g_ascii_strcasecmp(smime, "enveloped-data") == 0 ||
                          g_ascii_strcasecmp(smime, "authEnveloped-data") == 0))
        return 1;
    return pgp_has_encrypted_armor(bytes->data, bytes->len);
}

/* Takes the bytes, which must come from g_byte_array_new or the like. false: that was noted. */
static bool mail_add(struct mail *mail, const struct mail_place *place, GMimeObject *part,
                     GByteArray *bytes)
{
    struct mail_leaf *leaf = calloc(1, sizeof *leaf);

    if (leaf == NULL || mail->count == MAIL_PARTS) {
        mail_note(mail, place, "", leaf == NULL ? REASON_MEMORY : REASON_LIMIT_FILES, NULL);
        g_byte_array_free(bytes, TRUE);
        free(leaf);
        return false;
    }
    leaf->bytes = bytes;
    mail_name(mail, part, leaf->name);
    inspection_path(leaf->path, &place->container, kind_name(KIND_MAIL), leaf->name);
    leaf->depth = place->container.depth + 1;
    mail_register(mail, leaf);
    if (mail_is_encrypted(part, leaf->bytes))
        mail_note(mail, place, leaf->name, REASON_ENCRYPTED, NULL);
    mail->leaves[mail->count++] = leaf;
    return true;
}

/* The content of a part as it stands in the message, or decoded. */
static GByteArray *mail_content(GMimeDataWrapper *content, int decoded)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    GByteArray *bytes;

    if (content != NULL && decoded)
        g_mime_data_wrapper_write_to_stream(content, stream);
    else if (content != NULL)
        g_mime_stream_write_to_stream(g_mime_data_wrapper_get_stream(content), stream);
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    g_object_unref(stream);
    return bytes;
}

/* The text of a message without parts, that holds other bytes all the same. Nobody gets a file out
 * of it: programs show it, its line ends changed, and a file in it cannot be read then. Who looks
 * for one takes the message as it is, which is inspected too. */
static bool mail_is_relined(const struct mail *mail, const struct mail_place *place,
                            GMimePart *part, const GByteArray *bytes)
{
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    const GMimeContentEncoding encoding = g_mime_part_get_content_encoding(part);

    return mail->parts == 1 && place->container.depth == mail->object->depth &&
           (type == NULL || g_mime_content_type_is_type(type, "text", "plain")) &&
           g_mime_part_get_filename(part) == NULL && encoding != GMIME_CONTENT_ENCODING_BASE64 &&
           encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
           encoding != GMIME_CONTENT_ENCODING_UUENCODE && bytes->len > 0 &&
           memchr(bytes->data, 0, bytes->len) != NULL;
}

/* base64 with padding in its middle, as decoders that do not stop there read it. */
static void mail_padded(struct mail *mail, const struct mail_place *place, GMimePart *part,
                        const GByteArray *raw)
{
    static int (*const readers[])(const uint8_t *, size_t, struct buffer *) = {transfer_restarted,
                                                                               transfer_joined};
    size_t i;

    for (i = 0; i < sizeof readers / sizeof readers[0] && raw->len > 0; i++) {
        struct buffer buffer = BUFFER_INIT;

        if (readers[i](raw->data, raw->len, &buffer) == 1)
            mail_add(mail, place, GMIME_OBJECT(part),
                     g_byte_array_append(g_byte_array_new(), buffer.data, (guint)buffer.length));
        buffer_free(&buffer);
    }
}

static void mail_leaf(struct mail *mail, const struct mail_place *place, GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    GByteArray *raw, *bytes;
    bool is_relined;

    mail->found++;
    bytes = mail_content(content, 1);
    is_relined = mail_is_relined(mail, place, part, bytes);
    if (mail_add(mail, place, GMIME_OBJECT(part), bytes))
        mail->leaves[mail->count - 1]->is_relined = is_relined;
    if (g_mime_part_get_content_encoding(part) != GMIME_CONTENT_ENCODING_BASE64)
        return;
    if (content != NULL)
        g_mime_stream_reset(g_mime_data_wrapper_get_stream(content));
    raw = mail_content(content, 0);
    mail_padded(mail, place, part, raw);
    g_byte_array_free(raw, TRUE);
}

static void mail_part(struct mail *mail, const struct mail_place *place, GMimeObject *part);

static void mail_multipart(struct mail *mail, const struct mail_place *place,
                           GMimeMultipart *multipart)
{
    int count = g_mime_multipart_get_count(multipart), i;

    if (GMIME_IS_MULTIPART_ENCRYPTED(multipart))
        mail_note(mail, place, "", REASON_ENCRYPTED, NULL);
    /* One without parts is the header of a message that a report returns, or of an .msg; what is
     * behind it in spite of that, mailparts takes. */
    for (i = 0; i < count; i++)
        mail_part(mail, place, g_mime_multipart_get_part(multipart, i));
}

/* A message in a message has its own line in the path. */
static void mail_message(struct mail *mail, const struct mail_place *place, GMimeObject *part)
{
    GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    struct mail_place *inner = malloc(sizeof *inner);
    char name[OBJECT_NAME_MAX];

    if (inner == NULL || message == NULL) {
        if (inner == NULL)
            mail_note(mail, place, "", REASON_MEMORY, NULL);
        free(inner);
        return;
    }
    mail_name(mail, part, name);
    inspection_path(inner->path, &place->container, kind_name(KIND_MAIL), name);
    inner->container = place->container;
    inner->container.path = inner->path;
    inner->container.depth++;
    mail_part(mail, inner, g_mime_message_get_mime_part(message));
    free(inner);
}

static void mail_part(struct mail *mail, const struct mail_place *place, GMimeObject *part)
{
    if (part == NULL || inspection_over(mail->in))
        return;
    if (place->container.depth + 1 >= mail->in->budget.depth_max) {
        mail_note(mail, place, "", REASON_LIMIT_RECURSION, NULL);
        return;
    }
    if (++mail->parts > MAIL_PARTS || mail->parts > mail->in->budget.files_left) {
        mail_note(mail, place, "", REASON_LIMIT_FILES, NULL);
        return;
    }
    if (GMIME_IS_MULTIPART(part))
        mail_multipart(mail, place, GMIME_MULTIPART(part));
    else if (GMIME_IS_MESSAGE_PARTIAL(part))
        mail_note(mail, place, "", REASON_PARTIAL, "message/partial");
    else if (GMIME_IS_MESSAGE_PART(part))
        mail_message(mail, place, part);
    else if (GMIME_IS_PART(part))
        mail_leaf(mail, place, GMIME_PART(part));
}

/* All messages of a mbox, or the only one. */
static void mail_parse(struct mail *mail)
{
    const struct object *object = mail->object;
    GByteArray bytes = {.data = (guint8 *)(uintptr_t)object->data, .len = (guint)object->length};
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(&bytes);
    GMimeParser *parser;
    struct mail_place place = {.container = *object};
    int mbox = object->length >= 5 && memcmp(object->data, "From ", 5) == 0;

    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_format(parser, mbox ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
    do {
        GMimeMessage *message = g_mime_parser_construct_message(parser, mail_options);

        if (message == NULL)
            break;
        mail_part(mail, &place, g_mime_message_get_mime_part(message));
        g_object_unref(message);
    } while (mbox && !g_mime_parser_eos(parser) && !inspection_over(mail->in));
    g_object_unref(parser);
    g_object_unref(stream);
}

struct mail *mail_read(struct inspection *in, const struct object *object)
{
    struct mail *mail = calloc(1, sizeof *mail);

    if (mail == NULL || object->length > G_MAXINT) {
        inspection_note(in, object, mail == NULL ? REASON_MEMORY : REASON_LIMIT_FILE_SIZE, NULL);
        free(mail);
        return NULL;
    }
    mail_prepare();
    mail->in = in;
    mail->object = object;
    mail_parse(mail);
    return mail;
}

void mail_free(struct mail **mail)
{
    size_t i;

    if (*mail == NULL)
        return;
    for (i = 0; i < (*mail)->count; i++) {
        g_byte_array_free((*mail)->leaves[i]->bytes, TRUE);
        free((*mail)->leaves[i]);
    }
    free(*mail);
    *mail = NULL;
}

void mail_open(struct inspection *in, const struct object *message)
{
    struct mail *mail = mail_read(in, message);

    if (mail != NULL)
        mailturns_whole(mail);
    mail_free(&mail);
}

/* Every kind of line end as a newline: at most as long as the text. Returns the length. */
static size_t mail_line_ends(uint8_t *out, const uint8_t *data, size_t length)
{
    size_t used = 0, i;

    for (i = 0; i < length; i++) {
        if (data[i] != '\r') {
            out[used++] = data[i];
            continue;
        }
        while (i + 2 < length && data[i + 1] == '\r' && data[i + 2] == '\n')
            i++;
        if (i + 1 < length && data[i + 1] == '\n')
            i++;
        out[used++] = '\n';
    }
    return used;
}

int mail_is_odd(const uint8_t *data, size_t length)
{
    uint8_t head[4096];

    return kind_is_mail(head,
                        mail_line_ends(head, data, length < sizeof head ? length : sizeof head));
}

/* The length of the header, the blank line included. */
static size_t mail_head_length(const uint8_t *data, size_t length)
{
    const uint8_t *end = data + length;
    struct mailhead_line line = mailhead_line(data, end);

    while (line.begin != line.end)
        line = mailhead_line(line.next, end);
    return (size_t)(line.next - data);
}

int mail_normalize(struct buffer *buffer, const uint8_t *data, size_t length, bool head_only)
{
    const size_t head = head_only ? mail_head_length(data, length) : length;
    uint8_t *room = buffer_room(buffer, length);

    if (room == NULL)
        return -1;
    buffer->length += mail_line_ends(room, data, head);
    return buffer_add(buffer, data + head, length - head);
}
