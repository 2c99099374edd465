/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives and carriers in the readings of different unpackers. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "inspect/appended.h"
#include "inspect/kindof.h"
#include "tests/unit/engine.h"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 100,
                                                 .max_recursion = 8,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000};

#define MARKED "text with " ENGINE_MARK " in it, text, text, text, text, text, text, text, text"
#define PLAIN  "stored content, which the mark would be found in anyway"
#define ROOM   131072

struct bytes {
    uint8_t data[ROOM];
    size_t length;
};

static void put(struct bytes *bytes, const void *data, size_t length)
{
    assert_true(length <= ROOM - bytes->length);
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

static void put_number(struct bytes *bytes, uint64_t number, size_t width)
{
    size_t i;

    for (i = 0; i < width; i++) {
        const uint8_t byte = i < sizeof number ? (uint8_t)(number >> (8 * i)) : 0;

        put(bytes, &byte, 1);
    }
}

static enum reason inspected(const struct bytes *bytes)
{
    struct wire_reply reply;

    engine_inspect(&settings, bytes->data, bytes->length, "", "", 0, &reply);
    return (enum reason)reply.reason;
}

/* Was an object of just these bytes given to the engine? What is stored is found in the whole
 * archive anyway, so that a mark in it would prove nothing. */
static bool given(const struct bytes *bytes, const char *content)
{
    unsigned i;

    inspected(bytes);
    for (i = 0; i < engine_log.count; i++)
        if (engine_log.objects[i].length == strlen(content) &&
            strncmp(engine_log.objects[i].start, content, sizeof engine_log.objects[i].start - 1) ==
                0)
            return true;
    return false;
}

static size_t deflated(uint8_t *out, size_t room, int window)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)MARKED, .avail_in = sizeof MARKED - 1};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

struct header {
    unsigned method, flags;
    uint32_t packed, size;
};

static void put_fields(struct bytes *zip, const struct header *header)
{
    put_number(zip, 20, 2);
    put_number(zip, header->flags, 2);
    put_number(zip, header->method, 2);
    put_number(zip, 0, 4);
    put_number(zip, crc32(0, (const Bytef *)MARKED, sizeof MARKED - 1), 4);
    put_number(zip, header->packed, 4);
    put_number(zip, header->size, 4);
    put_number(zip, 1, 2); /* length of the name */
    put_number(zip, 0, 2);
}

static void put_local(struct bytes *zip, const struct header *header, const void *data,
                      size_t length)
{
    put(zip, "PK\3\4", 4);
    put_fields(zip, header);
    put(zip, "a", 1);
    put(zip, data, length);
}

static void put_entry(struct bytes *zip, const struct header *header, size_t offset)
{
    put(zip, "PK\1\2\24\0", 6);
    put_fields(zip, header);
    put_number(zip, 0, 10); /* comment, disk, attributes */
    put_number(zip, offset, 4);
    put(zip, "a", 1);
}

static void put_end(struct bytes *zip, unsigned entries, size_t directory)
{
    const size_t size = zip->length - directory;

    put(zip, "PK\5\6\0\0\0\0", 8);
    put_number(zip, entries, 2);
    put_number(zip, entries, 2);
    put_number(zip, size, 4);
    put_number(zip, directory, 4);
    put_number(zip, 0, 2);
}

/* One member, whose headers agree on what they say, right or wrong. */
static struct bytes *zip_of(const struct header *header, const void *data, size_t length)
{
    struct bytes *zip = calloc(1, sizeof *zip);
    size_t directory;

    put_local(zip, header, data, length);
    directory = zip->length;
    put_entry(zip, header, 0);
    put_end(zip, 1, directory);
    return zip;
}

