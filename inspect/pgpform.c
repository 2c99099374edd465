/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/pgpform.h"

#include <string.h>
#include <zlib.h>

#define PGPFORM_PACKETS 4096 /* more of them are no message that a program writes */
#define PGPFORM_HEAD    16   /* bytes of what is compressed that are looked at */
#define PGPFORM_STREAM  4096 /* and of the stream */
#define PGPFORM_PIECES  (1u << 20)

static size_t pgpform_be(const uint8_t *data, unsigned bytes)
{
    size_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | *data++;
    return value;
}

unsigned pgpform_length(const uint8_t *at, size_t left, size_t *size_r, bool *partial_r)
{
    *partial_r = false;
    if (left < 1)
        return 0;
    if (at[0] < 192) {
        *size_r = at[0];
        return 1;
    }
    if (at[0] < 224) {
        if (left < 2)
            return 0;
        *size_r = ((size_t)(at[0] - 192) << 8) + at[1] + 192;
        return 2;
    }
    if (at[0] == 255) {
        if (left < 5)
            return 0;
        *size_r = pgpform_be(at + 1, 4);
        return 5;
    }
    *size_r = (size_t)1 << (at[0] & 31);
    *partial_r = true;
    return 1;
}

bool pgpform_header(const uint8_t *data, size_t length, struct pgpform_header *header)
{
    static const unsigned widths[] = {1, 2, 4, 0};
    unsigned width;

    if (length < 2 || !(data[0] & 0x80))
        return false;
    header->is_partial = header->is_endless = false;
    if (data[0] & 0x40) {
        header->tag = data[0] & 63;
        width = pgpform_length(data + 1, length - 1, &header->size, &header->is_partial);
        header->begin = 1 + width;
        return width > 0;
    }
    header->tag = (data[0] >> 2) & 15;
    width = widths[data[0] & 3];
    if (length - 1 < width)
        return false;
    header->begin = 1 + width;
    header->is_endless = width == 0;
    header->size = width > 0 ? pgpform_be(data + 1, width) : length - 1;
    return true;
}

int pgpform_packet(const uint8_t *data, size_t length, size_t at, struct pgpform_packet *packet)
{
    struct pgpform_header header;
    bool is_partial;
    size_t size;
    unsigned pieces;

    if (!pgpform_header(data + at, length - at, &header))
        return 0;
    packet->tag = header.tag;
    packet->in_pieces = header.is_partial;
    packet->is_endless = header.is_endless;
    packet->begin = at += header.begin;
    is_partial = header.is_partial;
    size = header.size;
    for (pieces = 1; size <= length - at; pieces++) {
        unsigned bytes;

        at += size;
        if (!is_partial) {
            packet->end = packet->next = at;
            return 1;
        }
        bytes = pgpform_length(data + at, length - at, &size, &is_partial);
        if (bytes == 0 || pieces == PGPFORM_PIECES)
            return 0;
        at += bytes;
    }
    return 0;
}

static int pgpform_is_among(uint8_t value, const char *values, size_t count)
{
    return memchr(values, value, count) != NULL;
}

/* A session key packet: versions 2 to 6, with an algorithm that exists. */
static int pgpform_is_session_key(const struct pgpform_packet *packet, const uint8_t *body,
                                  size_t size)
{
    static const char public_keys[] = {1, 2, 16, 18, 19, 21, 25, 26};

    if (size < 4)
        return 0;
    if (packet->tag == PGPFORM_SKESK)
        return (body[0] == 4 && body[1] >= 1 && body[1] <= 13) || body[0] == 5 || body[0] == 6;
    if (body[0] == 2 || body[0] == 3)
        return size >= 12 && pgpform_is_among(body[9], public_keys, sizeof public_keys);
    return body[0] == 6 && size > 2u + body[1];
}

/* Of versions 2 to 6; the newer ones with algorithms that exist, or with private ones. */
static int pgpform_is_signature(const uint8_t *body, size_t size)
{
    if (size < 10 || body[0] < 2 || body[0] > 6)
        return 0;
    if (body[0] <= 3)
        return body[1] == 5;
    return ((body[2] >= 1 && body[2] <= 35) || (body[2] >= 100 && body[2] <= 110)) &&
           ((body[3] >= 1 && body[3] <= 14) || (body[3] >= 100 && body[3] <= 110));
}

bool pgpform_is_literal(const uint8_t *body, size_t size)
{
    return size >= 6 && pgpform_is_among(body[0], "btuml1", 6) && size >= 6u + body[1];
}

bool pgpform_begins_literal(const uint8_t *body, size_t size)
{
    size_t i;

    if (size < 2 || !pgpform_is_among(body[0], "btuml1", 6))
        return false;
    for (i = 2; i < size && i < 2u + body[1]; i++)
        if (body[i] < ' ' || body[i] == 0x7f)
            return false;
    return true;
}

