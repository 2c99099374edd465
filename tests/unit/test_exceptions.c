/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "modules/epost_av/exceptions.h"
#include "modules/epost_av/host.h"
#include "modules/epost_av/magic.h"
#include "modules/epost_av/range.h"

static struct exceptions *load(const char *text, struct err *err)
{
    char path[] = "/tmp/epost-exceptions-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    struct exceptions *made = exceptions_load(path, err);
    unlink(path);
    return made;
}

static enum exceptions_answer ask(const struct exceptions *e, const char *host, const char *url,
                                  const char *client, const char *user)
{
    char rule[100] = "";
    struct exceptions_subject subject = {.host = host, .url = url, .client = client, .user = user};
    enum exceptions_answer answer = exceptions_request(e, &subject, rule, sizeof rule);

    assert_int_equal(answer != EXCEPTIONS_NONE, rule[0] != '\0');
    return answer;
}

static void test_empty(void **state)
{
    struct err err;
    char rule[10];
    struct exceptions *e = exceptions_load("", &err);

    (void)state;
    assert_non_null(e);
    assert_int_equal(ask(e, "a", "b", "c", "d"), EXCEPTIONS_NONE);
    assert_int_equal(exceptions_allow(e, "X", rule, sizeof rule), 0);
    assert_int_equal(exceptions_want_type(e), 0);
    struct exceptions *again = exceptions_hold(e);
    exceptions_drop(&e);
    assert_null(e);
    exceptions_drop(&again);
}

static void test_hosts(void **state)
{
    struct err err;
    struct exceptions *e = load("skip host .Example.com\nblock host bad.example.com\n"
                                "skip host only.test # no\n",
                                &err);

    (void)state;
    assert_null(e); /* a comment behind a rule is no rule */
    e = load("# c\n\n  skip  host\t.Example.com\r\nblock host bad.example.com\nskip host only.test",
             &err);
    assert_non_null(e);
    assert_int_equal(ask(e, "example.com", "", "", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "A.B.EXAMPLE.COM:8080", "", "", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "example.com.", "", "", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "bad.example.com", "", "", ""), EXCEPTIONS_BLOCK);
    assert_int_equal(ask(e, "notexample.com", "", "", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "example.com.evil.test", "", "", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "only.test", "", "", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "sub.only.test", "", "", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "...", "", "", ""), EXCEPTIONS_NONE);
    exceptions_drop(&e);
}

static void test_clients_users_urls(void **state)
{
    struct err err;
    struct exceptions *e =
        load("skip client 10.0.0.0/9\nskip client 2001:db8::/33\nblock client 10.1.2.3\n"
             "skip user alice\nskip url https://a.test/*.mp4\n",
             &err);

    (void)state;
    assert_non_null(e);
    assert_int_equal(ask(e, "", "", "10.127.0.1", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "", "", "10.128.0.1", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "", "", "10.1.2.3", "alice"), EXCEPTIONS_BLOCK);
    assert_int_equal(ask(e, "", "", "::ffff:10.1.2.3", ""), EXCEPTIONS_BLOCK);
    assert_int_equal(ask(e, "", "", "2001:db8:7fff::1", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "", "", "2001:db8:8000::1", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "", "", "nonsense", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "", "", "", "alice"), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "", "", "", "Alice"), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "", "https://a.test/x/y.mp4", "", ""), EXCEPTIONS_SKIP);
    assert_int_equal(ask(e, "", "https://a.test/x/y.mp3", "", ""), EXCEPTIONS_NONE);
    exceptions_drop(&e);
}

