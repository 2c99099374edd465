/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/turns.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

struct turns_one {
    bool (*turn)(void);
    bool goes_on;
    sigset_t signals; /* as they were blocked before */
};

int turns_prepare(struct turns_stack *stack, struct err *err)
{
    const size_t guard = (size_t)sysconf(_SC_PAGESIZE);

    stack->at = mmap(NULL, TURNS_STACK, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack->at == MAP_FAILED || mprotect(stack->at, guard, PROT_NONE) < 0)
        return err_sys(err, "no stack for scans can be made");
    return 0;
}

static void *turns_thread(void *context)
{
    struct turns_one *one = context;

    pthread_sigmask(SIG_SETMASK, &one->signals, NULL);
    one->goes_on = one->turn();
    return NULL;
}

void turns_run(const struct turns_stack *stack, bool (*turn)(void))
{
    struct turns_one one = {.turn = turn};
    pthread_attr_t attributes;
    sigset_t all;

    sigfillset(&all);
    if (pthread_attr_init(&attributes) != 0)
        return;
    if (pthread_attr_setstack(&attributes, stack->at, TURNS_STACK) != 0 ||
        pthread_sigmask(SIG_SETMASK, &all, &one.signals) != 0)
        goto out;
    do {
        pthread_t thread;

        one.goes_on = false;
        if (pthread_create(&thread, &attributes, turns_thread, &one) == 0)
            pthread_join(thread, NULL);
    } while (one.goes_on);
out:
    pthread_attr_destroy(&attributes);
}
