/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search by anchors beside libclamav's own: the same counters, places and names for every
 * pattern of a set, and a self-check that sees what is wrong. EPOST_TEST_BASES names a directory
 * of signatures to do this with; without it a small set is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <clamav.h>

#include "common/directive.h"
#include "common/scannerconf.h"
#include "engine/anchors.h"
#include "engine/anchorsfilter.h"
#include "engine/clam.h"
#include "engine/proof.h"
#include "engine/search.h"

#define BODY_MAX   65536
#define RANDOMS    400
#define RANDOM_MAX 200000 /* longer than the longest buffer with conditions behind an end */

static const char ldb[] =
    "S.Case;Engine:51-255,Target:0;0&1;616c7068612d68::i;64656c74612d68::w\n"
    "S.Full;Engine:51-255,Target:0;0|1;62726176::f;636861726c6965::fi\n"
    "S.Wide;Engine:51-255,Target:0;0;72756d6265::wi\n"
    "S.Gap;Engine:51-255,Target:0;0;616c7068612d69{2-6}627261766f*64656c7461\n"
    "S.Wild;Engine:51-255,Target:0;0>1;616c??68612d(6a|6b){1-3}627261\n"
    "S.Nibble;Engine:51-255,Target:0;0;?16c70?8612d7a7a\n"
    "S.Alternatives;Engine:51-255,Target:0;0;(616c|62726176)6f6f2d(6d6d|6e6e6e|6f)7171\n"
    "S.Zeros;Engine:51-255,Target:0;0>3;0000000000000000{-9}ff00ff01\n"
    "S.Many;Engine:51-255,Target:0;0>900;0000\n"
    "S.Spaces;Engine:51-255,Target:0;0&1;20202020;0000000020\n"
    "S.Behind;Engine:51-255,Target:0;0;00000000??8b??00\n"
    "S.Slide;Engine:51-255,Target:0;0>1;90909090{-20}cc0090\n"
    "S.Letters;Engine:51-255,Target:0;0|1;61616161::i;4141414141\n"
    "S.Short;Engine:51-255,Target:0;0;7a7a{4}7979\n"
    "S.Lines;Engine:51-255,Target:0;0;(L)6c696e65732d68657265(L)\n"
    "S.Not;Engine:51-255,Target:0;0;6e6f742d68657265!(61|62)\n"
    "S.Whole;Engine:51-255,Target:0;0>1;7175656265632d31\n"
    "S.Offset;Engine:51-255,Target:0;0&1;4,8:616c7068612d6c;EOF-9:627261766f2d6c\n"
    "S.Program;Engine:51-255,Target:1;0&1;616c7068612d73;EP+3,9:627261766f2d73\n";
static const char ndb[] = "S.Fixed:0:*:636861726c69652d782d6669786564\n"
                          "S.Start:0:0:64656c74612d782d7374617274\n"
                          "S.Parts:0:*:636861726c69652d79{1-5}64656c74612d79*616c7068612d79\n"
                          /* One pattern is whole for one signature and a part for the other. */
                          "S.PartOfWhole:0:*:7175656265632d31*7a756c752d32\n"
                          "S.Anchored:0:*:61[2-6]62726176612d61\n"
                          "S.Runs:0:*:00000000*2020{2-40}0000{-900}cccc\n"
                          "S.Nulls:3:*:000000008b\n"
                          "S.Version:1:VI:76657273696f6e2d61\n"
                          "S.Version2:1:VI:76657273??6f6e2d62*636465\n"
                          "S.Html:3:*:636861726c69652d7a\n";

struct result {
    const char *name;
    void *custom;
    off_t offset;
    struct result *next;
};

static struct {
    char directory[64], tmpdir[64];
    const char *bases;
    struct scanner_settings settings;
    struct clam *clam;
    struct clam_info info;
    unsigned patterns, matched, versions;
} self;

