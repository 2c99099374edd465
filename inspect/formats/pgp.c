/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenPGP messages that are not encrypted: literal data, which may lie in
 * pieces, between signatures, or in a compressed packet. Of both generations of
 * packet headers. What is encrypted is encrypted.c's.
 */
#include "config.h"

#include "inspect/formats/pgp.h"

#include <string.h>

#include "common/base64.h"
#include "inspect/decode.h"

#define PGP_PACKETS 64
#define PGP_NESTING 8    /* compressed packets in compressed packets */
#define PGP_ARMOR   4096 /* bytes of an armor before its base64 */
#define PGP_HEAD    12   /* bytes of a message that tell whether it is encrypted */

enum pgp_tag {
    PGP_SESSION_KEY = 1,
    PGP_SIGNED = 2,
    PGP_PASSWORD = 3,
    PGP_ONE_PASS = 4,
    PGP_COMPRESSED = 8,
    PGP_ENCRYPTED = 9,
    PGP_MARKER = 10,
    PGP_LITERAL = 11,
    PGP_INTEGRITY = 18,
    PGP_AEAD = 20
};

struct pgp_packet {
    unsigned tag;
    const uint8_t *body;
    size_t length; /* of the first piece */
    bool partial;  /* others follow, each behind its length */
};

/* A length of the new kind. Returns its size, or 0. */
static size_t pgp_new_length(const uint8_t *at, size_t left, size_t *length_r, bool *partial_r)
{
    *partial_r = false;
    if (left < 1)
        return 0;
    if (at[0] < 192) {
        *length_r = at[0];
        return 1;
    }
    if (at[0] >= 224 && at[0] < 255) {
        *length_r = (size_t)1 << (at[0] & 31);
        *partial_r = true;
        return 1;
    }
    if (at[0] == 255) {
        if (left < 5)
            return 0;
        *length_r = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
        return 5;
    }
    if (left < 2)
        return 0;
    *length_r = ((size_t)(at[0] - 192) << 8) + at[1] + 192;
    return 2;
}

static size_t pgp_old_length(const uint8_t *at, size_t left, unsigned kind, size_t *length_r)
{
    const size_t size = kind < 3 ? (size_t)1 << kind : 0;
    size_t i;

    if (left < size)
        return 0;
    *length_r = kind < 3 ? 0 : left;
    for (i = 0; i < size; i++)
        *length_r = *length_r << 8 | at[i];
    return size;
}

/* Reads a packet's header. A length beyond the end is cut to it: `whole` says whether it was not.
 */
static bool pgp_read(const uint8_t *data, size_t length, struct pgp_packet *packet, bool *whole_r)
{
    size_t size;

    if (length < 2 || (data[0] & 0x80) == 0)
        return false;
    packet->partial = false;
    if (data[0] & 0x40) {
        packet->tag = data[0] & 63;
        size = pgp_new_length(data + 1, length - 1, &packet->length, &packet->partial);
        if (size == 0)
            return false;
    } else {
        packet->tag = data[0] >> 2 & 15;
        size = pgp_old_length(data + 1, length - 1, data[0] & 3, &packet->length);
        if (size == 0 && (data[0] & 3) != 3)
            return false;
    }
    packet->body = data + 1 + size;
    *whole_r = packet->length <= length - 1 - size;
    if (!*whole_r)
        packet->length = length - 1 - size;
    return true;
}

/* The pieces of a packet in one. Returns where the next packet begins, or NULL without memory. */
static const uint8_t *pgp_join(const struct pgp_packet *packet, const uint8_t *end,
                               struct buffer *buffer)
{
    const uint8_t *at = packet->body;
    size_t length = packet->length, size;
    bool partial = packet->partial;

    for (;;) {
        if (length > (size_t)(end - at))
            length = (size_t)(end - at);
        if (buffer_add(buffer, at, length) != 0)
            return NULL;
        at += length;
        if (!partial)
            return at;
        size = pgp_new_length(at, (size_t)(end - at), &length, &partial);
        if (size == 0)
            return end;
        at += size;
    }
}

static bool pgp_is_literal(const uint8_t *body, size_t length)
{
    return length >= 6 && memchr("btulm1", body[0], 6) != NULL && body[1] + (size_t)6 <= length;
}

static void pgp_literal(struct inspection *in, const struct object *object,
                        const struct buffer *packet)
{
    struct object inner = *object;
    size_t head;

    if (!pgp_is_literal(packet->data, packet->length))
        return;
    head = (size_t)packet->data[1] + 6;
    inner.data = packet->data + head;
    inner.length = packet->length - head;
    inner.depth++;
    inner.name = NULL;
    inner.is_body = 0;
    if (inner.length > 0)
        inspection_object(in, &inner);
}

static void pgp_packets(struct inspection *in, const struct object *object, const uint8_t *data,
                        size_t length, unsigned nesting);

static void pgp_compressed(struct inspection *in, const struct object *object,
                           const struct buffer *packet, unsigned nesting)
{
    struct decoded decoded = {.out = SPOOL_INIT};
    enum reason reason = REASON_NONE;
    struct object inner = *object;

    if (packet->length < 2)
        return;
    if (packet->data[0] == 0) {
        pgp_packets(in, object, packet->data + 1, packet->length - 1, nesting + 1);
    } else if (packet->data[0] == 3) { /* bzip2: its text is a file by itself */
        inner.data = packet->data + 1;
        inner.length = packet->length - 1;
        inner.depth++;
        inspection_object(in, &inner);
    } else {
        reason = decode(packet->data[0] == 2 ? CODEC_ZLIB : CODEC_DEFLATE, packet->data + 1,
                        packet->length - 1, &in->budget, &decoded);
        /* Two bytes made it a compressed packet: what comes out must be a message. */
        if (pgp_is_message(decoded.out.data, decoded.out.length))
            pgp_packets(in, object, decoded.out.data, decoded.out.length, nesting + 1);
        else
            reason = REASON_NONE;
    }
    if (reason != REASON_NONE)
        inspection_note(in, object, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                        "compressed OpenPGP data");
    buffer_free(&decoded.out);
}

