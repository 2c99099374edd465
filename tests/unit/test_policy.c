/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "modules/epost_av/policy.h"

static enum policy_action decide(const struct policy_set *set, const char *name, enum reason reason)
{
    return policy_decide(policy_find(set, name), reason_verdict(reason), reason);
}

static void test_zeroed_fails(void **state)
{
    struct policy policy = {.name = ""};

    (void)state;
    assert_int_equal(policy_decide(&policy, VERDICT_ERROR, REASON_UNKNOWN), POLICY_FAIL);
    assert_int_equal(policy_decide(&policy, VERDICT_INFECTED, REASON_SIGNATURE), POLICY_FAIL);
}

static void test_only_clean_is_clean(void **state)
{
    struct policy_set set;

    (void)state;
    policy_init(&set);
    for (unsigned i = 0; i < set.count; i++) {
        const struct policy *p = &set.profile[i];
        assert_int_equal(policy_decide(p, VERDICT_CLEAN, REASON_NONE), POLICY_PASS);
        for (unsigned reason = 0; reason < 80; reason++)
            if (reason != REASON_NONE)
                assert_int_not_equal(policy_decide(p, VERDICT_CLEAN, (enum reason)reason),
                                     POLICY_PASS);
        assert_int_not_equal(policy_decide(p, VERDICT_INFECTED, REASON_NONE), POLICY_PASS);
        assert_int_not_equal(policy_decide(p, (enum verdict)9, REASON_NONE), POLICY_PASS);
        assert_int_not_equal(policy_decide(p, VERDICT_UNSCANNABLE, (enum reason)4000), POLICY_PASS);
    }
}

static void test_built_in(void **state)
{
    struct policy_set set;

    (void)state;
    policy_init(&set);
    assert_int_equal(decide(&set, "web", REASON_SIGNATURE), POLICY_BLOCK);
    assert_int_equal(decide(&set, "web", REASON_ENCRYPTED), POLICY_PASS);
    assert_int_equal(decide(&set, "web", REASON_LIMIT_RATIO), POLICY_BLOCK);
    assert_int_equal(decide(&set, "web", REASON_TIMEOUT), POLICY_FAIL);
    assert_int_equal(decide(&set, "mail", REASON_HEURISTIC), POLICY_PASS);
    assert_int_equal(decide(&set, "mail", REASON_ENCRYPTED), POLICY_BLOCK);
    assert_int_equal(decide(&set, "mail", REASON_NO_ENGINE), POLICY_FAIL);
    assert_int_equal(policy_find(&set, "mail")->timeout_ms, 6000);
    for (unsigned reason = 0; reason < POLICY_REASONS; reason++) {
        enum policy_action action = decide(&set, "strict", (enum reason)reason);
        int allowed = reason == REASON_NONE || reason == REASON_NO_BODY ||
                      reason == REASON_SKIPPED || reason == REASON_ALLOW_LISTED ||
                      reason == REASON_HEURISTIC;
        assert_int_equal(action, allowed ? POLICY_PASS : POLICY_BLOCK);
    }
}

static void test_rules(void **state)
{
    struct policy_set set;
    struct err err;

    (void)state;
    policy_init(&set);
    assert_int_equal(policy_parse(&set, "web unscannable=block unscannable:partial=pass", &err), 0);
    assert_int_equal(decide(&set, "web", REASON_PARTIAL), POLICY_PASS);
    assert_int_equal(decide(&set, "web", REASON_ENCRYPTED), POLICY_BLOCK);
    assert_int_equal(policy_parse(&set, "own", &err), 0);
    assert_int_equal(decide(&set, "own", REASON_IO), POLICY_BLOCK);
    assert_int_equal(policy_parse(&set, "own2 like=mail timeout=1.5 error=pass", &err), 0);
    assert_int_equal(policy_find(&set, "OWN2")->timeout_ms, 1500);
    assert_int_equal(decide(&set, "own2", REASON_UNKNOWN), POLICY_PASS);
    assert_int_equal(decide(&set, "own2", REASON_SIGNATURE), POLICY_BLOCK);
    /* The words of time are those of every directive. */
    assert_int_equal(policy_parse(&set, "own2 timeout=6min", &err), 0);
    assert_int_equal(policy_find(&set, "own2")->timeout_ms, 360000);
    assert_int_equal(policy_parse(&set, "own2 timeout=1h", &err), 0);
    assert_int_equal(policy_parse(&set, "own2 timeout=250ms", &err), 0);
    assert_int_equal(policy_find(&set, "own2")->timeout_ms, 250);
    /* What goes out before the verdict. */
    assert_true(policy_find(&set, "web")->trickles);
    assert_false(policy_find(&set, "strict")->trickles || policy_find(&set, "mail")->trickles);
    assert_false(policy_find(&set, "own")->trickles);
    assert_int_equal(policy_parse(&set, "own trickle=on", &err), 0);
    assert_true(policy_find(&set, "own")->trickles);
    assert_int_equal(policy_parse(&set, "own like=web trickle=off", &err), 0);
    assert_false(policy_find(&set, "own")->trickles);
    assert_int_equal(set.count, 5);
}

static void test_wrong_rules(void **state)
{
    static const char *const wrong[] = {"",
                                        "  ",
                                        "na/me error=pass",
                                        "web clean=block",
                                        "web dirty=block",
                                        "web error=maybe",
                                        "web error",
                                        "web error:encrypted=pass",
                                        "web unscannable:nosuch=pass",
                                        "web trickle=10",
                                        "web timeout=0",
                                        "web timeout=1d",
                                        "web timeout=",
                                        "web timeout=nan",
                                        "web like=nosuch",
                                        "web error=pass like=mail",
                                        "a23456789012345678901234567890123 error=pass"};
    struct policy_set set, before;
    struct err err;

    (void)state;
    policy_init(&set);
    before = set;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        err.text[0] = '\0';
        assert_int_equal(policy_parse(&set, wrong[i], &err), -1);
        assert_int_not_equal(err.text[0], '\0');
        assert_memory_equal(&set, &before, sizeof set);
    }
}

static void test_not_too_many(void **state)
{
    struct policy_set set;
    struct err err;
    char name[8] = "p?";

    (void)state;
    policy_init(&set);
    for (char c = 'a'; set.count < POLICY_PROFILES_MAX; c++) {
        name[1] = c;
        assert_int_equal(policy_parse(&set, name, &err), 0);
    }
    assert_int_equal(policy_parse(&set, "more", &err), -1);
    assert_int_equal(policy_parse(&set, "web error=pass", &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_fails), cmocka_unit_test(test_only_clean_is_clean),
        cmocka_unit_test(test_built_in),     cmocka_unit_test(test_rules),
        cmocka_unit_test(test_wrong_rules),  cmocka_unit_test(test_not_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
