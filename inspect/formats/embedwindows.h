/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embedwindows: looks for files in a text, and whether another view of it would show more.
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_EMBEDWINDOWS_H
#define EPOST_INSPECT_FORMATS_EMBEDWINDOWS_H

#include <stdbool.h>

struct embedded;

/* Looks at the copy for all that it may hold. */
void embedwindows_look(struct embedded *embedded);

/* Would the view hold other files with its escapes undone, its literals joined and its percent
 * escapes undone? `escapes`: those of scripts are undone too. No copy of the whole is made. */
bool embedwindows_hit(const struct embedded *embedded, bool escapes);

#endif