static void pgp_packets(struct inspection *in, const struct object *object, const uint8_t *data,
                        size_t length, unsigned nesting)
{
    const uint8_t *at = data, *end = data + length;
    unsigned count;
    bool whole;

    if (nesting == PGP_NESTING) {
        inspection_note(in, object, REASON_LIMIT_RECURSION, NULL);
        return;
    }
    for (count = 0; count < PGP_PACKETS && at < end && !inspection_over(in); count++) {
        struct buffer buffer = SPOOL_INIT;
        struct pgp_packet packet;

        if (!pgp_read(at, (size_t)(end - at), &packet, &whole))
            break;
        at = pgp_join(&packet, end, &buffer);
        if (at == NULL) {
            inspection_note(in, object, REASON_MEMORY, NULL);
            at = end;
        } else if (packet.tag == PGP_LITERAL) {
            pgp_literal(in, object, &buffer);
        } else if (packet.tag == PGP_COMPRESSED) {
            pgp_compressed(in, object, &buffer, nesting);
        } else if (packet.tag == PGP_ENCRYPTED || packet.tag == PGP_INTEGRITY ||
                   packet.tag == PGP_AEAD) {
            inspection_note(in, object, REASON_ENCRYPTED, NULL);
        }
        buffer_free(&buffer);
    }
}

void pgp_open(struct inspection *in, const struct object *object)
{
    pgp_packets(in, object, object->data, object->length, 0);
}

/* `cut`: only the beginning is there. */
static bool pgp_check(const uint8_t *data, size_t length, bool cut)
{
    const uint8_t *at = data, *end = data + length;
    struct pgp_packet packet;
    bool whole;
    unsigned count;

    for (count = 0; length > 0 && count < PGP_PACKETS; count++) {
        if (!pgp_read(at, (size_t)(end - at), &packet, &whole))
            return false;
        whole |= cut;
        if (packet.tag == PGP_LITERAL)
            return (whole || packet.partial) && pgp_is_literal(packet.body, packet.length);
        if (packet.tag == PGP_COMPRESSED)
            return packet.length >= 8 && packet.body[0] <= 3 && (data[0] == 0xa3 || whole) &&
                   (packet.body[0] != 2 || (packet.body[1] & 0x0f) == 8) &&
                   (packet.body[0] != 3 || memcmp(packet.body + 1, "BZh", 3) == 0) &&
                   (packet.body[0] != 0 || pgp_check(packet.body + 1, packet.length - 1, cut));
        /* Version and kind of a signature; the marker is always the same three letters. */
        if (packet.tag == PGP_ONE_PASS || packet.tag == PGP_SIGNED) {
            if (!whole || packet.length < 13 || packet.body[0] < 2 || packet.body[0] > 6)
                return false;
        } else if (packet.tag != PGP_MARKER || packet.length != 3 ||
                   memcmp(packet.body, "PGP", 3) != 0) {
            return false;
        }
        at = packet.body + packet.length;
    }
    return false;
}

bool pgp_is_message(const uint8_t *data, size_t length)
{
    return pgp_check(data, length, false);
}

bool pgp_begins(const uint8_t *data, size_t length)
{
    return pgp_check(data, length, true);
}

/* Encrypted data begins with a session key or with the encrypted data, of a known version. */
static bool pgp_is_encrypted(const uint8_t *data, size_t length)
{
    struct pgp_packet packet;
    bool whole;

    if (!pgp_read(data, length, &packet, &whole) || packet.length < 1)
        return false;
    switch (packet.tag) {
    case PGP_SESSION_KEY:
    case PGP_PASSWORD:
        return packet.body[0] >= 2 && packet.body[0] <= 6;
    case PGP_INTEGRITY:
    case PGP_AEAD:
        return packet.body[0] == 1 || packet.body[0] == 2;
    case PGP_MARKER:
        return true; /* something to do with a message follows it */
    default:
        return packet.tag == PGP_ENCRYPTED;
    }
}

/* The base64 behind an armor's first line: behind a blank line, header lines in front of it. */
static const uint8_t *pgp_armored(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *limit = end - at < PGP_ARMOR ? end : at + PGP_ARMOR;

    while (at < limit && (at = memchr(at, '\n', (size_t)(limit - at))) != NULL) {
        at++;
        while (at < limit && (*at == ' ' || *at == '\t' || *at == '\r'))
            at++;
        if (at < limit && *at == '\n')
            return at + 1;
    }
    return NULL;
}

bool pgp_has_encrypted_armor(const uint8_t *data, size_t length)
{
    static const char mark[] = "-----BEGIN PGP MESSAGE-----";
    const uint8_t *at = data, *end, *text;

    if (length == 0)
        return false;
    end = data + length;
    while ((at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL) {
        uint8_t head[PGP_HEAD];
        size_t used = 0;
        uint32_t bits = 0, have = 0;

        text = at == data || at[-1] == '\n' || at[-1] == '\r' ? pgp_armored(at, end) : NULL;
        for (; text != NULL && text < end && used < sizeof head; text++) {
            const int value = base64_value(*text);

            if (value < 0)
                break;
            bits = bits << 6 | (uint32_t)value;
            have += 6;
            if (have >= 8) {
                have -= 8;
                head[used++] = (uint8_t)(bits >> have);
            }
        }
        if (used == sizeof head && pgp_is_encrypted(head, used))
            return true;
        at += sizeof mark - 1;
    }
    return false;
}
