/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenPGP messages that are not encrypted: literal data, which may lie in
 * pieces, between signatures, or in a compressed packet. Of both generations of
 * packet headers. Encrypted messages are encrypted.c's.
 */
#include "config.h"

#include "inspect/formats/pgp.h"

#include <string.h>

#include "common/base64.h"
#include "inspect/decode.h"
#include "inspect/pgpform.h"

#define PGP_PACKETS 64
#define PGP_NESTING 8    /* compressed packets in compressed packets */
#define PGP_ARMOR   4096 /* bytes of an armor before its base64 */
#define PGP_HEAD    12   /* bytes of a message that tell whether it is encrypted */
#define PGP_LEAST   8    /* bytes of a packet that tell what it is */

struct pgp_packet {
    unsigned tag;
    const uint8_t *body;
    size_t length; /* of the first piece */
    bool partial;  /* others follow, each behind its length */
};

/* Reads a packet's header. A length beyond the end is cut to it: `whole` says whether it was not.
 */
static bool pgp_read(const uint8_t *data, size_t length, struct pgp_packet *packet, bool *whole_r)
{
    struct pgpform_header header;

    if (!pgpform_header(data, length, &header))
        return false;
    packet->tag = header.tag;
    packet->partial = header.is_partial;
    packet->body = data + header.begin;
    packet->length = header.size;
    *whole_r = header.size <= length - header.begin;
    if (!*whole_r)
        packet->length = length - header.begin;
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
        size = pgpform_length(at, (size_t)(end - at), &length, &partial);
        if (size == 0)
            return end;
        at += size;
    }
}

static void pgp_literal(struct inspection *in, const struct object *object,
                        const struct buffer *packet)
{
    struct object inner;
    size_t head;

    if (!pgpform_is_literal(packet->data, packet->length))
        return;
    head = (size_t)packet->data[1] + 6;
    inner = inspection_inner(object, packet->data + head, packet->length - head);
    inner.name = NULL;
    if (inner.length > 0)
        inspection_object(in, &inner);
}

static void pgp_packets(struct inspection *in, const struct object *object, const uint8_t *data,
                        size_t length, unsigned nesting);

static void pgp_compressed(struct inspection *in, const struct object *object,
                           const struct buffer *packet, unsigned nesting)
{
    struct decoded decoded = {.out = BUFFER_INIT};
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
        struct buffer buffer = BUFFER_INIT;
        struct pgp_packet packet;

        if (!pgp_read(at, (size_t)(end - at), &packet, &whole))
            break;
        at = pgp_join(&packet, end, &buffer);
        if (at == NULL) {
            inspection_note(in, object, REASON_MEMORY, NULL);
            at = end;
        } else if (packet.tag == PGPFORM_LITERAL) {
            pgp_literal(in, object, &buffer);
        } else if (packet.tag == PGPFORM_COMPRESSED) {
            pgp_compressed(in, object, &buffer, nesting);
        } else if (packet.tag == PGPFORM_SED || packet.tag == PGPFORM_SEIPD ||
                   packet.tag == PGPFORM_AEAD) {
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
        if (packet.tag == PGPFORM_LITERAL)
            return cut ? pgpform_begins_literal(packet.body, packet.length)
                       : (whole || packet.partial) &&
                             pgpform_is_literal(packet.body, packet.length);
        if (packet.tag == PGPFORM_COMPRESSED)
            return packet.length >= 8 && packet.body[0] <= 3 && (data[0] == 0xa3 || whole) &&
                   (packet.body[0] != 2 || (packet.body[1] & 0x0f) == 8) &&
                   (packet.body[0] != 3 || memcmp(packet.body + 1, "BZh", 3) == 0) &&
                   (packet.body[0] != 0 || pgp_check(packet.body + 1, packet.length - 1, cut));
        /* Version and kind of a signature; the marker is always the same three letters. */
        if (packet.tag == PGPFORM_ONE_PASS || packet.tag == PGPFORM_SIGNATURE) {
            if (packet.length < 1 || packet.body[0] < 2 || packet.body[0] > 6)
                return false;
            if (!whole || packet.length < 13)
                return cut && packet.body + packet.length == end;
        } else if (packet.tag != PGPFORM_MARKER || packet.length != 3 ||
                   memcmp(packet.body, "PGP", 3) != 0) {
            return false;
        }
        at = packet.body + packet.length;
        if (cut && end - at < PGP_LEAST)
            return true;
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
    case PGPFORM_PKESK:
    case PGPFORM_SKESK:
        return packet.body[0] >= 2 && packet.body[0] <= 6;
    case PGPFORM_SEIPD:
    case PGPFORM_AEAD:
        return packet.body[0] == 1 || packet.body[0] == 2;
    case PGPFORM_MARKER:
        return true; /* something to do with a message follows it */
    default:
        return packet.tag == PGPFORM_SED;
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
