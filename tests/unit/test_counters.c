/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy that passes what was not scanned, where nothing can be passed any more: the counters say
 * what the client was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/host.h"

#define BODY 150000u

static uint8_t body[BODY];

static struct host_input make_input(size_t length, int preview)
{
    return (struct host_input){.respmod = 1,
                               .preview = preview,
                               .args = "profile=lax&allow204=off",
                               .icap = "",
                               .response = "HTTP/1.1 200 OK\r\n\r\n",
                               .body = body,
                               .length = length,
                               .chunk = 4000,
                               .space = 4000,
                               .threat = ""};
}

static void expect_failed(const struct host_input *input)
{
    struct host_result result;

    host_run(input, &result);
    assert_int_equal(result.outcome, HOST_FAILED);
    assert_int_equal(result.passes, 0);
    assert_int_equal(result.unscanned, 0);
    assert_int_equal(result.blocks, 0);
    assert_int_equal(result.fails, 1);
    host_free(&result);
}

/* The spool file cannot be made: the part that came is gone. */
static void test_not_stored(void **state)
{
    struct host_input input = make_input(90000, -1);

    (void)state;
    expect_failed(&input);
    input.preview = 90000; /* the whole body in the preview */
    expect_failed(&input);
}

/* More than MaxBodySize in the preview alone, which must not be answered with 204. */
static void test_preview_too_large(void **state)
{
    struct host_input input = make_input(BODY, (int)BODY);

    (void)state;
    expect_failed(&input);
}

/* The same profile passes where that is possible. */
static void test_passed(void **state)
{
    struct host_input input = make_input(1000, -1);
    struct host_result result;

    (void)state;
    input.reason = REASON_CRASHED;
    host_run(&input, &result);
    assert_int_equal(result.outcome, HOST_ANSWER);
    assert_int_equal(result.passes, 1);
    assert_int_equal(result.unscanned, 1);
    assert_int_equal(result.blocks + result.fails, 0);
    host_free(&result);
}

static int start(void **state)
{
    (void)state;
    host_start("MaxBodySize 100K\nMemoryBody 64K\nSpool /proc\nReadyWait 0\nTrickleAfter 0\n"
               "Profile lax like=web error=pass unscannable=pass\n");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    host_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_not_stored),
                                       cmocka_unit_test(test_preview_too_large),
                                       cmocka_unit_test(test_passed)};

    return cmocka_run_group_tests(tests, start, stop);
}
