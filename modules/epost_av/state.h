/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state: what all transactions of a process share: settings, block pages,
 * exceptions, and the view of the scanner's board.
 *
 * Owner: service.c makes and frees it. Filled in c-icap's master before it
 * forks; afterwards constant in each child but for the exceptions, which are
 * swapped whole, and the board, which is mapped when it is first needed.
 * Threads: any, in a child.
 */
#ifndef EPOST_AV_STATE_H
#define EPOST_AV_STATE_H

#include "common/board.h"
#include "common/err.h"
#include "modules/epost_av/exceptions.h"
#include "modules/epost_av/page.h"
#include "modules/epost_av/settings.h"

extern struct settings state_settings;

/* Loads pages and exceptions as the settings say. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int state_load(struct err *err);

/* Reads the exceptions anew. Returns 0; or -1 and err, and the old ones stay. */
EPOST_MUST_CHECK int state_reload(struct err *err);

/* The exceptions that hold now; drop them with exceptions_drop. */
struct exceptions *state_exceptions(void);

const struct page_set *state_pages(void);

/* The name of this machine for events. */
const char *state_node(void);

/* The scanner's board, or NULL as long as there is none. */
const struct board *state_board(void);

/* 1 when an engine serves. */
int state_ready(void);

/* Waits up to wait_ms for a scanner that takes requests. Returns 1 when it does, else 0. */
int state_wait_ready(int64_t wait_ms);

void state_free(void);

/* Sleeps; a signal may end it early. */
void state_sleep_ms(unsigned ms);

#endif
