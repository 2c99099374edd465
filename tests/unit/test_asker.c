/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of users and groups, and the envelope of a mail. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "modules/epost_av/asker.h"
#include "modules/epost_av/envelope.h"

static void test_client_username(void **state)
{
    static const struct {
        const char *value, *name;
    } rows[] = {
        {"alice", "alice"},
        {"  alice \r\n", "alice"},
        {"YWxpY2U=", "alice"},
        {"YWxpY2VAZXhhbXBsZS50ZXN0", "alice@example.test"},
        {"RE9NQUlOXGFsaWNl", "DOMAIN\\alice"},
        {"DOMAIN\\alice", "DOMAIN\\alice"},
        {"bobb", "bobb"},         /* base64 of what is no text */
        {"test1234", "test1234"}, /* base64 of what is no text */
        {"YWxpY2U", "YWxpY2U"},   /* without its padding */
        {"w6TDtsO8", "\xc3\xa4\xc3\xb6\xc3\xbc"},
        {"AAAAAAAA", "AAAAAAAA"},
        {"", ""},
    };
    char name[64];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(asker_client_username(rows[i].value, true, name, sizeof name), 0);
        assert_string_equal(name, rows[i].name);
    }
    assert_int_equal(asker_client_username("abcdefghi", true, name, 9), -1);
    assert_int_equal(asker_client_username("YWxpY2U=", true, name, 5), -1);
    /* A plain name may look like base64. */
    assert_int_equal(asker_client_username("  YWxpY2U= ", false, name, sizeof name), 0);
    assert_string_equal(name, "YWxpY2U=");
    assert_int_equal(asker_client_username("YWxpY2Ux", false, name, sizeof name), 0);
    assert_string_equal(name, "YWxpY2Ux");
    assert_int_equal(asker_client_username("abcdefghi", false, name, 9), -1);
}

static void test_authenticated_user(void **state)
{
    char name[64];

    (void)state;
    assert_int_equal(asker_authenticated_user("TG9jYWw6Ly9hbGljZQ==", name, sizeof name), 0);
    assert_string_equal(name, "alice");
    assert_int_equal(asker_authenticated_user("Local://alice", name, sizeof name), 0);
    assert_string_equal(name, "alice");
    assert_int_equal(asker_authenticated_user("alice", name, sizeof name), 0);
    assert_string_equal(name, "alice");
    assert_int_equal(asker_authenticated_user("YWxpY2U=", name, sizeof name), 0);
    assert_string_equal(name, "YWxpY2U="); /* no scheme in it: it is the name */
}

static void test_groups(void **state)
{
    char groups[1024], small[8];

    (void)state;
    /* "Local://staff, WinNT://DOMAIN/users" */
    assert_int_equal(
        asker_groups("TG9jYWw6Ly9zdGFmZiwgV2luTlQ6Ly9ET01BSU4vdXNlcnM=", groups, sizeof groups), 0);
    assert_string_equal(groups, "staff\nDOMAIN/users");
    assert_int_equal(asker_groups(" staff,, users , ", groups, sizeof groups), 0);
    assert_string_equal(groups, "staff\nusers");
    assert_int_equal(asker_groups("abc,defghij,k", small, sizeof small), -1);
    assert_string_equal(small, "abc\nk");
    assert_int_equal(asker_groups("", groups, sizeof groups), 0);
    assert_string_equal(groups, "");
}

static struct envelope read_text(const char *text)
{
    struct envelope envelope = {.sender = ""};

    envelope_read(&envelope, text, strlen(text));
    return envelope;
}

static void test_envelope(void **state)
{
    struct envelope e;

    (void)state;
    e = read_text(
        "Received: by x; now\r\nFrom: \"Doe, A <x@y>\" (c@d) <alice@example.test>\r\n"
        "To: bob@example.test,\r\n\tCarol <carol@example.test>\r\nCc: BOB@example.test\r\n"
        "Message-ID:\r\n <1@example.test>\r\n\r\nTo: not@this.test\r\n");
    assert_string_equal(e.sender, "alice@example.test");
    assert_string_equal(e.recipients, "bob@example.test\ncarol@example.test");
    assert_string_equal(e.message_id, "<1@example.test>");
    e = read_text(
        "From alice@example.test Mon Jan 1\nReturn-Path: <back@example.test>\n"
        "Delivered-To: real@example.test\nFrom: alice@example.test\nTo: list@example.test\n\n");
    assert_string_equal(e.sender, "back@example.test");
    assert_string_equal(e.recipients, "real@example.test");
    assert_string_equal(e.message_id, "");
    /* The mail filter knows better. */
    memset(&e, 0, sizeof e);
    memcpy(e.sender, "envelope@example.test", sizeof "envelope@example.test");
    envelope_read(&e, "From: a@b.test\nTo: c@d.test\n\n", 30);
    assert_string_equal(e.sender, "envelope@example.test");
    assert_string_equal(e.recipients, "c@d.test");
}

static void test_no_mail(void **state)
{
    static const char *const rows[] = {"",
                                       "PK\3\4",
                                       "name: value\nother: x\n",
                                       "From: a@b\n",
                                       "<html>\nFrom: a\n",
                                       "From: a\nno field\nTo: c@d\n",
                                       ":\n",
                                       "From: \"a@b\nTo: <c@d"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct envelope e = read_text(rows[i]);
        assert_string_equal(e.sender, "");
        assert_string_equal(e.message_id, "");
    }
}

/* A release goes to the envelope: what a mail says itself never gets into one that is known. */
static void test_envelope_of_a_filter(void **state)
{
    static const char mail[] = "From: forged@example.test\r\nTo: anybody@outside.test\r\n"
                               "Message-ID: <1@example.test>\r\n\r\n";
    struct envelope e = {.has_sender = true}; /* MAIL FROM:<> */
    char list[20] = "";

    (void)state;
    assert_true(envelope_add_addresses(e.recipients, sizeof e.recipients, "real@here.test", 14));
    envelope_read(&e, mail, sizeof mail - 1);
    assert_string_equal(e.sender, "");
    assert_string_equal(e.recipients, "real@here.test");
    assert_string_equal(e.message_id, "<1@example.test>");
    assert_true(envelope_add_addresses(list, sizeof list, "a@example.test", 14));
    assert_true(envelope_add_addresses(list, sizeof list, "a@example.test", 14));
    assert_false(envelope_add_addresses(list, sizeof list, "b@example.test", 14));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_username), cmocka_unit_test(test_authenticated_user),
        cmocka_unit_test(test_groups),          cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_no_mail),         cmocka_unit_test(test_envelope_of_a_filter)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
