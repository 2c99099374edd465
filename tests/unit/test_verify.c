/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verify, record, set, cvd: what is believed, what is remembered, and versions that never fall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "updater/cvd.h"
#include "updater/set.h"
#include "updater/state.h"
#include "updater/verify.h"

#define DATA TEST_SRCDIR "/data/minisig/"
#define NOW  1767225600ll /* 2026-01-01 */
#define DAY  86400ll

struct fixture {
    struct source source;
    struct record record;
    struct minisig_secret secret;
    struct index index;
    struct buf text, signature;
    struct index_claim claim;
    enum mirror_state state;
    struct fault fault;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct index_file file = {.name = "daily.cvd", .size = 10, .version = 100};

    snprintf(f->source.name, sizeof f->source.name, "demo");
    f->source.max_size = 1000;
    f->source.key_count = 1;
    assert_int_equal(minisig_key_read(&f->source.keys[0], DATA "plain.pub", &f->fault.err), 0);
    assert_int_equal(minisig_secret_read(&f->secret, DATA "plain.key", NULL, &f->fault.err), 0);
    f->index =
        (struct index){.name = "demo", .serial = 5, .created = NOW - DAY, .expires = NOW + DAY};
    assert_int_equal(index_add(&f->index, &file, &f->fault.err), 0);
    buf_init(&f->text, INDEX_SIZE_MAX);
    buf_init(&f->signature, MINISIG_TEXT_MAX);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    index_free(&f->index);
    record_free(&f->record);
    buf_free(&f->text);
    buf_free(&f->signature);
    free(f);
    return 0;
}

/* Signs the index as it is now. */
static void sign(struct fixture *f)
{
    char comment[INDEX_COMMENT_MAX];

    buf_reset(&f->text);
    buf_reset(&f->signature);
    assert_int_equal(index_write(&f->index, &f->text, &f->fault.err), 0);
    index_claim_format(&f->index, comment);
    assert_int_equal(minisig_sign(&f->secret, f->text.data, f->text.length, comment, &f->signature,
                                  &f->fault.err),
                     0);
}

static int verify(struct fixture *f)
{
    return verify_index(&f->source, &f->record, NOW, &f->text, &f->signature, &f->claim, &f->state,
                        &f->fault);
}

static void refused(struct fixture *f, const char *why, enum mirror_state state)
{
    assert_int_equal(verify(f), -1);
    assert_int_equal(f->fault.result, RESULT_REFUSED);
    if (!strstr(f->fault.err.text, why))
        fail_msg("expected \"%s\" in \"%s\"", why, f->fault.err.text);
    assert_int_equal(f->state, state);
}

static void test_good(void **state)
{
    struct fixture *f = *state;

    sign(f);
    assert_int_equal(verify(f), 0);
    assert_int_equal(f->claim.serial, 5);
    assert_int_equal(verify_list(&f->source, &f->record, &f->claim, &f->index, &f->fault), 0);
}

static void test_bad_signature(void **state)
{
    struct fixture *f = *state;

    sign(f);
    f->text.data[f->text.length - 2] ^= 1;
    refused(f, "bad signature", MIRROR_BAD);
    buf_reset(&f->signature);
    buf_adds(&f->signature, "<html>not found</html>");
    refused(f, "not a minisign signature file", MIRROR_BAD);
}

static void test_dates(void **state)
{
    struct fixture *f = *state;

    f->index.expires = NOW;
    sign(f);
    refused(f, "expired on 2026-01-01T00:00:00Z", MIRROR_FAILED);
    f->index.created = NOW + 2 * DAY;
    f->index.expires = NOW + 3 * DAY;
    sign(f);
    refused(f, "from the future", MIRROR_FAILED);
}

static void test_serials(void **state)
{
    struct fixture *f = *state;

    sign(f);
    f->record.serial = 6;
    refused(f, "6 was seen already", MIRROR_FAILED);
    f->record.serial = 5; /* the same again is fine … */
    EVP_Digest(f->text.data, f->text.length, f->record.digest, NULL, EVP_sha256(), NULL);
    assert_int_equal(verify(f), 0);
    f->record.digest[0] ^= 1; /* … but not with other content */
    refused(f, "other content", MIRROR_FAILED);
    f->record.serial = 4;
    assert_int_equal(verify(f), 0);
}

