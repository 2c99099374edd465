/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/serve.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "updater/activate.h"
#include "updater/reload.h"

/* Switches and waits for the scanner. Returns 0, or -1 and fault. */
static int serve_switch_and_confirm(struct run *run, uint64_t number, struct fault *fault)
{
    char name[32];

    snprintf(name, sizeof name, "gen-%" PRIu64, number);
    run_step(run, "activate", name);
    if (activate_switch(&run->store, number, fault) < 0)
        return -1;
    int confirmed = reload_confirmed(run, number, fault);
    if (confirmed == 0)
        run_note(run, "no scanner is running: it will load generation %" PRIu64 " when it starts",
                 number);
    return confirmed < 0 ? -1 : 0;
}

static int serve_mark_confirmed(struct run *run, struct generation *generation, struct fault *fault)
{
    generation->confirmed = 1;
    return generation_save(&run->store, generation, fault);
}

/* The scanner did not take generation `number`: back to the one before, if there is one. The
 * fault keeps why. */
static void serve_switch_back(struct run *run, uint64_t number, uint64_t before,
                              struct fault *fault)
{
    struct fault second;
    int busy;

    if (before == 0) {
        err_prefix(&fault->err, "there is nothing to switch back to, generation %" PRIu64 " stays",
                   number);
        return;
    }
    if (activate_switch(&run->store, before, &second) < 0) {
        run_warn(run, "cannot switch back: %s", second.err.text);
        return;
    }
    if (reload_confirmed(run, before, &second) < 0)
        run_warn(run, "after switching back: %s", second.err.text);
    if (generation_delete(&run->store, number, &busy, &second) < 0)
        run_warn(run, "%s", second.err.text);
    err_prefix(&fault->err, "switched back to generation %" PRIu64, before);
}

/* For each source in which the two generations differ: what `from` had is not taken again. */
static int serve_put_aside(struct run *run, const struct generation *from,
                           const struct generation *to, enum result result, const char *why,
                           struct fault *fault)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.list[i];
        uint8_t had[INDEX_SHA256], has[INDEX_SHA256];

        set_digest(&from->set, source->name, had);
        set_digest(&to->set, source->name, has);
        if (set_count(&from->set, source->name) == 0 || memcmp(had, has, sizeof had) == 0)
            continue;
        record_put_aside(&run->records[i], had, result, why);
        if (record_save(&run->records[i], run->store.state, source, fault) < 0)
            return -1;
    }
    return 0;
}

static int serve_describe(struct run *run, const struct offer *offers,
                          const struct candidate *candidate, struct generation *generation,
                          struct fault *fault)
{
    generation->number = generation_next(&run->store, fault);
    if (generation->number == 0)
        return -1;
    generation->created = run->now;
    generation->signatures = candidate->testload.info.signatures;
    for (size_t i = 0; i < run->sources.count; i++) {
        const char *name = run->sources.list[i].name;

        generation_set_serial(generation, name,
                              candidate->taken[i] ? offers[i].serial
                                                  : generation_serial(&run->current, name));
    }
    return set_add_all(&generation->set, &candidate->set, NULL, fault);
}

static void serve_warn_of_collapse(const struct run *run, const struct generation *generation)
{
    if (run->current.signatures > 0 && generation->signatures > 0 &&
        generation->signatures < run->current.signatures / 2)
        run_warn(run, "the new set has %" PRIu64 " signatures where there were %" PRIu64,
                 generation->signatures, run->current.signatures);
}

int serve_new(struct run *run, struct offer *offers, const struct candidate *candidate,
              struct fault *fault)
{
    struct generation generation = {.number = 0};
    struct fault second;

    if (serve_describe(run, offers, candidate, &generation, fault) < 0)
        goto fail;
    serve_warn_of_collapse(run, &generation);
    run_step(run, "publish", run->store.fresh);
    if (generation_save(&run->store, &generation, fault) < 0 ||
        generation_publish(&run->store, generation.number, fault) < 0)
        goto fail;
    if (serve_switch_and_confirm(run, generation.number, fault) < 0) {
        if (fault->result != RESULT_UNCONFIRMED)
            goto fail;
        if (serve_put_aside(run, &generation, &run->current, RESULT_UNCONFIRMED, fault->err.text,
                            &second) < 0)
            run_warn(run, "%s", second.err.text);
        serve_switch_back(run, generation.number, run->current.number, fault);
        goto fail;
    }
    if (serve_mark_confirmed(run, &generation, fault) < 0)
        goto fail;
    generation_free(&run->current);
    run->current = generation;
    return 0;
fail:
    generation_free(&generation);
    return -1;
}

/* The newest kept generation below `number`, 0 if there is none. */
static uint64_t serve_generation_before(const struct run *run, uint64_t number, struct fault *fault)
{
    uint64_t numbers[GENERATIONS_MAX], before = 0;
    int count = generation_list(&run->store, numbers, fault);

    for (int i = 0; i < count; i++)
        if (numbers[i] < number)
            before = numbers[i];
    return before;
}

int serve_resume(struct run *run, struct fault *fault)
{
    uint64_t number = run->current.number, before;
    struct generation previous = {.number = 0};
    struct fault second;
    int found;

    if (number == 0 || run->current.confirmed)
        return 0;
    run_note(run, "the last run did not get to see generation %" PRIu64 " confirmed", number);
    if (reload_confirmed(run, number, fault) >= 0)
        return serve_mark_confirmed(run, &run->current, fault);

    before = serve_generation_before(run, number, &second);
    if (generation_load(&run->store, before, &previous, &found, &second) < 0)
        run_warn(run, "%s", second.err.text);
    if (serve_put_aside(run, &run->current, &previous, RESULT_UNCONFIRMED, fault->err.text,
                        &second) < 0)
        run_warn(run, "%s", second.err.text);
    serve_switch_back(run, number, before, fault);
    if (before > 0) {
        generation_free(&run->current);
        run->current = previous;
    } else {
        generation_free(&previous);
    }
    return -1;
}

int serve_rollback(struct run *run, uint64_t number, struct fault *fault)
{
    struct generation target = {.number = 0};
    uint64_t now = run->current.number;
    int found, result = -1;

    if (number == 0)
        number = serve_generation_before(run, now, fault);
    if (number == 0 || generation_load(&run->store, number, &target, &found, fault) < 0 || !found) {
        generation_free(&target);
        return fault_set(
            fault, RESULT_CONFIG,
            "there is no such generation to go back to (epost-autoupdate --status lists "
            "what is kept)");
    }
    if (number == now) {
        fault_set(fault, RESULT_CONFIG, "generation %" PRIu64 " serves already", number);
        goto out;
    }
    if (serve_put_aside(run, &run->current, &target, RESULT_CURRENT,
                        "the operator went back from it", fault) < 0 ||
        serve_switch_and_confirm(run, number, fault) < 0 ||
        serve_mark_confirmed(run, &target, fault) < 0)
        goto out;
    result = 0;
out:
    generation_free(&target);
    return result;
}
