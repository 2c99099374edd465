/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * splitfile: one of the files into which a packer cut an archive. 7-Zip and The Unarchiver
 * open it together with the others, which are not here.
 *
 * Threads: one an inspection.
 */
#ifndef EPOST_INSPECT_SPLITFILE_H
#define EPOST_INSPECT_SPLITFILE_H

#include <stdbool.h>

#include "inspect/inspection.h"

/* true for a ZIP or 7z named ".001" whose directory is not in it. */
bool splitfile_is_first(struct inspection *in, const struct object *object);

/* true for content of no known kind that is named as a later part (".zip.002", ".z01"). */
bool splitfile_is_later(struct inspection *in, const struct object *object);

#endif