static void test_content(void **state)
{
    static const uint8_t sum[32] = {0xAB, 0xCD};
    static const uint8_t other[32] = {0xAB, 0xCE};
    struct err err;
    char rule[100];
    struct exceptions *e =
        load("block sha256 "
             "ABCD000000000000000000000000000000000000000000000000000000000000\n"
             "skip type image/*\nblock type application/x-elf\nallow threat Heur.*\n",
             &err);

    (void)state;
    assert_non_null(e);
    assert_int_equal(exceptions_sha256(e, sum, rule, sizeof rule), EXCEPTIONS_BLOCK);
    assert_int_equal(exceptions_sha256(e, other, rule, sizeof rule), EXCEPTIONS_NONE);
    assert_int_equal(exceptions_type(e, "\x89PNG\r\n\x1a\n", 8, rule, sizeof rule),
                     EXCEPTIONS_SKIP);
    assert_int_equal(exceptions_type(e, "\x89PNG\r\n\x1a", 7, rule, sizeof rule), EXCEPTIONS_NONE);
    assert_int_equal(exceptions_type(e,
                                     "\x7f"
                                     "ELF",
                                     4, rule, sizeof rule),
                     EXCEPTIONS_BLOCK);
    assert_int_equal(exceptions_type(e, "BMPK\x03\x04", 6, rule, sizeof rule), EXCEPTIONS_NONE);
    assert_int_equal(exceptions_allow(e, "Heur.X", rule, sizeof rule), 1);
    assert_string_equal(rule, "threat Heur.*");
    assert_int_equal(exceptions_allow(e, "Win.Heur.X", rule, sizeof rule), 0);
    exceptions_drop(&e);
}

static void test_wrong_lines(void **state)
{
    static const char *const wrong[] = {"skip",
                                        "skip host",
                                        "skip host a b",
                                        "pass host a",
                                        "skip planet a",
                                        "allow host a",
                                        "skip threat a",
                                        "skip client 10.0.0.0/33",
                                        "skip client a.b.c.d",
                                        "skip client 10.0.0.0/",
                                        "skip sha256 abc"};
    struct err err;
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(text, sizeof text, "# first\n%s\n", wrong[i]);
        assert_null(load(text, &err));
        assert_non_null(strstr(err.text, ":2: "));
    }
    assert_null(exceptions_load("/nonexistent/file", &err));
}

static void test_digest(void **state)
{
    struct err err;
    struct exceptions *a = load("skip host a\n", &err), *b = load("skip host b\n", &err),
                      *c = load("skip host a\n", &err);

    (void)state;
    assert_memory_equal(exceptions_digest(a), exceptions_digest(c), 32);
    assert_memory_not_equal(exceptions_digest(a), exceptions_digest(b), 32);
    exceptions_drop(&a);
    exceptions_drop(&b);
    exceptions_drop(&c);
}

static int is_part(int status, const char *range, const char *type)
{
    uint64_t whole;

    return range_is_part(status, range, type, &whole);
}

static void test_ranges(void **state)
{
    uint64_t whole = 1;

    (void)state;
    assert_int_equal(range_is_part(206, "bytes 0-9/10", NULL, &whole), 0);
    assert_int_equal(whole, 10);
    assert_int_equal(range_is_part(200, NULL, NULL, &whole), 0);
    assert_int_equal(whole, 0);
    assert_int_equal(is_part(200, NULL, "text/html"), 0);
    assert_int_equal(is_part(206, NULL, NULL), 1);
    assert_int_equal(is_part(206, "bytes 0-9/10", NULL), 0);
    assert_int_equal(is_part(206, " bytes  0-9/10 ", NULL), 0);
    assert_int_equal(is_part(206, "bytes 0-8/10", NULL), 1);
    assert_int_equal(is_part(206, "bytes 1-9/10", NULL), 1);
    assert_int_equal(is_part(206, "bytes 0-9/*", NULL), 1);
    assert_int_equal(is_part(206, "bytes 0-18446744073709551615/0", NULL), 1);
    assert_int_equal(is_part(206, "bytes 0-99999999999999999999/1", NULL), 1);
    assert_int_equal(is_part(206, "bytes */10", NULL), 1);
    assert_int_equal(is_part(206, "items 0-9/10", NULL), 1);
    assert_int_equal(is_part(206, "bytes 0-9/10x", NULL), 1);
    assert_int_equal(is_part(200, "bytes 5-9/10", NULL), 1);
    assert_int_equal(is_part(0, "bytes 5-9/10", NULL), 1);
    assert_int_equal(is_part(206, "bytes 0-9/10", " Multipart/ByteRanges; boundary=x"), 1);
    assert_int_equal(range_is_risky("http://h/a/b.EXE?x=.png", "exe zip"), 1);
    assert_int_equal(range_is_risky("http://h/a/b.zip#x", "exe,zip"), 1);
    assert_int_equal(range_is_risky("http://h/a/b.mp4", "exe zip"), 0);
    assert_int_equal(range_is_risky("http://h.exe/a", "exe"), 0);
    assert_int_equal(range_is_risky("http://h/exe", "exe"), 0);
    assert_int_equal(range_is_risky("http://h/a.", "exe"), 0);
    assert_int_equal(range_is_risky("", "exe"), 0);
}

