/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shortcuts of the engine: the same answers as libclamav alone, and a self-check that sees what
 * is wrong. */
#include <fcntl.h>
#include <inttypes.h>
#include <clamav.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/clock.h"
#include "common/directive.h"
#include "common/scannerconf.h"
#include "engine/clam.h"
#include "engine/clamtime.h"
#include "engine/huge.h"
#include "engine/fixedset.h"
#include "engine/fixedtext.h"
#include "engine/jit.h"
#include "engine/maps.h"
#include "engine/settled.h"
#include "engine/tinybody.h"
#include "engine/untouched.h"
#include "scanner/seccomp.h"

#define BODIES    3000
#define BODY_MAX  4096
#define PIECE_MAX 80

/* Logical signatures of every kind of expression and part. "alpha" is 616c706861, "bravo"
 * 627261766f, "charlie" 636861726c6965, "delta" 64656c7461. */
static const char ldb[] =
    "T.And;Engine:51-255,Target:0;0&1;616c7068612d61;627261766f2d61\n"
    "T.Or;Engine:51-255,Target:0;0|1;616c7068612d62;627261766f2d62\n"
    "T.More;Engine:51-255,Target:0;0>2;616c7068612d63\n"
    "T.Less;Engine:51-255,Target:0;0&(1<2);616c7068612d64;627261766f2d64\n"
    "T.None;Engine:51-255,Target:0;0=0&1=2;616c7068612d65;627261766f2d65\n"
    "T.Block;Engine:51-255,Target:0;(0|1|2)>3,2;616c7068612d66;627261766f2d66;64656c74612d66\n"
    "T.Nested;Engine:51-255,Target:0;((0&1)|2)&3;616c7068612d67;627261766f2d67;"
    "64656c74612d67;636861726c69652d67\n"
    "T.Case;Engine:51-255,Target:0;0&1;616c7068612d68::i;64656c74612d68::w\n"
    "T.Gap;Engine:51-255,Target:0;0;616c7068612d69{2-6}627261766f*64656c7461\n"
    "T.Wild;Engine:51-255,Target:0;0;616c??68612d(6a|6b){1-3}627261\n"
    "T.Offset;Engine:51-255,Target:0;0&1;4,8:616c7068612d6c;EOF-9:627261766f2d6c\n"
    "T.Expression;Engine:81-255,Target:0;0&1;616c7068612d6d;0/br[a-z]{2,4}o-m+[0-9]/i\n"
    "T.Names;Engine:81-255,Target:0;0&1&2;64656c7461;0/[a-c]{2}[0-9]+\\.exe/;0/[a-c]+[0-9]\\.scr/\n"
    "T.Names2;Engine:81-255,Target:0;0&1;627261766f;0/[d-f]{2}[0-9]+\\.exe/\n"
    "T.Counted;Engine:81-255,Target:0;(0&1)>3;616c7068612d6e;0/delta-n(x|xx)*y/g\n"
    "T.Conditional;Engine:81-255,Target:0;0&2;616c7068612d6f;627261766f2d6f;0=0|1/delta-o/\n"
    "T.Compare;Engine:81-255,Target:0;0&1;616c7068612d70;0(>>7#de2#>41)\n"
    "T.Text;Engine:51-255,Target:7;0&1;616c7068612d71;627261766f2d71\n"
    "T.Html;Engine:51-255,Target:3;0&1;616c7068612d72;627261766f2d72\n"
    "T.Html2;Engine:51-255,Target:3;0>1;636861726c69652d72\n"
    "T.Program;Engine:51-255,Target:1;0&1;616c7068612d73;627261766f2d73\n"
    "T.Contained;Engine:51-255,Container:CL_TYPE_ZIP,Target:0;0;616c7068612d74\n"
    "T.Absent;Engine:51-255,Target:3;0=0&1;616c7068612d75;627261766f2d75\n"
    "T.Large;Engine:51-255,FileSize:600-9000,Target:0;0;616c7068612d76\n"
    "T.Macro;Engine:51-255,Target:0;0&1;616c7068612d77;${7-12}3$\n"
    "T.Handled;Engine:81-255,HandlerType:CL_TYPE_HTML,Target:0;0;616c7068612d78\n";
