/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The supervisor's tables: verdict cache, queue, deadlines, crashlist. */
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
#include "scanner/cache.h"
#include "scanner/deadline.h"
#include "scanner/crashlist.h"
#include "scanner/pace.h"
#include "scanner/peers.h"
#include "scanner/queue.h"

static struct cache_key make_key(uint32_t number)
{
    struct cache_key key;

    memset(&key, 0, sizeof key);
    memcpy(key.sha256 + 8, &number, sizeof number);
    return key;
}

static struct wire_reply make_reply(enum reason reason, const char *threat, const char *part)
{
    struct wire_reply reply;

    wire_reply_init(&reply, reason);
    snprintf(reply.threat, sizeof reply.threat, "%s", threat);
    snprintf(reply.part, sizeof reply.part, "%s", part);
    reply.scanned = 42;
    reply.elapsed_us = 7;
    return reply;
}

/* -------------------------------------------------------------------- cache */

static void cache_remembers_texts(void **state)
{
    (void)state;
    struct cache *cache = cache_new(4);
    struct cache_key key = make_key(1), other = make_key(2);
    struct wire_reply in = make_reply(REASON_SIGNATURE, "Eicar", "zip > eicar.com"), out;

    cache_add(cache, &key, &in);
    assert_int_equal(cache_find(cache, &other, &out), 0);
    assert_int_equal(cache_find(cache, &key, &out), 1);
    assert_int_equal(out.verdict, VERDICT_INFECTED);
    assert_string_equal(out.threat, "Eicar");
    assert_string_equal(out.part, "zip > eicar.com");
    assert_string_equal(out.detail, "");
    assert_int_equal(out.scanned, 42);
    assert_int_equal(out.flags, WIRE_CACHED);
    assert_int_equal(out.elapsed_us, 0);
    cache_free(&cache);
    assert_null(cache);
}

static void cache_keeps_longest_texts(void **state)
{
    (void)state;
    struct cache *cache = cache_new(4);
    struct cache_key key = make_key(1);
    struct wire_reply in, out;

    wire_reply_init(&in, REASON_SIGNATURE);
    memset(in.threat, 't', sizeof in.threat - 1);
    memset(in.part, 'p', sizeof in.part - 1);
    memset(in.detail, 'd', sizeof in.detail - 1);
    memset(in.facts, 'f', sizeof in.facts - 1);
    cache_add(cache, &key, &in);
    assert_int_equal(cache_find(cache, &key, &out), 1);
    assert_memory_equal(in.threat, out.threat, sizeof in.threat);
    assert_memory_equal(in.part, out.part, sizeof in.part);
    assert_memory_equal(in.detail, out.detail, sizeof in.detail);
    assert_memory_equal(in.facts, out.facts, sizeof in.facts);
    cache_free(&cache);
}

static void cache_takes_only_what_is_definitive(void **state)
{
    (void)state;
    static const struct {
        enum reason reason;
        int kept;
    } rows[] = {{REASON_NONE, 1},       {REASON_SIGNATURE, 1}, {REASON_ENCRYPTED, 1},
                {REASON_LIMIT_TIME, 1}, {REASON_TIMEOUT, 0},   {REASON_CRASHED, 0},
                {REASON_PROTOCOL, 0},   {REASON_UNKNOWN, 0},   {REASON_LIMIT_SCAN_SIZE, 1},
                {REASON_PENDING, 0}};
    struct cache *cache = cache_new(16);

    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cache_key key = make_key(i);
        struct wire_reply in = make_reply(rows[i].reason, "x", ""), out;
        cache_add(cache, &key, &in);
        assert_int_equal(cache_find(cache, &key, &out), rows[i].kept);
    }
    cache_free(&cache);
}

/* A body that was not looked at for a passing cause may hold something else the next time. */
static void cache_takes_only_what_is_definitive_as_a_whole(void **state)
{
    (void)state;
    struct wire_reply reply = make_reply(REASON_SIGNATURE, "x", "");

    facts_add(reply.facts, REASON_SIGNATURE, "x", "");
    facts_add(reply.facts, REASON_IO, "", "");
    assert_int_equal(cache_is_definitive(&reply), 1); /* the threat alone decides */
    reply.flags = WIRE_COMPLETE;
    assert_int_equal(cache_is_definitive(&reply), 0);
    reply = make_reply(REASON_ENCRYPTED, "", "");
    facts_add(reply.facts, REASON_ENCRYPTED, "", "");
    assert_int_equal(cache_is_definitive(&reply), 1);
    facts_add(reply.facts, REASON_LIMIT_TIME, "", ""); /* until the next generation */
    assert_int_equal(cache_is_definitive(&reply), 1);
}

