/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mirror, rng, backoff: even choice that can be repeated, and waits by a clock that the test turns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "updater/backoff.h"
#include "updater/mirror.h"
#include "updater/rng.h"

#define MIRRORS 20
#define NOW     1767225600

static struct mirror mirrors[MIRRORS];

static int setup(void **state)
{
    (void)state;
    memset(mirrors, 0, sizeof mirrors);
    for (int i = 0; i < MIRRORS; i++)
        snprintf(mirrors[i].url, sizeof mirrors[i].url, "https://dnl%02d.example/", i);
    return 0;
}

static void test_every_order_has_each_once(void **state)
{
    size_t order[MIRRORS];
    struct rng rng;

    (void)state;
    rng_init(&rng, 7);
    for (int run = 0; run < 100; run++) {
        unsigned seen = 0;

        assert_int_equal(mirror_order(mirrors, MIRRORS, NOW, &rng, order), MIRRORS);
        for (int i = 0; i < MIRRORS; i++)
            seen |= 1u << order[i];
        assert_int_equal(seen, (1u << MIRRORS) - 1);
    }
}

static void test_even(void **state)
{
    size_t order[MIRRORS];
    int first[MIRRORS] = {0};
    double chi = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20000; seed++) { /* a run each, as with cron */
        struct rng rng;

        rng_init(&rng, seed);
        mirror_order(mirrors, MIRRORS, NOW, &rng, order);
        first[order[0]]++;
    }
    for (int i = 0; i < MIRRORS; i++)
        chi += (first[i] - 1000.0) * (first[i] - 1000.0) / 1000.0;
    assert_true(chi < 43.8); /* 19 degrees of freedom: more in one of a thousand fair draws */
}

static void test_seed_repeats(void **state)
{
    size_t one[MIRRORS], other[MIRRORS];
    struct rng rng;

    (void)state;
    rng_init(&rng, 42);
    mirror_order(mirrors, MIRRORS, NOW, &rng, one);
    rng_init(&rng, 42);
    mirror_order(mirrors, MIRRORS, NOW, &rng, other);
    assert_memory_equal(one, other, sizeof one);
    rng_init(&rng, 43);
    mirror_order(mirrors, MIRRORS, NOW, &rng, other);
    assert_memory_not_equal(one, other, sizeof one);
}

static void test_failed_come_later(void **state)
{
    size_t order[MIRRORS];
    struct rng rng;

    (void)state;
    rng_init(&rng, 1);
    mirror_failed(&mirrors[3], MIRROR_FAILED, NOW, 0, &rng);
    mirror_failed(&mirrors[4], MIRROR_BAD, NOW, 0, &rng);
    mirror_failed(&mirrors[5], MIRROR_BUSY, NOW, NOW + 3600, &rng);
    for (int run = 0; run < 50; run++) {
        assert_int_equal(mirror_order(mirrors, MIRRORS, NOW, &rng, order), MIRRORS - 1);
        assert_int_equal(order[MIRRORS - 3], 3);
        assert_int_equal(order[MIRRORS - 2], 4);
    }
    assert_int_equal(mirror_earliest(mirrors, MIRRORS, NOW), NOW + 3600);

    /* after an hour the one that failed and the busy one are as any other; bad bytes take a day */
    assert_int_equal(mirror_order(mirrors, MIRRORS, NOW + 3601, &rng, order), MIRRORS);
    assert_int_equal(order[MIRRORS - 1], 4);
    assert_int_equal(mirror_earliest(mirrors, MIRRORS, NOW + 3601), 0);

    mirror_worked(&mirrors[4], NOW);
    int last = 0;
    for (int run = 0; run < 200; run++) {
        mirror_order(mirrors, MIRRORS, NOW + 3601, &rng, order);
        last += order[MIRRORS - 1] == 4;
    }
    assert_true(last < 40);
}

