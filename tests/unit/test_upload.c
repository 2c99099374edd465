/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/engine.h"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 100,
                                                 .max_recursion = 8,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000,
                                                 .json_base64 = 1};

#define TYPE                   "multipart/form-data; boundary=B"
#define PART(headers, content) "--B\r\n" headers "\r\n\r\n" content "\r\n"
#define FILE_PART(content)                                                                         \
    PART("Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"", content)

static struct wire_reply uploaded(const char *type, const char *body)
{
    struct wire_reply reply;

    engine_inspect(&settings, body, strlen(body), type, "", WIRE_UPLOAD, &reply);
    return reply;
}

static void expect_part(const char *type, const char *body, const char *part)
{
    struct wire_reply reply = uploaded(type, body);

    assert_int_equal(reply.reason, REASON_SIGNATURE);
    /* The body as a whole is matched too, so only what follows tells the part. */
    assert_string_equal(reply.part, part);
}

/* 1 if an object with these first bytes and name went through a full scan. */
static int saw(const char *start, const char *name)
{
    unsigned i;

    for (i = 0; i < engine_log.count; i++)
        if (engine_log.objects[i].flags == 0 && strcmp(engine_log.objects[i].start, start) == 0 &&
            strcmp(engine_log.objects[i].name, name) == 0)
            return 1;
    return 0;
}

static void test_parts(void **state)
{
    struct wire_reply reply =
        uploaded(TYPE, PART("Content-Disposition: form-data; name=\"one\"", "first content")
                           FILE_PART("second\r\ncontent") "--B--\r\n");

    (void)state;
    assert_int_equal(reply.reason, REASON_NONE);
    assert_int_equal(engine_log.count, 3);
    assert_int_equal(engine_log.objects[2].flags, CLAM_RAW); /* the whole comes last */
    assert_true(saw("first content", "one"));
    assert_true(saw("second\r\ncontent", "a.txt"));
}

static void test_quoted_boundary_and_bare_line_feeds(void **state)
{
    (void)state;
    uploaded("Multipart/Form-Data; charset=x; boundary=\"a b\"",
             "--a b\nContent-Disposition: form-data; filename=x\n\nsome content\n--a b--\n");
    assert_true(saw("some content", "x"));
}

static void test_wrong_or_no_type(void **state)
{
    (void)state;
    uploaded("application/octet-stream", FILE_PART("some content") "--B--\r\n");
    assert_true(saw("some content", "a.txt"));
    uploaded("multipart/form-data; boundary=other", FILE_PART("some content") "--B--\r\n");
    assert_true(saw("some content", "a.txt"));
    assert_int_equal(uploaded("multipart/form-data", "no delimiter at all").reason,
                     REASON_MALFORMED);
    assert_true(saw("no delimiter at all", ""));
}

static void test_around_and_without_an_end(void **state)
{
    (void)state;
    uploaded(TYPE, "long preamble\r\n" FILE_PART("some content") "--B--\r\nlong epilogue");
    assert_true(saw("some content", "a.txt"));
    assert_true(saw("long preamble\r\n", ""));
    assert_true(saw("long epilogue", ""));
    uploaded(TYPE, "--B\r\nContent-Disposition: form-data; filename=x\r\n\r\ncut off he");
    assert_true(saw("cut off he", "x"));
    uploaded(TYPE, "--B\r\nno headers and no blank line\r\n--B--");
    assert_true(saw("no headers and no blank line", ""));
}

static void test_transfer_encodings(void **state)
{
    (void)state;
    uploaded(TYPE, PART("Content-Disposition: form-data; filename=x\r\n"
                        "Content-Transfer-Encoding: BASE64",
                        "c29tZSBjb250ZW50") "--B--\r\n");
    assert_true(saw("c29tZSBjb250ZW50", "x")); /* as a server that does not decode has it */
    assert_true(saw("some content", "x"));
    uploaded(TYPE, PART("Content-Disposition: form-data; filename=x\r\n"
                        "Content-Transfer-Encoding: quoted-printable",
                        "some=20con=\r\ntent") "--B--\r\n");
    assert_true(saw("some content", "x"));
}

static void test_nested(void **state)
{
    (void)state;
    uploaded(TYPE, PART("Content-Disposition: form-data; name=files\r\n"
                        "Content-Type: multipart/mixed; boundary=I",
                        "--I\r\nContent-Disposition: file; filename=in.txt\r\n\r\ninner content\r\n"
                        "--I--") "--B--\r\n");
    assert_true(saw("inner content", "in.txt"));
}

static void test_the_part_is_named(void **state)
{
    (void)state;
    /* base64, so that the body as a whole does not match */
    expect_part(TYPE,
                PART("Content-Disposition: form-data; filename=\"a.txt\"\r\n"
                     "Content-Transfer-Encoding: base64",
                     "RVBPU1QtVEVTVC1NQVJL") "--B--\r\n",
                "upload > a.txt");
}

static void test_byteranges(void **state)
{
    static const char type[] = "multipart/byteranges; boundary=B";

    (void)state;
    assert_int_equal(uploaded(type, PART("Content-Range: bytes 0-5/12", "first ")
                                        PART("Content-Range: bytes 6-11/12", "second") "--B--")
                         .reason,
                     REASON_NONE);
    assert_true(saw("first second", ""));
    assert_int_equal(uploaded(type, PART("Content-Range: bytes 0-5/12", "first ") "--B--").reason,
                     REASON_PARTIAL);
    assert_int_equal(uploaded(type, PART("Content-Range: bytes 6-11/12", "second")
                                        PART("Content-Range: bytes 0-5/12", "first ") "--B--")
                         .reason,
                     REASON_PARTIAL);
    assert_int_equal(uploaded(type, PART("X: y", "first ") "--B--").reason, REASON_PARTIAL);
}

/* A form of boundary "in" inside of what another boundary sees as its first part. */
#define INNER  "--in\r\nContent-Disposition: form-data; filename=x\r\n\r\nsome content\r\n--in--\r\n"
#define AROUND "--out\r\nContent-Disposition: form-data; name=y\r\n\r\n" INNER "\r\n--out--\r\n"

static void test_each_reading_of_the_boundary(void **state)
{
    static const char *const types[] = {
        "multipart/form-data; boundary=out; boundary=in",
        "multipart/form-data; boundary=in; boundary=out",
        "multipart/form-data; xboundary=in; boundary=out",
        "multipart/form-data; boundary=\"in\"; boundary=out",
        "multipart/form-data; boundary=\"i\\n\"; boundary=out",
        "multipart/form-data; boundary*=utf-8''%69n; boundary=out",
        "multipart/form-data; boundary*0=i; boundary*1=n; boundary=out",
        "multipart/form-data; boundary=in, boundary=out",
        "multipart/form-data; boundary=out, multipart/form-data; boundary=in",
        "text/plain, multipart/form-data; boundary=in",
        "multipart/form-data; BOUNDARY = in",
        "multipart/form-data; boundary=in junk",
        "multipart/form-data; boundary=nowhere",
        "multipart/form-data",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        uploaded(types[i], AROUND);
        assert_true(saw("some content", "x"));
    }
}

static void test_each_end_of_a_parts_header(void **state)
{
    static const char *const ends[] = {"\r\n\r\n", "\n\n", "\r\r", "\r\n \r\n", "\n\t\n", "\r\n\n"};
    char body[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(body, sizeof body,
                 "--B\r\nContent-Disposition: form-data; filename=x%ssome content\r\n--B--\r\n",
                 ends[i]);
        uploaded(TYPE, body);
        assert_true(saw("some content", "x"));
    }
}

static void test_behind_a_close_delimiter(void **state)
{
    (void)state;
    uploaded(TYPE, "--B--\r\n" FILE_PART("some content") "--B--\r\n");
    assert_true(saw("some content", "a.txt"));
    uploaded(TYPE,
             FILE_PART("first") "--B--\r\nepilogue\r\n" FILE_PART("some content") "--B--\r\n");
    assert_true(saw("some content", "a.txt"));
}

static void test_forms_with_pieces(void **state)
{
    static const struct {
        const char *name, *value;
        enum reason reason;
    } fields[] = {{"chunks", "2", REASON_PARTIAL},
                  {"chunks", "1", REASON_NONE},
                  {"resumableChunkNumber", "2", REASON_PARTIAL},
                  {"resumableChunkNumber", "1", REASON_NONE},
                  {"dzchunkbyteoffset", "700", REASON_PARTIAL},
                  {"dzchunkbyteoffset", "0", REASON_NONE},
                  {"chunkMetadata", "{\"Index\":1,\"TotalCount\": 3}", REASON_PARTIAL},
                  {"chunkMetadata", "{\"Index\":0,\"TotalCount\": 1}", REASON_NONE},
                  {"metadata", "{\"chunkIndex\":1,\"totalChunks\":3}", REASON_PARTIAL},
                  {"metadata", "{\"TotalCount\":3}", REASON_NONE}};
    char body[512];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        snprintf(body, sizeof body,
                 "--B\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" FILE_PART(
                     "some content") "--B--\r\n",
                 fields[i].name, fields[i].value);
        assert_int_equal(uploaded(TYPE, body).reason, fields[i].reason);
    }
}

