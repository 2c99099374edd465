/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: a whole scanner as a child of the fuzz program, for targets that talk to it.
 * It is started at the first call and ends with the fuzz program.
 */
#ifndef EPOST_FUZZ_LIVE_H
#define EPOST_FUZZ_LIVE_H

/* The path of its socket, when it serves. Aborts if it does not within a minute. */
const char *live_socket(void);

/* Asks it whether it serves (WIRE_PING). Returns 1 if it does, else 0. */
int live_answers(void);

#endif
