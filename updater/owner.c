/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/owner.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int owner_take(const char *name, uid_t uid, gid_t gid, struct err *err)
{
    int groups = name ? initgroups(name, gid) : setgroups(1, &gid);

    if (groups == 0 && setgid(gid) == 0 && setuid(uid) == 0)
        return 0;
    if (name)
        return err_sys(err, "cannot become the user \"%s\"", name);
    return err_sys(err, "cannot become the user %u", (unsigned)uid);
}

/* The entry of a user, by name or by number; NULL and err when there is none. */
static int owner_by_name(const char *name, struct err *err)
{
    const struct passwd *user = getpwnam(name);

    if (!user)
        return err_set(err, "User: there is no user \"%s\"", name);
    return owner_take(user->pw_name, user->pw_uid, user->pw_gid, err);
}

int owner_become(const char *user, const char *bases, struct err *err)
{
    char parent[PATH_MAX];
    struct stat st;

    if (geteuid() != 0)
        return 0;
    if (*user)
        return owner_by_name(user, err);
    snprintf(parent, sizeof parent, "%s", bases);
    char *slash = strrchr(parent, '/');
    slash[slash == parent] = '\0';
    if (stat(parent, &st) < 0) {
        if (errno != ENOENT)
            return err_sys(err, "cannot look at %s", parent);
        return err_set(err,
                       "the directory %s does not exist; make it for the user that c-icap runs as, "
                       "as with: install -d -o c-icap -g c-icap %s",
                       parent, parent);
    }
    if (st.st_uid == 0)
        return 0;
    const struct passwd *entry = getpwuid(st.st_uid);
    return owner_take(entry ? entry->pw_name : NULL, st.st_uid, entry ? entry->pw_gid : st.st_gid,
                      err);
}