static const char ndb[] = "T.Fixed:0:*:636861726c69652d782d6669786564\n"
                          "T.Start:0:0:64656c74612d782d7374617274\n"
                          "T.Parts:0:*:636861726c69652d79{1-5}64656c74612d79*616c7068612d79\n"
                          "T.FixedHtml:3:*:636861726c69652d7a\n"
                          "T.MacroPart:0:$3:6d6163726f\n";

static const char *const pieces[] = {"alpha-a",
                                     "bravo-a",
                                     "alpha-b",
                                     "bravo-b",
                                     "alpha-c",
                                     "alpha-d",
                                     "bravo-d",
                                     "alpha-e",
                                     "bravo-e",
                                     "alpha-f",
                                     "bravo-f",
                                     "delta-f",
                                     "alpha-g",
                                     "bravo-g",
                                     "delta-g",
                                     "charlie-g",
                                     "ALPHA-h",
                                     "alpha-H",
                                     " delta-h ",
                                     "xdelta-hx",
                                     "alpha-i",
                                     "bravo",
                                     "delta",
                                     "alphaj",
                                     "alpha-j12bra",
                                     "alqha-k3bra",
                                     "alpha-l",
                                     "bravo-l",
                                     "alpha-m",
                                     "Bravo-mm7",
                                     "broo-m1",
                                     "alpha-n",
                                     "delta-nxxxy",
                                     "delta-ny",
                                     "alpha-o",
                                     "bravo-o",
                                     "delta-o",
                                     "alpha-p42",
                                     "alpha-p07",
                                     "alpha-q",
                                     "bravo-q",
                                     "alpha-r",
                                     "bravo-r",
                                     "charlie-r",
                                     "alpha-s",
                                     "bravo-s",
                                     "charlie-x-fixed",
                                     "delta-x-start",
                                     "charlie-y",
                                     "delta-y",
                                     "alpha-y",
                                     "charlie-z",
                                     "alpha-t",
                                     "alpha-u",
                                     "bravo-u",
                                     "alpha-v",
                                     "alpha-w",
                                     "alpha-w  macro",
                                     "alpha-x",
                                     "ab12.exe",
                                     "de1.exe",
                                     "bca3.scr",
                                     "..",
                                     "\n",
                                     "<html><body>",
                                     "</body>",
                                     "<!-- c -->",
                                     "<script>var a = \"charlie-r\";</script>"};

static struct {
    char directory[64], tmpdir[64];
    struct scanner_settings settings;
    struct clam *clam, *plain;
    struct clam_info info, plain_info;
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

static struct clam *load(const char *shortcuts, struct clam_info *info)
{
    struct err err = {""};

    free(self.settings.shortcuts);
    self.settings.shortcuts = strdup(shortcuts);
    struct clam *clam = clam_load(self.directory, self.tmpdir, &self.settings, info, &err);
    if (!clam)
        print_error("%s\n", err.text);
    return clam;
}

static int set_up(void **state)
{
    struct err err;

    (void)state;
    snprintf(self.directory, sizeof self.directory, "/tmp/epost-shortcuts-XXXXXX");
    snprintf(self.tmpdir, sizeof self.tmpdir, "/tmp/epost-shortcuts-XXXXXX");
    if (!mkdtemp(self.directory) || !mkdtemp(self.tmpdir) ||
        directive_defaults(scannerconf_rows, scannerconf_count, &self.settings, &err) < 0)
        return -1;
    put("test.ldb", ldb);
    put("test.ndb", ndb);
    self.plain = load("none", &self.plain_info);
    self.clam = load("all", &self.info);
    return self.plain && self.clam ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    clam_free(&self.clam);
    clam_free(&self.plain);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/test.%s", self.directory, i ? "ndb" : "ldb");
        unlink(path);
    }
    rmdir(self.directory);
    rmdir(self.tmpdir);
    directive_release(scannerconf_rows, scannerconf_count, &self.settings);
    return 0;
}

static unsigned random_below(uint64_t *seed, unsigned limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % limit;
}

static size_t make_body(char body[BODY_MAX], uint64_t *seed)
{
    size_t length = 0;
    unsigned count = 1 + random_below(seed, 30), family = random_below(seed, 3);

    if (family == 1)
        length = (size_t)snprintf(body, BODY_MAX, "<html><head></head><body>");
    else if (family == 2)
        body[length++] = '\0';
    for (unsigned i = 0; i < count && length + PIECE_MAX < BODY_MAX; i++)
        length += (size_t)snprintf(body + length, PIECE_MAX, "%s%s",
                                   pieces[random_below(seed, sizeof pieces / sizeof pieces[0])],
                                   random_below(seed, 3)   ? ""
                                   : random_below(seed, 2) ? " "
                                                           : "____");
    return length;
}

