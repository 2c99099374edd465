/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/carried.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "inspect/formats/tar.h"
#include "inspect/le.h"

#define CARRIED_TRY      4096u /* bytes that are unpacked to see whether it is a stream */
#define CARRIED_IN       65536u
#define CARRIED_CPIO     110u /* bytes of a header */
#define CARRIED_CPIO_OLD 76u

size_t carried_gzip(const uint8_t *data, size_t length, uint64_t *work)
{
    z_stream stream = {0};
    uint8_t out[CARRIED_TRY];
    size_t used;
    int code;

    if (length < 18 || memcmp(data, "\x1f\x8b\x08", 3) != 0 || (data[3] & 0xe0))
        return 0;
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        return 0;
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)(length < CARRIED_IN ? length : CARRIED_IN);
    stream.next_out = out;
    stream.avail_out = sizeof out;
    code = inflate(&stream, Z_SYNC_FLUSH);
    used = stream.total_in;
    *work += used + stream.total_out + 1024;
    inflateEnd(&stream);
    return (code == Z_OK || code == Z_STREAM_END) && stream.total_out > 0 ? used : 0;
}

size_t carried_bzip2(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 10;
    return length >= 14 && memcmp(data, "BZh", 3) == 0 && data[3] >= '1' && data[3] <= '9' &&
                   memcmp(data + 4, "1AY&SY", 6) == 0
               ? 10
               : 0;
}

size_t carried_xz(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 12;
    return length >= 32 && memcmp(data, "\xfd\x37zXZ\0", 6) == 0 &&
                   crc32(0, data + 6, 2) == le32(data + 8)
               ? 12
               : 0;
}

size_t carried_zstd(const uint8_t *data, size_t length, uint64_t *work)
{
    uint8_t block[CARRIED_TRY];
    ZSTD_DCtx *context;
    ZSTD_inBuffer in = {.src = data, .size = length < 2 * CARRIED_IN ? length : 2 * CARRIED_IN};
    ZSTD_outBuffer out = {.dst = block, .size = sizeof block};
    size_t code;

    if (length < 9 || memcmp(data, "\x28\xb5\x2f\xfd", 4) != 0 || (data[4] & 0x08))
        return 0;
    *work += 8192; /* to set up the decoder costs, too */
    context = ZSTD_createDCtx();
    if (context == NULL)
        return 0;
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27);
    code = ZSTD_decompressStream(context, &out, &in);
    ZSTD_freeDCtx(context);
    *work += in.pos + out.pos;
    return !ZSTD_isError(code) && (out.pos > 0 || code == 0) ? in.pos : 0;
}

/* The frame's descriptor: version 1, a block size of four, nothing reserved; then a block. */
size_t carried_lz4(const uint8_t *data, size_t length, uint64_t *work)
{
    size_t head;

    *work += 7;
    if (length < 15 || memcmp(data, "\x04\x22\x4d\x18", 4) != 0 || (data[4] & 0xc2) != 0x40 ||
        (data[5] & 0x8f) != 0 || (data[5] >> 4) < 4)
        return 0;
    head = 7 + (data[4] & 0x08 ? 8 : 0) + (data[4] & 0x01 ? 4 : 0);
    return length - head >= 4 && (le32(data + head) & 0x7fffffff) <= UINT32_C(4) << 20 ? head : 0;
}

size_t carried_lzip(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 6;
    return length >= 26 && memcmp(data, "LZIP\1", 5) == 0 && (data[5] & 0x1f) >= 12 &&
                   (data[5] & 0x1f) <= 29 && data[6] == 0
               ? 6
               : 0;
}

/* By the sum of its first header, or by the layout of the newer ones, which have none there. */
size_t carried_lha(const uint8_t *data, size_t length, uint64_t *work)
{
    unsigned i, sum = 0;

    if (length < 26 || data[2] != '-' || data[3] != 'l' || (data[4] != 'h' && data[4] != 'z') ||
        data[6] != '-' || data[20] > 3)
        return 0;
    *work += data[0] + 2u;
    if (data[20] >= 2)
        return data[20] == 2 && le16(data) >= 26 && le16(data) <= length && le32(data + 7) <= length
                   ? 26
                   : 0;
    if (data[0] < 20 || data[0] + 2u > length || le32(data + 7) > length)
        return 0;
    for (i = 2; i < data[0] + 2u; i++)
        sum += data[i];
    return (sum & 0xff) == data[1] ? data[0] + 2u : 0;
}

size_t carried_tar(const uint8_t *data, size_t length, uint64_t *work)
{
    if (length < 512 || memcmp(data + 257, "ustar", 5) != 0)
        return 0;
    *work += 512;
    return tar_begins(data, length) ? 512 : 0;
}

static bool carried_digits(const uint8_t *data, size_t length, bool octal)
{
    size_t i;

    for (i = 0; i < length; i++)
        if (!(data[i] >= '0' && data[i] <= '7') &&
            (octal || !(data[i] == '8' || data[i] == '9' ||
                        ((data[i] | 0x20) >= 'a' && (data[i] | 0x20) <= 'f'))))
            return false;
    return true;
}

size_t carried_cpio(const uint8_t *data, size_t length, uint64_t *work)
{
    const bool old = length >= 6 && memcmp(data, "070707", 6) == 0;
    const size_t head = old ? CARRIED_CPIO_OLD : CARRIED_CPIO;

    if (length < head + 2 || (!old && memcmp(data, "070701", 6) != 0 && memcmp(data, "070702", 6)))
        return 0;
    *work += head;
    return carried_digits(data, head, old) && data[head] != '\0' ? head : 0;
}
