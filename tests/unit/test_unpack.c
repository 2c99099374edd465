/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "inspect/appended.h"
#include "inspect/kindof.h"
#include "inspect/formats/zip.h"
#include "tests/unit/engine.h"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 100,
                                                 .max_recursion = 8,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000,
                                                 .json_base64 = 1};

#define MARKED "text with " ENGINE_MARK " in it, which no compressor leaves as it is; text, text"

struct bytes {
    uint8_t data[65536];
    size_t length;
};

/* An archive of "dir/a.txt" (harmless) and "b.txt" (marked), in memory. */
static struct bytes *packed(int (*format)(struct archive *), const char *options)
{
    static const char *const contents[] = {"harmless and short", MARKED};
    static const char *const names[] = {"dir/a.txt", "b.txt"};
    struct bytes *out = calloc(1, sizeof *out);
    struct archive *archive = archive_write_new();
    int i;

    assert_int_equal(format(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_options(archive, options), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_per_block(archive, 0), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, out->data, sizeof out->data, &out->length),
                     ARCHIVE_OK);
    for (i = 0; i < 2; i++) {
        struct archive_entry *entry = archive_entry_new();

        archive_entry_set_pathname(entry, names[i]);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)strlen(contents[i]));
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        archive_write_data(archive, contents[i], strlen(contents[i]));
        archive_entry_free(entry);
    }
    archive_write_close(archive);
    archive_write_free(archive);
    return out;
}

static struct wire_reply inspected(const void *data, size_t length)
{
    struct wire_reply reply;

    engine_inspect(&settings, data, length, "", "", 0, &reply);
    return reply;
}

static void expect_found(const struct bytes *bytes, const char *part)
{
    struct wire_reply reply = inspected(bytes->data, bytes->length);

    assert_int_equal(reply.reason, REASON_SIGNATURE);
    assert_string_equal(reply.part, part);
}

/* The engine of these tests opens nothing, so every container falls to the pipeline. */
static void test_archives(void **state)
{
    struct bytes *zip = packed(archive_write_set_format_zip, "compression=deflate");
    struct bytes *seven = packed(archive_write_set_format_7zip, "compression=lzma2");

    (void)state;
    expect_found(zip, "zip > b.txt");
    expect_found(seven, "7z > b.txt");
    free(zip);
    free(seven);
}

static void test_zip_without_its_directory(void **state)
{
    struct bytes *zip = packed(archive_write_set_format_zip, "compression=deflate");
    const uint8_t *directory = memmem(zip->data, zip->length, "PK\1\2", 4);
    struct wire_reply reply;

    (void)state;
    assert_non_null(directory);
    zip->length = (size_t)(directory - zip->data);
    reply = inspected(zip->data, zip->length);
    assert_int_equal(reply.reason, REASON_SIGNATURE);
    free(zip);
}

static void test_zip_facts(void **state)
{
    struct bytes *zip = packed(archive_write_set_format_zip, "compression=deflate");
    uint8_t *entry = memmem(zip->data, zip->length, "PK\1\2", 4);
    struct zip_facts facts;

    (void)state;
    zip_walk(zip->data, zip->length, &facts);
    assert_true(facts.directory);
    assert_false(facts.odd);
    assert_int_equal(facts.members, 2);
    assert_int_equal(facts.largest, sizeof MARKED - 1);
    entry[10] = 14; /* LZMA, which libclamav does not unpack */
    zip_walk(zip->data, zip->length, &facts);
    assert_true(facts.odd);
    assert_true(facts.contradicts);
    entry[10] = 8;
    entry[8] |= 1;
    zip_walk(zip->data, zip->length, &facts);
    assert_true(facts.encrypted);
    zip_walk(zip->data, 10, &facts);
    assert_true(facts.odd);
    assert_false(facts.directory);
    free(zip);
}

static void test_zip_whose_members_contradict_the_directory(void **state)
{
    struct bytes *zip = packed(archive_write_set_format_zip, "compression=deflate");
    uint8_t *second = memmem(zip->data + 4, zip->length - 4, "PK\3\4", 4);

    (void)state;
    assert_non_null(second);
    second[8] = 0; /* "stored" */
    assert_int_equal(inspected(zip->data, zip->length).reason, REASON_SIGNATURE);
    free(zip);
}

/* The local header of the one member lies in its entry, so that what is rewritten for libclamav
 * would be copied onto itself. */