/* -------------------------------------------------------------------- answers */

static void all_shortcuts_are_on(void **state)
{
    (void)state;
    const unsigned wanted = SHORTCUT_JIT | SHORTCUT_UNTOUCHED | SHORTCUT_ACONLY | SHORTCUT_ANCHORS |
                            SHORTCUT_NAMES | SHORTCUT_TINY;

    if ((self.info.shortcuts_on & wanted) != wanted)
        fail_msg("on: %s", self.info.shortcuts);
    assert_int_equal(self.plain_info.shortcuts_on, 0);
    assert_string_equal(self.plain_info.shortcuts, "");
    assert_non_null(strstr(self.info.shortcuts, "jit 6"));
}

static void answers_are_libclamavs(void **state)
{
    (void)state;
    char body[BODY_MAX];
    uint64_t seed = 7;
    char found[32][64] = {""};
    unsigned names = 0;
    const uint64_t settled = settled_count(), searches = jit_counts().searches;

    for (unsigned i = 0; i < BODIES; i++) {
        struct clam_result with, without;
        size_t length = make_body(body, &seed);

        shortcuts_use(SHORTCUT_ALL);
        clam_scan(self.clam, body, length, NULL, i % 2 ? CLAM_ALL : 0, &with);
        shortcuts_use(0);
        clam_scan(self.plain, body, length, NULL, i % 2 ? CLAM_ALL : 0, &without);
        if (strcmp(with.facts, without.facts) != 0)
            fail_msg("body %u: \"%s\", without shortcuts \"%s\"", i, with.facts, without.facts);
        if (with.reason != without.reason || strcmp(with.threat, without.threat) != 0 ||
            strcmp(with.type, without.type) != 0 || with.layers != without.layers)
            fail_msg("body %u: %d \"%s\", without shortcuts %d \"%s\"", i, with.reason, with.threat,
                     without.reason, without.threat);
        unsigned n = 0;
        while (n < names && strcmp(found[n], with.threat) != 0)
            n++;
        if (with.threat[0] && n == names && names < 32)
            snprintf(found[names++], sizeof found[0], "%.60s", with.threat);
    }
    shortcuts_use(SHORTCUT_ALL);
    /* The bodies are worth something: most signatures are found in one of them. */
    assert_true(names >= 20);
    assert_true(settled_count() - settled > BODIES);
    assert_true(jit_counts().searches - searches > BODIES / 10);
}

/* Only what was touched, or is true of nothing, is evaluated; then the table is as it was. */
static void short_tables_are_put_back(void **state)
{
    (void)state;
    struct state_shape *shape = untouched_shape(0);
    struct layout_acdata data;

    assert_int_equal(state_take(shape, &data), 0);
    uint32_t *const first = data.lsigcnt[0], *const fourth = data.lsigcnt[3];
    struct layout_lsig *const lsig = shape->root->lsigtable[3];
    uint32_t odd = 0;
    for (uint32_t i = 0; i < shape->lsigs; i++)
        odd += !shape->answers[i] && i != 0 && i != 3;

    fourth[0] = 1;
    settled_begin(shape, first);
    assert_true(settled_has(first));
    assert_int_equal(shape->root->lsigs, odd + 2);
    assert_ptr_equal(shape->root->lsigtable[1], lsig);
    assert_ptr_equal(data.lsigcnt[1], fourth);
    settled_end();
    assert_false(settled_has(first));
    assert_int_equal(shape->root->lsigs, shape->lsigs);
    assert_ptr_equal(shape->root->lsigtable[3], lsig);
    assert_ptr_equal(data.lsigcnt[3], fourth);
    assert_true(state_give(&data));
}

