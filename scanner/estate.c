/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "scanner/estate.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

void estate_note(struct supervisor *supervisor)
{
    struct estate *estate = supervisor->estate;

    atomic_fetch_add_explicit(&estate->beats, 1, memory_order_relaxed);
    estate->serving = supervisor->serving;
    estate->loading = supervisor->loading;
    estate->reload_wanted = supervisor->reload_wanted;
    estate->is_drained = supervisor->is_drained;
    estate->drain_until_ns = supervisor->drain_until_ns;
    estate->retry_ns = supervisor->retry_ns;
    estate->retries = supervisor->retries;
    memcpy(estate->previous, supervisor->previous, sizeof estate->previous);
}

void estate_take(struct supervisor *supervisor)
{
    struct estate *estate = supervisor->estate;

    supervisor->slots = estate->slots;
    supervisor->generations = estate->generations;
    supervisor->crashlist = &estate->crashlist;
    supervisor->serving = estate->serving;
    supervisor->loading = estate->loading;
    supervisor->reload_wanted = estate->reload_wanted;
    supervisor->is_drained = estate->is_drained;
    supervisor->drain_until_ns = estate->serving ? estate->drain_until_ns : 0;
    supervisor->retry_ns = estate->retry_ns;
    supervisor->retries = estate->retries;
    memcpy(supervisor->previous, estate->previous, sizeof supervisor->previous);
    supervisor->previous[sizeof supervisor->previous - 1] =
        '\0'; /* the writer may have been killed */
}

static void estate_write_text(struct estate_text *text, const struct scanner_settings *settings)
{
    uint32_t next = !atomic_load(&text->current);

    if (scannerconf_export(settings, text->text[next], sizeof text->text[next]) == 0)
        atomic_store(&text->current, next);
}

void estate_note_settings(struct supervisor *supervisor)
{
    struct estate *estate = supervisor->estate;

    estate->is_proposed = 0;
    estate_write_text(&estate->settings, &supervisor->settings);
    estate->proposals = supervisor->proposals;
    if (!supervisor->is_proposed)
        return;
    estate_write_text(&estate->proposed, &supervisor->proposed);
    estate->is_proposed = 1;
}

static void *estate_map(size_t size)
{
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return map == MAP_FAILED ? NULL : map;
}

int estate_make(struct supervisor *supervisor, struct err *err)
{
    supervisor->shared = estate_map(sizeof *supervisor->shared * BOARD_WORKERS);
    supervisor->estate = estate_map(sizeof *supervisor->estate);
    if (!supervisor->shared || !supervisor->estate)
        return err_sys(err, "cannot map shared memory");
    supervisor->generations = supervisor->estate->generations;
    supervisor->slots = supervisor->estate->slots;
    supervisor->crashlist = &supervisor->estate->crashlist;
    estate_note_settings(supervisor);
    return 0;
}

void estate_tell_signal(struct estate *estate, pid_t pid, int number)
{
    if (number == SIGHUP)
        atomic_store(&estate->is_hang_up_due, 1);
    else
        atomic_store(&estate->stop_signal, number);
    if (pid > 1)
        kill(pid, number);
}

void estate_tell(const struct estate *estate, pid_t pid)
{
    int stop_signal = atomic_load(&estate->stop_signal);

    if (pid > 1 && atomic_load(&estate->is_hang_up_due))
        kill(pid, SIGHUP);
    if (pid > 1 && stop_signal)
        kill(pid, stop_signal);
}

static void estate_kill_one(pid_t pid)
{
    if (pid > 1)
        kill(pid, SIGKILL);
}

void estate_kill(const struct estate *estate)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (estate->generations[i].load) {
            estate_kill_one(estate->generations[i].pid);
            estate_kill_one(estate->generations[i].spare.pid);
        }
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (estate->slots[i].state != BOARD_WORKER_NONE)
            estate_kill_one(estate->slots[i].pid);
}
