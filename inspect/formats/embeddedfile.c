/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/embeddedfile.h"

#include <string.h>

#include "common/base64.h"
#include "common/hex.h"
#include "inspect/decode.h"
#include "inspect/formats/embeddedsmall.h"
#include "inspect/formats/pgp.h"
#include "inspect/looks.h"
#include "inspect/pgpform.h"
#include "inspect/scripttext.h"
#include "inspect/textview.h"

static bool embeddedfile_is_space(int c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == TEXTVIEW_BLANK;
}

/* "%41", perhaps with tabs and line ends in it, which no URL has: the byte that it stands for, or
 * -1. */
static int embeddedfile_percent(const uint8_t *at, const uint8_t *end, size_t *length_r)
{
    const uint8_t *begin = at++;
    int code = 0, digits;

    for (digits = 0; digits < 2; at++) {
        if (at == end)
            return -1;
        if (*at == '\t' || *at == '\n' || *at == '\r')
            continue;
        if (hex_digit(*at) < 0)
            return -1;
        code = code << 4 | hex_digit(*at);
        digits++;
    }
    *length_r = (size_t)(at - begin);
    return code;
}

/* Bytes that are left out of a URL or of base64: white space, also escaped. Returns how many bytes
 * of it, 0 for none. */
static size_t embeddedfile_space(const uint8_t *at, const uint8_t *end)
{
    if (*at == '\\')
        return end - at >= 2 && strchr("nrt", at[1]) != NULL && at[1] != 0 ? 2 : 1;
    return embeddedfile_is_space(*at);
}

/* The digits that come in whole groups, as nearly all do: at most `room` and `most` bytes. */
static size_t embeddedfile_groups(const uint8_t *at, const uint8_t *end, size_t room, size_t most,
                                  bool loose, uint8_t *out)
{
    size_t groups = (size_t)(end - at) / 4;

    if (groups > room / 3)
        groups = room / 3;
    if (groups > most / 3)
        groups = most / 3;
    return base64_groups(at, groups, loose, out);
}

const uint8_t *embeddedfile_decode(const uint8_t *at, const uint8_t *end, bool loose, size_t most,
                                   struct buffer *buffer, int *failed_r)
{
    uint8_t chunk[EMBEDDED_CHUNK];
    size_t used = 0, total = 0;
    uint32_t bits = 0;
    unsigned have = 0;

    while (at < end && total < most) {
        if (have == 0) { /* one byte is left for what follows */
            const size_t groups = embeddedfile_groups(at, end, sizeof chunk - 1 - used,
                                                      most - total, loose, chunk + used);

            at += groups * 4;
            used += groups * 3;
            total += groups * 3;
            if (at == end || total == most)
                break;
        }
        int value = loose || (*at != '-' && *at != '_') ? base64_value(*at) : -1;
        size_t length = 1;

        if (value < 0) {
            const int code = *at == '%' ? embeddedfile_percent(at, end, &length) : -1;

            if (code >= 0 && loose)
                value = base64_value((uint8_t)code);
            if (code >= 0 ? value < 0 && !embeddedfile_is_space(code)
                          : (length = embeddedfile_space(at, end)) == 0)
                break;
        }
        if (value < 0) {
            at += length;
            continue;
        }
        at += length;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        chunk[used++] = (uint8_t)(bits >> have);
        total++;
        if (used == sizeof chunk || total == most) {
            if (buffer_add(buffer, chunk, used) != 0)
                *failed_r = 1;
            used = 0;
        }
    }
    if (used > 0 && buffer_add(buffer, chunk, used) != 0)
        *failed_r = 1;
    return at;
}

/* A zlib stream, as the scripts that carry one undo it. */
static void embeddedfile_inflate(struct embedded *embedded, const struct object *file)
{
    struct object inner = *file;
    struct decoded decoded;
    enum reason reason =
        decode(CODEC_ZLIB, file->data, file->length, &embedded->in->budget, &decoded);

    inner.data = decoded.out.data;
    inner.length = decoded.out.length;
    inner.depth++;
    if ((reason == REASON_NONE || decoded.out.length >= file->length) && inner.length > 0)
        inspection_guess(embedded->in, &inner);
    buffer_free(&decoded.out);
}

/* The length of what a run of base64 holds. Words behind it that look like more of it do no harm
 * but to a message of OpenPGP, which has an end. */
static size_t embeddedfile_length(const uint8_t *data, size_t length)
{
    const size_t message = pgp_begins(data, length < LOOKS_HEAD ? length : LOOKS_HEAD)
                               ? pgpform_packed(data, length)
                               : 0;

    return message > 0 ? message : length;
}

void embeddedfile_found(struct embedded *embedded, const uint8_t *data, size_t length, bool sure)
{
    char path[WIRE_PART_MAX];
    struct object file = {
        .data = data, .length = length, .path = path, .depth = embedded->text->depth + 1};

    if (embedded->trial) {
        embedded->hit = embedded->hit || sure || looks_zlib(data, length) ||
                        looks_binary(data, length) || looks_text(data, length);
        return;
    }
    if (length < EMBEDDED_MIN || inspection_over(embedded->in))
        return;
    if (!sure)
        file.length = length = embeddedfile_length(data, length);
    if (embeddedsmall_keep(embedded, data, length, sure))
        return;
    inspection_path(path, embedded->text, "text", "data");
    if (looks_zlib(data, length))
        embeddedfile_inflate(embedded, &file);
    if (sure)
        inspection_object(embedded->in, &file);
    else if (looks_binary(data, length) || looks_text(data, length))
        inspection_guess(embedded->in, &file);
}

void embeddedfile_no_memory(struct embedded *embedded)
{
    inspection_note(embedded->in, embedded->text, REASON_MEMORY, NULL);
}

/* Does a literal go on behind `at`? Then the copy with joined literals has all of it. Of a list
 * each may be a file of its own. */
static bool embeddedfile_goes_on(const struct embedded *embedded, const uint8_t *at)
{
    return !embedded->joined && at < embedded->end && textview_is_quote(*at) &&
           scripttext_next(at + 1, embedded->end) != NULL &&
           !scripttext_is_listed(at + 1, embedded->end);
}

const uint8_t *embeddedfile_base64(struct embedded *embedded, const uint8_t *at, bool loose,
                                   bool sure)
{
    struct buffer buffer = BUFFER_INIT;
    int failed = 0;

    if (embedded->trial) {
        embedded->hit = true;
        return embedded->end;
    }
    at = embeddedfile_decode(at, embedded->end, loose, SIZE_MAX, &buffer, &failed);
    if (failed)
        embeddedfile_no_memory(embedded);
    if (sure || !embeddedfile_goes_on(embedded, at))
        embeddedfile_found(embedded, buffer.data, buffer.length, sure);
    buffer_free(&buffer);
    return at;
}