static void test_all_busy(void **state)
{
    size_t order[MIRRORS];
    struct rng rng;

    (void)state;
    rng_init(&rng, 1);
    for (int i = 0; i < MIRRORS; i++)
        mirror_failed(&mirrors[i], MIRROR_BUSY, NOW, NOW + 1000 + i, &rng);
    assert_int_equal(mirror_order(mirrors, MIRRORS, NOW, &rng, order), 0);
    assert_int_equal(mirror_earliest(mirrors, MIRRORS, NOW), NOW + 1000);
}

static void test_states(void **state)
{
    (void)state;
    for (int i = MIRROR_HEALTHY; i <= MIRROR_BUSY; i++)
        assert_int_equal(mirror_state_from_name(mirror_state_name((enum mirror_state)i)), i);
    assert_int_equal(mirror_state_from_name("fine"), -1);
}

static void test_backoff_doubles(void **state)
{
    struct backoff backoff = {0};
    struct rng rng;
    int64_t now = NOW, expected = BACKOFF_FIRST;

    (void)state;
    rng_init(&rng, 5);
    assert_int_equal(backoff_wait(&backoff, now), 0);
    for (int i = 0; i < 15; i++) {
        backoff_fail(&backoff, now, 0, &rng);
        int64_t wait = backoff_wait(&backoff, now);
        assert_true(wait <= expected);
        assert_true(wait > expected * 3 / 4 - 1);
        now += wait;
        assert_int_equal(backoff_wait(&backoff, now), 0);
        expected = expected * 2 > BACKOFF_LAST ? BACKOFF_LAST : expected * 2;
    }
    backoff_clear(&backoff);
    backoff_fail(&backoff, now, 0, &rng);
    assert_true(backoff_wait(&backoff, now) <= BACKOFF_FIRST);
}

static void test_backoff_has_jitter(void **state)
{
    struct rng rng;
    int64_t seen = -1;
    int different = 0;

    (void)state;
    rng_init(&rng, 9);
    for (int i = 0; i < 20; i++) {
        struct backoff backoff = {0};

        backoff_fail(&backoff, NOW, 0, &rng);
        different += backoff.until != seen;
        seen = backoff.until;
    }
    assert_true(different > 10);
}

static void test_retry_after(void **state)
{
    struct backoff backoff = {0};
    struct rng rng;

    (void)state;
    rng_init(&rng, 9);
    backoff_fail(&backoff, NOW, NOW + 7200, &rng);
    assert_int_equal(backoff_wait(&backoff, NOW), 7200);
    backoff_clear(&backoff);
    backoff_fail(&backoff, NOW, NOW + 1, &rng); /* shorter than our own wait */
    assert_true(backoff_wait(&backoff, NOW) > 200);
    backoff_clear(&backoff);
    backoff_fail(&backoff, NOW, NOW + 1000ll * 86400, &rng); /* nobody shuts us out for years */
    assert_int_equal(backoff_wait(&backoff, NOW), BACKOFF_ASKED);
}

static void test_clock_set_back(void **state)
{
    struct backoff backoff = {.failures = 1, .until = NOW + 300};

    (void)state;
    assert_int_equal(backoff_wait(&backoff, NOW - 30 * 86400), 0);
}

static void test_rng(void **state)
{
    struct rng rng;
    int seen[6] = {0};

    (void)state;
    rng_init(&rng, 0); /* the system's */
    for (int i = 0; i < 6000; i++)
        seen[rng_below(&rng, 6)]++;
    for (int i = 0; i < 6; i++)
        assert_in_range(seen[i], 800, 1200);
    assert_int_equal(rng_below(&rng, 0), 0);
    assert_int_equal(rng_below(&rng, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_order_has_each_once, setup),
        cmocka_unit_test_setup(test_even, setup),
        cmocka_unit_test_setup(test_seed_repeats, setup),
        cmocka_unit_test_setup(test_failed_come_later, setup),
        cmocka_unit_test_setup(test_all_busy, setup),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_backoff_doubles),
        cmocka_unit_test(test_backoff_has_jitter),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_rng),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
