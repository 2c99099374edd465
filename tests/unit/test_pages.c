/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in pages, scripts and other text, in the spellings that browsers read. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/looks.h"
#include "inspect/textview.h"
#include "tests/unit/engine.h"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 1000,
                                                 .max_recursion = 16,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000};

/* base64 of "a harmless text, and " ENGINE_MARK " in it", and of the same in other spellings. */
#define BEGIN  "YSBoYXJtbGVzcyB0ZXh0LCBhbmQg"
#define MIDDLE "RVBPU1QtVEVTVC1NQVJL"
#define END    "IGluIGl0"
#define ALL    BEGIN MIDDLE END

static enum verdict looked_at(const char *text, size_t length, const char *type)
{
    struct wire_reply reply;

    engine_inspect(&settings, text, length, type, "", 0, &reply);
    return reply.verdict;
}

static void assert_found(const char *text)
{
    if (looked_at(text, strlen(text), "text/html") != VERDICT_INFECTED)
        fail_msg("not found: %s", text);
}

static void assert_clean(const char *text)
{
    if (looked_at(text, strlen(text), "text/html") != VERDICT_CLEAN)
        fail_msg("not clean: %s", text);
}

static void test_uris(void **state)
{
    (void)state;
    assert_found("<a href='data:text/plain;base64," ALL "'>x</a>");
    assert_found("<a href='data:text/plain;BASE64," ALL "'>x</a>");
    assert_found("<a href='data:text/plain; base64 ," ALL "'>x</a>");
    assert_found("<a href='data:text/plain;b\nas\te64," ALL "'>x</a>");
    assert_found("<a href=' da\tta:text/pl\nain;base\r\n64," BEGIN "\n" MIDDLE END "'>x</a>");
    assert_found("<a href='data:text/plain;base64,YSBoYXJtbG%56%7AcyB0ZXh0LCBhbmQg" MIDDLE "'>");
    assert_found("<a href='data:text/plain,harmless%20text%20%45POST%2DTEST%2dMARK#x'>x</a>");
    assert_found("<a href=data:,harmless%20text%20%45POST-TEST-MARK>x</a>");
    assert_found("<a href='data:text/plain,harmless%20text%20%45PO\nST-TE\r\nST\t-MARK'>x</a>");
    assert_found("<a href='data:,harmless%20text%20%4\n5POST-TEST-MARK'>x</a>");
    assert_found("<a href='data:,a text that keeps its \n lines EPOST-TEST-MARK'>x</a>");
    assert_found("<a href='data:;base64,YSBoYXJtbG%5\n6%\t7AcyB0ZXh0LCBhbmQg%0\nA" MIDDLE "'>");
    assert_found("a { background: url(data:,harmless%20text%20%45POST-TEST-MARK) }");
    /* Python, PHP and Java pass by what is no digit. */
    assert_found("<a href='data:text/plain;base64,YSBo;YXJtbG!!Vzcy B0ZXh0LCBhbmQg" MIDDLE "'>");
    assert_found("<a href=data:;base64,YSBoYXJtbGVzcyB0ZXh0LCBhbmQ.g" MIDDLE ">");
    assert_found("x { y: url(data:text/plain;base64," BEGIN "R=VBPU1QtVEVTVC1NQVJL" END ") }");
    assert_found("a { background: u\\72l(dat\\61:text/plain;bas\\65 64," ALL ") }");
}

static void test_references(void **state)
{
    (void)state;
    assert_found("<a href='data:text/plain;base64&#44;" ALL "'>x</a>");
    assert_found("<a href='data:text/plain;base64&comma;" ALL "'>x</a>");
    assert_found("<a href='d&#97ta&colon;text/plain;b&#x0000000061;se64," ALL "'>x</a>");
    assert_found("<a href='data:text/plain;base64,&#89;SBoYXJtbGVzcyB0ZXh0LCBhbmQg" MIDDLE "'>");
    assert_found("<a href='data:text/plain;base64," BEGIN "&NewLine;" MIDDLE "&Tab;" END "'>x</a>");
    assert_found("<a href=&#32;data:text/plain,harmless%20text%20EPOST-TEST-MARK>x</a>");
    assert_found("<a href='data:,harmless%20text%20EPOST-&NewLine;TEST-%&Tab;4dARK'>x</a>");
    assert_found("<iframe srcdoc='&lt;a href=&quot;data:text/plain;base64&amp;#44;" ALL "&quot;'>");
    assert_found("<a href='data:,&quot;a text&quot; &#69;POST-TEST-&#x4d;ARK'>x</a>");
    assert_found("<!DOCTYPE svg [<!ENTITY p '" BEGIN MIDDLE "'><!ENTITY q \"&p;" END "\">]>"
                 "<svg><a href='data:text/plain;base64,&q;'/></svg>");
}

