/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/reaping.h"

#include <sys/wait.h>

#include "scanner/ending.h"
#include "scanner/generations.h"
#include "scanner/spare.h"
#include "scanner/workers.h"

/* Harmless twice. */
static void reaping_ended(struct supervisor *supervisor, pid_t pid, int status)
{
    if (!generations_reaped(supervisor, pid, status) && !spare_reaped(supervisor, pid))
        workers_reaped(supervisor, pid, status);
}

void reaping_children(struct supervisor *supervisor)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        reaping_ended(supervisor, pid, status);
}

void reaping_event(struct supervisor *supervisor, struct ending *ending)
{
    int status;
    pid_t pid = ending_event(supervisor, ending, &status);

    if (pid > 0)
        reaping_ended(supervisor, pid, status);
}

void reaping_step(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *generation = &supervisor->generations[i];
        if (generation->load)
            ending_continue(generation->pid, "the generation process");
        if (generation->load)
            ending_continue(generation->spare.pid, "the copy of the generation process");
        if (generation->load && ending_is_missed(&generation->end, generation->pid))
            reaping_ended(supervisor, generation->pid, 0);
        if (generation->load && ending_is_missed(&generation->spare.end, generation->spare.pid))
            reaping_ended(supervisor, generation->spare.pid, 0);
    }
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state != BOARD_WORKER_NONE && ending_is_missed(&slot->end, slot->pid))
            reaping_ended(supervisor, slot->pid, 0);
    }
}
