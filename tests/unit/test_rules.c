/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of members, and the operator's rules about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/members.h"
#include "modules/epost_av/rules.h"

static bool has(const struct members *members, const char *kind, const char *name)
{
    const char *at = members->text;
    struct member member;

    while (members_next(&at, &member))
        if (strcmp(member.kind, kind) == 0 && strcmp(member.name, name) == 0)
            return true;
    assert_int_equal(*at, 0);
    return false;
}

static void names_are_noted_once(void **state)
{
    struct members m = {.is_cut = false};

    (void)state;
    members_note(&m, "exe", "dir/Setup.EXE");
    members_note(&m, "exe", "C:\\x\\Setup.EXE");
    members_note(&m, "text", NULL);
    members_note(&m, "", "trailing.exe. .");
    members_note(&m, "", "bad\tname\n.js");
    assert_true(has(&m, "exe", ""));
    assert_true(has(&m, "text", ""));
    assert_true(has(&m, "", "Setup.EXE"));
    assert_true(has(&m, "", "trailing.exe"));
    unsigned lines = 0;
    for (const char *c = m.text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 5);
    assert_true(members_check(m.text));
    assert_false(m.is_short || m.is_cut);
}

static void many_names_become_endings(void **state)
{
    struct members m = {.is_cut = false};
    char name[64];

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "some/directory/page-%u.%s", i, i % 2 ? "html" : "JPG");
        members_note(&m, "text", name);
    }
    assert_true(m.is_short);
    assert_false(m.is_cut);
    assert_true(has(&m, "", "*.html"));
    assert_true(has(&m, "", "*.jpg"));
    members_note(&m, "exe", "late.exe");
    assert_true(has(&m, "", "*.exe"));
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "x.%x", i + 0x10000);
        members_note(&m, "text", name);
    }
    assert_true(m.is_cut);
    assert_true(strlen(m.text) < sizeof m.text);
    assert_true(members_check(m.text));
}

static void a_long_name_keeps_its_ending(void **state)
{
    struct members m = {.is_cut = false};
    char name[5000];

    (void)state;
    memset(name, 'a', sizeof name);
    memcpy(name + sizeof name - 5, ".exe", 5);
    members_note(&m, "", name);
    assert_false(m.is_cut);
    const char *at = m.text;
    struct member member;
    assert_true(members_next(&at, &member));
    assert_string_equal(member.name + strlen(member.name) - 4, ".exe");
    /* One that its reader has cut may have ended in anything. */
    memset(name, 'a', 255);
    name[255] = '\0';
    members_note(&m, "", name);
    assert_true(m.is_cut);
}

