/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "modules/epost_av/page.h"

#define HOSTILE "<script>alert(1)</script>\"'&{{threat}}\xff\x01"

static char *render(const struct page_set *set, const char *accept, enum verdict verdict,
                    enum reason reason, const char **language)
{
    static struct buf out;
    const char *policy;
    struct page_values values = {.value = {[PAGE_THREAT] = "Threat." HOSTILE,
                                           [PAGE_URL] = "http://x.test/" HOSTILE,
                                           [PAGE_PART] = HOSTILE,
                                           [PAGE_CONTACT] = "Helpdesk",
                                           [PAGE_ID] = "id-1"}};

    buf_free(&out);
    buf_init(&out, PAGE_MAX);
    assert_int_equal(page_render(set, accept, verdict, reason, &values, &out, language, &policy),
                     0);
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_null(strstr(policy, "unsafe"));
    return out.data;
}

static void test_built_in(void **state)
{
    struct err err;
    const char *language;
    struct page_set *set = page_load("", "en", &err);

    (void)state;
    assert_non_null(set);
    const char *page = render(set, NULL, VERDICT_INFECTED, REASON_SIGNATURE, &language);
    assert_string_equal(language, "en");
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "{{title}}"));
    assert_non_null(strstr(page, "Helpdesk"));
    assert_non_null(strstr(page, "&lt;script&gt;"));
    page_free(&set);
    assert_null(set);
}

static void test_shipped(void **state)
{
    struct err err;
    const char *language;
    struct page_set *set = page_load(TEST_SRCDIR "/../conf/templates", "en", &err);

    (void)state;
    if (!set)
        fail_msg("%s", err.text);
    for (unsigned reason = 0; reason < 64; reason++) {
        enum verdict verdict = reason_verdict(reason);
        const char *page = render(set, "ja", verdict, (enum reason)reason, &language);
        assert_string_equal(language, "ja");
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "http://x.test/<"));
        assert_null(strstr(page, "src="));
        page = render(set, "en", verdict, (enum reason)reason, &language);
        assert_non_null(strstr(page, "Helpdesk"));
    }
    page_free(&set);
}

static void test_language(void **state)
{
    static const struct {
        const char *accept, *language;
    } cases[] = {{NULL, "en"},
                 {"", "en"},
                 {"ja", "ja"},
                 {"ja-JP", "ja"},
                 {"JA", "ja"},
                 {"de, ja;q=0.3", "ja"},
                 {"en;q=0.5, ja;q=0.9", "ja"},
                 {"ja;q=0.5, en", "en"},
                 {"ja;q=0", "en"},
                 {"jam", "en"},
                 {";;;,,=q", "en"},
                 {"*", "en"}};
    struct err err;
    const char *language;
    struct page_set *set = page_load(TEST_SRCDIR "/../conf/templates", "en", &err);

    (void)state;
    assert_non_null(set);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        render(set, cases[i].accept, VERDICT_INFECTED, REASON_SIGNATURE, &language);
        assert_string_equal(language, cases[i].language);
    }
    page_free(&set);
    set = page_load(TEST_SRCDIR "/../conf/templates", "ja", &err);
    render(set, "de", VERDICT_INFECTED, REASON_SIGNATURE, &language);
    assert_string_equal(language, "ja");
    page_free(&set);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Wrong templates are refused with file and line. */
static void test_wrong(void **state)
{
    static const struct {
        const char *html, *says;
    } cases[] = {{"<p>\n{{nosuch}}", "blocked.html:2"},
                 {"{{#url}}x", "never closed"},
                 {"{{#url}}{{#part}}{{/part}}{{/url}}", "blocked.html:1"},
                 {"{{/url}}", "blocked.html:1"},
                 {"{{title", "blocked.html:1"}};
    char directory[] = "/tmp/epost-page-XXXXXX", path[128];
    struct err err;
    struct page_set *set;

    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_null(page_load(directory, "en", &err));
    snprintf(path, sizeof path, "%s/en", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(page_load(directory, "en", &err));
    snprintf(path, sizeof path, "%s/en/texts", directory);
    write_file(path, "infected.title = T\n");
    snprintf(path, sizeof path, "%s/en/blocked.html", directory);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(path, cases[i].html);
        assert_null(page_load(directory, "en", &err));
        assert_non_null(strstr(err.text, cases[i].says));
    }
    write_file(path, "{{title}}{{#part}}[{{part}}]{{/part}}{{#user}}never{{/user}}.");
    set = page_load(directory, "en", &err);
    assert_non_null(set);
    const char *language;
    const char *page = render(set, "en", VERDICT_INFECTED, REASON_SIGNATURE, &language);
    assert_int_equal(strncmp(page, "T[&lt;script", 12), 0);
    assert_null(strstr(page, "never"));
    page_free(&set);
    unlink(path);
    snprintf(path, sizeof path, "%s/en/texts", directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/en", directory);
    rmdir(path);
    rmdir(directory);
}

static void test_ceiling(void **state)
{
    struct err err;
    const char *language, *policy;
    struct buf small;
    struct page_values values = {.value = {NULL}};
    struct page_set *set = page_load("", "en", &err);

    (void)state;
    buf_init(&small, 50);
    assert_int_equal(page_render(set, NULL, VERDICT_INFECTED, REASON_SIGNATURE, &values, &small,
                                 &language, &policy),
                     -1);
    buf_free(&small);
    page_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in), cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_language), cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_ceiling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
