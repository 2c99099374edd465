/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions for names of members: those that two libraries read alike, texts made of them, and
 * the same finds with machine code and with libclamav's own matcher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/directive.h"
#include "common/scannerconf.h"
#include "engine/clam.h"
#include "engine/metanames.h"
#include "engine/plainregex.h"

#define ROUNDS   4000
#define SAMPLES  60
#define TEXT_MAX 512

static const char *const plain[] = {
    "a",
    "settings.exe",
    "[.](doc|xls|ppt)[.]?[- _]{4,}[.](exe|bat|com)$",
    "^(U|u)(P|p)(S|s)_.*[.]([Ee][Xx][Ee]|[Bb][Aa][Tt])$",
    "[.]([h|H][t|T]|[Gg]|[Ii][Ff])x{2}y{1,3}z{0,}",
    "^[^a-z]+(ab*(c|d+)?)*\\.\\$$",
};
static const char *const not_plain[] = {
    "",     "(?i)a", "a|",      "|a", "(|a)",  "()",  "a**", "a{1}{2}", "a{2,1}", "a{,2}",
    "a{x",  "^*",    "[]a]",    "[a", "[[:x]", "\\d", "a\\", "a)",      "(a",     "\xc3\xa4",
    "a\nb", "[\\.]", "a{999}b", "*a", "a(*b)", "]",   "}",   "(a|)b",   "$+",     "a??",
};

static void some_are_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (!plainregex_is(plain[i]))
            fail_msg("%s is plain", plain[i]);
    for (size_t i = 0; i < sizeof not_plain / sizeof not_plain[0]; i++)
        if (plainregex_is(not_plain[i]))
            fail_msg("%s is not plain", not_plain[i]);
}

/* Both libraries, and the samples of the expression. Returns how many samples matched. */
static unsigned compare(const char *pattern, unsigned samples)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    unsigned matched = 0;
    PCRE2_SIZE place;
    regex_t posix;
    int code;
    pcre2_code *ours = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY, &code, &place, NULL);

    if (ours && regcomp(&posix, pattern, REG_EXTENDED | REG_NOSUB) == 0) {
        for (unsigned seed = 0; seed < samples; seed++) {
            char text[TEXT_MAX];
            size_t length = plainregex_sample(pattern, seed, text, sizeof text);

            if (length > 0 && seed % 2)
                text[seed % length] ^= 1 + (char)(seed % 3);
            length = strlen(text);
            bool theirs = regexec(&posix, text, 0, NULL, 0) == 0;
            bool found = pcre2_match(ours, (PCRE2_SPTR)text, length, 0, 0, data, NULL) >= 0;
            if (theirs != found)
                fail_msg("\"%s\" on \"%s\": %d, not %d", pattern, text, found, theirs);
            matched += theirs;
        }
        regfree(&posix);
    }
    pcre2_code_free(ours);
    pcre2_match_data_free(data);
    return matched;
}

static void samples_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (compare(plain[i], SAMPLES) < SAMPLES / 2)
            fail_msg("too few of the texts made of %s match it", plain[i]);
}

/* Whatever is plain, both read alike. */
static void all_plain_ones_are_read_alike(void **state)
{
    static const char *const pieces[] = {"a",   "b",   ".",    "[ab]",  "[^a]", "(",  ")",
                                         "|",   "*",   "+",    "?",     "{2}",  "^",  "$",
                                         "[.]", "\\.", "{1,}", "[a-c]", "x",    "{,", "[-a]"};
    unsigned is_plain = 0;
    uint64_t seed = 3;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char pattern[128] = "";

        for (unsigned i = 0; i < 1 + round % 9; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            strcat(pattern, pieces[(seed >> 33) % (sizeof pieces / sizeof pieces[0])]);
        }
        if (!plainregex_is(pattern))
            continue;
        is_plain++;
        compare(pattern, 12);
    }
    assert_true(is_plain > ROUNDS / 20);
}

/* ----------------------------------------------------------------- with libclamav */

static const char zmd[] = "T.Double:*:[.](doc|xls)[.]?[- _]{4,}[.](exe|scr)$:*:*:*:*:*:*\n"
                          "T.Prefix:*:^(U|u)(P|p)(S|s)_.*[.]([Ee][Xx][Ee])$:*:*:*:*:*:*\n"
                          "T.Word:*:settings.exe:*:*:*:*:*:*\n"
                          "T.Case:*:(?i)invoice[0-9]+[.]lnk:*:*:*:*:*:*\n";