static void expect_host(const char *authority, const char *expected)
{
    char host[HOST_MAX];

    assert_int_equal(host_normalise(host, authority, strlen(authority)), 0);
    assert_string_equal(host, expected);
}

static void test_host_has_one_spelling(void **state)
{
    char host[HOST_MAX], text[HOST_MAX + 1];

    (void)state;
    expect_host("", "");
    expect_host("...", "");
    expect_host("Example.TEST", "example.test");
    expect_host("example.test.:80", "example.test");
    expect_host("example%2Etest%2e", "example.test");
    expect_host("user:pw@ex%61mple.test", "example.test");
    expect_host("example\xe3\x80\x82test", "example.test");
    expect_host("example%EF%BC%8Etest", "example.test");
    expect_host("a%2", "a%2");
    expect_host("a%00b", "a_b");
    expect_host("[2001:DB8::1]:80", "[2001:db8::1]");
    memset(text, 'a', sizeof text);
    assert_int_equal(host_normalise(host, text, HOST_MAX - 1), 0);
    assert_int_equal(strlen(host), HOST_MAX - 1);
    assert_int_equal(host_normalise(host, text, HOST_MAX), -1);
    assert_string_equal(host, "");
}

static void expect_url(const char *url, const char *expected)
{
    struct buf out;

    buf_init(&out, 200);
    assert_int_equal(host_normalise_url(&out, url), 0);
    assert_string_equal(buf_text(&out), expected);
    buf_free(&out);
}

static void test_url_has_one_spelling(void **state)
{
    (void)state;
    expect_url("", "");
    expect_url("/a%62?%63", "/ab?c");
    expect_url("HTTP://u@A%2eTest.:8080/%2F%41", "http://a.test:8080/%2FA");
    expect_url("http://a.test?x=http://b%2e", "http://a.test?x=http://b.");
    expect_url("/x?u=http://B%2e/", "/x?u=http://B./");
}

static void test_blocked_in_any_spelling(void **state)
{
    struct err err;
    struct exceptions *e = load("block host .bad.test\nblock url *evil.exe\n"
                                "skip url http://good.test/*\n",
                                &err);

    (void)state;
    assert_non_null(e);
    assert_int_equal(ask(e, "x.bad%2Etest", "", "", ""), EXCEPTIONS_BLOCK);
    assert_int_equal(ask(e, "a", "http://a/%65vil.exe", "", ""), EXCEPTIONS_BLOCK);
    assert_int_equal(ask(e, "a", "http://good%2etest/x", "", ""), EXCEPTIONS_NONE);
    assert_int_equal(ask(e, "a", "http://good.test/x", "", ""), EXCEPTIONS_SKIP);
    exceptions_drop(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_has_one_spelling),
        cmocka_unit_test(test_url_has_one_spelling),
        cmocka_unit_test(test_blocked_in_any_spelling),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_clients_users_urls),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_wrong_lines),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
