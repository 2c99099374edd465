/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <zlib.h>

#include "tests/unit/engine.h"

#define MARKED "some text, then " ENGINE_MARK ", and text again and again and again\n"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 100,
                                                 .max_recursion = 8,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000,
                                                 .json_base64 = 1};

struct bytes {
    uint8_t *data;
    size_t length;
};

/* Compresses with zlib; window as deflateInit2 has it. The caller frees data. */
static struct bytes squeezed(const void *data, size_t length, int window)
{
    struct bytes out = {.data = malloc(length + 1024)};
    z_stream stream = {0};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)length;
    stream.next_out = out.data;
    stream.avail_out = (uInt)length + 1024;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.length = stream.total_out;
    deflateEnd(&stream);
    return out;
}

static struct wire_reply inspected(const void *data, size_t length, const char *encoding)
{
    struct wire_reply reply;

    engine_inspect(&settings, data, length, "text/html", encoding, 0, &reply);
    return reply;
}

/* 1 if an object that begins with this went through a full scan. */
static int saw(const char *start)
{
    unsigned i;

    for (i = 0; i < engine_log.count; i++)
        if (engine_log.objects[i].flags == 0 && strcmp(engine_log.objects[i].start, start) == 0)
            return 1;
    return 0;
}

static void expect_found(const void *data, size_t length, const char *encoding)
{
    struct wire_reply reply = inspected(data, length, encoding);

    assert_int_equal(reply.reason, REASON_SIGNATURE);
    assert_int_equal(reply.verdict, VERDICT_INFECTED);
    assert_string_equal(reply.threat, "Test-Threat");
    assert_string_equal(reply.part, "");
}

static void test_each_coding(void **state)
{
    struct bytes gzip = squeezed(MARKED, sizeof MARKED - 1, 15 + 16);
    struct bytes zlib = squeezed(MARKED, sizeof MARKED - 1, 15);
    struct bytes raw = squeezed(MARKED, sizeof MARKED - 1, -15);

    (void)state;
    expect_found(gzip.data, gzip.length, "gzip");
    expect_found(gzip.data, gzip.length, "X-GZIP");
    expect_found(gzip.data, gzip.length, " identity , gzip ");
    expect_found(zlib.data, zlib.length, "deflate");
    expect_found(raw.data, raw.length, "deflate");
    free(gzip.data);
    free(zlib.data);
    free(raw.data);
}

static void test_stack(void **state)
{
    struct bytes inner = squeezed(MARKED, sizeof MARKED - 1, 15);
    struct bytes outer = squeezed(inner.data, inner.length, 15 + 16);

    (void)state;
    expect_found(outer.data, outer.length, "deflate, gzip");
    assert_int_equal(inspected(outer.data, outer.length, "gzip, deflate, gzip, gzip").reason,
                     REASON_LIMIT_ENCODINGS);
    free(inner.data);
    free(outer.data);
}

static void test_raw_bytes_are_matched_but_not_opened(void **state)
{
    struct bytes gzip = squeezed("harmless", 8, 15 + 16);
    struct wire_reply reply = inspected(gzip.data, gzip.length, "gzip");

    (void)state;
    assert_int_equal(reply.reason, REASON_NONE);
    assert_int_equal(engine_log.count, 2);
    assert_int_equal(engine_log.objects[0].flags, CLAM_RAW);
    assert_int_equal(engine_log.objects[0].length, gzip.length);
    assert_int_equal(engine_log.objects[1].flags, 0);
    assert_string_equal(engine_log.objects[1].start, "harmless");
    free(gzip.data);
}

static void test_members_and_what_follows(void **state)
{
    struct bytes first = squeezed("harmless", 8, 15 + 16);
    struct bytes second = squeezed(MARKED, sizeof MARKED - 1, 15 + 16);
    uint8_t *both = malloc(first.length + second.length + 40);

    (void)state;
    memcpy(both, first.data, first.length);
    memcpy(both + first.length, second.data, second.length);
    expect_found(both, first.length + second.length, "gzip");
    memset(both + first.length, 'x', 40);
    assert_int_equal(inspected(both, first.length + 40, "gzip").reason, REASON_NONE);
    free(both);
    free(first.data);
    free(second.data);
}

/* Whoever does not decode saves what is behind the stream, or beside it. */
static void test_beside_the_stream(void **state)
{
    static const uint8_t head[] = {0x1f, 0x8b, 8, 12, 0, 0, 0, 0, 0, 3, 24, 0};
    struct bytes gzip = squeezed("harmless", 8, 15 + 16);
    struct bytes zlib = squeezed("harmless", 8, 15);
    char behind[256];

    (void)state;
    memcpy(behind, zlib.data, zlib.length);
    memcpy(behind + zlib.length, "behind it 12345678", 18);
    inspected(behind, zlib.length + 18, "deflate");
    assert_true(saw("behind it 12345678"));
    memcpy(behind, head, sizeof head);
    memcpy(behind + sizeof head, "in the field of 24 bytes", 24);
    memcpy(behind + sizeof head + 24, "a name of some length", 22);
    memcpy(behind + sizeof head + 46, gzip.data + 10, gzip.length - 10);
    inspected(behind, sizeof head + 46 + gzip.length - 10, "gzip");
    assert_true(saw("in the field of 24 bytes"));
    assert_true(saw("a name of some length"));
    assert_true(saw("harmless"));
    free(gzip.data);
    free(zlib.data);
}