/* A body that took too long gets another chance with the next generation; all else stays. */
static void cache_forgets_a_reason(void **state)
{
    (void)state;
    struct cache *cache = cache_new(300);
    struct wire_reply out;

    cache_forget(NULL, REASON_LIMIT_TIME);
    cache_forget(cache, REASON_LIMIT_TIME);
    for (uint32_t i = 0; i < 300; i++) {
        struct cache_key key = make_key(i);
        struct wire_reply in = make_reply(i % 3 ? REASON_ENCRYPTED : REASON_LIMIT_TIME, "", "");
        cache_add(cache, &key, &in);
    }
    cache_forget(cache, REASON_LIMIT_TIME);
    for (uint32_t i = 0; i < 300; i++) {
        struct cache_key key = make_key(i);
        assert_int_equal(cache_find(cache, &key, &out), i % 3 != 0);
    }
    cache_free(&cache);
}

static void cache_forgets_least_recently_used(void **state)
{
    (void)state;
    struct cache *cache = cache_new(100);
    struct wire_reply in = make_reply(REASON_NONE, "", ""), out;

    for (uint32_t i = 0; i < 1000; i++) {
        struct cache_key key = make_key(i), first = make_key(0);
        cache_add(cache, &key, &in);
        assert_int_equal(cache_find(cache, &first, &out), 1); /* in use: it stays */
    }
    uint32_t held = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        struct cache_key key = make_key(i);
        held += (uint32_t)cache_find(cache, &key, &out);
    }
    assert_int_equal(held, 100);
    struct cache_key last = make_key(999);
    assert_int_equal(cache_find(cache, &last, &out), 1);
    cache_empty(cache);
    assert_int_equal(cache_find(cache, &last, &out), 0);
    cache_add(cache, &last, &in);
    cache_add(cache, &last, &in); /* again: replaced, not doubled */
    assert_int_equal(cache_find(cache, &last, &out), 1);
    cache_free(&cache);
}

static void cache_of_size_zero_is_none(void **state)
{
    (void)state;
    struct cache *cache = cache_new(0);
    struct cache_key key = make_key(1);
    struct wire_reply in = make_reply(REASON_NONE, "", ""), out;

    assert_null(cache);
    cache_add(cache, &key, &in);
    assert_int_equal(cache_find(cache, &key, &out), 0);
    cache_empty(cache);
    cache_free(&cache);
}

static void key_of(struct cache_key *key, const char *name, const char *type, const char *encoding,
                   uint32_t flags)
{
    struct wire_request request;
    struct wire_view view = {.request = &request, .name = name, .type = type, .encoding = encoding};

    wire_request_init(&request, WIRE_SCAN);
    request.flags = flags;
    request.name_length = (uint16_t)strlen(name);
    request.type_length = (uint16_t)strlen(type);
    request.encoding_length = (uint16_t)strlen(encoding);
    memset(key, 0, sizeof *key);
    cache_claims(key, &view);
}

static void claims_differ(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type, *encoding;
        uint32_t flags;
    } rows[] = {{"", "", "", 0},
                {"", "", "", WIRE_UPLOAD},
                {"", "gzip", "", 0},
                {"", "", "gzip", 0},
                {"", "gz", "ip", 0},
                {"", "gzi", "p", 0},
                {"", "gzip", "", WIRE_UPLOAD},
                {"a.gzip", "", "", 0},
                {"a.br", "gzip", "", 0}};
    const size_t count = sizeof rows / sizeof rows[0];
    struct cache_key keys[sizeof rows / sizeof rows[0]], again;

    for (size_t i = 0; i < count; i++)
        key_of(&keys[i], rows[i].name, rows[i].type, rows[i].encoding, rows[i].flags);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(&keys[i], &keys[j], sizeof keys[i]);
    key_of(&again, "name", "gzip", "", WIRE_NO_CACHE | WIRE_BODY_FD); /* no facts */
    assert_memory_equal(&again, &keys[2], sizeof again);
    key_of(&again, "another.name.BR", "gzip", "", 0);
    assert_memory_equal(&again, &keys[8], sizeof again);
}