static void test_urlencoded(void **state)
{
    (void)state;
    expect_part("application/x-www-form-urlencoded",
                "a=1&f=%45%50%4f%53%54%2d%54%45%53%54%2D%4d%41%52%4b+and+some+more",
                "form > field");
    expect_part("Application/X-WWW-Form-URLEncoded; charset=x",
                "f=RVBPU1QtVEVTVC1NQVJLIGFuZCBzb21lIG1vcmU%3D", "form > field > data");
    assert_int_equal(uploaded("application/x-www-form-urlencoded", "a=b&c=d+e%20f").reason,
                     REASON_NONE);
}

#define BASE64 "RVBPU1QtVEVTVC1NQVJLIGFuZCBzb21lIG1vcmUgYnl0ZXMgYmVoaW5kIGl0"

static void test_xml(void **state)
{
    static const char *const bodies[] = {
        "<?xml version='1.0'?><a:b xmlns:a='urn:x'><a:Content >" BASE64 "</a:Content></a:b>",
        "<p xmlns='urn:x'><binaryData compression='store'>\n" BASE64 "\n</binaryData></p>",
        "<p><d><![CDATA[" BASE64 "]]></d></p>",
        "<p><d>&#82;VBPU1QtVEVTVC1N<!-- x -->QVJLIGFuZCBzb21lIG1vcmUgYnl0ZXMgYmVoaW5kIGl0</d></p>",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_int_equal(uploaded("text/xml", bodies[i]).reason, REASON_SIGNATURE);
    assert_int_equal(
        uploaded("text/xml", "<a>&lt;harmless&gt; and long enough to be a run of text</a>").reason,
        REASON_NONE);
}

static void test_json(void **state)
{
    (void)state;
    expect_part("application/json",
                "{\"a\":1,\"file\":\"RVBPU1QtVEVTVC1NQVJLIGFuZCBtb3JlIHRleHQgYmVoaW5kIGl0\"}",
                "json > file");
    expect_part("application/json", "{\"f\":\"data:text/plain;base64,RVBPU1QtVEVTVC1N\\u0051VJL\"}",
                "json > f");
    assert_int_equal(
        uploaded("application/json", "{\"a\":\"no base64 here, but long enough\"}").reason,
        REASON_NONE);
}

/* A delimiter behind other bytes of its line, and types that only begin like the right one. */
static void test_odd_delimiters_and_types(void **state)
{
    static const char body[] = PART("Content-Disposition: form-data; name=\"t\"",
                                    "hello") "=" FILE_PART("file") "--B--\r\n";
    static const char *const types[] = {TYPE, "multipart /form-data; boundary=B",
                                        "multipart:x; boundary=B", "x-multipart*0; boundary=B"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        uploaded(types[i], body);
        assert_true(saw("file", "a.txt"));
    }
    assert_int_equal(uploaded("application/x-multipart", "harmless").reason, REASON_NONE);
}

/* Lines of blanks that Python strips, and a header that something else ends. */
static void test_odd_ends_of_a_parts_header(void **state)
{
    static const char *const ends[] = {"\r\n\f\r\n", "\r\n\v\r\n", "\r\n", "\r"};
    char body[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(body, sizeof body,
                 "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"%sfile "
                 "file\r\n--B--\r\n",
                 ends[i]);
        uploaded(TYPE, body);
        assert_true(saw("file file", "a.txt"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_quoted_boundary_and_bare_line_feeds),
        cmocka_unit_test(test_wrong_or_no_type),
        cmocka_unit_test(test_around_and_without_an_end),
        cmocka_unit_test(test_transfer_encodings),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_the_part_is_named),
        cmocka_unit_test(test_byteranges),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_each_reading_of_the_boundary),
        cmocka_unit_test(test_each_end_of_a_parts_header),
        cmocka_unit_test(test_odd_delimiters_and_types),
        cmocka_unit_test(test_odd_ends_of_a_parts_header),
        cmocka_unit_test(test_behind_a_close_delimiter),
        cmocka_unit_test(test_forms_with_pieces),
        cmocka_unit_test(test_urlencoded),
        cmocka_unit_test(test_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
