/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index: what the format allows is read and written; everything else is refused, and says where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "updater/index.h"
#include "updater/iso8601.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ROOT                                                                                       \
    "<bases version='1' name='demo' serial='42' created='2026-01-02T03:04:05Z' "                   \
    "expires='2026-01-09T03:04:05Z'>"
#define FILE_ "<file name='daily.cvd' size='12' sha256='" SHA "' version='27000'/>"

static int parse(struct index *index, const char *text, struct err *err)
{
    err->text[0] = '\0';
    return index_parse(index, text, strlen(text), err);
}

static void refuse(const char *text, const char *why)
{
    struct index index;
    struct err err;

    assert_int_equal(parse(&index, text, &err), -1);
    if (!strstr(err.text, why))
        fail_msg("expected \"%s\" in \"%s\"", why, err.text);
    assert_null(index.files);
}

static void test_good(void **state)
{
    struct index index;
    struct err err;

    (void)state;
    assert_int_equal(
        parse(&index, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" ROOT FILE_ "</bases>", &err),
        0);
    assert_int_equal(index.serial, 42);
    assert_int_equal(index.expires - index.created, 7 * 86400);
    assert_int_equal(index.count, 1);
    assert_int_equal(index.files[0].size, 12);
    assert_int_equal(index.files[0].version, 27000);
    assert_int_equal(index.files[0].sha256[1], 0x23);
    assert_non_null(index_find(&index, "daily.cvd"));
    assert_null(index_find(&index, "daily"));
    index_free(&index);
    assert_int_equal(parse(&index, "\xef\xbb\xbf" ROOT FILE_ "</bases>", &err), 0);
    index_free(&index);
}

static void test_roundtrip(void **state)
{
    struct index index = {
        .name = "demo", .serial = 7, .created = 1767323045, .expires = 1767409445};
    struct index again;
    struct buf out;
    struct err err = {""};
    char comment[INDEX_COMMENT_MAX];
    struct index_claim claim;

    (void)state;
    for (int i = 0; i < INDEX_FILES_MAX; i++) {
        struct index_file file = {.size = (uint64_t)i + 1, .version = (uint64_t)i};
        snprintf(file.name, sizeof file.name, "f%d.ndb", i);
        file.sha256[0] = (uint8_t)i;
        assert_int_equal(index_add(&index, &file, &err), 0);
    }
    struct index_file more = {.name = "more.ndb", .size = 1};
    assert_int_equal(index_add(&index, &more, &err), -1);

    buf_init(&out, INDEX_SIZE_MAX);
    assert_int_equal(index_write(&index, &out, &err), 0);
    assert_int_equal(index_parse(&again, out.data, out.length, &err), 0);
    assert_int_equal(again.count, INDEX_FILES_MAX);
    assert_memory_equal(again.files, index.files, sizeof *index.files * index.count);

    index_claim_format(&index, comment);
    assert_int_equal(index_claim_parse(&claim, comment, &err), 0);
    assert_int_equal(claim.serial, 7);
    assert_int_equal(claim.created, index.created);
    assert_int_equal(claim.expires, index.expires);
    buf_free(&out);
    index_free(&again);
    index_free(&index);
}

static void test_rules(void **state)
{
    (void)state;
    refuse("", "empty");
    refuse(ROOT "</bases>", "no files");
    refuse(ROOT FILE_ FILE_ "</bases>", "the same database");
    refuse(ROOT FILE_ "<file name='daily.cld' size='1' sha256='" SHA "'/></bases>",
           "the same database");
    refuse(ROOT "<file name='../x.ndb' size='1' sha256='" SHA "'/></bases>", "no name for a file");
    refuse(ROOT "<file name='.x.ndb' size='1' sha256='" SHA "'/></bases>", "no name for a file");
    refuse(ROOT "<file name='x.sh' size='1' sha256='" SHA "'/></bases>", "does not end as");
    refuse(ROOT "<file name='x.ndb' size='0' sha256='" SHA "'/></bases>", "outside");
    refuse(ROOT "<file name='x.ndb' size='-1' sha256='" SHA "'/></bases>", "not a number");
    refuse(ROOT "<file name='x.ndb' size='99999999999999999999' sha256='" SHA "'/></bases>",
           "not a number");
    refuse(ROOT "<file name='x.ndb' size='1' sha256='ABC'/></bases>", "64 hex digits");
    refuse(ROOT "<file name='x.ndb' size='1'/></bases>", "sha256 is missing");
    refuse(ROOT "\n\n<file name='x.ndb' size='1' sha256='" SHA "' extra=''/></bases>",
           "line 3: <file>");
    refuse(ROOT "<other/></bases>", "not known inside");
    refuse(ROOT FILE_ "text</bases>", "text is not allowed");
    refuse("<bases version='2' name='demo' serial='1' created='2026-01-02T03:04:05Z' "
           "expires='2026-01-09T03:04:05Z'/>",
           "format version 2");
    refuse("<bases version='1' name='demo' serial='0' created='2026-01-02T03:04:05Z' "
           "expires='2026-01-09T03:04:05Z'/>",
           "outside");
    refuse("<bases version='1' name='demo' serial='1' created='2026-01-09T03:04:05Z' "
           "expires='2026-01-02T03:04:05Z'/>",
           "expires before");
    refuse("<bases version='1' name='demo' serial='1' created='2026-01-02T03:04:05Z' "
           "expires='2036-01-02T03:04:05Z'/>",
           "more than a year");
    refuse("<bases version='1' name='demo' serial='1' created='2026-02-30T03:04:05Z' "
           "expires='2026-03-09T03:04:05Z'/>",
           "not a date");
    refuse("<sources/>", "root is not <bases>");
}

static void test_hostile(void **state)
{
    struct index index;
    struct err err;
    char *big;

    (void)state;
    refuse("<!DOCTYPE bases>" ROOT FILE_ "</bases>", "DOCTYPE");
    refuse("<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>" ROOT "&b;</bases>",
           "DOCTYPE");
    refuse("<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" ROOT "</bases>", "DOCTYPE");
    refuse(ROOT "&x;</bases>", "line 1");
    refuse("<?xml version='1.0' encoding='UTF-16'?>" ROOT FILE_ "</bases>", "not UTF-8");
    refuse("<?xml version='1.0' encoding='ISO-8859-1'?>" ROOT FILE_ "</bases>", "not UTF-8");
    refuse(ROOT "<file name='\xff.ndb' size='1' sha256='" SHA "'/></bases>", "line 1");
    refuse("<a:bases xmlns:a='x' version='1'/>", "namespaces");
    refuse("<bases xmlns='x' version='1'/>", "namespaces");
    refuse(ROOT "<file><file><file><file><file/></file></file></file></file></bases>", "line 1");
    refuse(ROOT FILE_, "line 1");
    refuse(ROOT FILE_ "</bases><bases/>", "line 1");
    refuse(ROOT "<file name='a' name='b'/></bases>", "line 1");

    assert_int_equal(
        index_parse(&index, ROOT "\0" FILE_ "</bases>", sizeof ROOT + sizeof FILE_ + 7, &err), -1);
    assert_non_null(strstr(err.text, "NUL"));

    /* an attribute of nearly the whole allowed size, and a document over it */
    size_t size = (size_t)INDEX_SIZE_MAX + 1;
    big = malloc(size + 1);
    memset(big, 'a', size);
    memcpy(big, "<bases name='", 13);
    assert_int_equal(index_parse(&index, big, INDEX_SIZE_MAX, &err), -1);
    assert_int_equal(index_parse(&index, big, size, &err), -1);
    assert_non_null(strstr(err.text, "larger than"));
    free(big);
}

static void test_claim(void **state)
{
    static const char *const bad[] = {
        "",
        "serial:5",
        "timestamp:1 file:index.xml",
        "serial:5 created:2026-01-02T03:04:05Z expires:2026-01-09T03:04:05Z file:other.xml",
        "serial:5 created:2026-01-02T03:04:05Z expires:2026-01-09T03:04:05Z",
        "serial:5 serial:6 created:2026-01-02T03:04:05Z expires:2026-01-09T03:04:05Z "
        "file:index.xml",
        "serial:x created:2026-01-02T03:04:05Z expires:2026-01-09T03:04:05Z file:index.xml",
        "serial:99999999999999999999 created:2026-01-02T03:04:05Z expires:2026-01-09T03:04:05Z "
        "file:index.xml",
        "serial:5 created:2026-01-02 expires:2026-01-09T03:04:05Z file:index.xml",
        "serial:5 expires:2026-01-02T03:04:05Z created:2026-01-09T03:04:05Z file:index.xml"};
    struct index_claim claim;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(index_claim_parse(&claim, bad[i], &err), -1);
    assert_int_equal(index_claim_parse(&claim,
                                       "file:index.xml new:field expires:2026-01-09T03:04:05Z "
                                       "created:2026-01-02T03:04:05Z serial:5",
                                       &err),
                     0);
    assert_int_equal(claim.serial, 5);
}

static void test_when(void **state)
{
    char text[WHEN_TEXT];
    int64_t when;

    (void)state;
    assert_int_equal(iso8601_parse("1970-01-01T00:00:00Z", &when), 0);
    assert_int_equal(when, 0);
    assert_int_equal(iso8601_parse("2026-02-29T00:00:00Z", &when), -1);
    assert_int_equal(iso8601_parse("2028-02-29T23:59:59Z", &when), 0);
    assert_string_equal(iso8601_format(when, text), "2028-02-29T23:59:59Z");
    assert_int_equal(iso8601_parse("2026-01-02T03:04:05+01:00", &when), -1);
    assert_string_equal(iso8601_span(3 * 86400, text), "3 days");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),  cmocka_unit_test(test_roundtrip),
        cmocka_unit_test(test_rules), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_claim), cmocka_unit_test(test_when),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