/* For each fact: a verdict that depends on it is not another fact's, one that does not is. */
static void cache_shares_what_claims_allow(void **state)
{
    (void)state;
    struct cache_key base, other[CACHE_CLAIMS];
    struct wire_reply in = make_reply(REASON_NONE, "", ""), out;

    key_of(&base, "a.bin", "t", "e", 0);
    key_of(&other[0], "a.br", "t", "e", 0);
    key_of(&other[1], "a.bin", "u", "e", 0);
    key_of(&other[2], "a.bin", "t", "f", 0);
    key_of(&other[3], "a.bin", "t", "e", WIRE_UPLOAD);
    key_of(&other[4], "a.bin", "t", "e", WIRE_ALL_THREATS);
    for (uint32_t depends = 0; depends <= WIRE_DEPENDS_ALL; depends++) {
        struct cache *cache = cache_new(16);

        in.depends = depends;
        cache_add(cache, &base, &in);
        assert_int_equal(cache_find(cache, &base, &out), 1);
        assert_int_equal(out.depends, depends);
        for (uint32_t i = 0; i < CACHE_CLAIMS; i++)
            assert_int_equal(cache_find(cache, &other[i], &out), !(depends & 1u << i));
        cache_free(&cache);
    }
}

/* The pipeline looks at more facts in one case than in another: both are kept side by side. */
static void cache_keeps_verdicts_of_several_kinds(void **state)
{
    (void)state;
    struct cache_key page, program, archive;
    struct cache *cache = cache_new(16);
    struct wire_reply clean = make_reply(REASON_NONE, "", ""), out,
                      infected = make_reply(REASON_SIGNATURE, "x", "");

    key_of(&page, "a.html", "text/html", "", 0);
    key_of(&program, "a.bin", "text/plain", "", 0);
    key_of(&archive, "a.br", "text/plain", "", 0);
    infected.depends = WIRE_DEPENDS_TYPE;
    cache_add(cache, &page, &infected);
    clean.depends = WIRE_DEPENDS_TYPE | WIRE_DEPENDS_ENDING;
    cache_add(cache, &program, &clean);
    assert_int_equal(cache_find(cache, &archive, &out), 0);
    assert_int_equal(cache_find(cache, &page, &out), 1);
    assert_int_equal(out.verdict, VERDICT_INFECTED);
    assert_int_equal(cache_find(cache, &program, &out), 1);
    assert_int_equal(out.verdict, VERDICT_CLEAN);
    cache_free(&cache);
}

/* -------------------------------------------------------------------- queue */

static void queue_prefers_small_ones_that_came_soon_after(void **state)
{
    (void)state;
    struct queue queue = {0};
    struct queue_item large = {0}, soon = {0}, late = {0};

    queue_init(&queue);
    queue_add(&queue, &large, 1000, QUEUE_LARGE);
    queue_add(&queue, &soon, 1000 + QUEUE_AGEING_NS, QUEUE_LARGE - 1);
    queue_add(&queue, &late, 1001 + QUEUE_AGEING_NS, 1);
    assert_int_equal(queue.count, 3);
    assert_ptr_equal(queue_take(&queue, 1), &soon);
    assert_ptr_equal(queue_take(&queue, 1), &large);
    assert_ptr_equal(queue_take(&queue, 1), &late);
    assert_null(queue_take(&queue, 1));
    assert_int_equal(queue.count, 0);
}

static void queue_keeps_large_ones_back(void **state)
{
    (void)state;
    struct queue queue = {0};
    struct queue_item large = {0}, small = {0};

    queue_init(&queue);
    queue_add(&queue, &large, 0, UINT64_MAX);
    assert_null(queue_take(&queue, 0));
    queue_add(&queue, &small, 10 * QUEUE_AGEING_NS, 0);
    assert_ptr_equal(queue_take(&queue, 0), &small);
    assert_ptr_equal(queue_take(&queue, 1), &large);
}

static void queue_puts_a_retry_first(void **state)
{
    (void)state;
    struct queue queue = {0};
    struct queue_item items[4];

    queue_init(&queue);
    memset(items, 0, sizeof items);
    queue_add(&queue, &items[0], 10, 1);
    queue_add(&queue, &items[1], 20, 1);
    queue_add(&queue, &items[2], 30, 1);
    assert_ptr_equal(queue_take(&queue, 1), &items[0]);
    queue_add(&queue, &items[3], 40, 1);
    queue_add(&queue, &items[0], 10, 1);
    queue_remove(&queue, &items[2]);
    queue_remove(&queue, &items[2]); /* harmless */
    assert_ptr_equal(queue_take(&queue, 1), &items[0]);
    assert_ptr_equal(queue_take(&queue, 1), &items[1]);
    assert_ptr_equal(queue_take(&queue, 1), &items[3]);
    assert_null(queue_take(&queue, 1));
}

