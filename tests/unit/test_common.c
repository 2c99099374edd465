/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unit tests of what the programs share: err, buf, text, verdict, wire, directive. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/directive.h"
#include "common/err.h"
#include "common/hex.h"
#include "common/message.h"
#include "common/scannerconf.h"
#include "common/text.h"
#include "common/verdict.h"
#include "common/wire.h"
#include "common/writeall.h"

static void test_zeroed_verdict_is_error(void **state)
{
    struct wire_reply reply;

    (void)state;
    memset(&reply, 0, sizeof reply);
    assert_string_equal(verdict_name(reply.verdict), "error");
    assert_int_equal(reason_verdict(reply.reason), VERDICT_ERROR);
    assert_int_equal(reason_verdict(255), VERDICT_ERROR);
    assert_string_equal(verdict_name(77), "error");
    assert_int_equal(reason_from_name("encrypted"), REASON_ENCRYPTED);
    assert_int_equal(reason_from_name("no such"), -1);
}

static void test_buf_has_a_ceiling(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_adds(&buf, "abc"), 0);
    assert_int_equal(buf_adds(&buf, "def"), -1);
    assert_int_equal(buf.failed, 1);
    assert_string_equal(buf_text(&buf), "abc");
    assert_int_equal(buf_addf(&buf, "%d", 42), 0);
    assert_string_equal(buf_text(&buf), "abc42");
    buf_free(&buf);
}

typedef int (*escaper)(struct buf *, const char *, size_t);

static const char *escaped(struct buf *out, escaper escape, const char *text, size_t length)
{
    buf_reset(out);
    assert_int_equal(escape(out, text, length), 0);
    return buf_text(out);
}

static int header_value(struct buf *out, const char *text, size_t length)
{
    return text_header(out, text, length, 1);
}

#define ESCAPED(function, input) escaped(&out, function, input, sizeof(input) - 1)

static void test_text_is_escaped_for_its_place(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 200);
    assert_string_equal(ESCAPED(text_html, "<a href=\"x'\">&"),
                        "&lt;a href=&quot;x&#39;&quot;&gt;&amp;");
    assert_string_equal(ESCAPED(text_html, "a\0b\xff\xe2\x80\xaeX"), "a\xef\xbf\xbd"
                                                                     "b\xef\xbf\xbd\xef\xbf\xbdX");
    assert_string_equal(ESCAPED(text_log, "plain/x.y"), "plain/x.y");
    assert_string_equal(ESCAPED(text_log, ""), "\"\"");
    assert_string_equal(ESCAPED(text_log, "a b\"\\\n\x01\xc0\xaf"),
                        "\"a b\\\"\\\\\\n\\x01\\xc0\\xaf\"");
    assert_string_equal(ESCAPED(header_value, "a;b\r\n\xe3\x81\x82%"), "a%3Bb%0D%0A%E3%81%82%25");
    assert_string_equal(ESCAPED(text_json, "\"\\\n\xe3\x81\x82"),
                        "\"\\\"\\\\\\u000a\xe3\x81\x82\"");
    /* what nobody sees: U+200B, U+2060, U+061C, U+180E, U+FFF9, U+E0041 */
    assert_string_equal(ESCAPED(text_log, "a\xe2\x80\x8b\xe2\x81\xa0\xd8\x9c"
                                          "b"),
                        "\"a\\xe2\\x80\\x8b\\xe2\\x81\\xa0\\xd8\\x9c"
                        "b\"");
    assert_string_equal(ESCAPED(text_html, "\xe1\xa0\x8e\xef\xbf\xb9\xf3\xa0\x81\x81"),
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(ESCAPED(text_json, "\xe2\x80\x8b\xf3\xa0\x81\x81"),
                        "\"\\u200b\\udb40\\udc41\"");
    assert_string_equal(ESCAPED(text_html, "\xe2\x80\xa5\xf0\x9f\x98\x80"),
                        "\xe2\x80\xa5\xf0\x9f\x98\x80");
    /* a surrogate, and a character cut short */
    assert_string_equal(ESCAPED(text_plain, "\xed\xa0\x80"),
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(ESCAPED(text_plain, "\xe3\x81"), "\xef\xbf\xbd\xef\xbf\xbd");
    buf_free(&out);
}

static size_t utf8_of(uint32_t code, char *out)
{
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* None of them reaches a page, a log or an event as it came; their neighbours do. */
static void test_text_that_nobody_sees(void **state)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {{0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
                  {0x17b4, 0x17b5},   {0x180e, 0x180e},   {0x200b, 0x200f},   {0x202a, 0x202e},
                  {0x2060, 0x206f},   {0x3164, 0x3164},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
                  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff}};
    char text[8] = "";
    struct buf out;

    (void)state;
    buf_init(&out, 200);
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        for (uint32_t code = hidden[i].first; code <= hidden[i].last; code++) {
            text[utf8_of(code, text)] = '\0';
            out.length = 0;
            assert_int_equal(text_html(&out, text, strlen(text)), 0);
            assert_null(strstr(out.data, text));
            out.length = 0;
            assert_int_equal(text_log(&out, text, strlen(text)), 0);
            assert_null(strstr(out.data, text));
            out.length = 0;
            assert_int_equal(text_json(&out, text, strlen(text)), 0);
            assert_null(strstr(out.data, text));
        }
    static const uint32_t seen[] = {0xac,   0xae,   0x61b,  0x61d,  0x1161,  0x180d,
                                    0x200a, 0x2010, 0x2070, 0xfffd, 0xe0100, 0xe01ef};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        text[utf8_of(seen[i], text)] = '\0';
        out.length = 0;
        assert_int_equal(text_html(&out, text, strlen(text)), 0);
        assert_string_equal(out.data, text);
    }
    buf_free(&out);
}