/* Does a packet's body look like one of its tag? */
static int pgpform_holds(const struct pgpform_packet *packet, const uint8_t *body, size_t size)
{
    switch (packet->tag) {
    case PGPFORM_PKESK:
    case PGPFORM_SKESK:
        return pgpform_is_session_key(packet, body, size);
    case PGPFORM_SIGNATURE:
        return size >= 10;
    case PGPFORM_ONE_PASS:
        return size >= 13 && (body[0] == 3 || body[0] == 6);
    case PGPFORM_COMPRESSED:
        return size >= 4 && body[0] <= 3;
    case PGPFORM_SED:
        return size >= 12;
    case PGPFORM_MARKER:
        return size == 3 && memcmp(body, "PGP", 3) == 0;
    case PGPFORM_LITERAL:
        return pgpform_is_literal(body, size);
    case PGPFORM_SEIPD:
        return size >= 20 && (body[0] == 1 || body[0] == 2);
    case PGPFORM_AEAD:
        return size >= 20 && body[0] == 1;
    case PGPFORM_PADDING:
        return 1;
    default:
        return 0;
    }
}

/* The first bytes of a compressed stream. Returns how many there are. */
static size_t pgpform_inflate(int bits, const uint8_t *data, size_t length,
                              uint8_t out[PGPFORM_HEAD])
{
    z_stream stream = {0};
    size_t got;

    if (inflateInit2(&stream, bits) != Z_OK)
        return 0;
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)(length < PGPFORM_STREAM ? length : PGPFORM_STREAM);
    stream.next_out = out;
    stream.avail_out = PGPFORM_HEAD;
    if (inflate(&stream, Z_SYNC_FLUSH) < 0)
        stream.avail_out = PGPFORM_HEAD;
    got = PGPFORM_HEAD - stream.avail_out;
    inflateEnd(&stream);
    return got;
}

/* A compressed packet's stream decodes to a packet of a message. */
static int pgpform_is_stream(const uint8_t *body, size_t size)
{
    uint8_t head[PGPFORM_HEAD];
    unsigned tag;

    if (size < 6 || body[0] == 0 || body[0] > 3)
        return 0;
    if (body[0] == 3)
        return memcmp(body + 1, "BZh", 3) == 0;
    if (pgpform_inflate(body[0] == 1 ? -15 : 15, body + 1, size - 1, head) < PGPFORM_HEAD / 2 ||
        !(head[0] & 0x80))
        return 0;
    tag = head[0] & 0x40 ? head[0] & 63u : (head[0] >> 2) & 15u;
    return tag == PGPFORM_LITERAL || tag == PGPFORM_ONE_PASS || tag == PGPFORM_SIGNATURE ||
           tag == PGPFORM_COMPRESSED || tag == PGPFORM_MARKER;
}

/* The packets from the first on. *end_r says where the first bytes are that are none. */
static enum pgpform pgpform_walk(const uint8_t *data, size_t length, size_t *end_r)
{
    struct pgpform_packet packet;
    unsigned keys = 0, locked = 0, content = 0, count = 0, doubts = 0, endless = 0;
    size_t at = 0;

    *end_r = 0;
    if (length < 8)
        return PGPFORM_NONE;
    for (; at < length && count < PGPFORM_PACKETS; count++, at = packet.next) {
        if (!pgpform_packet(data, length, at, &packet) ||
            !pgpform_holds(&packet, data + packet.begin, packet.end - packet.begin))
            break;
        keys += packet.tag == PGPFORM_PKESK || packet.tag == PGPFORM_SKESK;
        doubts += packet.tag == PGPFORM_SIGNATURE &&
                  !pgpform_is_signature(data + packet.begin, packet.end - packet.begin);
        locked +=
            packet.tag == PGPFORM_SED || packet.tag == PGPFORM_SEIPD || packet.tag == PGPFORM_AEAD;
        endless += packet.is_endless;
        if (packet.tag == PGPFORM_LITERAL ||
            (packet.tag == PGPFORM_COMPRESSED &&
             pgpform_is_stream(data + packet.begin, packet.end - packet.begin)))
            content++;
    }
    *end_r = at;
    /* Without keys the lengths alone tell, and an endless packet has none that could be wrong. */
    if (locked > 0 && (keys > 0 || ((data[0] & 0x40) && doubts == 0 && endless == 0)))
        return PGPFORM_ENCRYPTED;
    return content > 0 ? PGPFORM_PACKED : PGPFORM_NONE;
}

enum pgpform pgpform(const uint8_t *data, size_t length)
{
    size_t end;
    const enum pgpform form = pgpform_walk(data, length, &end);

    return end == length ? form : PGPFORM_NONE;
}

size_t pgpform_packed(const uint8_t *data, size_t length)
{
    size_t end;

    return pgpform_walk(data, length, &end) == PGPFORM_PACKED ? end : 0;
}