/* One asks for a hundred scans, then two others for one each: these are next. */
static void queue_lets_clients_take_turns(void **state)
{
    (void)state;
    struct queue queue = {0};
    struct queue_item many[100], one, other, later;

    queue_init(&queue);
    memset(many, 0, sizeof many);
    one = other = later = many[0];
    for (unsigned i = 0; i < 100; i++) {
        many[i].client = queue_client("192.0.2.1", 9, 0);
        queue_add(&queue, &many[i], i, 1);
    }
    for (unsigned i = 0; i < 10; i++) /* alone it has every turn */
        assert_ptr_equal(queue_take(&queue, 1), &many[i]);
    one.client = queue_client("192.0.2.2", 9, 0);
    other.client = queue_client("", 0, 1000);
    assert_int_not_equal(one.client % QUEUE_CLIENTS, other.client % QUEUE_CLIENTS);
    queue_add(&queue, &one, 200, 1);
    queue_add(&queue, &other, 201, 1);
    assert_ptr_equal(queue_take(&queue, 1), &many[10]);
    assert_ptr_equal(queue_take(&queue, 1), &one);
    assert_ptr_equal(queue_take(&queue, 1), &other);
    assert_ptr_equal(queue_take(&queue, 1), &many[11]);
    later.client = one.client; /* what it did not use while it was silent is not saved up */
    for (unsigned i = 12; i < 50; i++)
        assert_ptr_equal(queue_take(&queue, 1), &many[i]);
    queue_add(&queue, &later, 300, 1);
    assert_ptr_equal(queue_take(&queue, 1), &many[50]);
    assert_ptr_equal(queue_take(&queue, 1), &later);
}

static void peers_keep_a_reserve(void **state)
{
    (void)state;
    struct peers peers = {0};
    const uid_t first = geteuid() + 1000;

    for (unsigned i = 0; i < 25; i++)
        assert_true(peers_enter(&peers, first, 100));
    assert_false(peers_enter(&peers, first, 100));
    for (unsigned i = 0; i < 50; i++)
        assert_true(peers_enter(&peers, first + 1 + i, 100));
    assert_false(peers_enter(&peers, first + 60, 100)); /* the rest is kept … */
    assert_true(peers_enter(&peers, geteuid(), 100));   /* … for its own user and root */
    assert_true(peers_enter(&peers, 0, 100));
    peers_leave(&peers, first);
    assert_true(peers_enter(&peers, first, 100));
}

/* ---------------------------------------------------------------- deadlines */

static void deadlines_come_in_order(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static struct deadline items[COUNT];
    struct deadline_heap heap = {0};
    uint32_t random = 1;

    for (int i = 0; i < COUNT; i++) {
        random = random * 1103515245u + 12345u;
        assert_int_equal(deadline_set(&heap, &items[i], random >> 8), 0);
    }
    for (int i = 0; i < COUNT; i += 3) { /* some move, some leave */
        random = random * 1103515245u + 12345u;
        assert_int_equal(deadline_set(&heap, &items[i], random >> 8), 0);
        deadline_clear(&heap, &items[i + 1 < COUNT ? i + 1 : i]);
    }
    deadline_clear(&heap, &items[1]); /* harmless */
    uint64_t last = 0;
    size_t left = heap.count;
    for (struct deadline *first; (first = deadline_first(&heap)); left--) {
        assert_true(first->at_ns >= last);
        last = first->at_ns;
        deadline_clear(&heap, first);
    }
    assert_int_equal(left, 0);
    deadline_free(&heap);
}

/* --------------------------------------------------------------- crashlist */

static void pace_gives_time_away_to_others_only(void **state)
{
    (void)state;
    int64_t saved = 0;

    assert_int_equal(pace_sleep(&saved, 5000000, 5000000, 0), 0); /* a core to itself */
    assert_int_equal(saved, 0);
    assert_int_equal(pace_sleep(&saved, 5200000, 5000000, 200000), 0); /* hardly anybody else */
    /* It had half a core, others wait: down to its share. */
    assert_true(labs((long)pace_sleep(&saved, 10000000, 5000000, 5000000) -
                     (5000000l * 100 / PACE_SHARE - 10000000)) < 100);
    saved = 0;
    assert_int_equal(pace_sleep(&saved, 40000000, 5000000, 35000000), 0); /* less than its share */
    saved = 0;
    assert_true(pace_sleep(&saved, 500000000, 500000000, 400000000) <= 50000000); /* bounded */
    saved = 0;
    assert_int_equal(pace_sleep(&saved, 0, 0, 0), 0);
}

