/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/pdffilter.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/hex.h"
#include "inspect/decode.h"

#define PDFFILTER_BLOCK 65536
#define PDFFILTER_CODES 4096 /* of LZW */

/* Where a filter writes. */
struct pdffilter_sink {
    const struct pdffilter_job *job;
    struct pdffilter_result *result;
    uint8_t *at, *end; /* of the room that is left */
    enum reason reason;
};

/* More room. Returns false when a ceiling is in the way. */
static bool pdffilter_room(struct pdffilter_sink *sink)
{
    struct buffer *out = &sink->result->out;
    size_t room;

    if (sink->at != NULL)
        out->length = (size_t)(sink->at - out->data);
    sink->reason = budget_ratio(sink->job->budget, sink->job->container, out->length);
    if (sink->reason == REASON_NONE)
        sink->reason = budget_member(sink->job->budget, out->length);
    if (sink->reason != REASON_NONE)
        return false;
    room = out->length < PDFFILTER_BLOCK / 4   ? PDFFILTER_BLOCK / 4
           : out->length < PDFFILTER_BLOCK * 4 ? out->length
                                               : PDFFILTER_BLOCK * 4;
    sink->at = buffer_room(out, room);
    if (sink->at == NULL) {
        sink->reason = REASON_MEMORY;
        return false;
    }
    sink->end = sink->at + room;
    return true;
}

static bool pdffilter_put(struct pdffilter_sink *sink, unsigned byte)
{
    if (sink->at == sink->end && !pdffilter_room(sink))
        return false;
    *sink->at++ = (uint8_t)byte;
    return true;
}

/* As far as the stream goes. Returns zlib's last code. */
static int pdffilter_inflate_as(struct pdffilter_sink *sink, const uint8_t *data, size_t length,
                                int window)
{
    z_stream stream = {0};
    int code = inflateInit2(&stream, window);
    size_t given = 0;

    if (code != Z_OK) {
        sink->reason = REASON_MEMORY;
        return code;
    }
    while (code == Z_OK) {
        size_t room;

        if (sink->at == sink->end && !pdffilter_room(sink))
            break;
        if (stream.avail_in == 0 && given < length) {
            stream.next_in = (Bytef *)(uintptr_t)(data + given);
            stream.avail_in = (uInt)(length - given < UINT_MAX / 2 ? length - given : UINT_MAX / 2);
            given += stream.avail_in;
        }
        room = (size_t)(sink->end - sink->at);
        stream.next_out = sink->at;
        stream.avail_out = (uInt)room;
        code = inflate(&stream, Z_NO_FLUSH);
        sink->at += room - stream.avail_out;
        if (code == Z_OK && stream.avail_out == room && given == length)
            break;
    }
    inflateEnd(&stream);
    if (code == Z_MEM_ERROR)
        sink->reason = REASON_MEMORY;
    return code;
}

/* The first bytes of a zlib stream. */
static bool pdffilter_is_zlib(const uint8_t *data, size_t length)
{
    return length >= 2 && (data[0] & 15) == 8 && (data[0] << 8 | data[1]) % 31 == 0;
}

/* Blanks in front are passed over; without a header, or with a wrong one, deflate as such. */
static void pdffilter_inflate(struct pdffilter_sink *sink, const uint8_t *data, size_t length)
{
    size_t blanks = 0;
    int code;

    while (blanks < length && blanks < 64 && pdftoken_is_space(data[blanks]) &&
           !pdffilter_is_zlib(data, length - blanks))
        blanks++;
    if (pdffilter_is_zlib(data + blanks, length - blanks))
        data += blanks, length -= blanks;
    code = pdffilter_inflate_as(sink, data, length, 15);
    if (code == Z_DATA_ERROR && sink->at == sink->result->out.data && length > 2)
        code = pdffilter_inflate_as(sink, data + 2, length - 2, -15);
    if (code == Z_DATA_ERROR && sink->at == sink->result->out.data)
        code = pdffilter_inflate_as(sink, data, length, -15);
    sink->result->complete = code == Z_STREAM_END;
}

/* The table of LZW: each entry is an earlier one and a byte more. */
struct pdffilter_lzw {
    uint16_t before[PDFFILTER_CODES], length[PDFFILTER_CODES];
    uint8_t last[PDFFILTER_CODES], first[PDFFILTER_CODES];
    uint8_t text[PDFFILTER_CODES];
};