static void test_zip_whose_header_lies_in_its_directory(void **state)
{
    uint8_t zip[140] = "PK\3\4", *entry = zip + 64, *end = zip + 118;

    (void)state;
    memcpy(entry, "PK\1\2PK\3\4\0\xf7\xf7\xff\xff\xff\xff\xff\xff", 17);
    entry[28] = 8;  /* bytes of the name */
    entry[42] = 68; /* the local header: 4 bytes into this entry */
    memset(entry + 46, 'a', 8);
    memcpy(end, "PK\5\6", 4);
    end[10] = 1;                                                           /* entries */
    end[12] = 54;                                                          /* bytes of them */
    end[16] = 64;                                                          /* where they begin */
    assert_int_equal(inspected(zip, sizeof zip).reason, REASON_ENCRYPTED); /* by both headers */
    memset(entry + 9, 0, 8);
    assert_int_equal(inspected(zip, sizeof zip).reason, REASON_NONE); /* it is empty */
}

static void expect_kind(const void *data, size_t length, const char *name, enum kind kind)
{
    assert_int_equal(kind_of(data, length, name), kind);
}

/* One or two bytes are no mark: the structure behind them is. */
static void test_weak_marks(void **state)
{
    static const uint8_t cose[] = "\xa3\1\2\3\x26\x20\1\x21\x58\x20"
                                  "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    uint8_t message[64] = {0xc3, 20, 5, 9, 2, 3, 8};

    (void)state;
    expect_kind(cose, sizeof cose - 1, NULL, KIND_NONE);
    /* a session key of version 5, then a packet of AEAD */
    message[22] = 0xd4;
    message[23] = 40;
    message[24] = 1;
    expect_kind(message, sizeof message, NULL, KIND_ENCRYPTED);
    expect_kind(message, sizeof message - 1, NULL, KIND_NONE);
    message[22] = 0xd2; /* one that is encrypted and has a check, version 2 */
    message[24] = 2;
    expect_kind(message, sizeof message, NULL, KIND_ENCRYPTED);
    message[22] = 0xd1; /* a picture of somebody */
    expect_kind(message, sizeof message, NULL, KIND_NONE);
    memset(message, 0, sizeof message);
    memcpy(message, "AES\2\0\0\3abc\0", 11);
    expect_kind(message, sizeof message, NULL, KIND_ENCRYPTED);
    memcpy(message, "AESOP's", 7);
    expect_kind(message, sizeof message, NULL, KIND_NONE);
    memcpy(message, "\4\0\0\0_AttacheCaseData", 20);
    expect_kind(message, sizeof message, NULL, KIND_ENCRYPTED);
    expect_kind("U2FsdGVkX19tJc9z", 16, NULL, KIND_ENCRYPTED);
}

static void test_kinds(void **state)
{
    /* A session key for a passphrase, then encrypted data. */
    static const char armored[] =
        "-----BEGIN PGP MESSAGE-----\n\n"
        "jA0ECQMC6Xh5b0Gm0kXy0j8BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n=aaaa\n"
        "-----END PGP MESSAGE-----\n";
    uint8_t disk[4096] = {0};

    (void)state;
    expect_kind("plain text", 10, NULL, KIND_NONE);
    expect_kind("", 0, NULL, KIND_NONE);
    expect_kind("!<arch>\nx", 9, NULL, KIND_AR);
    expect_kind("\x28\xb5\x2f\xfdx", 5, NULL, KIND_ZSTD);
    expect_kind("\x51\x2a\x4d\x18\0\0\0\0", 8, NULL, KIND_ZSTD);
    /* The words alone stand in documentation, too; armor has packets in it. */
    expect_kind("-----BEGIN PGP MESSAGE-----\n", 28, NULL, KIND_NONE);
    expect_kind(armored, sizeof armored - 1, NULL, KIND_ENCRYPTED);
    expect_kind("binary\1\2\3", 9, "http://x/y.BR", KIND_BROTLI);
    expect_kind("From: a\nDate: b\n\nx", 19, NULL, KIND_MAIL);
    expect_kind("Received: a\r\n\r\nx", 16, NULL, KIND_MAIL);
    expect_kind("Subject: a\n\nFrom: b\n", 21, NULL, KIND_NONE);
    expect_kind("From here on it is text\nDate: b\n", 31, NULL, KIND_NONE);
    memcpy(disk + 3, "NTFS    ", 8);
    expect_kind(disk, sizeof disk, NULL, KIND_NONE);
    disk[510] = 0x55;
    disk[511] = 0xaa;
    expect_kind(disk, sizeof disk, NULL, KIND_CLOSED);
}

static void test_closed_and_encrypted_are_never_clean(void **state)
{
    (void)state;
    assert_int_equal(inspected("\x89LZO\0\r\n\x1a\n and more", 18).reason, REASON_CONTAINER);
    assert_int_equal(inspected("age-encryption.org/v1\n-> X", 27).reason, REASON_ENCRYPTED);
}

