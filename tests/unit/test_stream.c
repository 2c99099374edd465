/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The type of an event stream, and its bytes in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/text.h"
#include "modules/epost_av/stream.h"

static void test_type(void **state)
{
    (void)state;
    assert_true(stream_is_type("text/event-stream"));
    assert_true(stream_is_type(" Text/Event-Stream ; charset=utf-8"));
    assert_false(stream_is_type(""));
    assert_false(stream_is_type("text/event-streams"));
    assert_false(stream_is_type("text/event-stream x"));
    assert_false(stream_is_type("text/event-stream, text/html"));
    assert_false(stream_is_type("text/event-stream; a=b, text/html"));
    assert_false(stream_is_type("application/octet-stream; x=text/event-stream"));
}

/* Taken in pieces of `size` bytes. */
static bool take(const char *text, size_t length, size_t size)
{
    struct stream stream = {0};

    for (size_t at = 0; at < length; at += size)
        if (!stream_take(&stream, text + at, length - at < size ? length - at : size))
            return false;
    return true;
}

static void test_texts(void **state)
{
    static const char good[] = "data: a\xc3\xbc \xe2\x82\xac \xed\x9f\xbf \xf0\x90\x80\x80 "
                               "\xf4\x8f\xbf\xbf\n\n";
    static const char *const bad[] = {"a\xff",
                                      "\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xc3 ",
                                      "\xe2\x82 "};

    (void)state;
    for (size_t size = 1; size < sizeof good; size++) {
        assert_true(take(good, sizeof good - 1, size));
        assert_false(take(good, sizeof good, size)); /* with NUL */
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
            assert_false(take(bad[i], strlen(bad[i]), size));
    }
}

/* Every two bytes, and what they begin: as the common reader of UTF-8 says. */
static void test_as_the_common_reader(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 0x10000; i++) {
        const char text[] = {(char)(i >> 8), (char)i, (char)0x80, (char)0x80};
        if (i >> 8 == 0 || (i & 0xff) == 0)
            continue;
        for (size_t length = 1; length <= sizeof text; length++)
            if (text_is_utf8(text, length))
                assert_true(take(text, length, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_as_the_common_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
