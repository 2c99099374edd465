/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/carried.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "inspect/formats/be.h"
#include "inspect/formats/lzw.h"
#include "inspect/formats/tar.h"
#include "inspect/le.h"

#define CARRIED_TRY        4096u /* bytes that are unpacked to see whether it is a stream */
#define CARRIED_IN         65536u
#define CARRIED_CAB        36u
#define CARRIED_ZIP        30u /* bytes of a local header */
#define CARRIED_ARJ        64u /* bytes of an archive, at least */
#define CARRIED_ZIP_NAME   1024u
#define CARRIED_LZOP       512u /* bytes of the longest header: its name has at most 255 */
#define CARRIED_LZOP_LEAST 18u  /* bytes of the shortest one behind the mark, without the sum */
#define CARRIED_SALTED     32u  /* bytes of a line end, a word, a salt, and most of a block */

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
    return code != Z_MEM_ERROR && stream.total_out > 0 ? used : 0;
}

/* Most codes are too large where other bytes than such a stream's stand. */
size_t carried_compress(const uint8_t *data, size_t length, uint64_t *work)
{
    struct lzw *lzw;
    uint8_t *out;
    size_t got = 1, total = 0, used = 0;

    if (length < 8 || memcmp(data, "\x1f\x9d", 2) != 0 || (data[2] & 0x60) ||
        (data[2] & 0x1f) < 9 || (data[2] & 0x1f) > 16)
        return 0;
    lzw = malloc(sizeof *lzw);
    out = malloc(LZW_BLOCK + 1);
    *work += 8192; /* to set up the decoder costs, too */
    if (lzw != NULL && out != NULL && lzw_begin(lzw, data, length))
        for (; got > 0 && total < CARRIED_TRY; total += got)
            got = lzw_next(lzw, out);
    if (total > 0)
        used = lzw_used(lzw);
    free(lzw);
    free(out);
    *work += used + total;
    return total >= CARRIED_TRY || (total > 0 && length - used <= 2) ? used : 0;
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

/* The old format, as Linux wants it: a mark, then blocks of at most 8 MiB, each with its size. */
size_t carried_lz4_old(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 8;
    return length >= 12 && memcmp(data, "\x02\x21\x4c\x18", 4) == 0 && le32(data + 4) > 0 &&
                   le32(data + 4) <= CARRIED_LZ4_BLOCK && le32(data + 4) <= length - 8
               ? 8
               : 0;
}

/* The usual properties, a power of two as dictionary, and no size or one below 4 GiB. */
size_t carried_lzma(const uint8_t *data, size_t length, uint64_t *work)
{
    uint32_t dictionary;
    uint64_t size;

    *work += 1;
    if (length < 18 || data[0] != 0x5d || data[1] != 0 || data[2] != 0 || data[13] != 0)
        return 0;
    dictionary = le32(data + 1);
    size = le64(data + 5);
    return dictionary != 0 && (dictionary & (dictionary - 1)) == 0 &&
                   (size == UINT64_MAX || (size > 0 && size < UINT32_MAX))
               ? 14
               : 0;
}

/* Version 1, a header of at least 28 bytes, and a table of contents that fits. */
size_t carried_xar(const uint8_t *data, size_t length, uint64_t *work)
{
    size_t head;

    *work += 4;
    if (length < 28 || memcmp(data, "xar!", 4) != 0 || be16(data + 6) != 1)
        return 0;
    head = be16(data + 4);
    return head >= 28 && head <= length && be32(data + 8) == 0 && be32(data + 12) <= length - head
               ? head
               : 0;
}

/* Of version 4: a block size that is a power of two and its logarithm, and a size that fits. */
size_t carried_squashfs(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 4;
    if (length < 96 || memcmp(data, "hsqs", 4) != 0 || le16(data + 28) != 4 || le16(data + 30) != 0)
        return 0;
    return le16(data + 22) >= 12 && le16(data + 22) <= 20 &&
                   le32(data + 12) == UINT32_C(1) << le16(data + 22) && le64(data + 40) >= 96 &&
                   le64(data + 40) <= length
               ? (size_t)le64(data + 40)
               : 0;
}

/* The header ends with its sum, of one of two kinds. Programs that know the format hold the mark.
 */
size_t carried_lzop(const uint8_t *data, size_t length, uint64_t *work)
{
    size_t i, last;
    uLong adler, crc;

    *work += 9;
    if (length < 38 || memcmp(data, "\x89LZO\0\r\n\x1a\n", 9) != 0)
        return 0;
    last = length < CARRIED_LZOP ? length : CARRIED_LZOP;
    adler = adler32(adler32(0, NULL, 0), data + 9, CARRIED_LZOP_LEAST);
    crc = crc32(0, data + 9, CARRIED_LZOP_LEAST);
    for (i = 9 + CARRIED_LZOP_LEAST; i + 4 <= last; i++) {
        if (be32(data + i) == adler || be32(data + i) == crc)
            return i + 4;
        adler = adler32(adler, data + i, 1);
        crc = crc32(crc, data + i, 1);
    }
    *work += last;
    return 0;
}

/* A cabinet of version 1.x, with files that begin within it. */
size_t carried_cab(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 4;
    return length > CARRIED_CAB && memcmp(data, "MSCF", 4) == 0 && data[25] == 1 &&
                   le32(data + 8) >= CARRIED_CAB && le16(data + 26) > 0 && le16(data + 28) > 0 &&
                   le32(data + 16) >= CARRIED_CAB && le32(data + 16) < length
               ? (le32(data + 8) > length ? length : le32(data + 8))
               : 0;
}

/* With a reserved field in use: libclamav looks for the others everywhere. */
size_t carried_cab_odd(const uint8_t *data, size_t length, uint64_t *work)
{
    const size_t size = carried_cab(data, length, work);

    return size > 0 && le32(data + 4) != 0 ? size : 0;
}

bool carried_zip_member(const uint8_t *data, size_t length)
{
    unsigned method, name, i;

    if (length <= CARRIED_ZIP || memcmp(data, "PK\3\4", 4) != 0 || data[4] > 63)
        return false;
    method = data[8];
    name = le16(data + 26);
    if ((method > 21 && method < 92) || method > 99 || name == 0 || name > CARRIED_ZIP_NAME ||
        length - CARRIED_ZIP <= (size_t)name + le16(data + 28))
        return false;
    for (i = 0; i < name; i++)
        if (data[CARRIED_ZIP + i] < ' ')
            return false;
    return true;
}

size_t carried_zip(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 4;
    if (!carried_zip_member(data, length))
        return 0;
    return (le16(data + 8) != 0 && le16(data + 8) != 8) || le32(data + 18) == 0 ||
                   le32(data + 18) == UINT32_MAX
               ? CARRIED_ZIP
               : 0;
}

/* By the sum of its first header, which is that of the archive. */
size_t carried_arj(const uint8_t *data, size_t length, uint64_t *work)
{
    size_t size;

    *work += 4;
    if (length < CARRIED_ARJ || memcmp(data, "\x60\xea", 2) != 0 || data[10] != 2)
        return 0;
    size = le16(data + 2);
    if (size < 30 || size > 2600 || length - 8 < size)
        return 0;
    *work += size;
    return crc32(0, data + 4, (uInt)size) == le32(data + 4 + size) ? length : 0;
}

size_t carried_salted(const uint8_t *data, size_t length, uint64_t *work)
{
    unsigned i, odd = 0;

    *work += 9;
    if (length < CARRIED_SALTED || memcmp(data, "\nSalted__", 9) != 0)
        return 0;
    for (i = 9; i < CARRIED_SALTED; i++)
        odd += data[i] >= 0x7f || (data[i] < ' ' && data[i] != '\n' && data[i] != '\t');
    return odd >= 6 ? length : 0;
}
