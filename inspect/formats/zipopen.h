/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zipopen: scans the members of a ZIP in every reading of it, and what lies beside them.
 *
 * Owner: container.c. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPOPEN_H
#define EPOST_INSPECT_FORMATS_ZIPOPEN_H

#include <stdbool.h>

#include "inspect/buffer.h"
#include "inspect/formats/zipread.h"
#include "inspect/inspection.h"

/* What lies between the members and behind them, and those members with `least` to `most` bytes, or
 * of unknown size with `most` UINT64_MAX. With `lenient`, as where it may lie in pieces, what
 * cannot be read is no trouble. */
void zipopen_whole(struct inspection *in, const struct object *object, uint64_t least,
                   uint64_t most, bool lenient);

#endif
