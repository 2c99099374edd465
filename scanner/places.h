/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * places: the socket and the board: made, made again when somebody removed them, taken away.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_PLACES_H
#define EPOST_SCANNER_PLACES_H

#include "scanner/state.h"

/* Makes the socket, and registers it with the loop. Return 0, or -1 and err. */
EPOST_MUST_CHECK int places_open_listener(struct supervisor *supervisor, struct err *err);
EPOST_MUST_CHECK int places_watch(struct supervisor *supervisor, struct err *err);

/* Closes the socket and removes its file, if that is still ours. */
void places_close_listener(struct supervisor *supervisor);

/* Gives the socket the mode and group of the settings. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int places_open_to_group(const struct scanner_settings *settings, struct err *err);

/* Makes socket and board again if somebody removed them. Called each SUPERVISOR_TICK_MS. Returns 0;
 * or -1: another scanner has taken our place. */
EPOST_MUST_CHECK int places_ensure(struct supervisor *supervisor, uint64_t now);

#endif