static void test_zip_with_false_sizes(void **state)
{
    const uint32_t size = sizeof PLAIN - 1;
    const struct header headers[] = {{0, 0, 0, size},   {0, 0, 1, size}, {0, 0, size, 0},
                                     {0, 8, 0, 0},      {0, 0, 0, 0},    {0, 0, UINT32_MAX, size},
                                     {0, 0, size, size}};
    const struct header packed[] = {{8, 0, 0, 86}, {8, 0, 0, 0}, {8, 8, 1, 1}, {0, 0, 60, 86}};
    uint8_t data[512];
    const size_t length = deflated(data, sizeof data, -15);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct bytes *zip = zip_of(&headers[i], PLAIN, size);

        assert_true(given(zip, PLAIN));
        free(zip);
    }
    for (i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        struct bytes *zip = zip_of(&packed[i], data, length);

        assert_int_equal(inspected(zip), REASON_SIGNATURE);
        free(zip);
    }
}

/* A stored member, whose name is one character. */
static void put_stored(struct bytes *zip, struct bytes *directory, char name, const void *data,
                       size_t length)
{
    const size_t at = zip->length;
    struct bytes *fields = calloc(1, sizeof *fields);

    put_number(fields, 20, 2);
    put_number(fields, 0, 8); /* flags, method, time */
    put_number(fields, crc32(0, data, (uInt)length), 4);
    put_number(fields, length, 4);
    put_number(fields, length, 4);
    put_number(fields, 1, 4); /* lengths of name and field */
    put(zip, "PK\3\4", 4);
    put(zip, fields->data, fields->length);
    put(zip, &name, 1);
    put(zip, data, length);
    put(directory, "PK\1\2\24\0", 6);
    put(directory, fields->data, fields->length);
    put_number(directory, 0, 10);
    put_number(directory, at, 4);
    put(directory, &name, 1);
    free(fields);
}

/* A document with another one in it, and so on, as office programs write them. */
static struct bytes *nested(unsigned depth)
{
    struct bytes *zip = calloc(1, sizeof *zip), *directory = calloc(1, sizeof *directory);
    static const char text[] = "the text of a document that holds another one of its kind";
    size_t at;

    put_stored(zip, directory, 'd', text, sizeof text - 1);
    put_stored(zip, directory, 'r', text, 20 + depth);
    if (depth > 0) {
        struct bytes *inner = nested(depth - 1);

        put_stored(zip, directory, (char)('0' + depth), inner->data, inner->length);
        free(inner);
    }
    at = zip->length;
    put(zip, directory->data, directory->length);
    put_end(zip, depth > 0 ? 3 : 2, at);
    free(directory);
    return zip;
}

/* Each document shows the headers of all that are in it. What the headers of one say of the bytes
 * of another is tried once. */
static void test_zip_in_zips_costs_no_more_for_each(void **state)
{
    struct scanner_settings deep = settings;
    unsigned depth;

    (void)state;
    deep.max_recursion = 20;
    deep.max_files = 10000;
    for (depth = 1; depth < 10; depth++) {
        struct bytes *zip = nested(depth);
        struct wire_reply reply;

        engine_inspect(&deep, zip->data, zip->length, "", "", 0, &reply);
        assert_int_equal(reply.reason, REASON_NONE);
        assert_in_range(engine_log.scans, depth, 10 * depth * depth + 20);
        free(zip);
    }
}

/* A second directory, which only the end record of zip64 tells of. */
static void test_zip_with_two_directories(void **state)
{
    const struct header harmless = {0, 0, 8, 8},
                        hidden = {0, 0, sizeof PLAIN - 1, sizeof PLAIN - 1};
    struct bytes *zip = calloc(1, sizeof *zip);
    size_t second, end64, first, local;

    (void)state;
    put_local(zip, &harmless, "harmless", 8);
    local = zip->length;
    put_local(zip, &hidden, PLAIN, sizeof PLAIN - 1);
    second = zip->length;
    put_entry(zip, &hidden, local);
    end64 = zip->length;
    put(zip, "PK\6\6", 4);
    put_number(zip, 44, 8);
    put_number(zip, 45 | 45 << 16, 4);
    put_number(zip, 0, 8);
    put_number(zip, 1, 8);
    put_number(zip, 1, 8);
    put_number(zip, end64 - second, 8);
    put_number(zip, second, 8);
    put(zip, "PK\6\7\0\0\0\0", 8);
    put_number(zip, end64, 8);
    put_number(zip, 1, 4);
    first = zip->length;
    put_entry(zip, &harmless, 0);
    put_end(zip, 1, first);
    assert_true(given(zip, PLAIN));
    free(zip);
}