static void put(const char *name, const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", self.directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct err err = {""};

    (void)state;
    snprintf(self.directory, sizeof self.directory, "/tmp/epost-search-XXXXXX");
    snprintf(self.tmpdir, sizeof self.tmpdir, "/tmp/epost-search-XXXXXX");
    if (!mkdtemp(self.directory) || !mkdtemp(self.tmpdir) ||
        directive_defaults(scannerconf_rows, scannerconf_count, &self.settings, &err) < 0)
        return -1;
    put("test.ldb", ldb);
    put("test.ndb", ndb);
    self.bases = getenv("EPOST_TEST_BASES") ? getenv("EPOST_TEST_BASES") : self.directory;
    self.clam = clam_load(self.bases, self.tmpdir, &self.settings, &self.info, &err);
    if (!self.clam)
        print_error("%s\n", err.text);
    return self.clam && (self.info.shortcuts_on & SHORTCUT_ANCHORS) ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    clam_free(&self.clam);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/test.%s", self.directory, i ? "ndb" : "ldb");
        unlink(path);
    }
    rmdir(self.directory);
    rmdir(self.tmpdir);
    directive_release(scannerconf_rows, scannerconf_count, &self.settings);
    return 0;
}

/* ------------------------------------------------- the version record of a program */

#define VERSION_ROOM (1u << 18) /* a power of two */
#define VERSION_EACH 3          /* every so-manieth place of a body is a version record's */
#define VERSION_LAST 400000

/* Where the strings of a version record stand, as libclamav keeps it: a table of numbers and a
 * map of the places that are in use. */
static struct {
    uint32_t *keys, *bitmap;
    void *pool;
    uint32_t capacity, mask, count, limit;
} version;

/* libclamav's hash of a number: Thomas Wang's. */
static uint32_t version_hash(uint32_t key)
{
    key = ~key + (key << 15);
    key ^= key >> 12;
    key += key << 2;
    key ^= key >> 4;
    key += (key << 3) + (key << 11);
    return key ^ key >> 16;
}

static void version_make(void)
{
    if (version.keys)
        return;
    version.keys = calloc(VERSION_ROOM, sizeof *version.keys);
    version.bitmap = calloc(VERSION_ROOM / 32, sizeof *version.bitmap);
    assert_true(version.keys && version.bitmap);
    version.capacity = VERSION_ROOM;
    version.mask = VERSION_ROOM - 1;
    for (uint32_t key = 0; key < VERSION_LAST; key += VERSION_EACH) {
        uint32_t at = version_hash(key) & version.mask;

        for (uint32_t n = 1; version.bitmap[at / 32] >> at % 32 & 1; n++)
            at = (at + n) & version.mask;
        version.bitmap[at / 32] |= 1u << at % 32;
        version.keys[at] = key;
        version.count++;
    }
}

/* ------------------------------------------------------------- two states, compared */

struct pair {
    const struct layout_root *root;
    struct layout_acdata ours, theirs;
};

static void pair_begin(struct pair *pair, const struct layout_root *root)
{
    const struct layout_calls *calls = layout_calls();

    pair->root = root;
    assert_int_equal(calls->initdata(&pair->ours, root->partsigs, root->lsigs, root->reloff_num, 8),
                     0);
    assert_int_equal(
        calls->initdata(&pair->theirs, root->partsigs, root->lsigs, root->reloff_num, 8), 0);
    /* A pattern that is bound to a place in a program may be anywhere here. */
    for (uint32_t i = 0; i < root->reloff_num; i++) {
        pair->ours.offset[2 * i] = pair->theirs.offset[2 * i] = 0;
        pair->ours.offset[2 * i + 1] = pair->theirs.offset[2 * i + 1] = 0x7ffffff0;
    }
    version_make();
    pair->ours.vinfo = pair->theirs.vinfo = &version;
}

static void pair_end(struct pair *pair)
{
    layout_calls()->freedata(&pair->ours);
    layout_calls()->freedata(&pair->theirs);
}

static bool pair_same_signature(const struct pair *pair, uint32_t i)
{
    const size_t size = LAYOUT_ROW * sizeof(uint32_t);

    return memcmp(pair->ours.lsigcnt[i], pair->theirs.lsigcnt[i], size) == 0 &&
           memcmp(pair->ours.last[i], pair->theirs.last[i], size) == 0 &&
           memcmp(pair->ours.first[i], pair->theirs.first[i], size) == 0;
}

/* All but min_partno, which only saves libclamav to look at parts that nothing came before. */
static bool pair_same(const struct pair *pair)
{
    bool same = memcmp(pair->ours.macro_lastmatch, pair->theirs.macro_lastmatch,
                       sizeof pair->ours.macro_lastmatch) == 0;

    for (uint32_t i = 0; same && i < pair->root->lsigs; i++)
        same = pair_same_signature(pair, i);
    for (uint32_t i = 0; same && i < pair->root->partsigs; i++)
        same = !pair->ours.offmatrix[i] == !pair->theirs.offmatrix[i];
    return same;
}

