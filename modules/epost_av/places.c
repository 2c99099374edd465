/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/places.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *path;
    mode_t mode;
} places[] = {
    {EPOST_RUNDIR, 0755},
    {EPOST_STATEDIR, 0755},
    {EPOST_LOGDIR, 02750},
};

/* Takes a name or a number, as c-icap does. */
static int places_user(const char *user, uid_t *uid_r, gid_t *gid_r, struct err *err)
{
    char *end;
    unsigned long number = strtoul(user, &end, 10);
    const struct passwd *entry = *end == '\0' ? getpwuid((uid_t)number) : getpwnam(user);

    if (!entry)
        return err_set(err, "there is no user %s", user);
    *uid_r = entry->pw_uid;
    *gid_r = entry->pw_gid;
    return 0;
}

static int places_group(const char *group, gid_t *gid_r, struct err *err)
{
    char *end;
    unsigned long number = strtoul(group, &end, 10);
    const struct group *entry = *end == '\0' ? getgrgid((gid_t)number) : getgrnam(group);

    if (!entry)
        return err_set(err, "there is no group %s", group);
    *gid_r = entry->gr_gid;
    return 0;
}

/* The directory above must be there, and must be root's own to be trusted. */
static int places_make_one(const char *path, mode_t mode, uid_t uid, gid_t gid, struct err *err)
{
    char above[PATH_MAX];
    struct stat st;

    if (lstat(path, &st) == 0)
        return 0;
    snprintf(above, sizeof above, "%s", path);
    *strrchr(above, '/') = '\0';
    if (stat(above, &st) < 0)
        return err_sys(err, "the directory %s cannot be made", path);
    if (st.st_uid != 0 || (st.st_mode & S_IWOTH))
        return err_set(err, "the directory %s is not made: %s is not root's alone", path, above);
    if (mkdir(path, 0700) < 0)
        return errno == EEXIST ? 0 : err_sys(err, "the directory %s cannot be made", path);
    if (lchown(path, uid, gid) < 0 || chmod(path, mode) < 0)
        return err_sys(err, "the directory %s cannot be given to the user of c-icap", path);
    return 0;
}

int places_make(const char *user, const char *group, struct err *err)
{
    uid_t uid = 0;
    gid_t gid = 0;

    if (geteuid() != 0 || !user)
        return 0;
    if (places_user(user, &uid, &gid, err) < 0 || (group && places_group(group, &gid, err) < 0))
        return -1;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places_make_one(places[i].path, places[i].mode, uid, gid, err) < 0)
            return -1;
    return 0;
}

/* ------------------------------------------------------------------- checking */

static int places_fail(const char *directive, const char *path, struct err *err)
{
    int error = errno;
    const struct passwd *user = getpwuid(geteuid());

    if (error == ENOENT)
        return err_set(err,
                       "%s: the directory %s does not exist; make it as root with: "
                       "install -d -o %s %s",
                       directive, path, user ? user->pw_name : "USER", path);
    errno = error;
    return err_sys(err,
                   "%s: the user %s of c-icap cannot write into the directory %s "
                   "(as root: chown %s %s)",
                   directive, user ? user->pw_name : "?", path, user ? user->pw_name : "USER",
                   path);
}

/* May a file be made, or the one that is there be written, at this path? */
static int places_check_file(const char *directive, const char *path, struct err *err)
{
    char directory[PATH_MAX];

    if (*path == '\0' || faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
        return 0; /* also /dev/stdout */
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (!slash)
        snprintf(directory, sizeof directory, ".");
    else if (slash == directory)
        slash[1] = '\0';
    else
        *slash = '\0';
    if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) < 0)
        return places_fail(directive, directory, err);
    return 0;
}

int places_check(const struct settings *settings, struct err *err)
{
    if (places_check_file("epost_av.Log", settings->log, err) < 0)
        return -1;
    if (faccessat(AT_FDCWD, settings->spool, W_OK | X_OK, AT_EACCESS) < 0)
        return places_fail("epost_av.Spool", settings->spool, err);
    if (!settings->start_scanner)
        return 0;
    if (places_check_file("epost_av.Socket", settings->scanner.socket, err) < 0 ||
        places_check_file("epost_av.Board", settings->scanner.board, err) < 0 ||
        places_check_file("epost_av.ScannerLog", settings->scanner.log, err) < 0)
        return -1;
    return places_check_file("epost_av.ScannerPid", settings->scanner_pid, err);
}