static void put_tar(struct bytes *tar, char type, const void *data, size_t length)
{
    uint8_t header[512] = "name";
    unsigned sum = 0, i;

    memcpy(header + 100, "0000644", 8);
    memcpy(header + 108, "0000000", 8);
    memcpy(header + 116, "0000000", 8);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)length);
    snprintf((char *)header + 136, 12, "%011o", 0u);
    memset(header + 148, ' ', 8);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar\00000", 8);
    for (i = 0; i < sizeof header; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
    put(tar, header, sizeof header);
    put(tar, data, length);
    memset(header, 0, sizeof header);
    put(tar, header, (512 - length % 512) % 512);
}

static void test_tar_members_of_odd_types(void **state)
{
    const char *type;

    (void)state;
    for (type = "0123456V"; *type != '\0'; type++) {
        struct bytes *tar = calloc(1, sizeof *tar);

        put_tar(tar, *type, PLAIN, sizeof PLAIN - 1);
        put_tar(tar, '0', "harmless", 8);
        tar->length += 1024;
        assert_true(given(tar, PLAIN));
        free(tar);
    }
}

/* The end of a ZIP near the end of a tar is that of a member. */
static void test_zip_in_a_tar_is_no_second_archive(void **state)
{
    const struct header header = {0, 0, 8, 8};
    struct bytes *zip = calloc(1, sizeof *zip), *tar = calloc(1, sizeof *tar);
    size_t directory;

    (void)state;
    put_local(zip, &header, "harmless", 8);
    directory = zip->length;
    put_entry(zip, &header, 0);
    put_end(zip, 1, directory);
    put_tar(tar, '0', zip->data, zip->length);
    memset(zip->data, 'x', 20000);
    put_tar(tar, '0', zip->data, 20000);
    tar->length += 1024;
    assert_int_equal(inspected(tar), REASON_NONE);
    free(zip);
    free(tar);
}

static void put_ar(struct bytes *ar, const char *name, const char *content)
{
    char header[96];

    if (ar->length == 0)
        put(ar, "!<arch>\n", 8);
    snprintf(header, sizeof header, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0, "100644",
             strlen(content));
    put(ar, header, 60);
    put(ar, content, strlen(content));
    if (strlen(content) % 2)
        put(ar, "\n", 1);
}

static unsigned slow_scans(const struct bytes *ar)
{
    unsigned count = 0;

    assert_int_equal(inspected(ar), REASON_NONE);
    for (unsigned i = 0; i < engine_log.count; i++)
        count += strncmp(engine_log.objects[i].start, ENGINE_SLOW, sizeof ENGINE_SLOW - 1) == 0;
    return count;
}

/* What takes long is ended and done again later, so that it does not hide what comes behind it. The
 * last member hides nothing, and is scanned once. */
static void test_last_member_is_scanned_once(void **state)
{
    struct bytes *ar = calloc(1, sizeof *ar);

    (void)state;
    put_ar(ar, "a", "harmless");
    put_ar(ar, "b", ENGINE_SLOW " and more");
    assert_int_equal(slow_scans(ar), 1);
    put_ar(ar, "c", "harmless too");
    assert_int_equal(slow_scans(ar), 2);
    free(ar);
}

