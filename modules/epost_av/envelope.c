/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/envelope.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define ENVELOPE_FIELDS 500 /* of a head that are looked at */

/* The end of a header field's name in a line, or 0: it has none. */
static size_t envelope_name(const char *line, size_t length)
{
    size_t i = 0;

    while (i < length && line[i] > ' ' && line[i] < 0x7f && line[i] != ':')
        i++;
    return i > 0 && i < length && line[i] == ':' ? i : 0;
}

bool envelope_may_be_mail(const void *head, size_t length)
{
    const char *text = head;

    if (length > 5 && memcmp(text, "From ", 5) == 0)
        return true;
    return envelope_name(text, length < 80 ? length : 80) > 0;
}

/* -------------------------------------------------------------------- addresses */

static bool envelope_is_listed(const char *list, const char *address, size_t length)
{
    for (const char *line = list; *line;) {
        size_t part = strcspn(line, "\n");
        if (part == length && strncasecmp(line, address, length) == 0)
            return true;
        line += part + (line[part] == '\n');
    }
    return false;
}

static bool envelope_add(char *list, size_t size, const char *address, size_t length)
{
    size_t used = strlen(list);

    if (!memchr(address, '@', length) || envelope_is_listed(list, address, length))
        return true;
    if (used + length + 2 > size)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)address[i] <= ' ' || address[i] == 0x7f)
            return false;
    if (used > 0)
        list[used++] = '\n';
    memcpy(list + used, address, length);
    list[used + length] = '\0';
    return true;
}

/* The end of a quoted text or a comment that begins here. */
static size_t envelope_skip(const char *text, size_t length)
{
    char end = *text == '"' ? '"' : ')';
    size_t i = 1;

    for (; i < length && text[i] != end; i++)
        if (text[i] == '\\')
            i++;
    return i < length ? i + 1 : length;
}

bool envelope_add_addresses(char *list, size_t size, const char *value, size_t length)
{
    bool all = true;

    for (size_t i = 0; i < length;) {
        char c = value[i];
        if (c == '"' || c == '(') {
            i += envelope_skip(value + i, length - i);
        } else if (c == '<') {
            const char *end = memchr(value + i, '>', length - i);
            size_t part = end ? (size_t)(end - value) - i - 1 : 0;
            all &= envelope_add(list, size, value + i + 1, part);
            i += end ? part + 2 : 1;
        } else if (strchr(" \t\r\n,;:>", c)) {
            i++;
        } else {
            size_t part = 0;
            while (i + part < length && !strchr(" \t\r\n,;<\"(", value[i + part]))
                part++;
            all &= envelope_add(list, size, value + i, part);
            i += part;
        }
    }
    return all;
}

/* ----------------------------------------------------------------------- fields */

struct envelope_found {
    struct envelope from_fields; /* what From, To, Cc and Message-ID say */
    char return_path[ENVELOPE_SENDER_MAX];
    char delivered[ENVELOPE_RECIPIENTS_MAX]; /* of the mail server, if it wrote them */
    unsigned fields;                         /* that only mails have */
    bool has_from;
};

static void envelope_take_id(struct envelope *envelope, const char *value, size_t length)
{
    while (length > 0 && isspace((unsigned char)*value)) {
        value++;
        length--;
    }
    size_t part = 0;
    while (part < length && (unsigned char)value[part] > ' ' && value[part] != 0x7f)
        part++;
    if (part == 0 || part >= sizeof envelope->message_id || envelope->message_id[0])
        return;
    memcpy(envelope->message_id, value, part);
    envelope->message_id[part] = '\0';
}

static void envelope_field(struct envelope_found *found, const char *name, size_t name_length,
                           const char *value, size_t length)
{
    static const char *const names[] = {
        "From",     "Sender",      "To",         "Cc",           "Bcc",           "Date",
        "Received", "Return-Path", "Message-ID", "Delivered-To", "X-Original-To", "MIME-Version"};
    struct envelope *fields = &found->from_fields;
    size_t i = 0, count = sizeof names / sizeof names[0];

    while (i < count &&
           (strlen(names[i]) != name_length || strncasecmp(names[i], name, name_length) != 0))
        i++;
    if (i == count)
        return;
    found->fields++;
    if (i == 0 || (i == 1 && !fields->sender[0])) {
        found->has_from = true;
        if (!fields->sender[0])
            envelope_add_addresses(fields->sender, sizeof fields->sender, value, length);
        fields->sender[strcspn(fields->sender, "\n")] = '\0';
    } else if (i >= 2 && i <= 4) {
        envelope_add_addresses(fields->recipients, sizeof fields->recipients, value, length);
    } else if (i == 7 && !found->return_path[0]) {
        envelope_add_addresses(found->return_path, sizeof found->return_path, value, length);
    } else if (i == 8) {
        envelope_take_id(fields, value, length);
    } else if (i == 9 || i == 10) {
        envelope_add_addresses(found->delivered, sizeof found->delivered, value, length);
    }
}

/* The length of the field that begins here, its folded lines too, without its last line end. */
static size_t envelope_field_length(const char *text, size_t length)
{
    const char *end = text;

    while ((end = memchr(end, '\n', length - (size_t)(end - text)))) {
        size_t next = (size_t)(end - text) + 1;
        if (next >= length || (text[next] != ' ' && text[next] != '\t'))
            return (size_t)(end - text);
        end++;
    }
    return length;
}

static void envelope_keep(char *to, size_t size, const char *best, const char *second)
{
    const char *from = *best ? best : second;
    size_t length = strlen(from);

    if (*to || length >= size)
        return;
    memcpy(to, from, length + 1);
}

void envelope_read(struct envelope *envelope, const void *head, size_t length)
{
    struct envelope_found found = {.fields = 0};
    const char *text = head;

    if (!envelope_may_be_mail(head, length))
        return;
    for (unsigned i = 0; i < ENVELOPE_FIELDS && length > 0; i++) {
        size_t part = envelope_field_length(text, length);
        size_t name = envelope_name(text, part);
        if (part == 0 || (part == 1 && *text == '\r'))
            break; /* the end of the head */
        if (name > 0)
            envelope_field(&found, text, name, text + name + 1, part - name - 1);
        else if (i > 0 || strncmp(text, "From ", part < 5 ? part : 5) != 0)
            return; /* no head of a mail */
        part += part < length;
        text += part;
        length -= part;
    }
    if (!found.from_fields.message_id[0] && !(found.has_from && found.fields >= 2))
        return;
    if (!envelope->has_sender)
        envelope_keep(envelope->sender, sizeof envelope->sender, found.return_path,
                      found.from_fields.sender);
    envelope_keep(envelope->recipients, sizeof envelope->recipients, found.delivered,
                  found.from_fields.recipients);
    envelope_keep(envelope->message_id, sizeof envelope->message_id, found.from_fields.message_id,
                  "");
}
