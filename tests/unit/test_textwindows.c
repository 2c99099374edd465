/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/formats/embeddedfile.h"
#include "inspect/formats/embedwindows.h"
#include "inspect/textview.h"
#include "inspect/textwindows.h"

#define FILLER "var a = f(1); if (a < 3) g(a, b);\n"
#define HALF   "TWFueSBieXRlcyB0aGF0IGFyZSBhIGZpbGU"

/* The first escape of a text decides how large the copy is, whichever kind it is. */
static void test_percent(void **state)
{
    static const char *const texts[] = {"%u0041%u0042", "x%u0041%42", "%41%u0042",
                                        "%u",           "%u12",       "%4"};
    static const char *const plain[] = {"AB", "xAB", "AB", NULL, NULL, NULL};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer buffer = BUFFER_INIT;
        const long changed = textview_percent(&buffer, (const uint8_t *)texts[i], strlen(texts[i]));

        assert_int_equal(changed, plain[i] ? 2 : 0);
        assert_int_equal(buffer.length, plain[i] ? strlen(plain[i]) : 0);
        if (plain[i])
            assert_memory_equal(buffer.data, plain[i], buffer.length);
        buffer_free(&buffer);
    }
}

/* A buffer that was used for a short text has no room for a long one. */
static void test_percent_in_used_buffer(void **state)
{
    struct buffer buffer = BUFFER_INIT;
    const size_t length = 1 << 20;
    uint8_t *text = malloc(length);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', length);
    memcpy(text + length - 6, "%u0041", 6);
    assert_int_equal(textview_percent(&buffer, (const uint8_t *)"%41", 3), 1);
    buffer.length = 0;
    assert_int_equal(textview_percent(&buffer, text, length), 1);
    assert_int_equal(buffer.length, length - 5);
    assert_int_equal(buffer.data[buffer.length - 1], 'A');
    buffer_free(&buffer);
    free(text);
}

/* A text of so many lines with something before the line `at`. The caller frees it. */
static uint8_t *with(const char *what, size_t lines, size_t at, size_t *length_r)
{
    const size_t line = sizeof FILLER - 1, more = strlen(what);
    uint8_t *text = malloc(lines * line + more);
    size_t i, used = 0;

    assert_non_null(text);
    for (i = 0; i < lines; i++) {
        if (i == at) {
            memcpy(text + used, what, more);
            used += more;
        }
        memcpy(text + used, FILLER, line);
        used += line;
    }
    *length_r = used;
    return text;
}

/* The window that holds a piece of the text, of those that are in order and within it. */
static bool within(const uint8_t *text, size_t length, const uint8_t *piece, size_t size)
{
    const uint8_t *begin, *end, *before = text;
    struct textwindows windows;
    size_t count = 0;
    bool found = false;

    textwindows_begin(&windows, text, length);
    while (textwindows_next(&windows, &begin, &end)) {
        assert_true(begin >= text && begin < end && end <= text + length);
        assert_true(end >= before); /* they go on */
        assert_true(++count <= length);
        before = end;
        found = found || (begin <= piece && end >= piece + size);
    }
    return found;
}

static void test_windows(void **state)
{
    static const char *const changes[] = {
        "s = '" HALF "' + \"" HALF "\";",         "s='" HALF "\\x41" HALF "';",
        "s = `" HALF "`\n  + // so\n'" HALF "';", "s += '" HALF "'; s += '" HALF "';",
        "s=['" HALF "','" HALF "'].join('');",    "'" HALF "\\u{0041}" HALF "'"};
    size_t i, at, length;

    (void)state;
    for (i = 0; i < sizeof changes / sizeof changes[0]; i++)
        for (at = 0; at < 40; at += 13) {
            uint8_t *text = with(changes[i], 40, at, &length);
            const uint8_t *first = memmem(text, length, HALF, sizeof HALF - 1);
            const uint8_t *last =
                memmem(first + 1, length - (size_t)(first + 1 - text), HALF, sizeof HALF - 1);

            assert_non_null(last);
            assert_true(within(text, length, first, (size_t)(last - first) + sizeof HALF - 1));
            free(text);
        }
}

static void test_no_window(void **state)
{
    const uint8_t *begin, *end;
    struct textwindows windows;
    size_t length;
    uint8_t *text = with("", 40, 0, &length);

    (void)state;
    textwindows_begin(&windows, text, length);
    assert_false(textwindows_next(&windows, &begin, &end));
    textwindows_begin(&windows, text, 0);
    assert_false(textwindows_next(&windows, &begin, &end));
    textwindows_begin(&windows, (const uint8_t *)"\\", 1);
    assert_false(textwindows_next(&windows, &begin, &end));
    free(text);
}

static bool hit(const char *what, size_t at)
{
    size_t length;
    uint8_t *text = with(what, 40, at, &length);
    struct inspection in = {.budget = {.files_left = 1, .deadline_ns = UINT64_MAX}};
    struct embedded embedded = {.in = &in, .view = {.data = text, .length = length}};
    const bool result = embedwindows_hit(&embedded, true);

    free(text);
    return result;
}

/* A part of the text is enough to see that its copy is worth it, and for everyday text it is not.
 */
static void test_hit(void **state)
{
    static const char zip[] = "atob('UEsDBBQAAAAI'+'AAAAIQA8z1FoRAAAAEQAAAAJ'+'AAAAZWljYXIuY29t');";
    static const char uri[] =
        "open('da' + 'ta:application/zip;base64,UEsDBBQAAAAIAAAAIQA8z1FoRAAAAEQAAAAJ');";
    static const char hex[] =
        "open('\\x64ata:application/zip;base64,UEsDBBQAAAAIAAAAIQA8z1FoRAAAAEQAAAAJ');";
    static const char none[] = "say('it\\'s ' + 'a text' + \"\\n of words\\t\" + 'and no file');";
    size_t at;

    (void)state;
    for (at = 0; at < 40; at += 19) {
        assert_true(hit(zip, at));
        assert_true(hit(uri, at));
        assert_true(hit(hex, at));
        assert_false(hit(none, at));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percent), cmocka_unit_test(test_percent_in_used_buffer),
        cmocka_unit_test(test_windows), cmocka_unit_test(test_no_window),
        cmocka_unit_test(test_hit)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