static void test_streams_behind_scripts_and_programs(void **state)
{
    static const char *const fronts[] = {"#!/bin/sh\ntail -n +3 $0\n", "\x7f"
                                                                       "ELF\2\1\1 and so on"};
    uint8_t packed[512];
    const size_t length = deflated(packed, sizeof packed, 15 + 16);
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct bytes *carrier = calloc(1, sizeof *carrier);

        put(carrier, fronts[i], strlen(fronts[i]));
        assert_int_equal(inspected(carrier), REASON_NONE);
        put(carrier, packed, length);
        put(carrier, "and more", 8);
        assert_int_equal(inspected(carrier), REASON_SIGNATURE);
        carrier->length = strlen(fronts[i]) + 20; /* a mark alone is no trouble */
        assert_int_equal(inspected(carrier), REASON_NONE);
        free(carrier);
    }
}

static void test_marks_without_end_are_told(void **state)
{
    const size_t length = 3u << 20;
    uint8_t *data = calloc(1, length);
    struct appended_search search = BEHIND_SEARCH(data, length, KIND_NONE);
    struct appended found;
    size_t at;

    (void)state;
    for (at = 64; at + 16 <= length; at += 16)
        memcpy(data + at,
               "Rar!\x1a\7\1\0\0\0\0\0\xff\xff\x7f"
               "A",
               16);
    assert_false(appended_next(&search, &found));
    assert_true(search.exhausted);
    free(data);
}

static void test_pack_of_git(void **state)
{
    struct bytes *pack = calloc(1, sizeof *pack);
    uint8_t packed[512];
    const size_t length = deflated(packed, sizeof packed, 15);

    (void)state;
    put(pack, "PACK\0\0\0\2\0\0\0\1\xb4\5", 14);
    put(pack, packed, length);
    pack->length += 20;
    assert_int_equal(inspected(pack), REASON_SIGNATURE);
    pack->data[11] = 9; /* more objects than there are */
    pack->data[16] ^= 0xff;
    assert_int_equal(inspected(pack), REASON_CONTAINER);
    free(pack);
}

static void test_weak_marks(void **state)
{
    static const uint8_t map[32] = {0xa3, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t noise[32] = {0xc7, 0x71, 0x9a, 0x3c, 0x55, 0x12, 0xff, 0x81};
    uint8_t lzh[64];

    (void)state;
    assert_int_equal(kind_of(map, sizeof map, NULL), KIND_NONE);
    assert_int_equal(kind_of(noise, sizeof noise, NULL), KIND_NONE);
    assert_int_equal(kind_of((const uint8_t *)"COWD\1\0\0\0........", 16, NULL), KIND_CLOSED);
    /* Marks of two bytes count with the name, or with the structure behind them. */
    assert_int_equal(kind_of((const uint8_t *)"\x1f\xa0m%0sLIabcdefgh", 16, "x.Z"), KIND_CLOSED);
    assert_int_equal(kind_of((const uint8_t *)"\x1f\xa0m%0sLIabcdefgh", 16, "x.dat"), KIND_NONE);
    assert_int_equal(kind_of((const uint8_t *)"\1\1\0\0m%0sLIabcdef", 16, "a.cpt"), KIND_CLOSED);
    assert_int_equal(kind_of((const uint8_t *)"\1\1\0\0m%0sLIabcdef", 16, "a.bin"), KIND_NONE);
    memset(lzh, 'x', sizeof lzh);
    memcpy(lzh, "\x1f\xa0\0\x20\x11\x20", 6); /* two codes of one bit each */
    assert_int_equal(kind_of(lzh, sizeof lzh, NULL), KIND_CLOSED);
    lzh[4] = 0x12;
    assert_int_equal(kind_of(lzh, sizeof lzh, NULL), KIND_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zip_with_false_sizes),
        cmocka_unit_test(test_zip_with_two_directories),
        cmocka_unit_test(test_zip_in_zips_costs_no_more_for_each),
        cmocka_unit_test(test_tar_members_of_odd_types),
        cmocka_unit_test(test_zip_in_a_tar_is_no_second_archive),
        cmocka_unit_test(test_last_member_is_scanned_once),
        cmocka_unit_test(test_streams_behind_scripts_and_programs),
        cmocka_unit_test(test_marks_without_end_are_told),
        cmocka_unit_test(test_pack_of_git),
        cmocka_unit_test(test_weak_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