static unsigned results_free(struct result *result)
{
    unsigned count = 0;

    while (result) {
        struct result *next = result->next;
        free(result);
        result = next;
        count++;
    }
    return count;
}

/* One buffer for both. Returns how many names libclamav found, or -1 when ours differ. */
static int pair_search(struct pair *pair, const unsigned char *body, size_t length, uint32_t offset,
                       unsigned mode)
{
    extern int cli_ac_scanbuff(const unsigned char *, uint32_t, const char **, void **, void **,
                               const struct layout_root *, struct layout_acdata *, uint32_t, int,
                               void **, unsigned, void *);
    struct result *ours = NULL, *theirs = NULL;
    int code = cli_ac_scanbuff(body, (uint32_t)length, NULL, NULL, (void **)&ours, pair->root,
                               &pair->ours, offset, LAYOUT_TYPE_ANY, NULL, mode, NULL);
    int other =
        layout_calls()->scanbuff(body, (uint32_t)length, NULL, NULL, (void **)&theirs, pair->root,
                                 &pair->theirs, offset, LAYOUT_TYPE_ANY, NULL, mode, NULL);
    bool same = code == other;

    for (struct result *a = ours, *b = theirs; same && (a || b); a = a->next, b = b->next)
        same = a && b && a->name == b->name && a->custom == b->custom && a->offset == b->offset;
    unsigned count = results_free(theirs);
    results_free(ours);
    return same ? (int)count : -1;
}

/* ------------------------------------------------------------------- every pattern */

/* Bound to the version record of a program. */
static bool needs_version(const struct anchors_head *head)
{
    for (const struct layout_list *at = head->list; at; at = at->next_same)
        if (at->me->offdata[0] == LAYOUT_OFFSET_VERSION)
            return true;
    return false;
}

/* A body of the head at a place where its patterns may be. */
static void pattern_is_found(struct pair *pair, const struct anchors_head *head, uint32_t *offset)
{
    static unsigned char body[BODY_MAX];
    const struct layout_patt *me = head->list->me;
    size_t place = 0, length = proof_body(head, body, sizeof body, &place), skip = 0;
    uint32_t at = *offset;

    assert_true(length > 0);
    if (me->offdata[0] == LAYOUT_OFFSET_ABSOLUTE && me->offset_min < LAYOUT_NONE) {
        size_t lead = place - me->prefix_length[1];
        skip = lead > me->offset_min ? lead - me->offset_min : 0;
        at = me->offset_min - (uint32_t)(lead - skip);
    } else {
        *offset += (uint32_t)length;
    }
    uint32_t before = me->lsigid[0] ? pair->theirs.lsigcnt[me->lsigid[1]][me->lsigid[2]] : 0;
    int names = pair_search(pair, body + skip, length - skip, at,
                            LAYOUT_SEARCH_SIGNATURES | LAYOUT_SEARCH_TYPES);
    if (names < 0 || (me->lsigid[0] && !pair_same_signature(pair, me->lsigid[1])))
        fail_msg("a pattern of %s: not as libclamav finds it",
                 me->virname ? me->virname : pair->root->lsigtable[me->lsigid[1]]->virname);
    self.patterns++;
    self.matched += names > 0 || me->sigid || me->type ||
                    (me->lsigid[0] && pair->theirs.lsigcnt[me->lsigid[1]][me->lsigid[2]] > before);
}

/* At one of three places in a row: at one that a version record has, and at two others. */
static void version_is_found(struct pair *pair, const struct anchors_head *head)
{
    unsigned before = self.matched;

    for (unsigned i = 0; i < VERSION_EACH; i++) {
        uint32_t at = 3000 + i;

        pattern_is_found(pair, head, &at);
    }
    self.patterns -= VERSION_EACH - 1;
    if (self.matched == before)
        print_message("not found by libclamav: %s\n", head->list->me->virname);
    if (self.matched > before) {
        self.matched = before + 1;
        self.versions++;
    }
}

