/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a scan may use: memory of machines and control groups of both versions, on a copied
 * tree; CPU time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/meminfo.h"
#include "scanner/cpulimit.h"
#include "scanner/tempdir.h"
#include "tests/unit/scratch.h"

static char tree[] = "/tmp/epost-memory-XXXXXX";

static void put(const char *name, const char *text)
{
    char command[400];

    snprintf(command, sizeof command, "mkdir -p \"$(dirname '%s%s')\"", tree, name);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s%s", tree, name);
    FILE *file = fopen(command, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_tree(void **state)
{
    (void)state;
    return mkdtemp(tree) ? 0 : -1;
}

static int remove_tree(void **state)
{
    (void)state;
    return scratch_remove(tree);
}

static void the_least_counts(void **state)
{
    (void)state;
    put("/proc/meminfo", "MemTotal:        8388608 kB\nMemAvailable: 4 kB\n");
    assert_true(meminfo_total(tree) == UINT64_C(8) << 30);

    /* Version 2: a group, and one above it that has less. */
    put("/proc/self/cgroup", "0::/system.slice/c-icap.service\n");
    put("/sys/fs/cgroup/system.slice/c-icap.service/memory.max", "max\n");
    assert_true(meminfo_total(tree) == UINT64_C(8) << 30);
    put("/sys/fs/cgroup/system.slice/c-icap.service/memory.max", "2147483648\n");
    assert_true(meminfo_total(tree) == UINT64_C(2) << 30);
    put("/sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
    assert_true(meminfo_total(tree) == UINT64_C(1) << 30);

    /* Version 1: the number for "none", the group's own, and that of a container's root. */
    put("/proc/self/cgroup", "9:cpu,cpuacct:/x\n5:memory:/docker/abc\n");
    put("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
    assert_true(meminfo_total(tree) == UINT64_C(8) << 30);
    put("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "536870912\n");
    assert_true(meminfo_total(tree) == UINT64_C(512) << 20);
    put("/proc/self/cgroup", "5:memory:/docker/gone\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "268435456\n");
    assert_true(meminfo_total(tree) == UINT64_C(256) << 20);
}

/* A name that others can foresee is not relied on. */
static void a_directory_that_is_taken(void **state)
{
    char prefix[200], one[200], other[200];
    struct err err;

    (void)state;
    put("/shm/epostavs-1.", "taken");
    snprintf(prefix, sizeof prefix, "%s/shm/epostavs-1.", tree);
    assert_int_equal(tempdir_make_new(prefix, one, sizeof one, &err), 0);
    assert_int_equal(tempdir_make_new(prefix, other, sizeof other, &err), 0);
    assert_string_not_equal(one, other);
    assert_int_equal(access(one, R_OK | W_OK | X_OK), 0);
    tempdir_remove_new(prefix);
    assert_int_equal(access(one, F_OK), -1);
    assert_int_equal(access(other, F_OK), -1);
    assert_int_equal(access(prefix, F_OK), 0);
}

/* What lies in it goes, whatever its modes; what a link in it points to is left alone. */
static void a_directory_with_closed_ones(void **state)
{
    char path[200], inner[300], outside[200];
    struct stat st;
    struct err err;

    (void)state;
    snprintf(path, sizeof path, "%s/closed", tree);
    snprintf(outside, sizeof outside, "%s/outside", tree);
    assert_int_equal(mkdir(outside, 0755), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(inner, sizeof inner, "%s/link", path);
    assert_int_equal(symlink(outside, inner), 0);
    snprintf(inner, sizeof inner, "%s/inner", path);
    assert_int_equal(mkdir(inner, 0700), 0);
    snprintf(inner, sizeof inner, "%s/inner/deeper", path);
    assert_int_equal(mkdir(inner, 0), 0);
    snprintf(inner, sizeof inner, "%s/inner", path);
    assert_int_equal(chmod(inner, 0), 0);
    assert_int_equal(tempdir_empty(path, &err), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(stat(outside, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
}

static void more_content_has_more_time(void **state)
{
    (void)state;
    const uint64_t least = cpulimit_allowed(8000, 0, 0), mib = 1 << 20;

    assert_true(cpulimit_allowed(8000, 30000, 30000) < least + least / 100);
    /* A bomb: what is unpacked counts up to a ratio. */
    assert_true(cpulimit_allowed(8000, 30000, 1000 * mib) < least + least / 20);
    /* 5.4 MiB are 65,535 empty entries of a ZIP: at most 10 s with what ends the process. */
    assert_int_equal(cpulimit_allowed(8000, 4 * mib, 4 * mib), least);
    assert_true(cpulimit_allowed(8000, 6 * mib, 6 * mib) < least / 8 * 10);
    assert_true(cpulimit_allowed(8000, 6 * mib, 126 * mib) > least * 2);
    assert_true(cpulimit_allowed(8000, 100 * mib, 100 * mib) > least * 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_least_counts),
                                       cmocka_unit_test(a_directory_that_is_taken),
                                       cmocka_unit_test(a_directory_with_closed_ones),
                                       cmocka_unit_test(more_content_has_more_time)};

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
