/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worn: has a worker grown so much that another one is to take its place?
 *
 * Owner: the worker. Threads: one at a time.
 */
#ifndef EPOST_SCANNER_WORN_H
#define EPOST_SCANNER_WORN_H

#include <stdbool.h>

/* The worker is ready: from here on it may grow. */
void worn_begin(void);

/* True if a scan that took long has left much behind. */
bool worn_look(void);

/* Waits for something to read; if it does not come soon, freed memory is given back. */
void worn_wait(int channel);

/* Gives freed memory back to the system. */
void worn_rest(void);

#endif