static void test_text_with_files_in_it(void **state)
{
    static const char *const texts[] = {
        "begin-base64 644 a.txt\nRVBPU1QtVEVTVC1NQVJL\n====\n",
        "=ybegin line=128 size=15 name=a.txt\r\n"
        "\x6f\x7a\x79\x7d\x7e\x57\x7e\x6f\x7d\x7e\x57\x77\x6b\x7c\x75\r\n=yend size=15\r\n",
        "<img src=\"data:x/y;\nbase64,RVBPU1QtVEVT&#10;VC1NQVJLIGFuZCBt\nb3JlIHRleHQ=\">",
        "<p>&#98;&#97;&#115;&#101;&#54;&#52;&#44;&#82;&#86;&#66;&#80;&#85;&#49;&#81;&#116;&#86;&#"
        "69;"
        "&#86;&#84;&#86;&#67;&#49;&#78;&#81;&#86;&#74;&#x4c;IGFuZCBtb3JlIHRleHQ=</p>",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(inspected(texts[i], strlen(texts[i])).reason, REASON_SIGNATURE);
}

static void test_mail(void **state)
{
    static const char head[] = "From: a@b\r\nMIME-Version: 1.0\r\n"
                               "Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n";
    static const char attached[] =
        "Content-Type: text/plain; name=\"=?iso-2022-jp?B?GyRCQEE1YT1xGyhC?=.txt\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nRVBPU1QtVEVTVC1NQVJL\r\n--B--\r\n";
    char text[2048];
    struct wire_reply reply;

    (void)state;
    snprintf(text, sizeof text, "%s%s", head, attached);
    reply = inspected(text, strlen(text));
    assert_int_equal(reply.reason, REASON_SIGNATURE);
    assert_string_equal(reply.part, "mail > \350\253\213\346\261\202\346\233\270.txt");
    snprintf(text, sizeof text, "%s%s", head,
             "Content-Type: message/partial; id=a; number=1\r\n\r\nx\r\n--B--\r\n");
    assert_int_equal(inspected(text, strlen(text)).reason, REASON_PARTIAL);
    snprintf(text, sizeof text, "%s%s", head,
             "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx\r\n"
             "--B--\r\n");
    assert_int_equal(inspected(text, strlen(text)).reason, REASON_ENCRYPTED);
}

/* An archive behind 100 bytes of text. Returns how many archives are seen. */
static unsigned seen_behind(const struct bytes *archive, size_t trailer, struct appended *found)
{
    struct bytes *both = calloc(1, sizeof *both);
    struct appended_search search =
        BEHIND_SEARCH(both->data, 100 + archive->length + trailer, KIND_NONE);
    unsigned count = 0;

    memset(both->data, 'x', 100);
    memcpy(both->data + 100, archive->data, archive->length);
    while (appended_next(&search, found))
        count++;
    free(both);
    return count;
}

static void test_archives_behind_other_bytes(void **state)
{
    struct bytes *seven = packed(archive_write_set_format_7zip, NULL);
    struct bytes *zip = packed(archive_write_set_format_zip, NULL);
    struct bytes mark = {"Rar!\x1a\7\0 and text, and 7z\xbc\xaf\x27\x1c and text, and more text",
                         60};
    struct appended found;
    struct appended_search own = BEHIND_SEARCH(seven->data, seven->length, KIND_7Z);

    (void)state;
    assert_int_equal(seen_behind(seven, 50, &found), 1);
    assert_int_equal(found.kind, KIND_7Z);
    assert_int_equal(found.offset, 100);
    assert_int_equal(found.length, seven->length);
    assert_int_equal(appended_next(&own, &found), 0); /* what it begins as is not behind it */
    assert_int_equal(seen_behind(zip, 50, &found), 1);
    assert_int_equal(found.kind, KIND_ZIP);
    assert_int_equal(seen_behind(&mark, 50, &found), 0); /* a mark alone is no archive */
    seven->data[10] ^= 1;                                /* the first header's checksum */
    assert_int_equal(seen_behind(seven, 50, &found), 0);
    free(seven);
    free(zip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_archives),
        cmocka_unit_test(test_zip_without_its_directory),
        cmocka_unit_test(test_zip_facts),
        cmocka_unit_test(test_zip_whose_members_contradict_the_directory),
        cmocka_unit_test(test_zip_whose_header_lies_in_its_directory),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_weak_marks),
        cmocka_unit_test(test_closed_and_encrypted_are_never_clean),
        cmocka_unit_test(test_text_with_files_in_it),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_archives_behind_other_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