/* A signature that begins a scan when it is true leaves the table as it is. */
static void tables_stay_whole_for_handlers(void **state)
{
    (void)state;
    struct state_shape *shape = untouched_shape(0);
    struct layout_acdata data;
    uint32_t i = 0;

    while (i < shape->lsigs && !shape->root->lsigtable[i]->handler)
        i++;
    assert_true(i < shape->lsigs);
    assert_int_equal(state_take(shape, &data), 0);
    data.lsigcnt[i][0] = 1;
    settled_begin(shape, data.lsigcnt[0]);
    assert_false(settled_has(data.lsigcnt[0]));
    assert_int_equal(shape->root->lsigs, shape->lsigs);
    assert_true(state_give(&data));
}

/* -------------------------------------------------------------- the self-check */

static void expect_fault(struct state_shape *shape, const char *words)
{
    struct err err = {""};

    assert_int_equal(untouched_check(shape, &err), -1);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" is not about \"%s\"", err.text, words);
}

static void wrong_answers_are_seen(void **state)
{
    (void)state;
    struct err err = {""};
    struct state_shape *shape;

    for (unsigned n = 0; (shape = untouched_shape(n)) != NULL; n++) {
        assert_int_equal(untouched_check(shape, &err), 0);
        for (uint32_t i = 0; i < shape->lsigs; i++)
            if (!shape->answers[i]) {
                shape->answers[i] = 1;
                expect_fault(shape, "the answer for signature");
                shape->answers[i] = 0;
            }
        assert_int_equal(untouched_check(shape, &err), 0);
    }
    assert_true(untouched_count() >= 19);
}

static void wrong_states_are_seen(void **state)
{
    (void)state;
    struct err err = {""};
    struct state_shape *shape;

    for (unsigned n = 0; (shape = untouched_shape(n)) != NULL; n++)
        for (uint32_t i = 0; i < shape->lsigs; i++)
            for (unsigned row = 0; row < 3; row++) {
                struct layout_acdata data;
                assert_int_equal(state_take(shape, &data), 0);
                uint32_t *number = row == 0   ? data.lsigcnt[i]
                                   : row == 1 ? data.last[i]
                                              : data.first[i];
                uint32_t before = number[shape->rows[i] - 1];
                assert_true(state_give(&data));
                number[shape->rows[i] - 1] = 5; /* behind its back: the state is idle */
                expect_fault(shape, "the state of signature");
                assert_int_equal(state_take(shape, &data), 0);
                number[shape->rows[i] - 1] = before;
                assert_true(state_give(&data));
                assert_int_equal(untouched_check(shape, &err), 0);
            }
}

static void short_rows_are_seen(void **state)
{
    (void)state;
    struct state_shape *shape = untouched_shape(0);
    const uint8_t right = shape->rows[0];

    shape->rows[0] = (uint8_t)(right - 1);
    expect_fault(shape, "the row of signature");
    shape->rows[0] = right;
}

static void foreign_structures_are_refused(void **state)
{
    (void)state;
    struct layout_lsig lsig = {.id = 3, .logic = (char[]){"0&1"}, .subsigs = 2};
    struct layout_lsig *table[] = {&lsig};
    struct layout_root root = {.lsigs = 1, .lsigtable = table};
    struct err err = {""};

    assert_null(state_shape_new(&root, &err)); /* its number is not its place */
    lsig.id = 0;
    lsig.subsigs = 7;
    assert_null(state_shape_new(&root, &err)); /* more parts than the expression names */
    lsig.subsigs = 2;
    root.type = LAYOUT_TARGETS;
    assert_null(state_shape_new(&root, &err));
    root.type = 0;
    struct state_shape *shape = state_shape_new(&root, &err);
    assert_non_null(shape);
    state_shape_free(&shape);
}

/* ------------------------------------------------------------------------ time */

static void burn(uint64_t ms)
{
    const uint64_t until = clock_thread_cpu() + ms * CLOCK_MS;

    while (clock_thread_cpu() < until)
        ;
}

/* The clock that libraries see goes by CPU time, not by time in which the thread only waits. */
static void used_up_time_is_told_by_the_clock(void **state)
{
    const struct timespec pause = {.tv_nsec = 60 * 1000 * 1000};
    struct timeval now;
    const time_t begun = time(NULL);

    (void)state;
    clamtime_begin(clock_thread_cpu() + 30 * CLOCK_MS);
    nanosleep(&pause, NULL);
    assert_int_equal(gettimeofday(&now, NULL), 0);
    assert_in_range(now.tv_sec, begun, begun + 3600);
    burn(31);
    assert_int_equal(gettimeofday(&now, NULL), 0);
    assert_true(now.tv_sec > begun + 24 * 3600);
    assert_true(clamtime_end());
    assert_int_equal(gettimeofday(&now, NULL), 0);
    assert_in_range(now.tv_sec, begun, begun + 3600);
    clamtime_begin(0);
    burn(1);
    assert_false(clamtime_end());
}

