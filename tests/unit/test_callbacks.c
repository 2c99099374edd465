/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's callbacks under many transactions made from a seed; under the sanitizers in CI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/host.h"
#include "tests/fuzz/service_case.h"

#define ROUNDS 20000

static uint32_t state_of_random = 20240101;

static uint32_t pick(uint32_t below)
{
    state_of_random = state_of_random * 1664525 + 1013904223;
    return (state_of_random >> 8) % below;
}

static size_t add(uint8_t *data, size_t at, const char *text)
{
    memcpy(data + at, text, strlen(text) + 1);
    return at + strlen(text) + 1;
}

/* Likely texts, one bit in a while wrong. */
static size_t make(uint8_t *data, size_t room)
{
    static const char *const args[] = {"", "profile=mail", "profile=strict&allow204=off",
                                       "profile=nosuch", "a&b=c&&=&force=on"};
    static const char *const icap[] = {"", "X-Client-IP: 192.0.2.4", "X-Client-IP: ::1",
                                       "X-Authenticated-User: TG9jYWw6Ly9hbGljZQ=="};
    static const char *const request[] = {
        "",
        "GET http://h.test/a%20b.exe?x HTTP/1.1\r\nHost: h.test\r\nRange: bytes=0-1\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a.skip.test\r\nContent-Type: multipart/form-data\r\n\r\n",
        "GET http://block.test/ HTTP/1.1\r\nAccept-Language: ja;q=1\r\n\r\n",
        "PUT /%00%ff/\xe3\x81\x82 HTTP/1.1\r\nContent-Range: bytes 0-1/9\r\n\r\n",
        "x\n\n"};
    static const char *const response[] = {
        "", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-9/10\r\n\r\n",
        "Content-Type: x\r\nHTTP/1.1 200 OK\r\n folded\r\n\r\n", "HTTP/1.1\r\n\r\n"};
    static const char *const threat[] = {"T", "Allowed.X", "a;b\r\nX: y\xff", ""};
    size_t at = 0;

    for (unsigned i = 0; i < 10; i++)
        data[at++] = (uint8_t)pick(256);
    at = add(data, at, args[pick(5)]);
    at = add(data, at, icap[pick(4)]);
    at = add(data, at, request[pick(6)]);
    at = add(data, at, response[pick(5)]);
    at = add(data, at, threat[pick(4)]);
    size_t body = pick(8) ? pick(300) : pick((uint32_t)(room - at));
    if (pick(6) == 0 && body >= 8)
        memcpy(data + at, "\x89PNG\r\n\x1a\n", 8);
    at += body;
    if (pick(3) == 0)
        data[pick((uint32_t)at)] ^= (uint8_t)(1u << pick(8));
    return at;
}

static void test_many(void **state)
{
    static uint8_t data[8192];
    unsigned scanned = 0;

    (void)state;
    service_case_start();
    for (unsigned i = 0; i < ROUNDS; i++)
        scanned += service_case_run(data, make(data, sizeof data)) != 0;
    assert_true(scanned > ROUNDS / 100); /* else the service found no scanner */
    host_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