static void tricks_are_told(void **state)
{
    static const struct {
        const char *name, *trick;
    } cases[] = {
        {"invoice.pdf.exe", MEMBERS_DOUBLE},
        {"photo.JPG.Scr", MEMBERS_DOUBLE},
        {"report.doc            .js", MEMBERS_DOUBLE},
        {"nothing           .exe", MEMBERS_DOUBLE},
        {"setup.1.2.exe", NULL},
        {"jquery.min.js", NULL},
        {"archive.tar.gz", NULL},
        {".exe", NULL},
        {"pdf.exe", NULL},
        {"txt.\xe2\x80\xae"
         "cod.exe",
         MEMBERS_BIDI},
        {"a\xe2\x81\xa7z.pdf", MEMBERS_BIDI},
        {"\xd8\x9c"
         "a.pdf",
         MEMBERS_BIDI},
        {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.pdf", NULL}, /* Hebrew letters are an ordinary name */
        {"vbaProject.bin", MEMBERS_MACRO},
        {"_VBA_PROJECT", MEMBERS_MACRO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *trick = members_trick(cases[i].name);
        if (!trick != !cases[i].trick || (trick && strcmp(trick, cases[i].trick) != 0))
            fail_msg("%s is %s", cases[i].name, trick ? trick : "ordinary");
    }
}

/* ------------------------------------------------------------------------- rules */

static int add(struct ruleset **set, const char *line, struct err *err)
{
    char copy[512], *rest = NULL;

    snprintf(copy, sizeof copy, "%s", line);
    char *verb = strtok_r(copy, " ", &rest), *what = strtok_r(NULL, " ", &rest);
    char *pattern = strtok_r(NULL, " ", &rest);
    return rules_add(set, verb, what, pattern, rest, err);
}

static struct ruleset *rules(const char *const *lines)
{
    struct ruleset *set = NULL;
    struct err err;

    for (; *lines; lines++)
        if (add(&set, *lines, &err) < 0)
            fail_msg("%s: %s", *lines, err.text);
    return set;
}

/* A Wednesday, 10:30 local time. */
static time_t wednesday(void)
{
    struct tm day = {
        .tm_year = 126, .tm_mon = 10, .tm_mday = 25, .tm_hour = 10, .tm_min = 30, .tm_isdst = -1};

    return mktime(&day);
}

static struct rules_subject subject(const char *name, const char *members)
{
    return (struct rules_subject){.name = name,
                                  .host = "www.example.com",
                                  .client = "192.0.2.9",
                                  .groups = "staff\nDomain Users",
                                  .now = wednesday(),
                                  .members = members};
}

static void conditions_hold_or_not(void **state)
{
    static const struct {
        const char *rule;
        enum rules_answer answer;
    } cases[] = {
        {"block name *.exe", RULES_BLOCK},
        {"block name *.EXE", RULES_BLOCK},
        {"block name *.js", RULES_NONE},
        {"block kind exe", RULES_BLOCK},
        {"block kind zip", RULES_NONE},
        {"mark name setup.*", RULES_MARK},
        {"block name *.exe group=staff", RULES_BLOCK},
        {"block name *.exe group=STAFF", RULES_BLOCK},
        {"block name *.exe group=sta", RULES_NONE},
        {"block name *.exe group=admins", RULES_NONE},
        {"block name *.exe group=admins group=staff", RULES_BLOCK},
        {"block name *.exe client=192.0.2.0/24", RULES_BLOCK},
        {"block name *.exe client=198.51.100.0/24", RULES_NONE},
        {"block name *.exe client=::ffff:192.0.2.9", RULES_BLOCK},
        {"block name *.exe client=192.0.2.0/24 group=admins", RULES_NONE},
        {"block name *.exe host=.example.com", RULES_BLOCK},
        {"block name *.exe host=www.example.com", RULES_BLOCK},
        {"block name *.exe host=example.com", RULES_NONE},
        {"block name *.exe host=.ample.com", RULES_NONE},
        {"block name *.exe time=10:00-11:00", RULES_BLOCK},
        {"block name *.exe time=10:30-10:31", RULES_BLOCK},
        {"block name *.exe time=10:00-10:30", RULES_NONE},
        {"block name *.exe time=22:00-11:00", RULES_BLOCK},
        {"block name *.exe time=22:00-06:00", RULES_NONE},
        {"block name *.exe days=mon-fri", RULES_BLOCK},
        {"block name *.exe days=fri-wed", RULES_BLOCK},
        {"block name *.exe days=sat,sun", RULES_NONE},
        {"pass name *.exe", RULES_NONE},
    };
    char rule[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ruleset *set = rules((const char *const[]){cases[i].rule, NULL});
        struct rules_subject s = subject("a.zip", "exe\t\n\tsetup.exe\n\treadme.txt\n");
        enum rules_answer answer = rules_decide(set, &s, rule, sizeof rule);
        if (answer != cases[i].answer)
            fail_msg("%s gives %d", cases[i].rule, answer);
        rules_free(&set);
    }
}

static void the_first_that_fits_decides(void **state)
{
    static const char *const lines[] = {"pass name ok-*.exe", "mark kind pdf",
                                        "block name *.exe group=staff", "block kind encrypted",
                                        NULL};
    struct ruleset *set = rules(lines);
    char rule[200];

    (void)state;
    struct rules_subject s = subject("", "\tok-1.exe\n");
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_NONE);
    s = subject("", "\tother.exe\n");
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_BLOCK);
    assert_string_equal(rule, "name *.exe: other.exe");
    s = subject("direct.EXE", "");
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_BLOCK);
    s = subject("x.pdf", "pdf\t\n");
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_MARK);
    assert_string_equal(rule, "kind pdf: pdf");
    s = subject("x.zip", "");
    s.is_encrypted = true;
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_BLOCK);
    assert_int_equal(rules_decide(NULL, &s, rule, sizeof rule), RULES_NONE);
    rules_free(&set);
}