static const struct {
    const char *member, *threat;
} members[] = {
    {"a.doc     .exe", "T.Double"},
    {"a.doc     .exe.txt", ""},
    {"a.doc  .exe", ""},
    {"UpS_x/y.EXE", "T.Prefix"},
    {"xups_x.exe", ""},
    {"settings-exe", "T.Word"},
    {"INVOICE12.LNK", "T.Case"},
    {"ups_1.exe\n", ""},
    {"page.class", ""},
    {"\xff.xls_____.scr", "T.Double"},
    {"org/example/deep/Class$1.class", ""},
};

static struct {
    char directory[64], tmpdir[64], path[128];
    struct scanner_settings settings;
} self;

static struct clam *load(const char *shortcuts)
{
    struct clam_info info;
    struct err err = {""};

    free(self.settings.shortcuts);
    self.settings.shortcuts = strdup(shortcuts);
    struct clam *clam = clam_load(self.directory, self.tmpdir, &self.settings, &info, &err);
    if (!clam)
        fail_msg("%s", err.text);
    return clam;
}

static void put16(unsigned char *to, unsigned value)
{
    to[0] = (unsigned char)value;
    to[1] = (unsigned char)(value >> 8);
}

/* A ZIP with one stored member of one byte. */
static size_t make_zip(unsigned char *zip, const char *name)
{
    const size_t length = strlen(name), central = 30 + length + 1;
    unsigned char *c = zip + central, *e = c + 46 + length;

    memset(zip, 0, central + 46 + length + 22);
    memcpy(zip, "PK\3\4\24", 5);
    memcpy(zip + 14, "\x47\xd6\x30\x8c", 4); /* a CRC; libclamav does not look at it */
    zip[18] = zip[22] = 1;
    put16(zip + 26, (unsigned)length);
    memcpy(zip + 30, name, length);
    zip[30 + length] = 'x';
    memcpy(c, "PK\1\2\24\0\24", 7);
    memcpy(c + 16, zip + 14, 12);
    put16(c + 28, (unsigned)length);
    memcpy(c + 46, name, length);
    memcpy(e, "PK\5\6", 4);
    e[8] = e[10] = 1;
    put16(e + 12, (unsigned)(46 + length));
    put16(e + 16, (unsigned)central);
    return central + 46 + length + 22;
}

static void scan_all(struct clam *clam)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        unsigned char zip[512];
        size_t length = make_zip(zip, members[i].member), wanted = strlen(members[i].threat);
        struct clam_budget budget = {.bytes = 1 << 20, .files = 100, .depth = 10, .ms = 100000};
        struct clam_result result;

        clam_set_budget(clam, &budget);
        clam_scan(clam, zip, length, NULL, 0, &result);
        if (strncmp(result.threat, members[i].threat, wanted) != 0 || !wanted != !result.threat[0])
            fail_msg("%s: \"%s\", not \"%s\"", members[i].member, result.threat, members[i].threat);
    }
}

static void finds_are_libclamavs(void **state)
{
    struct clam *clam = load("all");

    (void)state;
    assert_int_equal(metanames_counts().taken, 3);
    assert_int_equal(metanames_counts().left, 1);
    scan_all(clam);
    const uint64_t answered = metanames_counts().answered;
    assert_true(answered >= 3 * sizeof members / sizeof members[0] / 2);
    metanames_use(false);
    scan_all(clam);
    assert_int_equal(metanames_counts().answered, answered);
    metanames_use(true);
    clam_free(&clam);
    clam = load("none");
    scan_all(clam);
    clam_free(&clam);
}

static void wrong_expressions_are_seen(void **state)
{
    (void)state;
    metanames_spoil(true);
    struct clam *clam = load("all");
    metanames_spoil(false);
    assert_int_equal(metanames_counts().taken, 0);
    assert_int_equal(metanames_counts().left, 4);
    scan_all(clam);
    assert_int_equal(metanames_counts().answered, 0);
    clam_free(&clam);
}

static int set_up(void **state)
{
    struct err err;

    (void)state;
    snprintf(self.directory, sizeof self.directory, "/tmp/epost-names-XXXXXX");
    snprintf(self.tmpdir, sizeof self.tmpdir, "/tmp/epost-names-XXXXXX");
    if (!mkdtemp(self.directory) || !mkdtemp(self.tmpdir) ||
        directive_defaults(scannerconf_rows, scannerconf_count, &self.settings, &err) < 0)
        return -1;
    snprintf(self.path, sizeof self.path, "%s/test.zmd", self.directory);
    FILE *file = fopen(self.path, "w");
    if (!file)
        return -1;
    fputs(zmd, file);
    return fclose(file);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(self.path);
    rmdir(self.directory);
    rmdir(self.tmpdir);
    directive_release(scannerconf_rows, scannerconf_count, &self.settings);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_are_plain),
        cmocka_unit_test(samples_match),
        cmocka_unit_test(all_plain_ones_are_read_alike),
        cmocka_unit_test(finds_are_libclamavs),
        cmocka_unit_test(wrong_expressions_are_seen),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