static bool pdffilter_lzw_text(struct pdffilter_sink *sink, struct pdffilter_lzw *table,
                               unsigned code)
{
    unsigned length = code < 256 ? 1 : table->length[code], i, at = code;

    for (i = length; i-- > 0; at = at < 256 ? at : table->before[at])
        table->text[i] = at < 256 ? (uint8_t)at : table->last[at];
    for (i = 0; i < length; i++)
        if (!pdffilter_put(sink, table->text[i]))
            return false;
    return true;
}

static void pdffilter_lzw_codes(struct pdffilter_sink *sink, const uint8_t *data, size_t length,
                                int64_t early, struct pdffilter_lzw *table)
{
    unsigned next = 258, bits = 9, have = 0, before = 256;
    uint32_t held = 0;
    size_t at = 0;

    for (;;) {
        unsigned code, first;

        for (; have < bits && at < length; have += 8)
            held = held << 8 | data[at++];
        if (have < bits)
            return;
        code = held >> (have - bits) & ((1u << bits) - 1);
        have -= bits;
        if (code == 257) {
            sink->result->complete = true;
            return;
        }
        if (code == 256) {
            next = 258, bits = 9, before = 256;
            continue;
        }
        if (code > next || (code == next && before == 256))
            return; /* damaged */
        first = code == next ? (before < 256 ? before : table->first[before])
                : code < 256 ? code
                             : table->first[code];
        if (before != 256 && next < PDFFILTER_CODES) {
            table->before[next] = (uint16_t)before;
            table->last[next] = (uint8_t)first;
            table->first[next] = before < 256 ? (uint8_t)before : table->first[before];
            table->length[next] = (uint16_t)(before < 256 ? 2 : table->length[before] + 1);
            next++;
        }
        if (code >= next || !pdffilter_lzw_text(sink, table, code))
            return;
        while (bits < 12 && (int64_t)next + early >= (int64_t)1 << bits)
            bits++;
        before = code;
    }
}

static void pdffilter_lzw(struct pdffilter_sink *sink, const struct pdf_params *params,
                          const uint8_t *data, size_t length)
{
    struct pdffilter_lzw *table = calloc(1, sizeof *table);
    int64_t early = params->early == 0 ? 0 : 1;

    if (table == NULL) {
        sink->reason = REASON_MEMORY;
        return;
    }
    sink->result->differs = params->early != 1 && length > 200;
    pdffilter_lzw_codes(sink, data, length, sink->job->other ? 1 - early : early, table);
    free(table);
}

/* A byte that is no digit is passed over, or counts as 0. */
static void pdffilter_hex(struct pdffilter_sink *sink, const uint8_t *data, size_t length)
{
    int high = -1;
    size_t i;

    for (i = 0; i < length && data[i] != '>'; i++) {
        int digit = hex_digit(data[i]);

        if (digit < 0 && !pdftoken_is_space(data[i])) {
            sink->result->differs = true;
            digit = sink->job->other ? 0 : -1;
        }
        if (digit < 0)
            continue;
        if (high < 0) {
            high = digit;
        } else {
            if (!pdffilter_put(sink, (unsigned)(high << 4 | digit)))
                return;
            high = -1;
        }
    }
    sink->result->complete = i < length;
    if (high >= 0)
        pdffilter_put(sink, (unsigned)high << 4);
}

static bool pdffilter_group(struct pdffilter_sink *sink, const uint8_t digits[5], unsigned count)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < 5; i++)
        value = value * 85 + (i < count ? digits[i] : 84u);
    for (i = 0; i + 1 < count; i++)
        if (!pdffilter_put(sink, (unsigned)(value >> (24 - 8 * i)) & 255))
            return false;
    return true;
}

/* A byte that is no digit is passed over, or counts as if it were one. */
static void pdffilter_ascii85(struct pdffilter_sink *sink, const uint8_t *data, size_t length)
{
    uint8_t digits[5];
    unsigned count = 0;
    size_t i = 0;

    while (i < length && pdftoken_is_space(data[i]))
        i++;
    if (length - i >= 2 && data[i] == '<' && data[i + 1] == '~')
        i += 2;
    for (; i < length && data[i] != '~'; i++) {
        if (pdftoken_is_space(data[i]) && (data[i] != 0 || !sink->job->other)) {
            sink->result->differs |= data[i] == 0;
            continue;
        }
        if (data[i] == 'z' && count == 0) {
            if (!pdffilter_group(sink, (const uint8_t[5]){0}, 5))
                return;
            continue;
        }
        if (data[i] < '!' || data[i] > 'u') {
            sink->result->differs = true;
            if (!sink->job->other)
                continue;
        }
        digits[count++] = (uint8_t)(data[i] - '!');
        if (count == 5) {
            if (!pdffilter_group(sink, digits, 5))
                return;
            count = 0;
        }
    }
    sink->result->complete = i < length;
    if (count > 1)
        pdffilter_group(sink, digits, count);
}

