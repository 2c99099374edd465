/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classify: the numbers by which events are told apart in the database.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_CLASSIFY_H
#define EPOST_OPERATE_CLASSIFY_H

#include "common/event.h"

struct classify {
    enum event_kind kind;
    int verdict, reason, action; /* -1: none, or none that is known */
    char profile[40];
};

void classify_event(const struct event *event, struct classify *class);

#endif
