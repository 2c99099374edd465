/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zipopen: scans the members of a ZIP in every reading of it.
 *
 * Owner: container.c. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPOPEN_H
#define EPOST_INSPECT_FORMATS_ZIPOPEN_H

#include <stdbool.h>

#include "inspect/buffer.h"
#include "inspect/formats/zipread.h"
#include "inspect/inspection.h"

/* Those with `least` to `most` bytes, or of unknown size with `most` UINT64_MAX. With `lenient`
 * a member that cannot be read is no trouble. */
void zipopen_members(struct inspection *in, const struct object *object, uint64_t least,
                     uint64_t most, bool lenient);

#endif