/* A tar: libclamav looks at the clock at each of its layers. */
static void scans_end_when_their_time_is_used_up(void **state)
{
    static const struct clam_budget budget = {
        .bytes = 1 << 20, .files = 100, .depth = 10, .ms = 3600 * 1000};
    struct clam_budget used = budget;
    struct clam_result result;
    char tar[2048] = "member";

    (void)state;
    memcpy(tar + 124, "00000000003", 12);
    memcpy(tar + 257, "ustar\00000", 8);
    memcpy(tar + 512, "abc", 3);
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)tar[i];
    snprintf(tar + 148, 8, "%06o", sum);
    clam_set_budget(self.plain, &budget);
    clam_scan(self.plain, tar, sizeof tar, NULL, 0, &result);
    assert_int_equal(result.reason, REASON_NONE);
    assert_string_equal(result.type, "CL_TYPE_POSIX_TAR");
    used.cpu_until_ns = 1;
    clam_set_budget(self.plain, &used);
    clam_scan(self.plain, tar, sizeof tar, NULL, 0, &result);
    assert_int_equal(result.reason, REASON_LIMIT_TIME);
    clam_set_budget(self.plain, &budget);
    clam_scan(self.plain, tar, sizeof tar, NULL, 0, &result);
    assert_int_equal(result.reason, REASON_NONE);
}

/* ------------------------------------------------------------------------ code */

/* A pattern and a body on which machine code runs out of stack, or out of steps. */
static void limits_mean_the_same_with_machine_code(void **state)
{
    (void)state;
    static const char *const patterns[] = {"(?:x|xx)*[yz]", "x*x*x*x*[yz]", "(x+)+[yz]", "x+x"};
    char subject[3000];
    int code, interpreted, compiled;
    size_t offset;
    struct err err;

    memset(subject, 'x', sizeof subject);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        pcre2_match_context *context = pcre2_match_context_create(NULL);
        pcre2_set_match_limit(context, 100000);
        pcre2_set_depth_limit(context, 2000);
        jit_begin();
        pcre2_code *regex =
            pcre2_compile((PCRE2_SPTR)patterns[i], PCRE2_ZERO_TERMINATED, 0, &code, &offset, NULL);
        assert_int_equal(jit_end(&err), 0);
        assert_int_equal(jit_counts().compiled, 1);
        pcre2_match_data *data = pcre2_match_data_create_from_pattern(regex, NULL);
        compiled = pcre2_match(regex, (PCRE2_SPTR)subject, sizeof subject, 0, 0, data, context);
        assert_int_equal(jit_counts().matched, 1);
        assert_int_equal(jit_counts().repeated, compiled < 0);
        jit_use(0);
        interpreted = pcre2_match(regex, (PCRE2_SPTR)subject, sizeof subject, 0, 0, data, context);
        jit_use(1);
        assert_int_equal(compiled, interpreted);
        pcre2_match_data_free(data);
        pcre2_code_free(regex);
        pcre2_match_context_free(context);
    }
}

/* Those with a fixed text, and it; and some without. */
static const struct {
    const char *pattern, *text;
} fixed_texts[] = {
    {"[A-Z]{3}[0-9]{2,5}\\.exe", ".exe"},
    {"[A-Z]{1,3}[\\W_][a-z]+\\-lower[0-9]?\\.js$", "-lower"},
    {"^(?:a|bc)+word[^x]*longer\\.w{2}\\s\\#[0-9]{3}\\.jar", "longer."},
    {"[a-z]*?abcdefghijklmnopqrst", "abcdefghijklmno"},
    {"abcde?", "abcd"},
    {"abc|defg", NULL},
    {"(abcd)?efg", NULL},
    {"abc[d]", NULL},
    {"abcd\\b", NULL},
    {"(?i)abcd", NULL},
    {"(?=abcd)x", NULL},
    {"[[:alpha:]]abcd", NULL},
    {"[]abcd", NULL},
    {"ab\\Kcdef", NULL},
    {"\\x41abcd", NULL},
    {"abcd\\", NULL},
};

