/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/capability.h>
#include <unistd.h>

#include "common/meminfo.h"
#include "common/text.h"
#include "scanner/confinement.h"
#include "scanner/landlock.h"
#include "scanner/seccomp.h"
#include "scanner/tempdir.h"

#define SANDBOX_MEMORY_MIN (UINT64_C(64) << 20) /* bytes: less than that scans nothing */

/* Bytes that every worker has without asking: all workers together at most a quarter. */
#define SANDBOX_ROOM_MAX (UINT64_C(8) << 20)
#define SANDBOX_ROOM_MIN (UINT64_C(1) << 20)

#define WORKER_FDS 1024 /* open files of a worker: nested containers hold some each */

/* ------------------------------------------------- in the generation process */

static int sandbox_write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

static int sandbox_enter_namespaces(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) < 0)
        return -1;
    sandbox_write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1\n", (unsigned)uid, (unsigned)uid);
    if (sandbox_write_file("/proc/self/uid_map", map) < 0)
        return -1;
    snprintf(map, sizeof map, "%u %u 1\n", (unsigned)gid, (unsigned)gid);
    if (sandbox_write_file("/proc/self/gid_map", map) < 0)
        return -1;
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int sandbox_hides(const char *directory, const char *path)
{
    size_t length = strlen(directory);

    return strncmp(directory, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Mounts the tmpfs over some directory that exists and does not hide what is still needed; nobody
 * else sees it. */
static int sandbox_mount_tmpfs(struct sandbox *sandbox, const struct scanner_settings *settings,
                               const char *bases)
{
    const char *const places[] = {settings->temp, "/dev/shm", "/mnt", "/media", "/tmp"};
    char options[64];

    snprintf(options, sizeof options, "mode=0700,size=%llu",
             (unsigned long long)sandbox->file_size);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!places[i][0] || sandbox_hides(places[i], bases) ||
            strlen(places[i]) > sizeof sandbox->directory / 2)
            continue;
        if (mount("epostavs", places[i], "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0) {
            snprintf(sandbox->directory, sizeof sandbox->directory, "%s", places[i]);
            return 0;
        }
    }
    return -1;
}

/* A container's seccomp filter may refuse chroot where it permits namespaces and mounts. Tried in a
 * process of its own: the root that it gets is not ours. */
static int sandbox_may_chroot(const char *directory)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(chroot(directory) < 0);
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 0;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Where the C library keeps its tables of character sets: beside itself. */
static void sandbox_find_charsets(struct sandbox *sandbox)
{
    Dl_info info;
    char path[PATH_MAX];
    struct stat st;

    if (!dladdr((void *)(uintptr_t)iconv_open, &info) || !realpath(info.dli_fname, path))
        return;
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) + sizeof "/gconv" > sizeof sandbox->charsets)
        return;
    text_fit(slash, sizeof path - (size_t)(slash - path), "/gconv");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        text_fit(sandbox->charsets, sizeof sandbox->charsets, path);
}

static void sandbox_summarize(struct sandbox *sandbox, int namespaces)
{
    snprintf(sandbox->summary, sizeof sandbox->summary, "%s%s%s%s rlimits",
             namespaces ? "namespaces " : "",
             sandbox->is_rooted    ? "tmpfs chroot"
             : sandbox->is_mounted ? "tmpfs"
                                   : "directory",
             sandbox->filter.len ? " seccomp" : "", sandbox->landlock ? " landlock" : "");
}

/* Temporary files are memory too: they get a fixed share of what scans may have. */
static void sandbox_share_memory(struct sandbox *sandbox, const struct scanner_settings *settings)
{
    uint64_t all = (uint64_t)settings->scan_memory;

    if (all == 0)
        all = meminfo_total("") / 4;
    if (all < SANDBOX_MEMORY_MIN)
        all = SANDBOX_MEMORY_MIN;
    sandbox->file_size = (uint64_t)settings->temp_size;
    if (sandbox->file_size > all / 3)
        sandbox->file_size = all / 3;
    sandbox->all_memory = all - sandbox->file_size;
    sandbox->memory = (uint64_t)settings->worker_memory;
    sandbox->room = sandbox->all_memory / 4 / (uint64_t)settings->workers;
    if (sandbox->room > SANDBOX_ROOM_MAX)
        sandbox->room = SANDBOX_ROOM_MAX;
    if (sandbox->room < SANDBOX_ROOM_MIN)
        sandbox->room = SANDBOX_ROOM_MIN;
}

int sandbox_prepare(struct sandbox *sandbox, const struct scanner_settings *settings,
                    const char *bases, const char *fallback, struct err *err)
{
    struct err refused = {.text = ""};

    memset(sandbox, 0, sizeof *sandbox);
    sandbox_share_memory(sandbox, settings);
    sandbox->landlock = landlock_abi();
    sandbox_find_charsets(sandbox);
    if (seccomp_build(&sandbox->filter, &refused) < 0 ||
        seccomp_try(&sandbox->filter, &refused) < 0)
        sandbox->filter.len = 0;

    int namespaces = sandbox_enter_namespaces() == 0;
    sandbox->is_mounted = namespaces && sandbox_mount_tmpfs(sandbox, settings, bases) == 0;
    sandbox->is_rooted = sandbox->is_mounted && sandbox_may_chroot(sandbox->directory);
    sandbox_summarize(sandbox, namespaces);
    if (confinement_check(sandbox->summary, settings->require_sandbox, refused.text, err) < 0)
        return -1;
    if (!sandbox->is_mounted) {
        if (tempdir_make_new(fallback, sandbox->directory, sizeof sandbox->directory / 2, err) < 0)
            return -1;
    }
    snprintf(sandbox->load, sizeof sandbox->load, "%.500s/load", sandbox->directory);
    if (tempdir_make(sandbox->load, err) < 0)
        return -1;
    return 0;
}