static void test_aws_chunked(void **state)
{
    static const char body[] = "5;chunk-signature=ab\r\nEPOST\r\nA\r\n-TEST-MARK\r\n0;x=y\r\n\r\n";

    (void)state;
    expect_found(body, sizeof body - 1, "aws-chunked");
    assert_int_equal(inspected("5\r\nabcde\r\n0\r\n\r\n", 15, "aws-chunked").reason, REASON_NONE);
    assert_int_equal(inspected("5\r\nab\1", 6, "aws-chunked").reason, REASON_ENCODING);
}

static void test_cut_and_damaged(void **state)
{
    struct bytes gzip = squeezed("harmless words, harmless words", 30, 15 + 16), two;
    uint8_t *joined;

    (void)state;
    /* no client gets more than was looked at */
    assert_int_equal(inspected(gzip.data, gzip.length - 9, "gzip").reason, REASON_NONE);
    gzip.data[gzip.length - 5] ^= 1; /* its check sum */
    assert_int_equal(inspected(gzip.data, gzip.length, "gzip").reason, REASON_NONE);
    /* nothing came, or there is more behind the wrong sum, or in the middle something is wrong */
    assert_int_equal(inspected(gzip.data, 10, "gzip").reason, REASON_ENCODING);
    two = squeezed("harmless words, harmless words", 30, 15 + 16);
    joined = malloc(gzip.length + two.length);
    assert_non_null(joined);
    memcpy(joined, gzip.data, gzip.length);
    memcpy(joined + gzip.length, two.data, two.length);
    assert_int_equal(inspected(joined, gzip.length + two.length, "gzip").reason, REASON_ENCODING);
    free(joined);
    two.data[10] = 0x07; /* a block of a kind that is none */
    assert_int_equal(inspected(two.data, two.length, "gzip").reason, REASON_ENCODING);
    free(two.data);
    assert_int_equal(inspected("\377\377\1\377\377\377\377\377", 8, "br").reason, REASON_ENCODING);
    assert_int_equal(inspected("\1\2\3\4\5\6\7\250", 8, "zstd").reason, REASON_ENCODING);
    free(gzip.data);
}

static void test_a_cut_stream_is_scanned_as_far_as_it_goes(void **state)
{
    uint8_t noise[4096];
    struct bytes gzip;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 2654435761u >> 13);
    memcpy(noise, MARKED, sizeof MARKED);
    gzip = squeezed(noise, sizeof noise, 15 + 16);
    expect_found(gzip.data, gzip.length - gzip.length / 4, "gzip");
    free(gzip.data);
}

static void test_header_lies(void **state)
{
    (void)state;
    /* plain text under a coding is scanned as it is, fully */
    expect_found(MARKED, sizeof MARKED - 1, "gzip");
    assert_int_equal(inspected("just text", 9, "gzip").reason, REASON_NONE);
    assert_int_equal(engine_log.objects[engine_log.count - 1].flags, 0);
    /* so is what is plain under a coding that nobody knows */
    assert_int_equal(inspected("just text", 9, "no-such-coding").reason, REASON_NONE);
    assert_int_equal(inspected("\1\2\3 no text\0", 12, "no-such-coding").reason, REASON_ENCODING);
    assert_int_equal(inspected("\1\2\3 no text\0", 12, "\"identity\" (none), none").reason,
                     REASON_NONE);
    assert_int_equal(inspected("", 0, "gzip").reason, REASON_NONE);
}

static void test_streams_without_a_header(void **state)
{
    struct bytes zlib = squeezed(MARKED, sizeof MARKED - 1, 15);

    (void)state;
    expect_found(zlib.data, zlib.length, "");
    free(zlib.data);
}

static void test_bomb(void **state)
{
    const size_t length = 64 << 20;
    uint8_t *zeros = calloc(1, length);
    struct bytes once = squeezed(zeros, length, 15 + 16);
    struct bytes twice = squeezed(once.data, once.length, 15 + 16);

    (void)state;
    assert_int_equal(inspected(once.data, once.length, "gzip").reason, REASON_LIMIT_RATIO);
    assert_int_equal(inspected(twice.data, twice.length, "gzip, gzip").reason, REASON_LIMIT_RATIO);
    free(zeros);
    free(once.data);
    free(twice.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_coding),
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_raw_bytes_are_matched_but_not_opened),
        cmocka_unit_test(test_members_and_what_follows),
        cmocka_unit_test(test_cut_and_damaged),
        cmocka_unit_test(test_beside_the_stream),
        cmocka_unit_test(test_aws_chunked),
        cmocka_unit_test(test_a_cut_stream_is_scanned_as_far_as_it_goes),
        cmocka_unit_test(test_header_lies),
        cmocka_unit_test(test_streams_without_a_header),
        cmocka_unit_test(test_bomb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
