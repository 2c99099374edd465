/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/huge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE_SIZE     (UINT64_C(2) << 20)
#define HUGE_PAGE     UINT64_C(4096)
#define HUGE_PIECES   (HUGE_SIZE / HUGE_PAGE)
#define HUGE_ENOUGH   (HUGE_PIECES - HUGE_PIECES / 16) /* present pieces that make it worth it */
#define HUGE_MAPS_MAX 65536 /* lines of the process's list of mappings that are looked at */
#define HUGE_PRESENT  (UINT64_C(1) << 63) /* in /proc/self/pagemap */

/* How many of the small pages at this address exist. */
static unsigned huge_present(int pagemap, uint64_t address)
{
    uint64_t pieces[HUGE_PIECES];
    unsigned count = 0;

    if (pread(pagemap, pieces, sizeof pieces, (off_t)(address / HUGE_PAGE * sizeof *pieces)) !=
        (ssize_t)sizeof pieces)
        return 0;
    for (size_t i = 0; i < HUGE_PIECES; i++)
        count += (pieces[i] & HUGE_PRESENT) != 0;
    return count;
}

/* Returns the bytes gathered. *refused_r: how many pages the kernel would not gather. */
static uint64_t huge_collapse_range(int pagemap, uint64_t begin, uint64_t end, unsigned *refused_r)
{
    uint64_t bytes = 0;

    for (uint64_t at = (begin + HUGE_SIZE - 1) / HUGE_SIZE * HUGE_SIZE; at + HUGE_SIZE <= end;
         at += HUGE_SIZE) {
        if (huge_present(pagemap, at) < HUGE_ENOUGH)
            continue;
        if (madvise((void *)(uintptr_t)at, HUGE_SIZE, MADV_COLLAPSE) == 0) // NOLINT: the kernel's
            bytes += HUGE_SIZE;
        else
            (*refused_r)++;
    }
    return bytes;
}

int huge_collapse(uint64_t *bytes_r, struct err *err)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    const uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * HUGE_PAGE;
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), result = 0;
    unsigned refused = 0;
    char line[512];

    *bytes_r = 0;
    if (!maps || pagemap < 0) {
        result = err_sys(err, "cannot read the list of pages");
        goto out;
    }
    if (sysconf(_SC_PAGESIZE) != (long)HUGE_PAGE) {
        result = err_set(err, "pages are not of 4 KiB");
        goto out;
    }
    for (unsigned n = 0; n < HUGE_MAPS_MAX && fgets(line, sizeof line, maps); n++) {
        uint64_t begin, end, inode;
        char rights[8];

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %*s %" SCNu64, &begin, &end, rights,
                   &inode) != 4 ||
            inode != 0 || strcmp(rights, "rw-p") != 0 || strstr(line, "[stack"))
            continue;
        if (end - begin >
            memory) /* reserved only, as a sanitizer's shadow: hours to look through */
            continue;
        *bytes_r += huge_collapse_range(pagemap, begin, end, &refused);
    }
    if (*bytes_r == 0 && refused > 0)
        result = err_set(err, "the kernel does not gather pages (%s)", strerror(errno));
out:
    if (maps)
        fclose(maps);
    if (pagemap >= 0)
        close(pagemap);
    return result;
}