static void fixed_texts_are_read(void **state)
{
    (void)state;
    char plain[FIXEDTEXT_PATTERN_MAX * 2];
    struct fixedtext text;

    for (size_t i = 0; i < sizeof fixed_texts / sizeof fixed_texts[0]; i++) {
        const char *wanted = fixed_texts[i].text;

        assert_int_equal(fixedtext_of(fixed_texts[i].pattern, &text, plain), wanted != NULL);
        assert_int_equal(text.length, wanted ? strlen(wanted) : 0);
        if (wanted)
            assert_memory_equal(text.bytes, wanted, text.length);
    }
    memcpy(text.bytes, ".exe", 4);
    text.length = 4;
    assert_true(fixedtext_is_in(&text, ".exe", 4));
    assert_true(fixedtext_is_in(&text, "x.x.exe", 7));
    assert_false(fixedtext_is_in(&text, ".exe", 3));
    assert_false(fixedtext_is_in(&text, "xe.ex", 5));
}

/* One whose text is there matches as before, one whose text is not is not run, and a wrong text is
 * not used. */
static void absent_texts_are_no_match(void **state)
{
    (void)state;
    static const char subject[] = "some words, ABC123.exe and more of them";
    static const char pattern[] = "[A-Z]{3}[0-9]{2,5}\\.exe";
    struct err err;
    size_t offset;
    int code;

    for (int spoil = 0; spoil < 2; spoil++) {
        jit_spoil(spoil);
        jit_begin();
        pcre2_code *regex =
            pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &code, &offset, NULL);
        assert_int_equal(jit_end(&err), 0);
        jit_spoil(false);
        assert_int_equal(jit_counts().fixed, !spoil);
        pcre2_match_data *data = pcre2_match_data_create_from_pattern(regex, NULL);
        for (size_t length = 0; length < sizeof subject; length++) {
            const int result = pcre2_match(regex, (PCRE2_SPTR)subject, length, 0, 0, data, NULL);
            const bool there = length >= strlen("some words, ABC123.exe");

            assert_int_equal(result, there ? 1 : PCRE2_ERROR_NOMATCH);
        }
        assert_int_equal(jit_counts().absent, spoil ? 0 : strlen("some words, ABC123.exe"));
        uint64_t before = jit_counts().absent;
        jit_use(0);
        assert_int_equal(pcre2_match(regex, (PCRE2_SPTR)subject, 5, 0, 0, data, NULL),
                         PCRE2_ERROR_NOMATCH);
        jit_use(1);
        assert_int_equal(jit_counts().absent, before);
        pcre2_match_data_free(data);
        pcre2_code_free(regex);
    }
}

/* Texts of one, two and three letters; many are equal, begin like another or lie in one. */
static void set_texts(struct fixedtext *texts, unsigned count, uint64_t *seed)
{
    for (unsigned i = 0; i < count; i++) {
        texts[i].length =
            (unsigned char)(FIXEDTEXT_MIN + random_below(seed, FIXEDTEXT_MAX - FIXEDTEXT_MIN + 1));
        texts[i].rare = (unsigned char)(random_below(seed, texts[i].length));
        for (unsigned at = 0; at < texts[i].length; at++)
            texts[i].bytes[at] = "abA"[random_below(seed, 1 + i % 3)];
    }
}

static void a_set_finds_what_each_text_finds(void **state)
{
    (void)state;
    enum { SET_TEXTS = 200, SET_BODIES = 400, SET_BODY = 600 };
    static struct fixedtext texts[SET_TEXTS];
    uint64_t found[(SET_TEXTS + 63) / 64], seed = 5;
    unsigned there = 0, absent = 0;
    struct err err;

    set_texts(texts, SET_TEXTS, &seed);
    struct fixedset *set = fixedset_new(texts, SET_TEXTS, &err);
    assert_non_null(set);
    for (unsigned n = 0; n < SET_BODIES; n++) {
        unsigned char body[SET_BODY];
        const size_t length = n < SET_BODIES / 2 ? n : random_below(&seed, SET_BODY);

        for (size_t i = 0; i < length; i++)
            body[i] = (unsigned char)"abAxb"[random_below(&seed, 5)];
        if (n % 2 && length > FIXEDTEXT_MAX)
            memcpy(body + length - texts[n / 2].length, texts[n / 2].bytes, texts[n / 2].length);
        fixedset_search(set, body, length, found);
        for (unsigned i = 0; i < SET_TEXTS; i++) {
            const bool is_in = fixedtext_is_in(&texts[i], body, length);

            assert_int_equal(found[i / 64] >> i % 64 & 1, is_in);
            there += is_in;
            absent += !is_in;
        }
    }
    assert_true(there > 1000 && absent > 1000);
    fixedset_free(&set);
    set = fixedset_new(texts, 0, &err);
    assert_non_null(set);
    fixedset_search(set, "a text", 6, found);
    fixedset_free(&set);
}