static void test_list(void **state)
{
    struct fixture *f = *state;
    struct index_file guarded = {.name = "x.ign2", .size = 1};

    sign(f);
    assert_int_equal(verify(f), 0);
    assert_int_equal(record_raise(&f->record, "daily.cld", 101, &f->fault), 0);
    assert_int_equal(verify_list(&f->source, &f->record, &f->claim, &f->index, &f->fault), -1);
    assert_non_null(strstr(f->fault.err.text, "go back from version 101 to 100"));

    f->record.highest[0].version = 100;
    f->source.max_size = 9;
    assert_int_equal(verify_list(&f->source, &f->record, &f->claim, &f->index, &f->fault), -1);
    assert_non_null(strstr(f->fault.err.text, "maxSize"));

    f->source.max_size = 1000;
    assert_int_equal(index_add(&f->index, &guarded, &f->fault.err), 0);
    assert_int_equal(verify_list(&f->source, &f->record, &f->claim, &f->index, &f->fault), -1);
    assert_non_null(strstr(f->fault.err.text, "allow=\"ign2\""));
    f->source.allow = SOURCES_ALLOW_IGN2;
    assert_int_equal(verify_list(&f->source, &f->record, &f->claim, &f->index, &f->fault), 0);

    f->claim.expires++;
    assert_int_equal(verify_list(&f->source, &f->record, &f->claim, &f->index, &f->fault), -1);
    assert_non_null(strstr(f->fault.err.text, "contradict"));
}