static void test_text_additions_are_all_or_nothing(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 6);
    assert_int_equal(buf_adds(&out, "ab"), 0);
    assert_int_equal(text_html(&out, "x<y", 3), -1);
    assert_string_equal(buf_text(&out), "ab");
    buf_free(&out);
}

/* Two checks disagreed: the laxer one took names in Shift_JIS for UTF-8. */
static void test_text_is_utf8_as_the_standard_says(void **state)
{
    static const struct {
        const char *text;
        bool is_utf8;
    } rows[] = {
        {"", true},
        {"plain", true},
        {"\xe3\x81\x82", true},
        {"\xf0\x9f\x98\x80", true},
        {"\xe0\x84\xb1.zip", false}, /* two characters in Shift_JIS; overlong in UTF-8 */
        {"\xc0\xaf", false},
        {"\xed\xa0\x80", false}, /* a surrogate */
        {"\xf4\x90\x80\x80", false},
        {"\xe3\x81", false},
        {"\xff", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_is_utf8(rows[i].text, strlen(rows[i].text)) != rows[i].is_utf8)
            fail_msg("row %zu", i);
}

static void test_text_copy_cuts_at_a_character(void **state)
{
    char at[6];

    (void)state;
    text_copy(at, sizeof at, "a\xe3\x81\x82\xe3\x81\x84", 7);
    assert_string_equal(at, "a\xe3\x81\x82");
}

struct message {
    struct wire_request request;
    char rest[64];
};

static size_t build_message(struct message *message)
{
    memset(message, 0, sizeof *message);
    wire_request_init(&message->request, WIRE_SCAN);
    message->request.deadline_ms = 1000;
    message->request.length = 4;
    message->request.name_length = 3;
    memcpy(message->rest, "abcBODY", 7);
    return sizeof message->request + 7;
}

static void test_wire_accepts_what_it_builds(void **state)
{
    struct message message;
    struct wire_view view;
    struct err err;

    (void)state;
    size_t length = build_message(&message);
    assert_int_equal(wire_request_check(&message, length, 0, &view, &err), 0);
    assert_memory_equal(view.name, "abc", 3);
    assert_memory_equal(view.body, "BODY", 4);
    assert_int_equal(wire_request_check(&message, length - 4, 1, &view, &err), 0);
    assert_null(view.body);
}

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        struct message bad = good;                                                                 \
        bad.request.change;                                                                        \
        assert_int_equal(wire_request_check(&bad, length, 0, &view, &err), -1);                    \
    } while (0)

static void test_wire_refuses_what_does_not_fit(void **state)
{
    struct message good;
    struct wire_view view;
    struct err err;

    (void)state;
    size_t length = build_message(&good);
    REFUSED(magic = 1);
    REFUSED(version = 1);
    REFUSED(kind = 0);
    REFUSED(kind = 9);
    REFUSED(flags = 0x8000);
    REFUSED(deadline_ms = 0);
    REFUSED(deadline_ms = WIRE_DEADLINE_MAX_MS + 1);
    REFUSED(length = 5);
    REFUSED(length = UINT64_MAX);
    REFUSED(name_length = 4);
    REFUSED(name_length = 65535);
    REFUSED(client_length = 1);
    REFUSED(client_length = 257);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(wire_request_check(&good, cut, 0, &view, &err), -1);
}

