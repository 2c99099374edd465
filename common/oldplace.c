/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/oldplace.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *oldplace_find(const char *path, struct err *warning)
{
    static _Thread_local char old[PATH_MAX];
    static const char now[] = EPOST_CONFDIR "/";

    if (strncmp(path, now, sizeof now - 1) != 0 || access(path, F_OK) == 0)
        return NULL;
    snprintf(old, sizeof old, "%s/%s", EPOST_SYSCONFDIR, path + sizeof now - 1);
    if (access(old, F_OK) < 0)
        return NULL;
    err_set(warning, "%.400s is read from the place of version 1.0; move it to %.400s", old, path);
    return old;
}
