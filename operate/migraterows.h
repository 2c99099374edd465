/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migraterows: the directives of virus_scan, clamav_mod, clamd_mod and squidclamav, one
 * row each, with what becomes of them.
 *
 * Owner: constant tables. Threads: any; the migration is one thread's.
 */
#ifndef EPOST_OPERATE_MIGRATEROWS_H
#define EPOST_OPERATE_MIGRATEROWS_H

#include <stdio.h>

#include "operate/migration.h"

/* Takes one line, which is cut into words in place. Empty lines and comments say nothing. */
void migraterows_line(struct migration *m, char *line);

/* Decides the rest, when all lines are known. */
void migraterows_finish(struct migration *m);

/* Prints the tables as in doc/migrate.md. */
void migraterows_print(FILE *out);

#endif