static void test_wire_reply_must_not_contradict_itself(void **state)
{
    struct wire_reply reply;
    struct err err;

    (void)state;
    wire_reply_init(&reply, REASON_NONE);
    assert_int_equal(wire_reply_check(&reply, sizeof reply, &err), 0);
    assert_int_equal(reply.verdict, VERDICT_CLEAN);
    reply.reason = REASON_TIMEOUT; /* clean because of a timeout */
    assert_int_equal(wire_reply_check(&reply, sizeof reply, &err), -1);
    assert_int_equal(reply.verdict, VERDICT_ERROR);
    wire_reply_init(&reply, REASON_SIGNATURE); /* infected by nothing */
    assert_int_equal(wire_reply_check(&reply, sizeof reply, &err), -1);
    wire_reply_init(&reply, REASON_NONE);
    memset(reply.part, 'x', sizeof reply.part);
    assert_int_equal(wire_reply_check(&reply, sizeof reply, &err), -1);
    wire_reply_init(&reply, REASON_NONE);
    assert_int_equal(wire_reply_check(&reply, sizeof reply - 1, &err), -1);
}

#define SET(name, value)                                                                           \
    directive_set(scannerconf_rows, scannerconf_count, &settings, name, value, &err)

static void test_directives_say_what_is_allowed(void **state)
{
    struct scanner_settings settings;
    struct err err;

    (void)state;
    memset(&settings, 0, sizeof settings);
    assert_int_equal(directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err), 0);
    assert_int_equal(settings.heavy_after, 100);
    assert_int_equal(settings.max_scan_size, 1ll << 30);
    assert_int_equal(settings.socket_mode, 0660);
    assert_int_equal(SET("workers", "12"), 0);
    assert_int_equal(settings.workers, 12);
    assert_int_equal(SET("Workers", "4096"), -1);
    assert_non_null(strstr(err.text, "0 to 128 processes"));
    assert_int_equal(SET("Workers", "12x"), -1);
    assert_int_equal(SET("Workers", ""), -1);
    assert_int_equal(settings.workers, 12);
    assert_int_equal(SET("MaxScanTime", "1.5m"), 0);
    assert_int_equal(settings.max_scan_time, 90000);
    assert_int_equal(SET("MaxScanTime", "nan"), -1);
    assert_int_equal(SET("MaxScanTime", "inf"), -1);
    assert_int_equal(SET("MaxFileSize", "10 MB"), 0);
    assert_int_equal(settings.max_file_size, 10 << 20);
    assert_int_equal(SET("DetectPUA", "maybe"), -1);
    assert_int_equal(SET("Worker", "3"), -1);
    assert_non_null(strstr(err.text, "is Workers meant?"));
    directive_release(scannerconf_rows, scannerconf_count, &settings);
}

/* The scanner reads its settings from the file in which the service's stand too. */
static void test_directives_of_others_are_skipped(void **state)
{
    char path[] = "/tmp/epost-directives-XXXXXX";
    struct scanner_settings settings;
    struct err err;
    int fd = mkstemp(path);

    (void)state;
    memset(&settings, 0, sizeof settings);
    assert_int_equal(directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err), 0);
    dprintf(fd, "Port 1344\nepost_av.Templates /x\nepost_av.Workers 7\n");
    assert_int_equal(directive_read_file(scannerconf_rows, scannerconf_count, &settings, path,
                                         "epost_av.", 1, &err),
                     0);
    assert_int_equal(settings.workers, 7);
    assert_int_equal(directive_read_file(scannerconf_rows, scannerconf_count, &settings, path,
                                         "epost_av.", 0, &err),
                     -1);
    assert_non_null(strstr(err.text, ":1: "));
    dprintf(fd, "epost_av.Workers many\n");
    assert_int_equal(directive_read_file(scannerconf_rows, scannerconf_count, &settings, path,
                                         "epost_av.", 1, &err),
                     -1);
    assert_non_null(strstr(err.text, ":4: "));
    close(fd);
    unlink(path);
    directive_release(scannerconf_rows, scannerconf_count, &settings);
}

