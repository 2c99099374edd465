/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "modules/epost_av/settings.h"
#include "modules/epost_av/conf_location.h"

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 18);

    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 18) - 1, file) > 0);
    fclose(file);
    return text;
}

static void test_defaults(void **state)
{
    struct settings s;
    struct err err;

    (void)state;
    assert_int_equal(settings_init(&s, &err), 0);
    assert_int_equal(settings_finish(&s, &err), 0);
    assert_int_equal(s.max_body_size, 512 << 20);
    assert_int_equal(s.trickle_after, 10000);
    assert_int_equal(s.range_policy, SETTINGS_RANGE_ALLOW);
    assert_string_equal(s.profile, "web");
    settings_free(&s);
}

static void test_both_tables(void **state)
{
    struct settings s;
    struct err err;

    (void)state;
    assert_int_equal(settings_init(&s, &err), 0);
    assert_int_equal(settings_set(&s, "MaxBodySize", "1M", &err), 0);
    assert_int_equal(settings_set(&s, "MaxFiles", "7", &err), 0);
    assert_int_equal(settings_set(&s, "RangePolicy", "strip-risky", &err), 0);
    assert_int_equal(settings_set(&s, "Profile", "web error=pass", &err), 0);
    assert_int_equal(s.max_body_size, 1 << 20);
    assert_int_equal(s.scanner.max_files, 7);
    assert_int_equal(s.range_policy, SETTINGS_RANGE_STRIP_RISKY);
    assert_int_equal(settings_set(&s, "MaxBodySize", "1", &err), -1);
    assert_non_null(strstr(err.text, "64K to 16G"));
    assert_int_equal(settings_set(&s, "MaxFiles", "0", &err), -1);
    assert_int_equal(settings_set(&s, "MaxBodySiz", "1M", &err), -1);
    assert_non_null(strstr(err.text, "is MaxBodySize meant?"));
    assert_int_equal(settings_set(&s, "DefaultProfile", "nosuch", &err), 0);
    assert_int_equal(settings_finish(&s, &err), -1);
    settings_free(&s);
}

static void test_no_name_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++)
        for (size_t j = 0; j < scannerconf_count; j++)
            assert_string_not_equal(settings_rows[i].name, scannerconf_rows[j].name);
}

/* Whoever adds a directive adds it to the manual (make update-sample). */
static void test_manual_has_all(void **state)
{
    char wanted[128];
    char *manual = read_all(TEST_SRCDIR "/../doc/man/epost_av.conf.5.in");

    (void)state;
    for (size_t i = 0; i < settings_count + scannerconf_count; i++) {
        const struct directive *row =
            i < settings_count ? &settings_rows[i] : &scannerconf_rows[i - settings_count];
        snprintf(wanted, sizeof wanted, ".It Cm epost_av.%s\n", row->name);
        const char *item = strstr(manual, wanted);
        assert_non_null(item);
        assert_null(strstr(item + 1, wanted));
        assert_non_null(strstr(manual, row->doc));
    }
    free(manual);
}

/* The committed sample is what the tables say (make update-sample). */
static void test_sample_is_fresh(void **state)
{
    static const char *const places[][2] = {
        {"@EPOST_STATEDIR@", EPOST_STATEDIR},     {"@EPOST_RUNDIR@", EPOST_RUNDIR},
        {"@EPOST_MONITORDIR@", EPOST_MONITORDIR}, {"@EPOST_SBINDIR@", EPOST_SBINDIR},
        {"@EPOST_DATADIR@", EPOST_DATADIR},       {"@EPOST_CONFDIR@", EPOST_CONFDIR},
        {"@EPOST_LOGDIR@", EPOST_LOGDIR}};
    char *committed = read_all(TEST_SRCDIR "/../conf/epost_av.conf.in");
    char *made = NULL, *there = NULL;
    size_t size, count = sizeof places / sizeof places[0];
    FILE *out = open_memstream(&made, &size);

    (void)state;
    settings_print_sample(out);
    fclose(out);
    out = open_memstream(&there, &size);
    for (const char *c = strstr(committed, "\n# ---- the service"); *c;) {
        size_t i;
        for (i = 0; i < count && strncmp(c, places[i][0], strlen(places[i][0])) != 0; i++)
            continue;
        fputs(i < count ? places[i][1] : (char[]){*c, '\0'}, out);
        c += i < count ? strlen(places[i][0]) : 1;
    }
    fclose(out);
    assert_string_equal(made, there);
    free(made);
    free(there);
    free(committed);
}

static int known(const char *name)
{
    return settings_known(name);
}

static void test_where(void **state)
{
    char main_file[] = "/tmp/epost-where-XXXXXX", other[] = "/tmp/epost-where-XXXXXX";
    char where[256], expected[256];
    struct err err;
    FILE *file = fdopen(mkstemp(other), "w");

    (void)state;
    fputs("# epost_av.Queue 17\nepost_av.Queue  17\navscan.Workers 9\n", file);
    fclose(file);
    file = fdopen(mkstemp(main_file), "w");
    fprintf(file, "Port 1344\n\n  Include %s\nepost_av.Queu 3\n", other);
    fclose(file);
    snprintf(expected, sizeof expected, "%s:2", other);
    conf_location_directive(main_file, "Queue", "17", where, sizeof where);
    assert_string_equal(where, expected);
    snprintf(expected, sizeof expected, "%s:3", other);
    conf_location_directive(main_file, "Workers", "9", where, sizeof where);
    assert_string_equal(where, expected);
    conf_location_directive(main_file, "Workers", "10", where, sizeof where);
    assert_string_equal(where, "");
    assert_int_equal(conf_location_unknown(main_file, "epost_av.", known, &err), -1);
    snprintf(expected, sizeof expected, "%s:4: unknown directive epost_av.Queu", main_file);
    assert_string_equal(err.text, expected);
    assert_int_equal(conf_location_unknown(other, "epost_av.", known, &err), 0);
    unlink(main_file);
    unlink(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),        cmocka_unit_test(test_both_tables),
        cmocka_unit_test(test_no_name_twice),   cmocka_unit_test(test_manual_has_all),
        cmocka_unit_test(test_sample_is_fresh), cmocka_unit_test(test_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
