/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of facts, and which of them decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/facts.h"
#include "modules/epost_av/judge.h"

/* -------------------------------------------------------------------- facts */

static void facts_are_read_as_written(void **state)
{
    char text[WIRE_FACTS_MAX] = "";
    const char *at = text;
    struct fact fact;

    (void)state;
    assert_true(facts_add(text, REASON_SIGNATURE, "Eicar", "zip > a\tb\n"));
    assert_true(facts_add(text, REASON_ENCRYPTED, NULL, NULL));
    assert_true(facts_add(text, REASON_SIGNATURE, "Eicar", "zip > later"));
    assert_true(facts_add(text, REASON_SIGNATURE, "Eica", ""));
    assert_true(facts_check(text));
    assert_true(facts_next(&at, &fact));
    assert_int_equal(fact.reason, REASON_SIGNATURE);
    assert_string_equal(fact.name, "Eicar");
    assert_string_equal(fact.part, "zip > a b ");
    assert_true(facts_next(&at, &fact));
    assert_int_equal(fact.reason, REASON_ENCRYPTED);
    assert_string_equal(fact.name, "");
    assert_true(facts_next(&at, &fact));
    assert_string_equal(fact.name, "Eica");
    assert_false(facts_next(&at, &fact));
    assert_int_equal(*at, '\0');
}

static void reasons_fit_behind_many_names(void **state)
{
    char text[WIRE_FACTS_MAX] = "", name[WIRE_THREAT_MAX], part[WIRE_PART_MAX];
    bool all_names = true;

    (void)state;
    memset(part, 'p', sizeof part - 1);
    part[sizeof part - 1] = '\0';
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "Name.%u", i);
        all_names &= facts_add(text, REASON_SIGNATURE, name, part);
    }
    assert_false(all_names);
    for (unsigned i = 0; i < 64; i++)
        if (reason_verdict(i) == VERDICT_UNSCANNABLE || reason_verdict(i) == VERDICT_ERROR)
            assert_true(facts_add(text, i, "", part));
    assert_true(facts_check(text));
    assert_non_null(strstr(text, "\n62\t\t\n"));
}

static void malformed_facts_are_refused(void **state)
{
    static const char *const wrong[] = {
        "x",           "2\tn\tp",      "2\tn\n",     "\tn\tp\n",   "2x\tn\tp\n",     "\n",
        "999\tn\tp\n", "2\tn\tp\tq\n", "-1\tn\tp\n", "2\tn\tp\n3", "123456789\t\t\n"};
    struct wire_reply reply;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(facts_check(wrong[i]));
        wire_reply_init(&reply, REASON_NONE);
        snprintf(reply.facts, sizeof reply.facts, "%s", wrong[i]);
        assert_int_equal(wire_reply_check(&reply, sizeof reply, &err), -1);
        assert_int_equal(reply.reason, REASON_PROTOCOL);
    }
    assert_true(facts_check(""));
}

/* -------------------------------------------------------------------- judge */

static struct exceptions *list_of(const char *text)
{
    char path[] = "/tmp/epost-judge-XXXXXX";
    struct err err = {""};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct exceptions *list = exceptions_load(path, &err);
    unlink(path);
    assert_non_null(list);
    return list;
}

static struct wire_reply reply_of(enum reason reason, const char *threat)
{
    struct wire_reply reply;

    wire_reply_init(&reply, reason);
    snprintf(reply.threat, sizeof reply.threat, "%s", threat);
    snprintf(reply.part, sizeof reply.part, "first");
    snprintf(reply.detail, sizeof reply.detail, "words");
    facts_add(reply.facts, reason, threat, "first");
    reply.flags = WIRE_COMPLETE;
    return reply;
}

struct judge_case {
    const char *profile;
    struct wire_reply *reply;
    enum reason also, reason;
    enum policy_action action;
    const char *threat;
};

static void check(const struct exceptions *list, const struct policy_set *set,
                  const struct judge_case *c)
{
    struct wire_reply reply = *c->reply;
    char rule[160] = "";

    assert_int_equal(judge(list, policy_find(set, c->profile), c->also, &reply, rule, sizeof rule),
                     c->action);
    assert_int_equal(reply.reason, c->reason);
    assert_int_equal(reply.verdict, reason_verdict(c->reason));
    assert_string_equal(reply.threat, c->threat);
    assert_string_equal(rule, c->reason == REASON_ALLOW_LISTED ? "threat Good.*" : "");
}

