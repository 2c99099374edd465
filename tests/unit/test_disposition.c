/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "modules/epost_av/disposition.h"

/* Is there a name of that ending among those that the field gives? */
static int names(const char *field, const char *ending)
{
    struct buf buf;
    const char *line;
    int found = 0;

    buf_init(&buf, 8192);
    assert_int_equal(disposition_add_name(&buf, "download", 8), 0);
    assert_int_equal(disposition_add_names(&buf, field), 0);
    for (line = buf_text(&buf); *line; line += *line == '\n') {
        const size_t length = strcspn(line, "\n"), size = strlen(ending);

        if (length >= size && memcmp(line + length - size, ending, size) == 0)
            found = 1;
        line += length;
    }
    buf_free(&buf);
    return found;
}

static void test_spellings(void **state)
{
    static const char *const fields[] = {
        "attachment; filename=\"invoice.html\"",
        "attachment; filename=invoice.html",
        "attachment;filename = invoice.html ; size=3",
        "inline; FileName=\"a.b.html\"; x=y",
        "filename=invoice.html",
        "attachment; filename='invoice.html'",
        "attachment; filename=\"in\\\"voice.ht\\ml\"",
        "attachment; filename=\"invoice.html. \"",
        "attachment; filename=\"invoice.html",
        "attachment; filename*=UTF-8''invoice%2Ehtml",
        "attachment; filename*=UTF-8''%e3%81%82.ht%6Dl",
        "attachment; filename*=\"UTF-8''a.html\"",
        "attachment; filename=a.png; filename*=utf-8'en'a.html",
        "attachment; filename=a.html; filename*=utf-8'en'a.png",
        "attachment; filename=a.png; filename=a.html",
        "attachment; filename*0=a.h; filename*1=tml",
        "attachment; filename*0*=UTF-8''a%2e; filename*1=\"html\"",
        "attachment; filename*1=tml; filename*0=a.h",
        "attachment; filename*2=ml; filename*0*=UTF-8''a%2e; filename*1=\"ht\"",
        "attachment; filename=\"=?UTF-8?Q?a=2Ehtml?=\"",
        "attachment; filename=\"=?UTF-8?B?YS5odG1s?=\"",
        "attachment; filename==?utf-8?b?YS5o?= =?utf-8?q?tml?=",
        "attachment; filename=\"a%2Ehtml\"",
        "attachment; name=a.html",
        "attachment; filename=a b.html",
        "attachment; filename=a.html b.png",
        "attachment; filename*=a.html",
        "attachment;\r\n\tfilename=\r\n a.html",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (!names(fields[i], ".html"))
            fail_msg("no .html in %s", fields[i]);
    assert_false(names("attachment; filename=\"a.png\"", ".html"));
    assert_false(names("attachment", ".html"));
    assert_false(names("attachment; filename", ".html"));
    assert_false(names("", ".html"));
}

/* Names of one ending count once; more than the ceiling are told. */
static void test_ceilings(void **state)
{
    struct buf buf;
    char field[64], large[20000];
    int i, status = 0;

    (void)state;
    buf_init(&buf, 8192);
    for (i = 0; i < 100; i++)
        assert_int_equal(disposition_add_names(&buf, "x; filename=a.PNG"), 0);
    assert_string_equal(buf_text(&buf), "a.PNG");
    for (i = 0; i < DISPOSITION_NAMES; i++) {
        snprintf(field, sizeof field, "x; filename=a.e%d", i);
        status |= disposition_add_names(&buf, field);
    }
    assert_int_equal(status, -1);
    buf_free(&buf);

    memset(large, 'a', sizeof large);
    memcpy(large, "x; filename=\"", 13);
    memcpy(large + sizeof large - 7, ".html\"", 7);
    assert_true(names(large, ".html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spellings),
                                       cmocka_unit_test(test_ceilings)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