/* Looks in turn find it waiting and running: the mean is its share, and not less. */
static void pace_makes_up_for_what_was_missed(void **state)
{
    (void)state;
    int64_t saved = 0;
    uint64_t wall = 0, used = 0, sleep_ns = 0;

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t waited = i % 2 ? 2000000 : 18000000;
        uint64_t now = sleep_ns + 5000000 + waited;
        sleep_ns = pace_sleep(&saved, now, 5000000, waited);
        wall += now;
        used += 5000000;
    }
    assert_in_range(used * 100 / wall, PACE_SHARE - 1, PACE_SHARE + 1);
    /* And it saves no more than a part of a second. */
    saved = 0;
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(pace_sleep(&saved, 1000000000, 5000000, 900000000), 0);
    assert_true(saved <= 300000000);
}

static void crashlist_is_bounded(void **state)
{
    (void)state;
    static struct crashlist crashlist;

    for (uint32_t i = 0; i < CRASHLIST_MAX + 10; i++) {
        struct cache_key key = make_key(i);
        assert_int_equal(crashlist_has(&crashlist, &key), 0);
        crashlist_add(&crashlist, &key, 0);
        crashlist_add(&crashlist, &key, 0);
        assert_int_equal(crashlist_has(&crashlist, &key), 1);
    }
    for (uint32_t i = 0; i < CRASHLIST_MAX + 10; i++) {
        struct cache_key key = make_key(i);
        assert_int_equal(crashlist_has(&crashlist, &key), i >= 10);
    }
    crashlist_empty(&crashlist);
    struct cache_key last = make_key(CRASHLIST_MAX);
    assert_int_equal(crashlist_has(&crashlist, &last), 0);
}

static void crashlist_minds_claims(void **state)
{
    (void)state;
    static struct crashlist crashlist;
    struct cache_key page, same_type, same_name;

    key_of(&page, "a.html", "text/html", "", 0);
    key_of(&same_type, "a.bin", "text/html", "", 0);
    key_of(&same_name, "b.html", "text/plain", "", 0);
    crashlist_add(&crashlist, &page, WIRE_DEPENDS_TYPE);
    assert_int_equal(crashlist_has(&crashlist, &page), 1);
    assert_int_equal(crashlist_has(&crashlist, &same_type), 1);
    assert_int_equal(crashlist_has(&crashlist, &same_name), 0);
    crashlist_add(&crashlist, &same_name, 0); /* before anything was looked at: all of them */
    assert_int_equal(crashlist_has(&crashlist, &same_name), 1);
    memset(same_name.claims, 0, sizeof same_name.claims);
    assert_int_equal(crashlist_has(&crashlist, &same_name), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_remembers_texts),
        cmocka_unit_test(cache_keeps_longest_texts),
        cmocka_unit_test(cache_takes_only_what_is_definitive),
        cmocka_unit_test(cache_takes_only_what_is_definitive_as_a_whole),
        cmocka_unit_test(cache_forgets_a_reason),
        cmocka_unit_test(cache_forgets_least_recently_used),
        cmocka_unit_test(cache_of_size_zero_is_none),
        cmocka_unit_test(claims_differ),
        cmocka_unit_test(cache_shares_what_claims_allow),
        cmocka_unit_test(cache_keeps_verdicts_of_several_kinds),
        cmocka_unit_test(queue_prefers_small_ones_that_came_soon_after),
        cmocka_unit_test(queue_keeps_large_ones_back),
        cmocka_unit_test(queue_puts_a_retry_first),
        cmocka_unit_test(queue_lets_clients_take_turns),
        cmocka_unit_test(peers_keep_a_reserve),
        cmocka_unit_test(deadlines_come_in_order),
        cmocka_unit_test(pace_gives_time_away_to_others_only),
        cmocka_unit_test(pace_makes_up_for_what_was_missed),
        cmocka_unit_test(crashlist_is_bounded),
        cmocka_unit_test(crashlist_minds_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