static void test_scripts(void **state)
{
    (void)state;
    assert_found("var b = atob(\"" ALL "\");");
    assert_found("var b = atob(\"" BEGIN "\" +\n '" MIDDLE "' + `" END "`);");
    assert_found("var b = atob([\"YSBoYX\", \"JtbGVzcyB0\", \"ZXh0LCBhbmQg" MIDDLE
                 "\"].join(''));");
    assert_found("var b = atob('\\x59SBo\\u0059XJtbGVzcyB0ZXh0LCBhbmQg" MIDDLE "');");
    assert_found("location = 'data:text/plain;base\\x364," ALL "';");
    assert_found("var h = '"
                 "61206861726d6c65737320746578742c20616e6420"
                 "45504f53542d544553542d4d41524b"
                 "';");
    assert_found("new Uint8Array([97, 32, 104, 97, 114, 109, 108, 101, 115, 115, 32, 116, 101, 120,"
                 "116, 32, 0x45, 80, 79, 83, 84, 45, 84, 69, 83, 84, 45, 77, 65, 82, 75])");
    assert_found("new Blob([\"a harmless text, and E\\x50OST-TEST-\\u004dARK in it\"])");
    assert_found("document.write(unescape('%61%20%68%61%72%6d%6c%65%73%73%20%74%65%78%74%2c%20"
                 "<a href=data:text/plain;base64%2c" ALL ">'))");
}

static void test_other_text(void **state)
{
    (void)state;
    assert_found("BEGIN:VCALENDAR\r\nATTACH;ENCODING=BASE64;X-FILENAME=a.txt:" BEGIN "\r\n " MIDDLE
                 "\r\n " END "\r\nEND:VCALENDAR\r\n");
    assert_found("BEGIN:VCARD\nPHOTO;ENCODING=b;TYPE=JPEG:" ALL "\nEND:VCARD\n");
    assert_found("<plist><dict><key>a</key><data>\n\t\t" BEGIN "\n\t\t" MIDDLE
                 "\n\t</data></dict>");
    assert_found("-----BEGIN CERTIFICATE-----\n" BEGIN MIDDLE "\n" END
                 "\n-----END CERTIFICATE-----\n");
    assert_found(BEGIN MIDDLE "\n" END "\n");
    assert_found("{\"contentBytes\": \"" BEGIN "\\n" MIDDLE END "\"}");
}

static void test_wide(void **state)
{
    static const char page[] = "<p><a href='data:text/plain;base64," ALL "'>x</a></p>";
    char wide[4 * sizeof page];
    size_t i;

    (void)state;
    memset(wide, 0, sizeof wide);
    for (i = 0; i < sizeof page - 1; i++)
        wide[2 * i + 1] = page[i];
    assert_int_equal(looked_at(wide, 2 * (sizeof page - 1), "text/html"), VERDICT_INFECTED);
    memset(wide, 0, sizeof wide);
    for (i = 0; i < sizeof page - 1; i++)
        wide[2 * i] = page[i];
    assert_int_equal(looked_at(wide, 2 * (sizeof page - 1), "text/html"), VERDICT_INFECTED);
    memset(wide, 0, sizeof wide);
    for (i = 0; i < sizeof page - 1; i++)
        wide[4 * i] = page[i];
    assert_int_equal(looked_at(wide, 4 * (sizeof page - 1), "text/html"), VERDICT_INFECTED);
}

/* Text that only looks like base64 or a URI is no file and no trouble. */
static void test_everyday(void **state)
{
    (void)state;
    assert_clean("<script integrity='sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1"
                 "wx4JwY8wC'></script>");
    assert_clean(
        "var x = {data: 1, other: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"
        "23,24,25,26,27,28,29,30]};");
    assert_clean(
        "<a href='data:text/html'>x</a> <a href='data:;base64,'>x</a> data:,x &#44; &#; &");
    assert_clean("-----BEGIN PGP MESSAGE----- is how such a message begins.\n\n"
                 "The line is quoted here and nothing is encrypted.\n");
    assert_clean("<!DOCTYPE x [<!ENTITY a '&a;&a;&a;&a;'>]><x>&a;&a;&a;</x>");
}

static void test_looks(void **state)
{
    static const uint8_t noise[64] = {0x30, 0x82, 0x01, 0xff, 0x99, 0x13};

    (void)state;
    assert_false(looks_binary(noise, sizeof noise));
    assert_false(looks_text(noise, sizeof noise));
    assert_true(looks_binary((const uint8_t *)"PK\3\4\24\0\0\0\10\0", 10));
    assert_false(looks_text((const uint8_t *)"short", 5));
    assert_false(textview_is_wide((const uint8_t *)"plain text, and no other", 24));
}

