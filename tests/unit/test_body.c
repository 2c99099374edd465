/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "modules/epost_av/body.h"

#define CEILING (4u << 20)
#define MEMFD   (1u << 20)

static const struct body_limits limits = {.memfd = MEMFD, .ceiling = CEILING, .spool = "/tmp"};

static uint8_t *content(size_t length)
{
    uint8_t *data = malloc(length + 1);
    uint32_t x = 12345;

    assert_non_null(data);
    for (size_t i = 0; i < length; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (uint8_t)(x >> 24);
    }
    return data;
}

static void fill(struct body *body, const uint8_t *data, size_t length, size_t step)
{
    struct err err;

    for (size_t at = 0; at < length; at += step) {
        size_t part = length - at < step ? length - at : step;
        assert_true(body_room(body) >= part);
        assert_int_equal(body_add(body, data + at, part, &err), 0);
    }
}

static void expect_rest(struct body *body, const uint8_t *data, size_t length, size_t step)
{
    uint8_t *got = malloc(length + step);
    size_t at = 0;

    assert_non_null(got);
    for (int done; (done = body_read(body, got + at, step)) != 0; at += (size_t)done) {
        assert_true(done > 0);
        assert_true(at + (size_t)done <= length);
    }
    assert_int_equal(at, length);
    assert_memory_equal(got, data, length);
    free(got);
}

static void test_all_sizes(void **state)
{
    static const size_t sizes[] = {0,     1,         4095,      4096,        4097,
                                   65535, 65536,     65537,     131072,      MEMFD - 1,
                                   MEMFD, MEMFD + 1, MEMFD * 2, CEILING - 1, CEILING};
    struct err err;
    uint8_t sum[32];

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct body body;
        uint8_t *data = content(sizes[i]);
        body_init(&body, &limits);
        fill(&body, data, sizes[i], i % 2 ? 4064 : 100000);
        assert_int_equal(body_finish(&body, &err), 0);
        assert_int_equal(body.length, sizes[i]);
        assert_memory_equal(body.sha256, SHA256(data, sizes[i], sum), 32);
        assert_int_equal(body.fd >= 0, sizes[i] > BODY_MEMORY);
        assert_int_equal(body.spooled, sizes[i] > MEMFD);
        expect_rest(&body, data, sizes[i], 4064);
        body_free(&body);
        free(data);
    }
}

static void test_memfd_is_sealed(void **state)
{
    struct body body;
    struct err err;
    uint8_t *data = content(100000);

    (void)state;
    body_init(&body, &limits);
    fill(&body, data, 100000, 5000);
    assert_int_equal(body_finish(&body, &err), 0);
    assert_int_equal(pwrite(body.fd, "x", 1, 0), -1);
    assert_int_equal(body_add(&body, "x", 1, &err), -1);
    expect_rest(&body, data, 100000, 777);
    body_free(&body);
    free(data);
}

static void test_ceiling(void **state)
{
    struct body body;
    struct err err;
    uint8_t *data = content(CEILING);

    (void)state;
    body_init(&body, &limits);
    fill(&body, data, CEILING, 65536);
    assert_int_equal(body_room(&body), 0);
    assert_int_equal(body_add(&body, "x", 1, &err), -1);
    assert_int_equal(body.length, CEILING);
    body_free(&body);
    body_free(&body);
    free(data);
}

/* Stored bytes come first, then those that pass through the ring; nothing is lost or doubled. */
static void stream_from(size_t stored)
{
    struct body body;
    struct err err;
    size_t total = stored + 500000, in = stored, out = 0;
    uint8_t *data = content(total);
    uint8_t got[5000];

    body_init(&body, &limits);
    fill(&body, data, stored, 4000);
    assert_int_equal(body_stream(&body, &err), 0);
    while (out < total) {
        size_t part = total - in < 7000 ? total - in : 7000;
        if (part > body_room(&body))
            part = (size_t)body_room(&body);
        assert_int_equal(body_add(&body, data + in, part, &err), 0);
        in += part;
        int done = body_read(&body, got, sizeof got);
        assert_true(done > 0);
        assert_memory_equal(got, data + out, (size_t)done);
        out += (size_t)done;
        assert_int_equal(body_left(&body), in - out);
    }
    assert_int_equal(body_read(&body, got, sizeof got), 0);
    body_free(&body);
    free(data);
}

static void test_streams(void **state)
{
    (void)state;
    stream_from(0);
    stream_from(10);
    stream_from(65536);
    stream_from(65540);
    stream_from(MEMFD + 12345);
    stream_from(CEILING);
}

/* Bytes taken while more still come are not given again. */
static void test_peel(void **state)
{
    struct body body;
    struct err err;
    uint8_t *data = content(300000);
    uint8_t got[3000];
    size_t out = 0;

    (void)state;
    body_init(&body, &limits);
    for (size_t at = 0; at < 300000; at += 10000) {
        fill(&body, data + at, 10000, 3333);
        int done = body_peel(&body, got, sizeof got);
        assert_true(done > 0);
        assert_memory_equal(got, data + out, (size_t)done);
        out += (size_t)done;
    }
    assert_int_equal(body_head(&body, got, 16), 16);
    assert_memory_equal(got, data, 16);
    assert_int_equal(body_finish(&body, &err), 0);
    expect_rest(&body, data + out, 300000 - out, 4064);
    body_free(&body);
    free(data);
}

static void test_no_room(void **state)
{
    const struct body_limits bad = {.memfd = 65536, .ceiling = CEILING, .spool = "/nonexistent"};
    struct body body;
    struct err err = {""};
    uint8_t *data = content(MEMFD);
    int result = 0;

    (void)state;
    body_init(&body, &bad);
    for (size_t at = 0; at < MEMFD && result == 0; at += 65536)
        result = body_add(&body, data + at, 65536, &err);
    assert_int_equal(result, -1);
    assert_non_null(strstr(err.text, "/nonexistent"));
    body_free(&body);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sizes), cmocka_unit_test(test_memfd_is_sealed),
        cmocka_unit_test(test_ceiling),   cmocka_unit_test(test_streams),
        cmocka_unit_test(test_peel),      cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
