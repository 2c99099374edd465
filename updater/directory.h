/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory: the operator's own signature files in a directory of this machine
 * (<directory> in sources.xml).
 *
 * All of it is taken or nothing: a file that is not as it should be refuses the
 * directory, and what served before goes on serving.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_DIRECTORY_H
#define EPOST_UPDATER_DIRECTORY_H

#include "updater/run.h"

#define DIRECTORY_FILES_MAX   256  /* signature files */
#define DIRECTORY_ENTRIES_MAX 4096 /* names of any kind that are looked at */

/* Reads the directory. The files' bytes are copied to where fetched ones are, unless they are
 * there already; with --check nothing is copied. Returns 0 and the offer, or -1 and fault. */
int directory_ask(struct run *run, const struct source *source, struct offer *offer,
                  struct fault *fault);

#endif