static void every_pattern_is_found(void **state)
{
    (void)state;
    assert_non_null(search_anchors(0));
    for (unsigned n = 0; search_anchors(n); n++) {
        const struct anchors *anchors = search_anchors(n);
        struct pair pair;
        uint32_t offset = 1000;

        pair_begin(&pair, search_root(n));
        for (uint32_t i = 0; i < anchors->count; i++)
            if (needs_version(&anchors->heads[i]))
                version_is_found(&pair, &anchors->heads[i]);
            else
                pattern_is_found(&pair, &anchors->heads[i], &offset);
        assert_true(pair_same(&pair));
        pair_end(&pair);
    }
    print_message("%u patterns, libclamav finds %u of them\n", self.patterns, self.matched);
    assert_true(self.matched >= self.patterns - self.patterns / 20 - 2);
    assert_true(self.versions > 0);
}

static unsigned random_below(uint64_t *seed, unsigned limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % limit;
}

/* Pieces of patterns beside, in and over each other, and noise. */
static size_t random_body(const struct anchors *anchors, unsigned char *body, size_t size,
                          uint64_t *seed)
{
    static unsigned char piece[BODY_MAX];
    size_t length = 0;

    memset(body, 0, size);
    for (unsigned n = random_below(seed, 60) + 1; n > 0 && length < size; n--) {
        const struct anchors_head *head = &anchors->heads[random_below(seed, anchors->count)];
        size_t place, more = proof_body(head, piece, sizeof piece, &place);

        more = more > size - length ? size - length : more;
        if (more > 0 && random_below(seed, 4) == 0)
            piece[random_below(seed, (unsigned)more)] ^=
                (unsigned char)(1u << random_below(seed, 8));
        memcpy(body + length, piece, more);
        length += more;
        if (random_below(seed, 3) == 0 && length > more / 2)
            length -= more / 2;
        if (random_below(seed, 5) == 0)
            length += random_below(seed, 300);
    }
    return length < size ? length : size;
}

static void random_bodies_are_the_same(void **state)
{
    (void)state;
    static unsigned char body[RANDOM_MAX];
    uint64_t seed = 11;

    for (unsigned n = 0; search_anchors(n); n++) {
        struct pair pair;

        pair_begin(&pair, search_root(n));
        for (unsigned i = 0; i < RANDOMS; i++) {
            size_t length = random_body(search_anchors(n), body, i % 40 ? 5000 : RANDOM_MAX, &seed);
            if (i % 40 == 0)
                length = RANDOM_MAX;
            if (pair_search(&pair, body, length, random_below(&seed, 3) * 4000,
                            1 + random_below(&seed, 3)) < 0 ||
                (i % 20 == 0 && !pair_same(&pair)))
                fail_msg("root %u, body %u: not as libclamav finds it", n, i);
        }
        assert_true(pair_same(&pair));
        pair_end(&pair);
    }
}

/* Long runs of one byte with something in between: more matches than wait at one time, and all
 * windows of a run the same. */
static size_t body_of_runs(const struct anchors *anchors, unsigned char *body, size_t size,
                           uint64_t *seed)
{
    static const unsigned char bytes[] = {0, 0, 0, ' ', 'a', 'A', 0x90, 0xcc, 0xff};
    static unsigned char piece[BODY_MAX];
    size_t length = 0;

    for (unsigned n = random_below(seed, 20) + 1; n > 0 && length < size; n--) {
        const struct anchors_head *head = &anchors->heads[random_below(seed, anchors->count)];
        const unsigned char byte = random_below(seed, 8) ? bytes[random_below(seed, sizeof bytes)]
                                                         : (unsigned char)random_below(seed, 256);
        size_t place,
            more = random_below(seed, 2) ? random_below(seed, 300) : random_below(seed, 4000);

        more = more > size - length ? size - length : more;
        memset(body + length, byte, more);
        length += more;
        if (random_below(seed, 4) == 0 && length > 300)
            body[length - 1 - random_below(seed, 300)] = bytes[random_below(seed, sizeof bytes)];
        if (random_below(seed, 2))
            continue;
        more = proof_body(head, piece, sizeof piece, &place);
        more = more > size - length ? size - length : more;
        memcpy(body + length, piece, more);
        length += more;
    }
    return length;
}