/* A stylesheet with many drawings, and `more` as one of them. */
static unsigned looked_at_drawings(const char *more, enum verdict *verdict_r)
{
    static const char begin[] = "url(\"data:image/svg+xml,%3csvg xmlns='http://www.w3.org/2000/svg'"
                                " viewBox='0 0 16 16'%3e%3cpath fill='%23fff' d='M.2";
    char text[16384];
    struct wire_reply reply;
    size_t used = 0;

    for (unsigned i = 0; i < 40; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 ".a%u{background:%s %ua1 1'/%%3e%%3c/svg%%3e\")}\n", i, begin, i);
    snprintf(text + used, sizeof text - used, ".b{background:url(\"data:image/svg+xml,%s\")}\n",
             more);
    engine_inspect(&settings, text, strlen(text), "text/css", "", 0, &reply);
    *verdict_r = reply.verdict;
    return reply.layers;
}

/* They are inspected together, and what is more than a drawing alone. */
static void test_drawings(void **state)
{
    static const char *const found[] = {
        "%3csvg viewBox='0'%3e%3cpath d='" ENGINE_MARK "'/%3e%3c/svg%3e",
        "%3csvg viewBox='0'%3e%3cpath d='EPOST%2DTEST%2DMARK'/%3e%3c/svg%3e",
        "%3csvg viewBox='0'%3e%3cscript%3eEPOST%2DTEST%2DMARK%3c/script%3e%3c/svg%3e",
        "%3csvg onload='EPOST%2DTEST%2DMARK()'%3e%3c/svg%3e",
        "%3csvg viewBox='0'%3e%3cpath d='" ALL "'/%3e%3c/svg%3e",
        "%3csvg viewBox='0'%3e%3cimage href='data:text/plain;base64," ALL "'/%3e%3c/svg%3e"};
    enum verdict verdict;

    (void)state;
    assert_in_range(looked_at_drawings("%3csvg viewBox='0'%3e%3c/svg%3e", &verdict), 2, 3);
    assert_in_range(looked_at_drawings("%3csvg fill='%23000'%3e%3c/svg%3e", &verdict), 2, 3);
    assert_int_equal(verdict, VERDICT_CLEAN);
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        looked_at_drawings(found[i], &verdict);
        if (verdict != VERDICT_INFECTED)
            fail_msg("not found: %s", found[i]);
    }
}

/* Lines of one file in base64, with markup between them. */
static void test_lines(void **state)
{
#define LINE  BEGIN BEGIN "<br>\n"
#define LINES LINE LINE LINE LINE LINE LINE LINE LINE
    static const char many[] = "<p>" LINES BEGIN "ZGlm<br>\n" LINES;
    struct wire_reply reply;

    (void)state;
    assert_found("<p>" LINES BEGIN MIDDLE "<br>\n</p>");
    assert_found("<p>" LINES BEGIN BEGIN "RVBPU1Qt<br>\nVEVTVC1NQVJL" BEGIN "<br>\n" LINES "</p>");
    assert_clean("<p>" LINES "</p>");
    engine_inspect(&settings, many, strlen(many), "text/html", "", 0, &reply);
    assert_in_range(reply.layers, 2, 12);
}

/* The mark of a format in a program that reads it is no file; with its header it is. */
static void test_marks(void **state)
{
    char text[65536] =
        "var a=\"PK\\x03\\x04\",local=\"PK\\x05\\x06\",central=\"\\ufeff\"===d,e=new Blob([f]);";
    const size_t used = strlen(text);
    struct wire_reply reply;

    (void)state;
    for (size_t i = used; i < sizeof text - 16; i += 8)
        memcpy(text + i, "f(\"g\");\n", 8);
    engine_inspect(&settings, text, sizeof text - 16, "text/javascript", "", 0, &reply);
    assert_int_equal(reply.verdict, VERDICT_CLEAN);
    assert_in_range(reply.scanned, sizeof text - 16, sizeof text * 3 / 2);
}

/* A text with an escape of ISO-2022-JP that changes nothing: the copy that was begun is freed. */
static void test_copy_is_freed(void **state)
{
    static char text[24 << 10]; /* a copy of it is on the heap */
    struct wire_reply reply;
    size_t before = 0;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text + 64, "\x1b(%", 3);
    for (unsigned i = 0; i < 64; i++) {
        const struct mallinfo2 info = mallinfo2(); /* zeros with ASan, which looks for itself */

        if (i == 2)
            before = info.uordblks + info.hblkhd;
        if (i > 2)
            assert_in_range(info.uordblks + info.hblkhd, 0, before + 8 * sizeof text);
        engine_inspect(&settings, text, sizeof text, "text/html", "", 0, &reply);
        assert_int_equal(reply.verdict, VERDICT_CLEAN);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uris),          cmocka_unit_test(test_references),
        cmocka_unit_test(test_scripts),       cmocka_unit_test(test_other_text),
        cmocka_unit_test(test_wide),          cmocka_unit_test(test_everyday),
        cmocka_unit_test(test_looks),         cmocka_unit_test(test_drawings),
        cmocka_unit_test(test_lines),         cmocka_unit_test(test_marks),
        cmocka_unit_test(test_copy_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
