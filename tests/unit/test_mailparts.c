/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of messages that only lenient mail programs find. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/formats/pgp.h"
#include "tests/unit/engine.h"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 1000,
                                                 .max_recursion = 16,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000};

/* "a harmless text, and " ENGINE_MARK " in it" */
#define BASE64 "YSBoYXJtbGVzcyB0ZXh0LCBhbmQgRVBPU1QtVEVTVC1NQVJLIGluIGl0\r\n"
/* ENGINE_MARK and a line end */
#define SHORT  "RVBPU1QtVEVTVC1NQVJLCg==\r\n"
#define QUOTED "a harmless text, and =45POST-TEST-=4DARK in it\r\n"
#define HEAD   "From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"
#define MIXED  HEAD "Content-Type: multipart/mixed; boundary=foo\r\n"
#define FIRST  "\r\n--foo\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
#define TYPE   "Content-Type: application/octet-stream\r\n"
#define LAST   "--foo--\r\n"

static void assert_verdict(const char *text, enum verdict verdict)
{
    struct wire_reply reply;

    engine_inspect(&settings, text, strlen(text), "message/rfc822", "", 0, &reply);
    if (reply.verdict != verdict)
        fail_msg("%s (%s): %s", verdict_name(reply.verdict), reason_name(reply.reason), text);
}

static void assert_found(const char *text)
{
    assert_verdict(text, VERDICT_INFECTED);
}

static void test_quoted(void **state)
{
    (void)state;
    assert_found(MIXED FIRST "--foo\r\n" TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                             "a harmless text, and EPOST-=  \t\r\nTEST-MARK\r\n" LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                             "a harmless text, and =4=\r\n5POST-TEST-=\t\n=4DARK\r\n" LAST);
}

static void test_transfer_encodings(void **state)
{
    (void)state;
    assert_found(MIXED FIRST "--foo\r\n" TYPE
                             "Content-Transfer-Encoding: (quoted-printable)\r\n\r\n" QUOTED LAST);
    assert_found(MIXED FIRST
                 "--foo\r\n" TYPE
                 "Content-Transfer-Encoding: =?us-ascii?Q?base64?=\r\n\r\n" BASE64 LAST);
    assert_found(MIXED FIRST "--foo\r\n Content-Transfer-Encoding: quoted-printable\r\n" TYPE
                             "\r\n" QUOTED LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE "Content-Transfer-Encoding: 7bit\r\n"
                             "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST);
    assert_found(MIXED FIRST "--foo\r\nX: a\rContent-Transfer-Encoding: quoted-printable\r\n" TYPE
                             "\r\n" QUOTED LAST);
}

/* What is left out of the views of an odd header is no content: a line break in front, and noise.
 */
static void test_odd_starts(void **state)
{
    (void)state;
    assert_found(MIXED FIRST
                 "--foo\r\n" TYPE
                 "Content-Transfer-Encoding: =?us-ascii?Q?base64?=\r\n\r\n\r\n" BASE64 LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE "\r\n\r\nA sentence.\r\n\r\n\r\n"
                             "Content-Transfer-Encoding: base64\r\n\r\n\r\n" BASE64 LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE
                             "Content-Transfer-Encoding: (base64)\r\n\r\n" SHORT LAST);
}

static void test_structures(void **state)
{
    (void)state;
    assert_found(
        HEAD "Content-Type: multipart/mixed; boundary=foo\r\nContent-Type: text/plain\r\n" FIRST
             "--foo\r\n" TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST);
    assert_found(
        HEAD "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=foo\r\n" FIRST
             "--foo\r\n" TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST);
    assert_found(MIXED FIRST "--foo\r\n Content-Type: multipart/mixed; boundary=\"bar\"\r\n\r\n"
                             "--bar\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED
                             "--bar--\r\n" LAST);
    assert_found(MIXED FIRST
                 "--foo\r\nContent-Type: multipart/mixed; boundary=bar\r\n;\r\n--bar\r\n" TYPE
                 "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST);
    assert_found(MIXED FIRST " --foo\r\n" TYPE
                             "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST);
    assert_found(MIXED FIRST "--other\r\nContent-Transfer-Encoding: quoted-printable\r\n" TYPE
                             "\r\n" QUOTED "--other--\r\n");
}

static void test_no_blank_line(void **state)
{
    (void)state;
    assert_found(MIXED FIRST "--foo\r\n" TYPE "Content-Transfer-Encoding: base64\r\n" BASE64 LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE
                             "Content-Transfer-Encoding: quoted-printable\r\n" QUOTED LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE
                             "Content-Transfer-Encoding: quoted-printable\r\n<\r\n" QUOTED LAST);
    assert_found(MIXED FIRST "--foo\r\n" TYPE "\r\nA sentence.\r\n"
                             "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST);
}

/* The marks are found only when they were decoded from the line's begin on. */
static void test_uuencode(void **state)
{
    static const char *const lines[] = {
        "begin 644 a.txt\n", "begin 100644 a.txt\n", "begin  644  a.txt\n", "begin 64 a.txt\n",
        "begin 644\n",       "BEGIN 644 a.txt\n",    "begin a.txt\n",       "begin 644 a.txt\n\n"};
    char text[512];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        snprintf(text, sizeof text, HEAD "\r\nHello,\n\n%s%s", lines[i],
                 "D82!H87)M;&5S<R!T97AT+\"!A;F0@15!/4U0M5$535\"U-05)+\n`\nend\n");
        assert_found(text);
    }
    assert_found(HEAD "\r\nXbegin 644 a.txt\nXD82!H87)M;&5S<R!T97AT+\"!A;F0@15!/4U0M5$535\"U-05)+\n"
                      "X`\nXend\n");
    assert_found(
        HEAD "\r\nbegin 644 a.txt\nYMG-cML7hP4JnQm-oNLVo90-VPaEUFJ-DIpEhJ2JHJ0pBEJ79\n+\nend\n");
}

/* Fields that only some programs take for the right one, and names of types that are cut. */
static void test_strange_fields(void **state)
{
    static const char *const fields[] = {
        ",Content-Transfer-Encoding: quoted-printable\r\n",
        "Content-Transfer-=?utf-8?Q?Encoding: quoted-printable\r\n",
        "Content-Tran\r\n sfer-Encoding: quoted-printable\r\n",
        "Content-Transfer-Encoding\r\n: quoted-printable\r\n",
        "Content)-Transfer-Encoding: \\ quoted-printable;\r\n"};
    char text[1024];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        snprintf(text, sizeof text, "%s--foo\r\n%s%s\r\n%s%s", MIXED FIRST, TYPE, fields[i], QUOTED,
                 LAST);
        assert_found(text);
    }
    assert_found(HEAD "Content-Type: mboundary=x; ultipart/mixed; boundary=foo\r\n" FIRST
                      "--foo\r\n" TYPE "Content-Transfer-Encoding: base64\r\n\r\n" SHORT LAST);
}

/* What is no message, though its type says so; a message with nothing in front of its text. */
static void test_no_message(void **state)
{
    static const char *const fields[] = {"", "Content-Transfer-Encoding: base64\r\n"};
    char text[1024];
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "%s--foo\r\nContent-Type: message/rfc822\r\n%s\r\n%s%s",
                 MIXED FIRST, fields[i],
                 i == 0 ? "a harmless text, and " ENGINE_MARK "\r\n" : BASE64, LAST);
        assert_found(text);
    }
    assert_found(HEAD "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: "
                      "quoted-printable\r\n\r\n\r\n" QUOTED);
}

