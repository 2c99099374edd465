/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/allowance.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/board.h"
#include "common/clock.h"
#include "scanner/shared.h"
#include "scanner/worn.h"

#define ALLOWANCE_STEP  (UINT64_C(4) << 20) /* bytes by which it grows at least */
#define ALLOWANCE_WAIT  (5 * CLOCK_S)       /* for others to give memory back */
#define ALLOWANCE_PAUSE (2 * CLOCK_MS)      /* between two looks at that */

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
    struct rlimit limits = {.rlim_cur = base + allowance.limits.room + granted,
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
    atomic_store(&shared[slot].memory, limits->base ? limits->room : 0);
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
    if (allowance.refusal)
        worn_rest(); /* the thread of the next scan needs memory, and is not refused it */
    else
        malloc_trim(0);
    allowance.granted = 0;
    allowance_set(0);
    atomic_store(&allowance.shared[allowance.slot].memory, allowance.limits.room);
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

static bool allowance_is_largest(uint64_t have)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (i != allowance.slot && atomic_load(&allowance.shared[i].memory) > have)
            return false;
    return true;
}

/* Takes its part of the sum. When that is used up, whoever has most is refused at once, and the
 * others wait for what it gives back: a small scan does not fail for a large one's sake. */
static bool allowance_take(uint64_t have, uint64_t wanted)
{
    const struct timespec pause = {.tv_nsec = ALLOWANCE_PAUSE};
    _Atomic uint64_t *mine = &allowance.shared[allowance.slot].memory;
    uint64_t until = clock_now() + ALLOWANCE_WAIT;

    for (;;) {
        atomic_store(mine, wanted);
        if (allowance_sum() <= allowance.limits.sum)
            return true;
        atomic_store(mine, have);
        if (allowance_is_largest(have) || clock_now() >= until)
            return false;
        nanosleep(&pause, NULL);
    }
}

static bool allowance_refuse(const char *why)
{
    allowance.refusal = why;
    errno = ENOMEM;
    return false;
}

bool allowance_more(size_t bytes)
{
    const uint64_t most = allowance.limits.most, room = allowance.limits.room;
    const uint64_t have = room + allowance.granted;

    if (!allowance.shared)
        return false;
    if (allowance.refusal)
        return allowance_refuse(allowance.refusal); /* a scan that fails is not to wait again */
    if (have >= most || bytes > most)
        return allowance_refuse("the scan needs more memory than WorkerMemory allows");
    uint64_t more = (bytes / ALLOWANCE_STEP + 2) * ALLOWANCE_STEP;
    if (more > most - have)
        more = most - have; /* it may fit beside what is free already */
    if (!allowance_take(have, have + more))
        return allowance_refuse("all scans together need more memory than ScanMemory allows");
    if (allowance_set(allowance.granted + more) < 0) {
        atomic_store(&allowance.shared[allowance.slot].memory, have);
        return allowance_refuse("the system refuses more memory");
    }
    allowance.granted += more;
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

extern void *__libc_memalign(size_t alignment, size_t size);

static void *allowance_aligned(size_t alignment, size_t size)
{
    void *made;

    while (!(made = __libc_memalign(alignment, size)) && allowance_more(size + alignment))
        ;
    return made;
}

ALLOWANCE_PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
    return allowance_aligned(alignment, size);
}

ALLOWANCE_PUBLIC void *memalign(size_t alignment, size_t size)
{
    return allowance_aligned(alignment, size);
}

ALLOWANCE_PUBLIC int posix_memalign(void **made_r, size_t alignment, size_t size)
{
    if (alignment % sizeof(void *) || !alignment || (alignment & (alignment - 1)))
        return EINVAL;
    void *made = allowance_aligned(alignment, size);
    if (!made)
        return ENOMEM;
    *made_r = made;
    return 0;
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