/* What libclamav looks at is given to it; a library that looked at less or more would be seen. */
static void tiny_bodies_are_not_scanned(void **state)
{
    (void)state;
    const uint64_t before = tinybody_count();
    struct clam_result result;
    struct err err = {""};

    assert_true(self.info.shortcuts_on & SHORTCUT_TINY);
    for (size_t length = 1; length <= 8; length++) {
        clam_scan(self.clam, "12345678", length, NULL, 0, &result);
        assert_int_equal(result.reason, REASON_NONE);
        assert_int_equal(result.layers, length > 5);
    }
    assert_int_equal(tinybody_count(), before + 5);
    shortcuts_use(0);
    clam_scan(self.clam, "1", 1, NULL, 0, &result);
    assert_int_equal(result.layers, 0);
    assert_int_equal(tinybody_count(), before + 5);
    shortcuts_use(SHORTCUT_ALL);

    tinybody_spoil(1);
    assert_int_equal(tinybody_prove(self.tmpdir, &err), -1);
    assert_non_null(strstr(err.text, "looks at a body of 6 bytes"));
    assert_false(tinybody_is(1));
    tinybody_spoil(UINT_MAX); /* one less */
    assert_int_equal(tinybody_prove(self.tmpdir, &err), -1);
    assert_non_null(strstr(err.text, "does not look at a body of 5 bytes"));
    assert_false(tinybody_is(1));
    tinybody_spoil(0);
    assert_int_equal(tinybody_prove("/nowhere", &err), -1);
    assert_non_null(strstr(err.text, "/nowhere"));
    tinybody_spoil(0);
    assert_int_equal(tinybody_prove(self.tmpdir, &err), 0);
    assert_true(tinybody_is(5));
}

static unsigned mappings(const char *rights)
{
    char line[512], found[8];
    unsigned count = 0;
    FILE *file = fopen("/proc/self/maps", "r");

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%*s %7s", found) == 1 && strcmp(found, rights) == 0)
            count++;
    fclose(file);
    return count;
}

static void code_cannot_be_written(void **state)
{
    (void)state;
    struct clam_info info;

    struct clam *clam = load("jit", &info);
    assert_non_null(clam);
    assert_int_equal(info.shortcuts_on, SHORTCUT_JIT);
    assert_int_equal(mappings("rwxp"), 0);
    clam_free(&clam); /* libpcre2 writes into the pages then */
    clam = load("jit", &info);
    assert_non_null(clam);
    assert_int_equal(mappings("rwxp"), 0);
    clam_free(&clam);
}

static bool make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ||
           mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
               MAP_FAILED ||
           mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

/* Below a worker's filter: no code can be made, and what was made before runs. */
static _Noreturn void work_below_filter(const struct sock_fprog *filter)
{
    static const char body[] = "alpha-m Bravo-mm7";
    struct clam_result result;
    struct err err;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_enter(filter, &err) < 0)
        _exit(3);
    if (make_code())
        _exit(4);
    jit_use(1);
    uint64_t before = jit_counts().matched;
    clam_scan(self.clam, body, sizeof body - 1, NULL, 0, &result);
    if (strcmp(result.threat, "T.Expression.UNOFFICIAL") != 0 || jit_counts().matched == before)
        _exit(5);
    _exit(0);
}

