/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/seccomp.h"

/* Calls that a parser needs: memory, its own files, time, and the two sockets it already has. */
static const char *const allowed[] = {"access",
                                      "brk",
                                      "chmod",
                                      "clock_getres",
                                      "clock_gettime",
                                      "clock_nanosleep",
                                      "close",
                                      "close_range",
                                      "copy_file_range",
                                      "dup",
                                      "dup2",
                                      "dup3",
                                      "exit",
                                      "exit_group",
                                      "faccessat",
                                      "faccessat2",
                                      "fadvise64",
                                      "fallocate",
                                      "fchmod",
                                      "fchmodat",
                                      "fcntl",
                                      "fdatasync",
                                      "flock",
                                      "fstat",
                                      "fstatfs",
                                      "fsync",
                                      "ftruncate",
                                      "futex",
                                      "getcwd",
                                      "getdents64",
                                      "getegid",
                                      "geteuid",
                                      "getgid",
                                      "getpid",
                                      "getppid",
                                      "getpriority",
                                      "getrandom",
                                      "getrusage",
                                      "gettid",
                                      "gettimeofday",
                                      "getuid",
                                      "lseek",
                                      "lstat",
                                      "madvise",
                                      "membarrier",
                                      "mkdir",
                                      "mkdirat",
                                      "mremap",
                                      "munmap",
                                      "nanosleep",
                                      "newfstatat",
                                      "open",
                                      "openat",
                                      "poll",
                                      "ppoll",
                                      "pread64",
                                      "preadv",
                                      "pwrite64",
                                      "pwritev",
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
                                      "rmdir",
                                      "rseq",
                                      "rt_sigaction",
                                      "rt_sigprocmask",
                                      "rt_sigreturn",
                                      "sched_getaffinity",
                                      "sched_yield",
                                      "sendmsg",
                                      "sendto",
                                      "set_robust_list",
                                      "sigaltstack",
                                      "stat",
                                      "statfs",
                                      "statx",
                                      "sysinfo",
                                      "time",
                                      "timer_settime",
                                      "times",
                                      "truncate",
                                      "umask",
                                      "uname",
                                      "unlink",
                                      "unlinkat",
                                      "utimensat",
                                      "write",
                                      "writev"};

/* Calls that only an intruder makes. Signals are among them: the worker's user runs c-icap too, and
 * abort(), the one honest use, is meant to end the process anyway. */
static const char *const deadly[] = {"accept",
                                     "accept4",
                                     "bind",
                                     "bpf",
                                     "connect",
                                     "execve",
                                     "execveat",
                                     "init_module",
                                     "kill",
                                     "listen",
                                     "mount",
                                     "pidfd_getfd",
                                     "pidfd_send_signal",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "ptrace",
                                     "rt_sigqueueinfo",
                                     "rt_tgsigqueueinfo",
                                     "setns",
                                     "socket",
                                     "socketpair",
                                     "tgkill",
                                     "tkill",
                                     "umount2",
                                     "unshare"};

/* The flags with which glibc makes a thread. */
#define SECCOMP_THREAD                                                                             \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND | CLONE_THREAD |            \
     CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static int seccomp_add(scmp_filter_ctx context, uint32_t action, const char *const *names,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        /* A call that this architecture does not have needs no rule. */
        if (number < 0)
            continue;
        if (seccomp_rule_add(context, action, number, 0) < 0)
            return -1;
    }
    return 0;
}

/* Memory, but no new code: nothing that can be executed may have been written by the process. And
 * no shared memory without a file: RLIMIT_DATA does not count it.
 * A file may be mapped as code, and only for that: the C library loads character sets so, and
 * the worker's own directory is mounted without the right to execute. */
static int seccomp_add_memory(scmp_filter_ctx context)
{
    const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

    if (seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code) < 0 ||
        seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_code,
                         SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0)) < 0 ||
        seccomp_rule_add(
            context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_code,
            SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS | MAP_TYPE, MAP_ANONYMOUS | MAP_PRIVATE)) < 0)
        return -1;
    return seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC),
                            SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0));
}

/* Calls that are harmless only when they are about the process itself. */
static int seccomp_add_own(scmp_filter_ctx context)
{
    if (seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(setpriority), 2,
                         SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS), SCMP_A1(SCMP_CMP_EQ, 0)) < 0 ||
        seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0)) <
            0)
        return -1;
    if (seccomp_add_memory(context) < 0)
        return -1;
    /* Threads, and no processes: see turns. */
    if (seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_EQ, SECCOMP_THREAD)) < 0)
        return -1;
    /* glibc falls back to clone when clone3 does not exist; EPERM it would report. */
    return seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* The filter as a program, read back from a memory file. */
static int seccomp_export_filter(scmp_filter_ctx context, struct sock_fprog *filter_r)
{
    struct stat st;
    int result = -1, fd = memfd_create("seccomp", MFD_CLOEXEC);

    if (fd < 0)
        return -1;
    if (seccomp_export_bpf(context, fd) == 0 && fstat(fd, &st) == 0 && st.st_size > 0 &&
        (size_t)st.st_size / sizeof(struct sock_filter) <= BPF_MAXINSNS) {
        filter_r->filter = malloc((size_t)st.st_size);
        if (filter_r->filter &&
            pread(fd, filter_r->filter, (size_t)st.st_size, 0) == (ssize_t)st.st_size) {
            filter_r->len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
            result = 0;
        }
    }
    close(fd);
    return result;
}

int seccomp_build(struct sock_fprog *filter_r, struct err *err)
{
    int result = -1;
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    memset(filter_r, 0, sizeof *filter_r);
    if (!context)
        return err_set(err, "cannot make a seccomp filter");
    /* A decision tree instead of a list: every system call of a scan passes through it. */
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (seccomp_add(context, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]) == 0 &&
        seccomp_add(context, SCMP_ACT_KILL_PROCESS, deadly, sizeof deadly / sizeof deadly[0]) ==
            0 &&
        seccomp_add_own(context) == 0)
        result = seccomp_export_filter(context, filter_r);
    seccomp_release(context);
    return result < 0 ? err_set(err, "cannot build the seccomp filter") : 0;
}

int seccomp_enter(const struct sock_fprog *filter, struct err *err)
{
    if (filter->len == 0)
        return 0;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) < 0)
        return err_sys(err, "the kernel refuses the seccomp filter");
    return 0;
}

int seccomp_try(const struct sock_fprog *filter, struct err *err)
{
    int status = 0;

    if (filter->len == 0)
        return err_set(err, "there is no seccomp filter");
    pid_t pid = fork();
    if (pid == 0)
        _exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_enter(filter, err) < 0);
    if (pid < 0)
        return err_sys(err, "cannot fork to try the seccomp filter");
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_sys(err, "cannot try the seccomp filter");
    return status == 0 ? 0 : err_set(err, "the kernel or the container refuses the seccomp filter");
}
