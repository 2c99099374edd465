/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/allowance.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/worker.h"

#define ALLOWANCE_ROOM (UINT64_C(8) << 20) /* bytes that every worker has without asking */
#define ALLOWANCE_STEP (UINT64_C(4) << 20) /* bytes by which it grows at least */

static struct {
    struct allowance_limits limits;
    struct worker_shared *shared; /* NULL: not in a worker */
    unsigned slot;
    uint64_t granted;
    const char *refusal;
} allowance;

static int allowance_set(uint64_t granted)
{
    const uint64_t base = allowance.limits.base;
    struct rlimit limits = {.rlim_cur = base + ALLOWANCE_ROOM + granted,
                            .rlim_max = base + allowance.limits.most},
                  now;

    if (limits.rlim_cur > limits.rlim_max)
        limits.rlim_cur = limits.rlim_max;
    if (getrlimit(RLIMIT_DATA, &now) == 0 && now.rlim_max < limits.rlim_max)
        limits.rlim_max = now.rlim_max;
    if (limits.rlim_cur > limits.rlim_max)
        limits.rlim_cur = limits.rlim_max;
    return setrlimit(RLIMIT_DATA, &limits);
}

int allowance_begin(const struct allowance_limits *limits, struct worker_shared *shared,
                    unsigned slot, struct err *err)
{
#ifdef EPOST_SANITIZED
    (void)limits, (void)shared, (void)slot, (void)err; /* its shadow memory is writable memory */
#else
    allowance.limits = *limits;
    if (limits->base && allowance_set(0) < 0)
        return err_sys(err, "cannot limit memory");
    allowance.slot = slot;
    allowance.shared = limits->base ? shared : NULL;
    atomic_store(&shared[slot].memory, 0);
#endif
    return 0;
}

void allowance_scan_begins(void)
{
    allowance.refusal = NULL;
}

void allowance_scan_ended(void)
{
    if (!allowance.shared || !allowance.granted)
        return;
    malloc_trim(0);
    allowance.granted = 0;
    allowance_set(0);
    atomic_store(&allowance.shared[allowance.slot].memory, 0);
}

const char *allowance_refusal(void)
{
    return allowance.refusal;
}

static uint64_t allowance_sum(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        sum += atomic_load(&allowance.shared[i].memory);
    return sum;
}

static bool allowance_refuse(const char *why)
{
    allowance.refusal = why;
    errno = ENOMEM;
    return false;
}

bool allowance_more(size_t bytes)
{
    const uint64_t most = allowance.limits.most, have = allowance.granted;

    if (!allowance.shared)
        return false;
    if (most <= ALLOWANCE_ROOM || have >= most - ALLOWANCE_ROOM || bytes > most)
        return allowance_refuse("the scan needs more memory than WorkerMemory allows");
    uint64_t more = (bytes / ALLOWANCE_STEP + 2) * ALLOWANCE_STEP;
    if (more > most - ALLOWANCE_ROOM - have)
        more = most - ALLOWANCE_ROOM - have; /* it may fit beside what is free already */
    atomic_store(&allowance.shared[allowance.slot].memory, have + more);
    if (allowance_sum() > allowance.limits.sum || allowance_set(have + more) < 0) {
        atomic_store(&allowance.shared[allowance.slot].memory, have);
        return allowance_refuse("all scans together need more memory than ScanMemory allows");
    }
    allowance.granted = have + more;
    return true;
}

/* ------------------------------------------------------------------ the C library */

/* The allocation functions of this program and of the libraries that it uses: those of the C
 * library, and another try when there is more room. */
#if !defined EPOST_SANITIZED && defined __GLIBC__
/* The libraries are to find them in this program. */
#define ALLOWANCE_PUBLIC __attribute__((visibility("default")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

ALLOWANCE_PUBLIC void *malloc(size_t size)
{
    void *made;

    while (!(made = __libc_malloc(size)) && allowance_more(size))
        ;
    return made;
}

ALLOWANCE_PUBLIC void *calloc(size_t count, size_t size)
{
    void *made;
    size_t bytes;

    while (!(made = __libc_calloc(count, size)) && !__builtin_mul_overflow(count, size, &bytes) &&
           allowance_more(bytes))
        ;
    return made;
}

ALLOWANCE_PUBLIC void *realloc(void *old, size_t size)
{
    void *made;

    while (!(made = __libc_realloc(old, size)) && size && allowance_more(size))
        ;
    return made;
}

#ifdef __LP64__
/* libclamav maps memory for files that it reads. */
ALLOWANCE_PUBLIC void *mmap(void *address, size_t length, int protection, int flags, int fd,
                            off_t offset)
{
    long made;

    while ((made = syscall(SYS_mmap, address, length, protection, flags, fd, offset)) == -1 &&
           errno == ENOMEM && allowance_more(length))
        ;
    return (void *)made;
}

ALLOWANCE_PUBLIC void *mmap64(void *address, size_t length, int protection, int flags, int fd,
                              off64_t offset)
{
    return mmap(address, length, protection, flags, fd, offset);
}
#endif
#endif