static void workers_make_no_code(void **state)
{
    (void)state;
    struct sock_fprog filter;
    struct err err = {""};
    int status = -1;

    assert_false(!make_code()); /* without the filter it can be made */
    assert_int_equal(seccomp_build(&filter, &err), 0);
    pid_t pid = fork();
    if (pid == 0)
        work_below_filter(&filter);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    free(filter.filter);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ------------------------------------------------------------------ huge pages */

static void full_memory_is_gathered(void **state)
{
    (void)state;
    const size_t size = 8 << 20;
    uint64_t bytes = 0;
    struct err err = {""};
    char *full = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* A mapping for reading only in between keeps the kernel from joining them. */
    char *wall = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *empty = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(full != MAP_FAILED && wall != MAP_FAILED && empty != MAP_FAILED);
    madvise(full, size, MADV_NOHUGEPAGE);
    memset(full, 1, size);
    madvise(full, size, MADV_HUGEPAGE);
    madvise(empty, size, MADV_NOHUGEPAGE);
    empty[0] = 1;
    if (huge_collapse(&bytes, &err) < 0) {
        print_message("not here: %s\n", err.text);
        skip();
    }
    assert_true(bytes >= size - (4 << 20));
    unsigned char present[(8 << 20) / 4096];
    assert_int_equal(mincore(empty, size, present), 0);
    for (size_t i = 1; i < sizeof present; i++)
        assert_int_equal(present[i] & 1, 0); /* it has not grown */
    for (size_t i = 0; i < size; i++)
        assert_int_equal(full[i], 1);
    munmap(full, size);
    munmap(wall, 4096);
    munmap(empty, size);
}

/* ------------------------------------------------------------------- the words */

static off_t read_letters(void *handle, void *to, size_t size, off_t offset)
{
    (void)handle;
    (void)offset;
    memset(to, 'a', size);
    return (off_t)size;
}

/* Of a page libclamav rewrites several copies; each is a layer. */
static void small_layers_are_on_the_heap(void **state)
{
    static const char page[] = "<html><body><p>One</p><script>two()</script></body></html>\n";
    const struct maps_counts before = maps_counts();
    struct clam_result result;
    cl_fmap_t *large;

    (void)state;
    clam_scan(self.clam, page, sizeof page - 1, NULL, 0, &result);
    assert_int_equal(result.reason, REASON_NONE);
    assert_true(maps_counts().heap >= before.heap + 3);
    assert_int_equal(maps_counts().mapped, before.mapped);
    large = cl_fmap_open_handle(NULL, 0, (size_t)MAPS_HEAP_MAX + 1, read_letters, 1);
    assert_non_null(large);
    assert_int_equal(maps_counts().mapped, before.mapped + 1);
    cl_fmap_close(large);
}

static void sets_are_parsed(void **state)
{
    (void)state;
    unsigned set = 99;
    struct err err = {""};

    assert_int_equal(shortcuts_parse("all", &set, &err), 0);
    assert_int_equal(set, SHORTCUT_ALL);
    assert_int_equal(shortcuts_parse("none", &set, &err), 0);
    assert_int_equal(set, 0);
    assert_int_equal(shortcuts_parse(" jit, hugepages", &set, &err), 0);
    assert_int_equal(set, SHORTCUT_JIT | SHORTCUT_HUGEPAGES);
    assert_int_equal(shortcuts_parse("jitter", &set, &err), -1);
    assert_non_null(strstr(err.text, "\"jitter\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_shortcuts_are_on),
        cmocka_unit_test(answers_are_libclamavs),
        cmocka_unit_test(short_tables_are_put_back),
        cmocka_unit_test(tables_stay_whole_for_handlers),
        cmocka_unit_test(wrong_answers_are_seen),
        cmocka_unit_test(wrong_states_are_seen),
        cmocka_unit_test(short_rows_are_seen),
        cmocka_unit_test(foreign_structures_are_refused),
        cmocka_unit_test(used_up_time_is_told_by_the_clock),
        cmocka_unit_test(scans_end_when_their_time_is_used_up),
        cmocka_unit_test(limits_mean_the_same_with_machine_code),
        cmocka_unit_test(fixed_texts_are_read),
        cmocka_unit_test(absent_texts_are_no_match),
        cmocka_unit_test(a_set_finds_what_each_text_finds),
        cmocka_unit_test(tiny_bodies_are_not_scanned),
        cmocka_unit_test(code_cannot_be_written),
        cmocka_unit_test(workers_make_no_code),
        cmocka_unit_test(full_memory_is_gathered),
        cmocka_unit_test(small_layers_are_on_the_heap),
        cmocka_unit_test(sets_are_parsed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
