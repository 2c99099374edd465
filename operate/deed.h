/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deed: the event of something that an operator did with a command: released,
 * deleted, allowed. It goes to the monitor and to syslog (authpriv).
 *
 * Threads: one.
 */
#ifndef EPOST_OPERATE_DEED_H
#define EPOST_OPERATE_DEED_H

#include <stdbool.h>

#include "common/event.h"
#include "operate/conf.h"

/* True if the monitor takes events now. */
bool deed_can_be_told(const struct conf *conf);

/* Begins the event: kind, time, node, "by NAME" as detail, and what `about` (NULL: nothing) says of
 * the request. The texts of `about` must live until it is told. */
void deed_begin(struct event *deed, enum event_kind kind, const struct conf *conf,
                const struct event *about);

/* Tells it. Returns 0, or -1 when the monitor did not take it; syslog has it in any case. */
int deed_tell(const struct conf *conf, const struct event *deed);

#endif
