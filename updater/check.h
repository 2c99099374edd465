/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: asks a source whether it has something newer, and fetches nothing of
 * it (epost-autoupdate --check). Sources with an index are asked by manifest.c.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_CHECK_H
#define EPOST_UPDATER_CHECK_H

#include "updater/run.h"

/* The headers of a source's databases, which hold their versions. Returns 0 with offer->result
 * UPDATED or CURRENT, or -1 and fault. */
int check_official(struct run *run, const struct source *source, struct offer *offer,
                   struct fault *fault);

/* Conditional requests for files at fixed addresses; the same results. */
int check_thirdparty(struct run *run, const struct source *source, const struct record *record,
                     struct offer *offer, struct fault *fault);

#endif
