/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch: starts epostavs, keeps it running, and hands it over when c-icap
 * reads its configuration anew.
 *
 * epostavs gets the read end of a pipe, the lifeline, whose write end all of
 * c-icap's processes hold: when they are gone, however they ended, it stops.
 * c-icap's `reconfigure` unloads this module, so the numbers that the next
 * instance needs are left to it (heritage), and a scanner whose program was
 * replaced hands over to its successor (handover).
 *
 * Owner: c-icap's master process; no other process and no thread may call.
 */
#ifndef EPOST_AV_LAUNCH_H
#define EPOST_AV_LAUNCH_H

#include <sys/types.h>

#include "common/err.h"
#include "common/wire.h"
#include "modules/epost_av/settings.h"

/* Adopts the running scanner (sending it settings that have changed) or starts one. If the
 * program of the running one was replaced, a new one starts beside it, and this waits, to
 * LoadTimeout at most, until it serves; Socket and Board in settings are then its own. Returns
 * 0; or -1 and err: it does not serve now, launch_tick tries again. */
EPOST_MUST_CHECK int launch_begin(struct settings *settings, struct err *err);

/* 1 if an earlier instance of this module has run in this process: c-icap is
 * reading its configuration anew, and is not just starting. */
int launch_is_takeover(void);

/* A child of the master ended. Returns 1 if it was the scanner, else 0. A
 * scanner that had lived for a while is started again at once. err is set when
 * there is something to say. */
EPOST_MUST_CHECK int launch_child_ended(pid_t pid, struct err *err);

/* Once a second: starts a scanner whose waiting time is over, and kills one
 * that has been silent for long. Returns 1 when it did something and err says
 * what, else 0. */
EPOST_MUST_CHECK int launch_tick(struct err *err);

/* Asks the scanner to load its signatures if they changed (WIRE_RELOAD) or to open its log anew
 * (WIRE_REOPEN). Returns 0, or -1 and err. */
EPOST_MUST_CHECK int launch_control(enum wire_kind kind, struct err *err);

/* This instance of the module goes; the scanner runs on for the next one, or
 * ends with c-icap. */
void launch_end(void);

#endif
