/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/memory.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define CGROUPS "/sys/fs/cgroup"

static uint64_t memory_meminfo_available(const char *path)
{
    char line[256];
    unsigned long long kib = 0;
    int found = 0;
    FILE *file = fopen(path, "re");

    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
    if (file)
        fclose(file);
    return found ? kib * 1024 : UINT64_MAX;
}

/* A number, or that of the line "name number"; `missing` when it is not there or "max". */
static uint64_t memory_read_number(const char *folder, const char *file_name, const char *name,
                                   uint64_t missing)
{
    char path[PATH_MAX], line[256];
    unsigned long long number = 0;
    size_t length = strlen(name);
    int found = 0;

    snprintf(path, sizeof path, "%s/%s", folder, file_name);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = strncmp(line, name, length) == 0 && sscanf(line + length, "%llu", &number) == 1;
    if (file)
        fclose(file);
    return found ? number : missing;
}

static uint64_t memory_cgroup_available(const char *folder)
{
    uint64_t ceiling = memory_read_number(folder, "memory.max", "", UINT64_MAX);
    uint64_t used = memory_read_number(folder, "memory.current", "", 0);
    uint64_t cache = memory_read_number(folder, "memory.stat", "inactive_file ", 0);

    if (ceiling == UINT64_MAX)
        return UINT64_MAX;
    used = used > cache ? used - cache : 0;
    return ceiling > used ? ceiling - used : 0;
}

static uint64_t memory_cgroups_available(void)
{
    char line[PATH_MAX], folder[PATH_MAX + 32];
    uint64_t least = UINT64_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");

    if (!file)
        return least;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "0::/", 4) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(folder, sizeof folder, CGROUPS "%s", line + 3);
        while (strlen(folder) > sizeof CGROUPS - 1) {
            uint64_t here = memory_cgroup_available(folder);
            if (here < least)
                least = here;
            *strrchr(folder, '/') = '\0';
        }
    }
    fclose(file);
    return least;
}

uint64_t memory_available(const char *meminfo)
{
    uint64_t available = memory_meminfo_available(meminfo);
    uint64_t group = strcmp(meminfo, MEMORY_INFO) == 0 ? memory_cgroups_available() : UINT64_MAX;

    return group < available ? group : available;
}