static void test_record_survives(void **state)
{
    struct fixture *f = *state;
    struct record again;
    char directory[] = "/tmp/epost-record-XXXXXX", url[] = "https://a.example/";
    uint8_t digest[INDEX_SHA256] = {7};
    struct record_tag *tag;

    assert_non_null(mkdtemp(directory));
    f->source.mirrors[0] = url;
    f->source.mirror_count = 1;
    assert_int_equal(record_load(&f->record, directory, &f->source, &f->fault), 0);
    f->record.tried = NOW;
    f->record.fresh = NOW - 5;
    f->record.serial = INT64_MAX;
    f->record.digest[31] = 9;
    f->record.result = RESULT_REFUSED;
    f->record.backoff = (struct backoff){3, NOW + 77};
    /* Words of others are one line: they become no entry of their own. */
    snprintf(f->record.message, sizeof f->record.message, "a message with  spaces\nserial 1");
    f->record.mirrors[0].state = MIRROR_BAD;
    f->record.mirrors[0].backoff = (struct backoff){2, NOW + 99};
    assert_int_equal(record_raise(&f->record, "daily.cvd", 27000, &f->fault), 0);
    assert_int_equal(record_raise(&f->record, "daily.cld", 26999, &f->fault), 0);
    record_put_aside(&f->record, digest, RESULT_TESTLOAD, "it does not load: x\nserial 2");
    tag = record_tag(&f->record, "x.ndb", 1);
    snprintf(tag->etag, sizeof tag->etag, "\"abc\"");
    snprintf(tag->modified, sizeof tag->modified, "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_int_equal(record_save(&f->record, directory, &f->source, &f->fault), 0);

    assert_int_equal(record_load(&again, directory, &f->source, &f->fault), 0);
    assert_int_equal(again.tried, NOW);
    assert_int_equal(again.fresh, NOW - 5);
    assert_int_equal(again.serial, INT64_MAX);
    assert_int_equal(again.digest[31], 9);
    assert_int_equal(again.result, RESULT_REFUSED);
    assert_int_equal(again.backoff.failures, 3);
    assert_int_equal(again.backoff.until, NOW + 77);
    assert_memory_equal(again.message, "a message with  spaces", 22);
    assert_non_null(strstr(again.message, "serial 1"));
    assert_int_equal(again.mirrors[0].state, MIRROR_BAD);
    assert_int_equal(again.mirrors[0].backoff.until, NOW + 99);
    assert_int_equal(record_highest(&again, "daily.cvd"), 27000);
    assert_int_equal(record_highest(&again, "main.cvd"), 0);
    assert_int_equal(record_is_aside(&again, digest)->result, RESULT_TESTLOAD);
    assert_memory_equal(record_is_aside(&again, digest)->why, "it does not load: x", 19);
    digest[1] = 1;
    assert_null(record_is_aside(&again, digest));
    assert_string_equal(record_tag(&again, "x.ndb", 0)->etag, "\"abc\"");
    assert_string_equal(record_tag(&again, "x.ndb", 0)->modified, "Thu, 01 Jan 2026 00:00:00 GMT");
    record_free(&again);
    assert_int_equal(state_remove(directory, &f->fault), 0);
    assert_int_equal(access(directory, F_OK), -1);
}

static void test_set_digest(void **state)
{
    struct set one = {.count = 0}, other = {.count = 0};
    struct index_file a = {.name = "a.ndb", .size = 1, .version = 3},
                      b = {.name = "b.ndb", .size = 2};
    uint8_t first[INDEX_SHA256], second[INDEX_SHA256];
    struct fault fault;
    char versions[64];

    (void)state;
    set_add(&one, &a, "x", &fault);
    set_add(&one, &b, "y", &fault);
    set_add(&other, &b, "y", &fault);
    set_add(&other, &a, "z", &fault);
    set_digest(&one, NULL, first);
    set_digest(&other, NULL, second);
    assert_memory_not_equal(first, second, sizeof first); /* z has taken a.ndb over from x */
    set_digest(&one, "x", first);
    set_digest(&other, "z", second);
    assert_memory_equal(first, second, sizeof first);
    snprintf(other.files[1].source, sizeof other.files[1].source, "x");
    set_digest(&one, NULL, first);
    set_digest(&other, NULL, second);
    assert_memory_equal(first, second, sizeof first); /* the order does not matter */
    set_digest(&one, "x", second);
    assert_memory_not_equal(first, second, sizeof first);
    b.sha256[5] = 1;
    other.files[0].file = b;
    set_digest(&other, NULL, second);
    assert_memory_not_equal(first, second, sizeof first);
    assert_int_equal(set_bytes(&one, NULL), 3);
    assert_int_equal(set_count(&one, "x"), 1);
    assert_int_equal(set_count(&one, "nobody"), 0);
    set_versions(&one, NULL, versions, sizeof versions);
    assert_string_equal(versions, "a 3");
    assert_non_null(set_find(&one, "a.ndb"));
    assert_null(set_find(&one, "a.cvd"));
    set_free(&one);
    set_free(&other);
}

static void test_cvd(void **state)
{
    char header[CVD_HEADER];
    struct cvd cvd;

    (void)state;
    memset(header, ' ', sizeof header);
    const char *text =
        "ClamAV-VDB:14 Sep 2021 20-17 -0400:27000:1234567:90:md5:dsig:builder:1631665060";
    memcpy(header, text, strlen(text));
    assert_int_equal(cvd_parse(&cvd, header, sizeof header), 0);
    assert_int_equal(cvd.version, 27000);
    assert_int_equal(cvd.signatures, 1234567);
    assert_int_equal(cvd.built, 1631665060);
    assert_int_equal(cvd_parse(&cvd, header, sizeof header - 1), -1);
    header[36] = 'x'; /* in the version */
    assert_int_equal(cvd_parse(&cvd, header, sizeof header), -1);
    memset(header, ':', sizeof header);
    assert_int_equal(cvd_parse(&cvd, header, sizeof header), -1);
    assert_int_equal(cvd_version("/nowhere"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_signature, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_serials, setup, teardown),
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_record_survives, setup, teardown),
        cmocka_unit_test(test_set_digest),
        cmocka_unit_test(test_cvd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
