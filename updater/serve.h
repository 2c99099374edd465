/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serve: makes a generation the one that serves, or goes back.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_SERVE_H
#define EPOST_UPDATER_SERVE_H

#include "updater/candidate.h"

/* Publishes .bases/new as a new generation, switches to it and has the scanner take it; if it does
 * not, switches back and puts what was new aside. Returns 0, or -1 and fault. run->current is
 * then what serves. */
int serve_new(struct run *run, struct offer *offers, const struct candidate *candidate,
              struct fault *fault);

/* A run before was cut off between the switch and the confirmation: does the rest. Returns 0, or
 * -1 and fault. */
int serve_resume(struct run *run, struct fault *fault);

/* The operator goes back to generation `number` (0: the one before). The data of the later
 * one are put aside. Returns 0, or -1 and fault. */
int serve_rollback(struct run *run, uint64_t number, struct fault *fault);

#endif
