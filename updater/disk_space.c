/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/disk_space.h"

#include <sys/statvfs.h>

int disk_space_check(const struct run *run, uint64_t need, struct fault *fault)
{
    uint64_t reserve = (uint64_t)run->settings->disk_reserve;
    struct statvfs fs;

    if (statvfs(run->store.parent, &fs) < 0)
        return fault_sys(fault, "cannot look at the disk of %s", run->store.parent);
    uint64_t there = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (there < need || there - need < reserve)
        return fault_set(
            fault, RESULT_DISK,
            "%.1f MB are free on the disk of %s; %.1f MB are needed, and %.1f MB are to "
            "stay free (DiskReserve)",
            (double)there / 1e6, run->store.parent, (double)need / 1e6, (double)reserve / 1e6);
    if (fs.f_files > 0 && fs.f_favail < 64)
        return fault_set(fault, RESULT_DISK, "no inodes are free on the disk of %s",
                         run->store.parent);
    return 0;
}