static void runs_are_the_same(void **state)
{
    (void)state;
    static unsigned char body[RANDOM_MAX];
    const uint64_t early = search_early();
    uint64_t seed = 13;

    for (unsigned n = 0; search_anchors(n); n++) {
        struct pair pair;

        pair_begin(&pair, search_root(n));
        for (unsigned i = 0; i < RANDOMS; i++) {
            size_t length = body_of_runs(search_anchors(n), body, RANDOM_MAX / 4, &seed);

            if (pair_search(&pair, body, length, random_below(&seed, 3) * 4000,
                            1 + random_below(&seed, 3)) < 0 ||
                (i % 20 == 0 && !pair_same(&pair)))
                fail_msg("root %u, body %u: not as libclamav finds it", n, i);
        }
        assert_true(pair_same(&pair));
        pair_end(&pair);
    }
    assert_true(search_early() > early + RANDOMS / 4);
}

/* Of all lengths around those of the blocks that are filtered at one time, and with a long run at
 * each place of them. */
static void short_bodies_are_the_same(void **state)
{
    (void)state;
    static unsigned char body[4 * ANCHORS_BLOCK_READS + 200];
    uint64_t seed = 17;

    for (unsigned n = 0; search_anchors(n); n++) {
        struct pair pair;

        pair_begin(&pair, search_root(n));
        for (size_t length = 0; length < 3 * ANCHORS_BLOCK_READS; length++)
            for (unsigned i = 0; i < 6; i++) {
                random_body(search_anchors(n), body, sizeof body, &seed);
                if (i % 2)
                    memset(body + random_below(&seed, ANCHORS_BLOCK), "\0 a"[i / 2],
                           40 + random_below(&seed, 20));
                if (pair_search(&pair, body, length, 0, 1 + random_below(&seed, 3)) < 0)
                    fail_msg("root %u, %zu bytes: not as libclamav finds it", n, length);
            }
        assert_true(pair_same(&pair));
        pair_end(&pair);
    }
}

/* The processor's wide instructions let the same places pass. */
static void filters_are_the_same(void **state)
{
    (void)state;
    static unsigned char body[5000];
    const char alphabet[] = "abAB01 \n<>\377";
    unsigned passed = 0;
    uint64_t seed = 19;

    for (unsigned n = 0; search_anchors(n); n++)
        for (unsigned i = 0; i < RANDOMS / 4; i++) {
            random_body(search_anchors(n), body, sizeof body, &seed);
            for (size_t at = 0; at < sizeof body && i % 2; at++)
                if (random_below(&seed, 2))
                    body[at] = (unsigned char)alphabet[random_below(&seed, sizeof alphabet)];
            for (size_t at = 0; at + ANCHORS_BLOCK_READS <= sizeof body; at++) {
                struct anchors_passed wide, plain;

                anchorsfilter()(search_anchors(n), body + at, &wide);
                anchorsfilter_plain(search_anchors(n), body + at, &plain);
                assert_memory_equal(&wide, &plain, sizeof wide);
                passed += plain.fours != 0;
            }
        }
    assert_true(passed > 1000);
}

/* ---------------------------------------------------------------------- self-check */

static void expect_fault(const struct anchors *anchors)
{
    struct err err = {""};

    assert_int_equal(proof_check(anchors, &err), -1);
    assert_non_null(strstr(err.text, "is not found where it is"));
}

static void wrong_anchors_are_seen(void **state)
{
    (void)state;
    struct err err = {""};
    struct anchors *anchors = search_anchors(0);
    struct anchors_index *index = &anchors->fours;

    assert_int_equal(proof_check(anchors, &err), 0);
    for (uint32_t i = 0; i < index->count && i < 20; i++) {
        struct anchors_entry right = index->entries[i];
        index->entries[i].shift += 1000;
        expect_fault(anchors);
        index->entries[i] = right;
        index->entries[i].key ^= 1;
        expect_fault(anchors);
        index->entries[i] = right;
        index->entries[i].head = (right.head + 1) % anchors->count;
        expect_fault(anchors);
        index->entries[i] = right;
    }
    size_t words = ((size_t)1 << index->bits) / 32, hit = 0;
    while (hit < words && !index->filter[hit])
        hit++;
    uint32_t right = index->filter[hit];
    index->filter[hit] &= right - 1; /* one bit less */
    expect_fault(anchors);
    index->filter[hit] = right;
    assert_int_equal(proof_check(anchors, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pattern_is_found), cmocka_unit_test(random_bodies_are_the_same),
        cmocka_unit_test(runs_are_the_same),      cmocka_unit_test(short_bodies_are_the_same),
        cmocka_unit_test(filters_are_the_same),   cmocka_unit_test(wrong_anchors_are_seen),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
