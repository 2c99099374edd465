/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kindof: tells the kind of an object from its bytes: by the marks and the tests
 * of formats.def. It asks the readers of formats; they may ask kind.h, but not
 * this file.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_KINDOF_H
#define EPOST_INSPECT_KINDOF_H

#include "inspect/kind.h"

/* The kind of an object. `name` (may be NULL) decides only where bytes cannot. */
enum kind kind_of(const uint8_t *data, size_t length, const char *name);

#endif