/* A carriage return in a header, and others in the content. */
static void test_header_line_ends(void **state)
{
    (void)state;
    assert_found("From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\rContent-Type: "
                 "multipart/mixed; boundary=foo\r\n" FIRST "--foo\r\n" TYPE
                 "Content-Transfer-Encoding: quoted-printable\r\n\r\na harmless\rtext, and "
                 "=45POST-TEST-=4DARK\r\n" LAST);
}

/* A mark in front of a message: programs that are given a mail pass over it. */
static void test_behind_mark(void **state)
{
    static const char *const marks[] = {"\xff\xd8\xff", "MZ\r\n", "{\\rtf1 ", "GIF89a\r\nX: y\r\n",
                                        "SQLite format 3 x\n"};
    char text[1024];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        snprintf(text, sizeof text,
                 "%sMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=foo\r\n" FIRST
                 "--foo\r\n" TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\n" QUOTED LAST,
                 marks[i]);
        assert_found(text);
    }
}

static void test_everyday(void **state)
{
    (void)state;
    assert_verdict(MIXED, VERDICT_CLEAN);
    assert_verdict(MIXED "\r\nA multipart in name only.\r\n", VERDICT_CLEAN);
    assert_verdict(HEAD "\r\nHe wrote:\r\n-----BEGIN PGP MESSAGE-----\r\nThat was all.\r\n",
                   VERDICT_CLEAN);
    assert_verdict(HEAD "\r\nWe begin 5 minutes later, or begin 10 days later.\r\n"
                        "begin 7 of them\r\nthe end\r\n",
                   VERDICT_CLEAN);
    assert_verdict(HEAD "\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n"
                        "hQEMA0000000000000EH/00000000000000000000000000000000000000000000\r\n",
                   VERDICT_UNSCANNABLE);
}

static void test_pgp(void **state)
{
    static const char literal[] = "\xcb\x2f"
                                  "b\5a.txt\0\0\0\0a harmless text, and " ENGINE_MARK;
    static const char map[] = "\xa3\1a\2b\3c\4d\5e\6f\7g and more of what is no OpenPGP";

    (void)state;
    assert_true(pgp_is_message((const uint8_t *)literal, sizeof literal - 1));
    assert_verdict(map, VERDICT_CLEAN);
    assert_false(pgp_is_message((const uint8_t *)"", 0));
    assert_false(pgp_is_message((const uint8_t *)literal, 8));
    assert_false(pgp_has_encrypted_armor((const uint8_t *)"-----BEGIN PGP MESSAGE-----\n", 28));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoted),           cmocka_unit_test(test_transfer_encodings),
        cmocka_unit_test(test_odd_starts),       cmocka_unit_test(test_structures),
        cmocka_unit_test(test_no_blank_line),    cmocka_unit_test(test_uuencode),
        cmocka_unit_test(test_strange_fields),   cmocka_unit_test(test_no_message),
        cmocka_unit_test(test_header_line_ends), cmocka_unit_test(test_behind_mark),
        cmocka_unit_test(test_everyday),         cmocka_unit_test(test_pgp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
