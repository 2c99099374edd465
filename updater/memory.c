/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t memory_of_machine(void)
{
    uint64_t kib, available = UINT64_MAX;
    char line[256];
    FILE *file = fopen("/proc/meminfo", "re");

    if (!file)
        return UINT64_MAX;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &kib) == 1)
            available = kib * 1024;
    fclose(file);
    return available;
}

/* A number in a file of a control group; UINT64_MAX for "max" or no file. */
static uint64_t memory_group_number(const char *group, const char *name)
{
    char path[512], line[64] = "";
    uint64_t value = UINT64_MAX;

    snprintf(path, sizeof path, "/sys/fs/cgroup%s/%s", group, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return UINT64_MAX;
    if (!fgets(line, sizeof line, file) || sscanf(line, "%" SCNu64, &value) != 1)
        value = UINT64_MAX;
    fclose(file);
    return value;
}

static uint64_t memory_of_group(void)
{
    char line[512], group[400] = "";
    uint64_t least = UINT64_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");

    if (!file)
        return UINT64_MAX;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "0::", 3) == 0)
            snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    fclose(file);
    /* A limit may lie on any group above. */
    for (;;) {
        uint64_t most = memory_group_number(group, "memory.max");
        uint64_t used = memory_group_number(group, "memory.current");

        if (most != UINT64_MAX && used != UINT64_MAX) {
            uint64_t left = most > used ? most - used : 0;
            least = left < least ? left : least;
        }
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

uint64_t memory_available(void)
{
    uint64_t machine = memory_of_machine(), group = memory_of_group();

    return machine < group ? machine : group;
}
