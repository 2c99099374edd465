/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/clock.h"
#include "inspect/budget.h"
#include "inspect/finding.h"
#include "inspect/seen.h"
#include "inspect/buffer.h"

static void test_worst_wins(void **state)
{
    struct finding finding;

    (void)state;
    finding_init(&finding);
    assert_int_equal(finding.reason, REASON_NONE);
    finding_add(&finding, REASON_ENCRYPTED, "zip > a", NULL, NULL);
    finding_add(&finding, REASON_NONE, "zip > b", NULL, NULL);
    assert_int_equal(finding.reason, REASON_ENCRYPTED);
    finding_add(&finding, REASON_IO, "zip > c", NULL, "disk");
    assert_int_equal(finding.reason, REASON_IO);
    finding_add(&finding, REASON_CONTAINER, "zip > d", NULL, NULL);
    assert_string_equal(finding.part, "zip > c");
    assert_string_equal(finding.detail, "disk");
    assert_false(finding_final(&finding));
    finding_add(&finding, REASON_SIGNATURE, "zip > e", "Name", NULL);
    assert_true(finding_final(&finding));
    assert_string_equal(finding.threat, "Name");
    assert_string_equal(finding.detail, "");
}

static void test_heuristics_hide_nothing(void **state)
{
    struct finding finding;

    (void)state;
    finding_init(&finding);
    finding_add(&finding, REASON_HEURISTIC, "a", "PUA.X", NULL);
    assert_int_equal(finding.reason, REASON_HEURISTIC);
    assert_false(finding_final(&finding));
    finding_add(&finding, REASON_ENCRYPTED, "b", NULL, NULL);
    assert_int_equal(finding.reason, REASON_ENCRYPTED);
    finding_add(&finding, REASON_HEURISTIC, "c", "PUA.Y", NULL);
    assert_int_equal(finding.reason, REASON_ENCRYPTED);
    assert_string_equal(finding.facts, "35\tPUA.X\ta\n30\t\tb\n35\tPUA.Y\tc\n");
}

static void test_all_threats(void **state)
{
    struct finding finding;

    (void)state;
    finding_init(&finding);
    finding.all = true;
    finding_add(&finding, REASON_SIGNATURE, "a", "One", NULL);
    assert_false(finding_final(&finding));
    finding_add(&finding, REASON_SIGNATURE, "b", "Two", NULL);
    finding_add(&finding, REASON_SIGNATURE, "c", "One", NULL);
    assert_string_equal(finding.threat, "One");
    assert_string_equal(finding.facts, "2\tOne\ta\n2\tTwo\tb\n");
}

static void test_first_of_equals_is_kept(void **state)
{
    struct finding finding;

    (void)state;
    finding_init(&finding);
    finding_add(&finding, REASON_ENCRYPTED, "first", NULL, NULL);
    finding_add(&finding, REASON_CONTAINER, "second", NULL, NULL);
    assert_int_equal(finding.reason, REASON_ENCRYPTED);
    assert_string_equal(finding.part, "first");
    finding_add(&finding, REASON_SIGNATURE, "a", "One", NULL);
    finding_add(&finding, REASON_SIGNATURE, "b", "Two", NULL);
    assert_string_equal(finding.threat, "One");
}

static void test_zeroed_finding_is_an_error(void **state)
{
    struct finding finding = {0};

    (void)state;
    assert_int_equal(reason_verdict(finding.reason), VERDICT_ERROR);
}

static struct budget some_budget(void)
{
    struct scanner_settings settings = {.max_scan_time = 60000,
                                        .max_scan_size = 100 << 20,
                                        .max_file_size = 40 << 20,
                                        .max_files = 3,
                                        .max_recursion = 4,
                                        .max_ratio = 10};
    struct budget budget;

    budget_init(&budget, &settings);
    return budget;
}

static void test_budget_of_objects(void **state)
{
    struct budget budget = some_budget();

    (void)state;
    assert_int_equal(budget_object(&budget, 1, 0), REASON_NONE);
    assert_int_equal(budget_object(&budget, 1, 3), REASON_NONE);
    assert_int_equal(budget_object(&budget, 1, 4), REASON_LIMIT_RECURSION);
    assert_int_equal(budget_object(&budget, (40 << 20) + 1, 0), REASON_LIMIT_FILE_SIZE);
    budget_take(&budget, 70 << 20, 2);
    assert_int_equal(budget_object(&budget, 31 << 20, 0), REASON_LIMIT_SCAN_SIZE);
    budget_take(&budget, 0, 5); /* more than is left leaves nothing, not a wrapped number */
    assert_int_equal(budget_object(&budget, 1, 0), REASON_LIMIT_FILES);
    budget = some_budget();
    budget.deadline_ns = 1;
    assert_int_equal(budget_ms(&budget), 0);
    assert_int_equal(budget_object(&budget, 1, 0), REASON_LIMIT_TIME);
}

static void burn(uint64_t ms)
{
    const uint64_t until = clock_thread_cpu() + ms * CLOCK_MS;

    while (clock_thread_cpu() < until)
        ;
}

/* Time in which others have the CPU does not count as cost; there is a limit to it all the same. */
static void test_budget_of_cpu_time(void **state)
{
    const struct timespec pause = {.tv_nsec = 60 * 1000 * 1000};
    struct budget budget = some_budget(), inner;

    (void)state;
    burn(1);
    assert_false(budget_is_late(&budget));
    budget_limit(&budget, 40, 3600 * 1000);
    nanosleep(&pause, NULL);
    assert_true(budget_ms(&budget) > 0);
    assert_false(budget_is_late(&budget));
    inner = budget;
    budget_limit(&inner, 1000, 3600 * 1000); /* within the other */
    burn(41);
    assert_true(budget_is_late(&budget));
    assert_int_equal(budget_ms(&budget), 0);
    assert_int_equal(budget_object(&budget, 1, 0), REASON_LIMIT_TIME);
    assert_true(budget_is_late(&inner));
    budget = some_budget();
    budget_limit(&budget, 3600 * 1000, 40);
    nanosleep(&pause, NULL);
    assert_true(budget_is_late(&budget));
    assert_int_equal(budget_ms(&budget), 0);
}