static void test_settings_survive_export(void **state)
{
    struct scanner_settings settings, again;
    struct err err;
    char text[8192], *save = NULL;

    (void)state;
    memset(&settings, 0, sizeof settings);
    memset(&again, 0, sizeof again);
    assert_int_equal(directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err), 0);
    settings.max_scan_time = 1250;
    assert_int_equal(scannerconf_export(&settings, text, sizeof text), 0);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *value = strchr(line, '=');
        assert_non_null(value);
        *value++ = '\0';
        assert_int_equal(
            directive_set(scannerconf_rows, scannerconf_count, &again, line, value, &err), 0);
    }
    assert_int_equal(again.max_scan_time, 1250);
    assert_int_equal(again.worker_memory, settings.worker_memory);
    assert_string_equal(again.bases, settings.bases);
    assert_int_equal(scannerconf_export(&settings, text, 100), -1);
    directive_release(scannerconf_rows, scannerconf_count, &settings);
    directive_release(scannerconf_rows, scannerconf_count, &again);
}

/* Room for one descriptor is room for two: a sender that passes two must not fill our table. */
static void test_message_takes_one_descriptor(void **state)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control;
    char text[8];
    int pair[2], two[2], passed = 0, next;
    struct iovec piece = {(char[]){"x"}, 1};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    bool is_cut = true;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(message_send(pair[0], &piece, 1, pair[0], 0), 0);
    assert_int_equal(message_receive(pair[1], text, sizeof text, &passed, &is_cut, 1), 1);
    assert_true(passed >= 0);
    assert_false(is_cut);
    close(passed);
    assert_int_equal(message_receive(pair[1], text, sizeof text, &passed, NULL, 1), -1);
    assert_int_equal(errno, EAGAIN);
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof two);
    two[0] = two[1] = pair[0];
    memcpy(CMSG_DATA(rights), two, sizeof two);
    next = dup(pair[0]);
    close(next);
    assert_int_equal(sendmsg(pair[0], &message, 0), 1);
    assert_int_equal(message_receive(pair[1], text, sizeof text, &passed, NULL, 1), 1);
    assert_int_equal(passed, -1);
    assert_int_equal(dup(pair[0]), next); /* nothing was left open */
    close(next);
    close(pair[0]);
    close(pair[1]);
}

static void test_hex(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x9a, 0xff};
    uint8_t back[3];
    char text[7];

    (void)state;
    assert_string_equal(hex_encode(bytes, sizeof bytes, text), "009aff");
    assert_int_equal(hex_decode(text, back, sizeof back), 0);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_int_equal(hex_decode("009AFF", back, sizeof back), -1);
    assert_int_equal(hex_decode("009af", back, sizeof back), -1);
    assert_int_equal(hex_decode("009ag0", back, sizeof back), -1);
    for (int c = -128; c < 256; c++) {
        const char one[] = {(char)c, '\0'};
        const bool is_digit = c > 0 && strspn(one, "0123456789abcdefABCDEF") == 1 && c < 128;

        assert_int_equal(hex_digit(c), is_digit ? (int)strtol(one, NULL, 16) : -1);
    }
    assert_int_equal(hex_byte('a', 'F'), 0xaf);
    assert_int_equal(hex_byte('a', '-'), -1);
}

static void test_writeall(void **state)
{
    const int fd = memfd_create("writeall", MFD_CLOEXEC), full = open("/dev/full", O_WRONLY);
    char back[8] = "";

    (void)state;
    assert_true(fd >= 0 && full >= 0);
    assert_int_equal(writeall(fd, "abc", 3), 0);
    assert_int_equal(writeall_at(fd, "XY", 2, 1), 0);
    assert_int_equal(writeall(fd, "d", 1), 0); /* writeall_at leaves the offset alone */
    assert_int_equal(pread(fd, back, 7, 0), 4);
    assert_string_equal(back, "aXYd");
    assert_int_equal(writeall(fd, "", 0), 0);
    assert_int_equal(writeall(full, "abc", 3), -1);
    assert_int_equal(errno, ENOSPC);
    close(full);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_verdict_is_error),
        cmocka_unit_test(test_buf_has_a_ceiling),
        cmocka_unit_test(test_text_is_escaped_for_its_place),
        cmocka_unit_test(test_text_that_nobody_sees),
        cmocka_unit_test(test_text_additions_are_all_or_nothing),
        cmocka_unit_test(test_text_is_utf8_as_the_standard_says),
        cmocka_unit_test(test_text_copy_cuts_at_a_character),
        cmocka_unit_test(test_wire_accepts_what_it_builds),
        cmocka_unit_test(test_wire_refuses_what_does_not_fit),
        cmocka_unit_test(test_wire_reply_must_not_contradict_itself),
        cmocka_unit_test(test_directives_say_what_is_allowed),
        cmocka_unit_test(test_directives_of_others_are_skipped),
        cmocka_unit_test(test_message_takes_one_descriptor),
        cmocka_unit_test(test_settings_survive_export),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_writeall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
