/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sources: the sample in the manual is understood, and what is wrong is named with line and
 * element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "updater/sources.h"
#include "updater/urls.h"

#define KEY  "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
#define HEAD "<sources version='1'>\n"
#define M    "<mirror url='https://a.example/'/><key>" KEY "</key>"

static int parse(struct sources *sources, const char *text, struct err *err)
{
    err->text[0] = '\0';
    return sources_parse(sources, text, strlen(text), err);
}

static void refuse(const char *text, const char *why)
{
    struct sources sources;
    struct err err;

    assert_int_equal(parse(&sources, text, &err), -1);
    if (!strstr(err.text, why))
        fail_msg("expected \"%s\" in \"%s\"", why, err.text);
    assert_null(sources.list);
}

static void test_all_kinds(void **state)
{
    struct sources sources;
    struct err err;

    (void)state;
    assert_int_equal(
        parse(&sources,
              HEAD "<manifest name='epost' interval='90m' allow='ign2 fp'>"
                   "<mirror url='https://dnl{00..19}.example/bases'/><key>" KEY "</key></manifest>"
                   "<clamav name='official'/>"
                   "<url name='third' required='no' maxSize='5M' interval='6h'>"
                   "<file url='https://x.example/a.ndb'/>"
                   "<file url='https://x.example/get?id=7' name='b.hdb'/></url></sources>",
              &err),
        0);
    assert_int_equal(sources.count, 3);

    const struct source *manifest = sources_find(&sources, "epost");
    assert_int_equal(manifest->mirror_count, 20);
    assert_string_equal(manifest->mirrors[0], "https://dnl00.example/bases/");
    assert_string_equal(manifest->mirrors[19], "https://dnl19.example/bases/");
    assert_int_equal(manifest->interval, 5400);
    assert_int_equal(manifest->required, 1);
    assert_int_equal(sources_allows(manifest, "x.ign2", &err), 0);
    assert_int_equal(sources_allows(manifest, "x.SFP", &err), -1);

    const struct source *official = sources_find(&sources, "official");
    assert_int_equal(official->database_count, 3);
    assert_string_equal(official->mirrors[0], "https://database.clamav.net/");
    assert_string_equal(official->dns, "current.cvd.clamav.net");
    assert_int_equal(official->cdiff, 1);

    const struct source *third = sources_find(&sources, "third");
    assert_int_equal(third->required, 0);
    assert_int_equal(third->max_size, 5 << 20);
    assert_int_equal(third->file_count, 2);
    assert_string_equal(third->files[0].name, "a.ndb");
    assert_string_equal(third->files[1].name, "b.hdb");
    assert_null(sources_find(&sources, "fourth"));
    sources_free(&sources);
}

/* The words of time and size are those of every directive. */
static void test_units(void **state)
{
    static const struct {
        const char *interval, *size;
        int64_t seconds;
        uint64_t bytes;
    } rows[] = {{"6min", "500KB", 360, 512000},   {"90s", "500K", 90, 512000},
                {"1.5h", "0.5G", 5400, 1u << 29}, {"0.5", "7B", 1, 7},
                {"500ms", "1MB", 1, 1u << 20},    {"2 d", "20M", 172800, 20u << 20}};
    char text[512];
    struct sources sources;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text,
                 HEAD "<url name='x' interval='%s' maxSize='%s'><file "
                      "url='https://x.example/a.ndb'/></url></sources>",
                 rows[i].interval, rows[i].size);
        assert_int_equal(parse(&sources, text, &err), 0);
        assert_int_equal(sources_find(&sources, "x")->interval, rows[i].seconds);
        assert_int_equal(sources_find(&sources, "x")->max_size, rows[i].bytes);
        sources_free(&sources);
    }
}

