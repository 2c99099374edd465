/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * estate: memory that supervisor and guardian share: what a supervisor leaves to the next one.
 *
 * Owner: the supervisor that lives. Threads: one.
 */
#ifndef EPOST_SCANNER_ESTATE_H
#define EPOST_SCANNER_ESTATE_H

#include <stdatomic.h>

#include "scanner/state.h"

/* Settings as "Name=value" lines; a writer that is killed leaves the old ones. */
struct estate_text {
    _Atomic uint32_t current;
    char text[2][WIRE_SETTINGS_MAX];
};

/* The state that a supervisor leaves to the next one: memory that supervisor and guardian share. No
 * process that parses foreign bytes has it mapped. */
struct estate {
    _Atomic uint64_t beats;  /* rounds of the supervisor: it is not stuck */
    _Atomic int32_t is_over; /* the supervisor ends on purpose */
    /* Signals that a supervisor was sent and may not have lived to act on. */
    _Atomic int32_t stop_signal;    /* 0: none; it stays: whoever comes next is to stop too */
    _Atomic int32_t is_hang_up_due; /* SIGHUP */
    uint64_t socket_inode;
    int reload_wanted;
    int is_drained;
    uint64_t drain_until_ns, retry_ns;
    unsigned retries;
    char previous[512];
    int is_proposed;
    unsigned proposals;
    struct generation *serving, *loading;
    struct estate_text settings, proposed;
    struct generation generations[SUPERVISOR_GENERATIONS];
    struct slot slots[BOARD_WORKERS];
    struct crashlist crashlist;
};

/* Makes the memory for those that are forked: one part for workers, one for the next supervisor;
 * engines_init and slots_init fill it. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int estate_make(struct supervisor *supervisor, struct err *err);

/* Notes what the next supervisor needs. Called each round. */
void estate_note(struct supervisor *supervisor);

/* The other way: a supervisor takes what the one before it noted. */
void estate_take(struct supervisor *supervisor);

/* The settings in force and those proposed have changed. */
void estate_note_settings(struct supervisor *supervisor);

/* Sends the supervisor with that PID a signal that asks it to stop, or SIGHUP; it may end before it
 * acts on it, so that it is noted. */
void estate_tell_signal(struct estate *estate, pid_t pid, int number);

/* Sends the next supervisor what is still to be done. */
void estate_tell(const struct estate *estate, pid_t pid);

/* Kills the generation processes and workers that are in it. */
void estate_kill(const struct estate *estate);

#endif
