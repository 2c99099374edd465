/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/meminfo.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static uint64_t meminfo_line(const char *path, const char *name)
{
    char line[256];
    unsigned long long kib = 0;
    int found = 0;
    FILE *file = fopen(path, "re");

    while (file && !found && fgets(line, sizeof line, file))
        found = strncmp(line, name, strlen(name)) == 0 &&
                sscanf(line + strlen(name), " %llu kB", &kib) == 1;
    if (file)
        fclose(file);
    return found ? kib * 1024 : UINT64_MAX;
}

/* A number, or that of the line "name number"; `missing` when it is not there or "max". */
static uint64_t meminfo_read_number(const char *directory, const char *file_name, const char *name,
                                    uint64_t missing)
{
    char path[PATH_MAX], line[256];
    unsigned long long number = 0;
    size_t length = strlen(name);
    int found = 0;

    snprintf(path, sizeof path, "%s/%s", directory, file_name);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = strncmp(line, name, length) == 0 && sscanf(line + length, "%llu", &number) == 1;
    if (file)
        fclose(file);
    return found ? number : missing;
}

/* One group's numbers in the two versions of cgroups. */
struct meminfo_files {
    const char *ceiling, *used, *stat, *cache;
};

static const struct meminfo_files meminfo_v1 = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                                "memory.stat", "total_inactive_file "};
static const struct meminfo_files meminfo_v2 = {"memory.max", "memory.current", "memory.stat",
                                                "inactive_file "};

/* The group's limit; with is_free, how much it may still take. */
static uint64_t meminfo_of_group(const char *directory, const struct meminfo_files *files,
                                 int is_free)
{
    uint64_t ceiling = meminfo_read_number(directory, files->ceiling, "", UINT64_MAX);
    uint64_t used = meminfo_read_number(directory, files->used, "", 0);
    uint64_t cache = meminfo_read_number(directory, files->stat, files->cache, 0);

    if (ceiling >= UINT64_MAX / 4 || !is_free) /* version 1 has a large number for "none" */
        return ceiling;
    used = used > cache ? used - cache : 0;
    return ceiling > used ? ceiling - used : 0;
}

/* The least of a group and of those above it. In a container the path is often that of the host,
 * and the root of the mount is our own group. */
static uint64_t meminfo_of_path(const char *mount, const char *path,
                                const struct meminfo_files *files, int is_free)
{
    char directory[2 * PATH_MAX];
    size_t root = strlen(mount);
    uint64_t least = meminfo_of_group(mount, files, is_free);

    snprintf(directory, sizeof directory, "%s%s", mount, path);
    while (strlen(directory) > root) {
        uint64_t here = meminfo_of_group(directory, files, is_free);
        if (here < least)
            least = here;
        *strrchr(directory, '/') = '\0';
    }
    return least;
}

/* Lines are "0::/path" (version 2) and "9:memory,cpu:/path" (version 1). */
static uint64_t meminfo_of_groups(const char *tree, int is_free)
{
    char line[PATH_MAX], name[PATH_MAX], mount[PATH_MAX];
    uint64_t least = UINT64_MAX;

    snprintf(name, sizeof name, "%.2000s/proc/self/cgroup", tree);
    FILE *file = fopen(name, "re");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *kinds = strchr(line, ':'), *path = kinds ? strchr(kinds + 1, ':') : NULL;
        if (!path || path[1] != '/')
            continue;
        *path++ = '\0';
        int is_v2 = kinds[1] == '\0';
        if (!is_v2 && !strstr(kinds, "memory"))
            continue;
        snprintf(mount, sizeof mount, "%.2000s/sys/fs/cgroup%s", tree, is_v2 ? "" : "/memory");
        uint64_t here = meminfo_of_path(mount, path, is_v2 ? &meminfo_v2 : &meminfo_v1, is_free);
        if (here < least)
            least = here;
    }
    if (file)
        fclose(file);
    return least;
}

uint64_t meminfo_available(const char *meminfo)
{
    uint64_t available = meminfo_line(meminfo, "MemAvailable:");
    uint64_t group = strcmp(meminfo, MEMINFO_FILE) == 0 ? meminfo_of_groups("", 1) : UINT64_MAX;

    return group < available ? group : available;
}

uint64_t meminfo_total(const char *tree)
{
    char meminfo[PATH_MAX];

    snprintf(meminfo, sizeof meminfo, "%.2000s" MEMINFO_FILE, tree);
    uint64_t total = meminfo_line(meminfo, "MemTotal:");
    uint64_t group = meminfo_of_groups(tree, 0);
    return group < total ? group : total;
}