void sandbox_loaded(struct sandbox *sandbox)
{
    unsigned long pages[6] = {0};
    FILE *file = fopen("/proc/self/statm", "re");

    tempdir_remove(sandbox->load);
    if (!file)
        return;
    if (fscanf(file, "%lu %lu %lu %lu %lu %lu", &pages[0], &pages[1], &pages[2], &pages[3],
               &pages[4], &pages[5]) == 6)
        sandbox->data_size = pages[5] * (uint64_t)sysconf(_SC_PAGESIZE);
    fclose(file);
}

static void sandbox_make_parents(char *path, size_t from)
{
    for (char *c = path + from; *c; c++)
        if (*c == '/' && c > path) {
            *c = '\0';
            mkdir(path, 0700);
            *c = '/';
        }
    mkdir(path, 0700);
}

/* The character sets, read-only, below a worker's root. Without them mail in rare encodings
 * would be read as bytes; it is no reason not to start. */
static void sandbox_bind_charsets(const struct sandbox *sandbox, const char *root)
{
    char target[SANDBOX_PATH_MAX + sizeof sandbox->charsets];
    struct statvfs st;

    if (!sandbox->charsets[0])
        return;
    snprintf(target, sizeof target, "%s%s", root, sandbox->charsets);
    sandbox_make_parents(target, strlen(root) + 1);
    if (statvfs(sandbox->charsets, &st) < 0 ||
        mount(sandbox->charsets, target, NULL, MS_BIND, NULL) < 0)
        return;
    unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;
    if (st.f_flag & ST_NOEXEC)
        flags |= MS_NOEXEC;
    if (mount(NULL, target, NULL, flags, NULL) < 0)
        umount2(target, MNT_DETACH);
}

int sandbox_slot(struct sandbox *sandbox, unsigned slot, struct err *err)
{
    char root[SANDBOX_PATH_MAX], temp[SANDBOX_PATH_MAX];
    struct stat st;

    snprintf(root, sizeof root, "%.500s/w%u", sandbox->directory, slot);
    snprintf(temp, sizeof temp, "%.500s/w%u/tmp", sandbox->directory, slot);
    if (stat(temp, &st) == 0)
        return tempdir_make(temp, err);
    if (mkdir(root, 0700) < 0 && errno != EEXIST)
        return err_sys(err, "cannot make %s", root);
    if (sandbox->is_rooted)
        sandbox_bind_charsets(sandbox, root);
    return tempdir_make(temp, err);
}

/* ------------------------------------------------------------- in the worker */

static int sandbox_limit(int resource, uint64_t value)
{
    struct rlimit limits = {.rlim_cur = value, .rlim_max = value}, now;

    if (getrlimit(resource, &now) == 0 && now.rlim_max < value)
        limits.rlim_cur = limits.rlim_max = now.rlim_max;
    return setrlimit(resource, &limits);
}

/* Memory is limited by allowance.c. */
static int sandbox_set_limits(const struct sandbox *sandbox, struct err *err)
{
    if (sandbox_limit(RLIMIT_CORE, 0) < 0 || sandbox_limit(RLIMIT_FSIZE, sandbox->file_size) < 0 ||
        sandbox_limit(RLIMIT_NOFILE, WORKER_FDS) < 0)
        return err_sys(err, "cannot set limits");
    return 0;
}

static int sandbox_drop_capabilities(struct err *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];

    memset(none, 0, sizeof none);
    for (unsigned long c = 0; c < 64; c++)
        if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
            break; /* beyond the last one, or we never had the right to */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &header, none) < 0)
        return err_sys(err, "cannot drop capabilities");
    return 0;
}

int sandbox_enter(const struct sandbox *sandbox, unsigned slot, char tmpdir_r[SANDBOX_PATH_MAX],
                  struct err *err)
{
    char root[SANDBOX_PATH_MAX];

    sandbox_write_file("/proc/self/oom_score_adj", "800"); /* rather a scan than c-icap */
    snprintf(root, sizeof root, "%.500s/w%u", sandbox->directory, slot);
    if (sandbox->is_rooted) {
        if (chroot(root) < 0)
            return err_sys(err, "cannot change root to %s", root);
        snprintf(tmpdir_r, SANDBOX_PATH_MAX, "/tmp");
    } else {
        snprintf(tmpdir_r, SANDBOX_PATH_MAX, "%.500s/w%u/tmp", sandbox->directory, slot);
    }
    if (chdir(tmpdir_r) < 0)
        return err_sys(err, "cannot enter %s", tmpdir_r);
    if (sandbox_set_limits(sandbox, err) < 0)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return err_sys(err, "cannot give up privileges");
    if (sandbox_drop_capabilities(err) < 0 ||
        landlock_enter(sandbox->landlock, tmpdir_r, sandbox->charsets, err) < 0)
        return -1;
    return seccomp_enter(&sandbox->filter, err);
}
