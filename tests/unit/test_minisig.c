/* SPDX-License-Identifier: GPL-2.0-or-later */
/* minisig: what Debian's minisign made is understood, what was altered is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "updater/minisig.h"

#define DATA TEST_SRCDIR "/data/minisig/"

static char text[MINISIG_TEXT_MAX];
static size_t length;

static void load(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, DATA "%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    length = fread(text, 1, sizeof text, file);
    fclose(file);
}

static int verify(const char *signature, const char *key_name, const char *content, struct err *err)
{
    struct minisig sig;
    struct minisig_key key;
    char path[512];

    snprintf(path, sizeof path, DATA "%s", key_name);
    assert_int_equal(minisig_key_read(&key, path, err), 0);
    load(signature);
    if (minisig_parse(&sig, text, length, err) < 0)
        return -1;
    return minisig_verify(&sig, &key, 1, content, strlen(content), err);
}

static void test_vectors(void **state)
{
    struct err err = {""};

    (void)state;
    assert_int_equal(verify("content.minisig", "plain.pub", "hello\n", &err), 0);
    assert_int_equal(verify("content.legacy.minisig", "plain.pub", "hello\n", &err), 0);
    assert_int_equal(verify("content.other.minisig", "other.pub", "hello\n", &err), 0);
}

static void test_altered_content(void **state)
{
    struct err err = {""};

    (void)state;
    assert_int_equal(verify("content.minisig", "plain.pub", "Hello\n", &err), -1);
    assert_non_null(strstr(err.text, "does not match the content"));
    assert_int_equal(verify("content.legacy.minisig", "plain.pub", "", &err), -1);
}

static void test_other_key(void **state)
{
    struct err err = {""};

    (void)state;
    assert_int_equal(verify("content.other.minisig", "plain.pub", "hello\n", &err), -1);
    assert_non_null(strstr(err.text, "not one of the source's keys"));
}

static void test_altered_comment(void **state)
{
    struct err err = {""};
    struct minisig sig;
    struct minisig_key key;

    (void)state;
    assert_int_equal(minisig_key_read(&key, DATA "plain.pub", &err), 0);
    load("content.minisig");
    assert_int_equal(minisig_parse(&sig, text, length, &err), 0);
    assert_string_equal(sig.trusted, "serial:5 file:index.xml");
    sig.trusted[7] = '9';
    assert_int_equal(minisig_verify(&sig, &key, 1, "hello\n", 6, &err), -1);
    assert_non_null(strstr(err.text, "comment was altered"));
}

/* Every single bit of the file that is not in the untrusted comment counts. */
static void test_every_byte_counts(void **state)
{
    struct err err = {""};
    struct minisig sig;
    struct minisig_key key;
    char saved;

    (void)state;
    assert_int_equal(minisig_key_read(&key, DATA "plain.pub", &err), 0);
    load("content.minisig");
    size_t first = (size_t)(strchr(text, '\n') + 1 - text);
    for (size_t i = first; i < length - 1; i++) {
        saved = text[i];
        text[i] = saved == 'A' ? 'B' : 'A';
        if (minisig_parse(&sig, text, length, &err) == 0)
            assert_int_equal(minisig_verify(&sig, &key, 1, "hello\n", 6, &err), -1);
        text[i] = saved;
    }
    /* and none can be missing, but for the last line's end */
    for (size_t n = 0; n < length - 1; n++)
        if (minisig_parse(&sig, text, n, &err) == 0)
            assert_int_equal(minisig_verify(&sig, &key, 1, "hello\n", 6, &err), -1);
}

static void test_malformed(void **state)
{
    static const char *const bad[] = {"",
                                      "\n\n\n\n",
                                      "untrusted comment: x\n",
                                      "untrusted comment: x\nRUQ=\ntrusted comment: y\nAA==\n",
                                      "untrusted comment: x\n====\ntrusted comment: y\n====\n",
                                      "no comment\nRUTL\n"};
    struct err err = {""};
    struct minisig sig;
    struct minisig_key key;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(minisig_parse(&sig, bad[i], strlen(bad[i]), &err), -1);
    assert_int_equal(minisig_key_parse(&key, "RWQ", &err), -1);
    assert_int_equal(minisig_key_parse(&key, "", &err), -1);
}

static void test_sign(void **state)
{
    struct err err = {""};
    struct minisig_secret secret;
    struct minisig_key key, derived;
    struct minisig sig;
    struct buf out;

    (void)state;
    buf_init(&out, MINISIG_TEXT_MAX);
    assert_int_equal(minisig_secret_read(&secret, DATA "plain.key", NULL, &err), 0);
    assert_int_equal(minisig_key_read(&key, DATA "plain.pub", &err), 0);
    assert_int_equal(minisig_public(&secret, &derived, &err), 0);
    assert_memory_equal(&key, &derived, sizeof key);

    /* Ed25519 is deterministic: we write what minisign wrote, to the byte. */
    assert_int_equal(minisig_sign(&secret, "hello\n", 6, "serial:5 file:index.xml", &out, &err), 0);
    load("content.minisig");
    assert_int_equal(out.length, length);
    assert_memory_equal(out.data, text, length);

    assert_int_equal(minisig_parse(&sig, out.data, out.length, &err), 0);
    assert_int_equal(minisig_verify(&sig, &key, 1, "hello\n", 6, &err), 0);
    assert_int_equal(minisig_sign(&secret, "x", 1, "two\nlines", &out, &err), -1);
    buf_free(&out);
    minisig_secret_wipe(&secret);
}

static void test_secret_password(void **state)
{
    struct err err = {""};
    struct minisig_secret secret;
    struct minisig_key key, derived;

    (void)state;
    assert_int_equal(minisig_secret_read(&secret, DATA "locked.key", NULL, &err), -1);
    assert_non_null(strstr(err.text, "password"));
    assert_int_equal(minisig_secret_read(&secret, DATA "locked.key", "secret", &err), 0);
    assert_int_equal(minisig_key_read(&key, DATA "locked.pub", &err), 0);
    assert_int_equal(minisig_public(&secret, &derived, &err), 0);
    assert_memory_equal(&key, &derived, sizeof key);
    assert_int_equal(minisig_secret_read(&secret, DATA "plain.pub", NULL, &err), -1);
    minisig_secret_wipe(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_altered_content),
        cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_altered_comment),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_secret_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