static void pdffilter_runs(struct pdffilter_sink *sink, const uint8_t *data, size_t length)
{
    size_t i = 0;

    while (i < length && data[i] != 128) {
        unsigned count = data[i] < 128 ? data[i] + 1u : 257u - data[i];
        bool repeats = data[i] > 128;

        for (i++; count > 0 && i < length; count--) {
            if (!pdffilter_put(sink, data[i]))
                return;
            i += !repeats;
        }
        i += repeats;
    }
    sink->result->complete = i < length;
}

static void pdffilter_brotli(struct pdffilter_sink *sink, const uint8_t *data, size_t length)
{
    struct decoded decoded;
    enum reason reason = decode(CODEC_BROTLI, data, length, sink->job->budget, &decoded);
    size_t i;

    for (i = 0; i < decoded.out.length; i++)
        if (!pdffilter_put(sink, decoded.out.data[i]))
            break;
    if (sink->reason == REASON_NONE && reason != REASON_ENCODING)
        sink->reason = reason;
    sink->result->complete = reason == REASON_NONE;
    buffer_free(&decoded.out);
}

enum pdffilter pdffilter_named(const char *name, bool *known_r)
{
    static const struct {
        const char *name;
        enum pdffilter filter;
    } names[] = {{"FlateDecode", PDFFILTER_FLATE},
                 {"Fl", PDFFILTER_FLATE},
                 {"LZWDecode", PDFFILTER_LZW},
                 {"LZW", PDFFILTER_LZW},
                 {"ASCIIHexDecode", PDFFILTER_HEX},
                 {"AHx", PDFFILTER_HEX},
                 {"ASCII85Decode", PDFFILTER_ASCII85},
                 {"A85", PDFFILTER_ASCII85},
                 {"RunLengthDecode", PDFFILTER_RUNS},
                 {"RL", PDFFILTER_RUNS},
                 {"BrotliDecode", PDFFILTER_BROTLI},
                 {"DCTDecode", PDFFILTER_IMAGE},
                 {"DCT", PDFFILTER_IMAGE},
                 {"JPXDecode", PDFFILTER_IMAGE},
                 {"JBIG2Decode", PDFFILTER_IMAGE},
                 {"CCITTFaxDecode", PDFFILTER_IMAGE},
                 {"CCF", PDFFILTER_IMAGE},
                 {"Crypt", PDFFILTER_NONE}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i].name) == 0)
            break;
    *known_r = i < sizeof names / sizeof names[0];
    return *known_r ? names[i].filter : PDFFILTER_NONE;
}

enum reason pdffilter_undo(enum pdffilter filter, const struct pdf_params *params,
                           const uint8_t *data, size_t length, const struct pdffilter_job *job,
                           struct pdffilter_result *result)
{
    struct pdffilter_sink sink = {.job = job, .result = result, .reason = REASON_NONE};

    memset(result, 0, sizeof *result);
    if (!pdffilter_room(&sink))
        return sink.reason;
    if (filter == PDFFILTER_FLATE)
        pdffilter_inflate(&sink, data, length);
    else if (filter == PDFFILTER_LZW)
        pdffilter_lzw(&sink, params, data, length);
    else if (filter == PDFFILTER_HEX)
        pdffilter_hex(&sink, data, length);
    else if (filter == PDFFILTER_ASCII85)
        pdffilter_ascii85(&sink, data, length);
    else if (filter == PDFFILTER_RUNS)
        pdffilter_runs(&sink, data, length);
    else if (filter == PDFFILTER_BROTLI)
        pdffilter_brotli(&sink, data, length);
    if (sink.at != NULL)
        result->out.length = (size_t)(sink.at - result->out.data);
    if (filter == PDFFILTER_FLATE || filter == PDFFILTER_LZW)
        result->unknown = !pdfpredict_undo(&result->out, params);
    return sink.reason;
}