/* A body has several names: the URL's, and those of Content-Disposition. Programs take any. */
static void each_name_of_a_body_counts(void **state)
{
    static const char *const lines[] = {"pass name *.txt", "block name setup.exe",
                                        "block kind double-extension", "block name *.scr", NULL};
    static const struct {
        const char *names;
        enum rules_answer answer;
    } rows[] = {
        {"get.php\nsetup.exe", RULES_BLOCK},
        {"setup.exe\nx.txt", RULES_BLOCK}, /* one that passes does not let the other pass */
        {"x.exe\ninvoice.pdf.exe", RULES_BLOCK},
        {"a.txt\nb.txt", RULES_NONE},
        {"a.txt\nb.scr", RULES_BLOCK},
        {"get.php", RULES_NONE},
    };
    struct ruleset *set = rules(lines);
    char rule[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rules_subject s = subject(rows[i].names, "");
        if (rules_decide(set, &s, rule, sizeof rule) != rows[i].answer)
            fail_msg("%s", rows[i].names);
    }
    rules_free(&set);
}

/* Bytes that are no text become three each: the ending stays. */
static void the_ending_of_odd_bytes_stays(void **state)
{
    static const char *const lines[] = {"block name *.exe", NULL};
    struct ruleset *set = rules(lines);
    struct members m = {.is_cut = false};
    char name[400], rule[200];

    (void)state;
    for (size_t length = 10; length < 300; length++) {
        memset(name, 0xff, length);
        memcpy(name + length, ".exe", 5);
        memset(&m, 0, sizeof m);
        members_note(&m, "", name);
        struct rules_subject s = subject("", m.text);
        if (rules_decide(set, &s, rule, sizeof rule) != RULES_BLOCK)
            fail_msg("a member with %zu bytes", length);
        s = subject(name, "");
        if (rules_decide(set, &s, rule, sizeof rule) != RULES_BLOCK)
            fail_msg("a name with %zu bytes", length);
    }
    rules_free(&set);
}

/* Unknown is never clean: a list that leaves names out cannot answer every pattern. */
static void what_is_left_out_is_undecided(void **state)
{
    struct ruleset *set = rules((const char *const[]){"block name *.exe", NULL});
    struct ruleset *other = rules((const char *const[]){"block name inv*.exe", NULL});
    char rule[200];

    (void)state;
    struct rules_subject s = subject("", "\t*.txt\n");
    s.flags = WIRE_MEMBERS_SHORT;
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_NONE);
    assert_int_equal(rules_decide(other, &s, rule, sizeof rule), RULES_UNDECIDED);
    s.members = "\t*.exe\n";
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_BLOCK);
    s.members = "";
    s.flags = WIRE_MEMBERS_CUT;
    assert_int_equal(rules_decide(set, &s, rule, sizeof rule), RULES_UNDECIDED);
    rules_free(&set);
    rules_free(&other);
}

static void wrong_rules_are_refused(void **state)
{
    static const char *const wrong[] = {"allow name *.exe",
                                        "skip name *.exe",
                                        "block name",
                                        "block name *.exe nonsense",
                                        "block name *.exe group=",
                                        "block name *.exe color=red",
                                        "block name *.exe client=300.1.1.1",
                                        "block name *.exe time=8-9",
                                        "block name *.exe time=08:00",
                                        "block name *.exe time=25:00-26:00",
                                        "block name *.exe time=08:00-08:00",
                                        "block name *.exe days=funday",
                                        "block name *.exe days="};
    struct ruleset *set = NULL;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (add(&set, wrong[i], &err) == 0)
            fail_msg("%s was taken", wrong[i]);
    rules_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_noted_once),
        cmocka_unit_test(many_names_become_endings),
        cmocka_unit_test(a_long_name_keeps_its_ending),
        cmocka_unit_test(tricks_are_told),
        cmocka_unit_test(conditions_hold_or_not),
        cmocka_unit_test(the_first_that_fits_decides),
        cmocka_unit_test(each_name_of_a_body_counts),
        cmocka_unit_test(the_ending_of_odd_bytes_stays),
        cmocka_unit_test(what_is_left_out_is_undecided),
        cmocka_unit_test(wrong_rules_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