static void test_private_mirror(void **state)
{
    struct sources sources;
    struct err err;

    (void)state;
    assert_int_equal(parse(&sources,
                           HEAD "<clamav name='lan' private='yes' databases='main daily'>"
                                "<mirror url='http://clamav.lan'/></clamav></sources>",
                           &err),
                     0);
    assert_string_equal(sources.list[0].dns, "");
    assert_int_equal(sources.list[0].cdiff, 0);
    assert_int_equal(sources.list[0].database_count, 2);
    sources_free(&sources);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("<sources version='1'></sources>", "lists no source");
    refuse("<sources version='2'/>", "format version 2");
    refuse("<other/>", "root is not <sources>");
    refuse(HEAD "<thing name='a'/></sources>", "line 2: <thing>");
    refuse(HEAD "<manifest name='a'>" M "</manifest><manifest name='a'>" M "</manifest></sources>",
           "taken");
    refuse(HEAD "<manifest name='local'>" M "</manifest></sources>", "taken");
    refuse(HEAD "<manifest name='A b'>" M "</manifest></sources>", "characters of a-z");
    refuse(HEAD "<manifest>" M "</manifest></sources>", "name is missing");
    refuse(HEAD "<manifest name='a'>\n<key>" KEY "</key></manifest></sources>", "no <mirror>");
    refuse(HEAD "<manifest name='a'><mirror url='https://a/'/></manifest></sources>", "no <key>");
    refuse(HEAD "<manifest name='a'>\n\n<key>RWx</key></manifest></sources>", "line 4: <key>");
    refuse(HEAD "<manifest name='a'><key></key></manifest></sources>", "minisign public key");
    refuse(HEAD "<manifest name='a'><key file='/nowhere.pub'/></manifest></sources>",
           "cannot open");
    refuse(HEAD "<manifest name='a' interval='soon'>" M "</manifest></sources>", "not a time");
    refuse(HEAD "<manifest name='a' interval='99d'>" M "</manifest></sources>", "not a time");
    refuse(HEAD "<manifest name='a' interval='1hm'>" M "</manifest></sources>", "not a time");
    refuse(HEAD "<manifest name='a' maxSize='1T'>" M "</manifest></sources>", "not a size");
    refuse(HEAD "<manifest name='a' maxSize='-1'>" M "</manifest></sources>", "not a size");
    refuse(HEAD "<manifest name='a' required='maybe'>" M "</manifest></sources>",
           "neither yes nor no");
    refuse(HEAD "<manifest name='a' allow='exe'>" M "</manifest></sources>", "allow knows");
    refuse(HEAD "<manifest name='a' colour='red'>" M "</manifest></sources>",
           "unknown attribute colour");
    refuse(HEAD "<manifest name='a'><file url='https://a/b.ndb'/></manifest></sources>",
           "not known inside");
    refuse(HEAD "<clamav name='a' databases=''/></sources>", "names none");
    refuse(HEAD "<clamav name='a' databases='../x'/></sources>", "no name for a file");
    refuse(HEAD "<clamav name='a' dns='a b'/></sources>", "not a host name");
    refuse(HEAD "<url name='a'></url></sources>", "no <file>");
    refuse(HEAD "<url name='a'><file url='http://x/a.ndb'/></url></sources>", "insecure=");
    refuse(HEAD "<url name='a'><file url='https://x/a.fp'/></url></sources>",
           "not allowed to bring");
    refuse(HEAD "<url name='a'><file url='https://x/a.exe'/></url></sources>", "does not end as");
    refuse(HEAD "<url name='a'><file url='https://x/?a'/></url></sources>", "name is missing");
    refuse(
        HEAD
        "<url name='a'><file url='https://x/a.cvd'/><file url='https://x/a.cld'/></url></sources>",
        "twice");
    refuse("<!DOCTYPE sources [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" HEAD "</sources>",
           "DOCTYPE");
}

static void test_urls(void **state)
{
    static const char *const bad[] = {"ftp://a.example/",
                                      "a.example",
                                      "https://",
                                      "https:///x",
                                      "file:///etc/passwd",
                                      "https://user:secret@a.example/",
                                      "https://a.example/ x",
                                      "https://a.example/\n",
                                      "https://dnl{0..}.example/",
                                      "https://dnl{19..00}.example/",
                                      "https://dnl{a..b}.example/",
                                      "https://dnl{0..9}{0..9}.example/",
                                      "https://dnl{0..9999}.example/"};
    char *list[32];
    size_t count = 0;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(urls_expand(bad[i], list, 32, &count, &err), -1);
    assert_int_equal(count, 0);

    assert_int_equal(urls_expand("https://m{8..11}.example/x/", list, 32, &count, &err), 0);
    assert_int_equal(count, 4);
    assert_string_equal(list[0], "https://m8.example/x/");
    assert_string_equal(list[3], "https://m11.example/x/");
    assert_int_equal(urls_expand("https://m9.example/x", list, 32, &count, &err), -1);
    assert_non_null(strstr(err.text, "twice"));
    for (size_t i = 0; i < count; i++)
        free(list[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds),      cmocka_unit_test(test_units),
        cmocka_unit_test(test_private_mirror), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