static void test_allowed(void **state)
{
    struct exceptions *list = list_of("allow threat Good.*\n");
    struct policy_set set;
    struct wire_reply one = reply_of(REASON_SIGNATURE, "Good.One");

    (void)state;
    policy_init(&set);
    struct judge_case c = {"strict",    &one,      REASON_NONE, REASON_ALLOW_LISTED,
                           POLICY_PASS, "Good.One"};
    check(list, &set, &c);
    assert_false(judge_wants_all(list, &one));
    one.flags = 0; /* the scan ended here */
    assert_true(judge_wants_all(list, &one));
    c.reason = REASON_SIGNATURE, c.action = POLICY_BLOCK;
    check(list, &set, &c);
    one.flags = WIRE_COMPLETE | WIRE_FACTS_CUT; /* names are missing */
    check(list, &set, &c);
    one.flags = WIRE_COMPLETE;
    facts_add(one.facts, REASON_SIGNATURE, "Good.Two", "");
    facts_add(one.facts, REASON_SIGNATURE, "Bad", "second");
    c.threat = "Bad";
    check(list, &set, &c);
    exceptions_drop(&list);
}

static void test_allowed_beside_other_reasons(void **state)
{
    struct exceptions *list = list_of("allow threat Good.*\n");
    struct policy_set set;
    struct wire_reply one = reply_of(REASON_SIGNATURE, "Good.One");

    (void)state;
    policy_init(&set);
    check(list, &set,
          &(struct judge_case){"strict", &one, REASON_PARTIAL, REASON_PARTIAL, POLICY_BLOCK, ""});
    facts_add(one.facts, REASON_ENCRYPTED, NULL, "second");
    check(list, &set,
          &(struct judge_case){"mail", &one, REASON_NONE, REASON_ENCRYPTED, POLICY_BLOCK, ""});
    facts_add(one.facts, REASON_IO, NULL, "");
    check(list, &set, &(struct judge_case){"mail", &one, REASON_NONE, REASON_IO, POLICY_FAIL, ""});
    exceptions_drop(&list);
}

static void test_strictest_reason_decides(void **state)
{
    struct exceptions *list = list_of("allow threat Good.*\n");
    struct policy_set set;
    struct err err;
    struct wire_reply one = reply_of(REASON_CONTAINER, "");

    (void)state;
    policy_init(&set);
    assert_int_equal(policy_parse(&set, "own like=web unscannable:heuristic=block", &err), 0);
    check(list, &set,
          &(struct judge_case){"web", &one, REASON_NONE, REASON_CONTAINER, POLICY_PASS, ""});
    facts_add(one.facts, REASON_HEURISTIC, "Heuristics.X", "");
    check(list, &set,
          &(struct judge_case){"web", &one, REASON_NONE, REASON_CONTAINER, POLICY_PASS, ""});
    check(list, &set,
          &(struct judge_case){"own", &one, REASON_NONE, REASON_HEURISTIC, POLICY_BLOCK,
                               "Heuristics.X"});
    facts_add(one.facts, REASON_LIMIT_RATIO, NULL, "");
    check(list, &set,
          &(struct judge_case){"web", &one, REASON_NONE, REASON_LIMIT_RATIO, POLICY_BLOCK, ""});
    exceptions_drop(&list);
}

static void test_nothing_turns_clean(void **state)
{
    struct exceptions *list = list_of("allow threat Good.*\n");
    struct policy_set set;
    struct wire_reply zero = {0}, clean = reply_of(REASON_NONE, "");

    (void)state;
    policy_init(&set);
    check(list, &set,
          &(struct judge_case){"web", &zero, REASON_NONE, REASON_UNKNOWN, POLICY_FAIL, ""});
    clean.facts[0] = '\0';
    check(list, &set,
          &(struct judge_case){"strict", &clean, REASON_NONE, REASON_NONE, POLICY_PASS, ""});
    check(list, &set,
          &(struct judge_case){"strict", &clean, REASON_PARTIAL, REASON_PARTIAL, POLICY_BLOCK, ""});
    clean.verdict = VERDICT_INFECTED; /* contradicts its reason */
    check(list, &set,
          &(struct judge_case){"web", &clean, REASON_NONE, REASON_UNKNOWN, POLICY_FAIL, ""});
    exceptions_drop(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_read_as_written),
        cmocka_unit_test(reasons_fit_behind_many_names),
        cmocka_unit_test(malformed_facts_are_refused),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_allowed_beside_other_reasons),
        cmocka_unit_test(test_strictest_reason_decides),
        cmocka_unit_test(test_nothing_turns_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