static void test_budget_of_unpackers(void **state)
{
    struct budget budget = some_budget();

    (void)state;
    /* the first 16 MiB are free, whatever they came from */
    assert_int_equal(budget_unpacked(&budget, 1, 16 << 20), REASON_NONE);
    assert_int_equal(budget_unpacked(&budget, 1, (16 << 20) + 1), REASON_LIMIT_RATIO);
    assert_int_equal(budget_unpacked(&budget, 2 << 20, 19 << 20), REASON_NONE);
    assert_int_equal(budget_unpacked(&budget, 2 << 20, 20 << 20), REASON_LIMIT_RATIO);
    assert_int_equal(budget_unpacked(&budget, 30 << 20, 41 << 20), REASON_LIMIT_FILE_SIZE);
    assert_int_equal(budget_unpacked(&budget, 0, 17 << 20), REASON_LIMIT_RATIO);
}

static void test_spool_keeps_its_bytes_as_it_grows(void **state)
{
    struct buffer buffer = BUFFER_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < 300000; i++) {
        uint8_t byte = (uint8_t)(i * 31 >> 3);

        assert_int_equal(buffer_add(&buffer, &byte, 1), 0);
    }
    assert_int_equal(buffer.length, 300000);
    assert_true(buffer.mapped);
    for (i = 0; i < 300000; i++)
        assert_int_equal(buffer.data[i], (uint8_t)(i * 31 >> 3));
    assert_null(buffer_room(&buffer, SIZE_MAX));
    buffer_free(&buffer);
    assert_null(buffer.data);
}

static void test_seen(void **state)
{
    struct seen seen = SEEN_INIT;
    uint8_t digest[SEEN_DIGEST], zero[SEEN_DIGEST] = {0};
    unsigned i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        seen_digest(digest, &i, sizeof i);
        assert_int_equal(seen_scanned(&seen, digest, 0), 0);
        seen_set_name(&seen, digest, i % 2 ? "odd" : "even");
        seen_set_name(&seen, digest, "later");
        assert_int_equal(seen_scanned(&seen, digest, 0), 0);
        assert_int_equal(seen_mark(&seen, digest, 0), 0);
        assert_int_equal(seen_mark(&seen, digest, 0), 1);
    }
    i = 7;
    seen_digest(digest, &i, sizeof i);
    assert_string_equal(seen_name(&seen, digest), "odd");
    /* what could not be hashed is never taken for something seen */
    assert_int_equal(seen_mark(&seen, zero, 0), 0);
    assert_int_equal(seen_mark(&seen, zero, 0), 0);
    seen_free(&seen);
}

/* Marks of a guess are for other guesses, and for no deeper ones than it could look at. */
static void test_seen_in_trials(void **state)
{
    struct seen seen = SEEN_INIT;
    uint8_t a[SEEN_DIGEST], b[SEEN_DIGEST];
    size_t outer, inner;

    (void)state;
    seen_digest(a, "a", 1);
    seen_digest(b, "b", 1);
    outer = seen_begin_trial(&seen, false);
    assert_int_equal(seen_mark(&seen, a, 3), 0);
    inner = seen_begin_trial(&seen, true);
    assert_int_equal(seen_mark(&seen, a, 3), 1);
    assert_int_equal(seen_mark(&seen, b, 5), 0);
    seen_end_trial(&seen, inner, true, SEEN_GUESS);
    assert_int_equal(seen_scanned(&seen, b, 5), 0);
    inner = seen_begin_trial(&seen, true);
    assert_int_equal(seen_scanned(&seen, b, 5), 1);
    assert_int_equal(seen_scanned(&seen, b, 6), 1);
    assert_int_equal(seen_scanned(&seen, b, 4), 0);
    assert_int_equal(seen_mark(&seen, b, 4), 0);
    seen_end_trial(&seen, inner, true, SEEN_FORGET);
    inner = seen_begin_trial(&seen, true);
    assert_int_equal(seen_scanned(&seen, b, 4), 0);
    seen_end_trial(&seen, inner, true, SEEN_GUESS);
    assert_int_equal(seen_scanned(&seen, b, 5), 0);
    assert_int_equal(seen_mark(&seen, b, 5), 0);
    seen_end_trial(&seen, outer, false, SEEN_FORGET);
    outer = seen_begin_trial(&seen, true);
    assert_int_equal(seen_mark(&seen, a, 9), 0);
    assert_int_equal(seen_mark(&seen, b, 9), 0);
    seen_end_trial(&seen, outer, true, SEEN_KEEP);
    assert_int_equal(seen_scanned(&seen, a, 0), 1);
    assert_int_equal(seen_scanned(&seen, b, 0), 1);
    seen_free(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worst_wins),
        cmocka_unit_test(test_heuristics_hide_nothing),
        cmocka_unit_test(test_all_threats),
        cmocka_unit_test(test_first_of_equals_is_kept),
        cmocka_unit_test(test_zeroed_finding_is_an_error),
        cmocka_unit_test(test_budget_of_cpu_time),
        cmocka_unit_test(test_budget_of_objects),
        cmocka_unit_test(test_budget_of_unpackers),
        cmocka_unit_test(test_spool_keeps_its_bytes_as_it_grows),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_seen_in_trials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
