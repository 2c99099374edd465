/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONFINE_READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CONFINE_WRITES                                                                             \
    (CONFINE_READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |              \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK)
/* All that the first version of Landlock knows. */
#define CONFINE_HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* Files and sockets it has, threads, time and memory. No new programs, no connections to others. */
static const char *const confine_allowed[] = {"accept4",
                                              "access",
                                              "brk",
                                              "chmod",
                                              "clock_getres",
                                              "clock_gettime",
                                              "clock_nanosleep",
                                              "close",
                                              "dup",
                                              "epoll_create1",
                                              "epoll_ctl",
                                              "epoll_pwait",
                                              "epoll_wait",
                                              "eventfd2",
                                              "exit",
                                              "exit_group",
                                              "fadvise64",
                                              "fallocate",
                                              "fchmod",
                                              "fchown",
                                              "fcntl",
                                              "fdatasync",
                                              "flock",
                                              "fstat",
                                              "fsync",
                                              "ftruncate",
                                              "futex",
                                              "getdents64",
                                              "getegid",
                                              "geteuid",
                                              "getgid",
                                              "getpeername",
                                              "getpid",
                                              "getrandom",
                                              "getrusage",
                                              "getsockname",
                                              "getsockopt",
                                              "gettid",
                                              "gettimeofday",
                                              "getuid",
                                              "ioctl",
                                              "lseek",
                                              "lstat",
                                              "madvise",
                                              "membarrier",
                                              "mmap",
                                              "mprotect",
                                              "mremap",
                                              "munmap",
                                              "nanosleep",
                                              "newfstatat",
                                              "open",
                                              "openat",
                                              "pipe2",
                                              "poll",
                                              "ppoll",
                                              "prctl",
                                              "pread64",
                                              "prlimit64",
                                              "pwrite64",
                                              "pwritev",
                                              "preadv",
                                              "read",
                                              "readlink",
                                              "readlinkat",
                                              "readv",
                                              "recvfrom",
                                              "recvmsg",
                                              "rename",
                                              "renameat",
                                              "renameat2",
                                              "restart_syscall",
                                              "rseq",
                                              "rt_sigaction",
                                              "rt_sigprocmask",
                                              "rt_sigreturn",
                                              "rt_sigtimedwait",
                                              "sched_getaffinity",
                                              "sched_yield",
                                              "select",
                                              "pselect6",
                                              "sendfile",
                                              "sendmsg",
                                              "sendto",
                                              "set_robust_list",
                                              "setsockopt",
                                              "shutdown",
                                              "sigaltstack",
                                              "stat",
                                              "statfs",
                                              "fstatfs",
                                              "statx",
                                              "sysinfo",
                                              "tgkill",
                                              "time",
                                              "umask",
                                              "uname",
                                              "unlink",
                                              "unlinkat",
                                              "utimensat",
                                              "write",
                                              "writev"};

static int confine_landlock_allow(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access};

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT ? 0 : -1;
    long result = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return result < 0 ? -1 : 0;
}

/* Returns 1 when it holds, 0 when the kernel has none, -1 and err. */
static int confine_landlock(const char *const *writable, const char *const *readable,
                            struct err *err)
{
    struct landlock_ruleset_attr attributes = {.handled_access_fs = CONFINE_HANDLED};
    int result = -1;

    if (syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION) <= 0)
        return 0;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
                             sizeof attributes.handled_access_fs, 0);
    if (rules < 0)
        return err_sys(err, "cannot make a Landlock rule set");
    for (; *writable; writable++)
        if (confine_landlock_allow(rules, *writable, CONFINE_WRITES) < 0) {
            err_sys(err, "Landlock refuses %s", *writable);
            goto out;
        }
    for (; *readable; readable++)
        if (confine_landlock_allow(rules, *readable, CONFINE_READS) < 0) {
            err_sys(err, "Landlock refuses %s", *readable);
            goto out;
        }
    if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
        err_sys(err, "Landlock refuses to begin");
    else
        result = 1;
out:
    close(rules);
    return result;
}

static int confine_add(scmp_filter_ctx filter, uint32_t action, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);

    /* A name that this machine's kernel does not have is no fault. */
    return number == __NR_SCMP_ERROR || seccomp_rule_add(filter, action, number, 0) == 0 ? 0 : -1;
}

static int confine_seccomp(struct err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int status = filter ? 0 : -1;

    for (size_t i = 0; status == 0 && i < sizeof confine_allowed / sizeof confine_allowed[0]; i++)
        status = confine_add(filter, SCMP_ACT_ALLOW, confine_allowed[i]);
    /* Threads only: of clone the flag says so, clone3 hides its flags, and glibc goes back to
     * clone without it. */
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; status == 0 && i < 3; i++) {
        static const char *const deadly[] = {"execve", "execveat", "ptrace"};
        status = confine_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i]);
    }
    if (status == 0)
        status = seccomp_load(filter);
    seccomp_release(filter);
    return status == 0 ? 0 : err_set(err, "seccomp refuses the filter");
}

int confine_helper(struct err *err)
{
    static const char *const denied[] = {"acct",
                                         "add_key",
                                         "adjtimex",
                                         "bpf",
                                         "chroot",
                                         "clock_settime",
                                         "delete_module",
                                         "finit_module",
                                         "init_module",
                                         "io_uring_setup",
                                         "ioperm",
                                         "iopl",
                                         "kexec_load",
                                         "keyctl",
                                         "mount",
                                         "move_mount",
                                         "open_tree",
                                         "perf_event_open",
                                         "pidfd_getfd",
                                         "pivot_root",
                                         "process_vm_readv",
                                         "process_vm_writev",
                                         "ptrace",
                                         "quotactl",
                                         "reboot",
                                         "request_key",
                                         "setdomainname",
                                         "sethostname",
                                         "setns",
                                         "settimeofday",
                                         "swapoff",
                                         "swapon",
                                         "umount2",
                                         "unshare",
                                         "userfaultfd"};
    scmp_filter_ctx filter = NULL;
    int status = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys(err, "cannot give up new privileges");
    filter = seccomp_init(SCMP_ACT_ALLOW);
    for (size_t i = 0; filter && status == 0 && i < sizeof denied / sizeof denied[0]; i++)
        status = confine_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i]);
    if (!filter || status < 0 || seccomp_load(filter) != 0)
        status = err_set(err, "seccomp refuses the notifier's filter");
    seccomp_release(filter);
    return status;
}

int confine_enter(const char *const *writable, const char *const *readable, char *summary,
                  unsigned long size, struct err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys(err, "cannot give up new privileges");
    int landlock = confine_landlock(writable, readable, err);
    if (landlock < 0 || confine_seccomp(err) < 0)
        return -1;
    snprintf(summary, size, "no-new-privileges%s seccomp", landlock ? " landlock" : "");
    return 0;
}
