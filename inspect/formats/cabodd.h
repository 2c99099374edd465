/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cabodd: CAB files whose reserved field is in use: cabextract and unar do not look at it, the
 * readers here do.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_CABODD_H
#define EPOST_INSPECT_FORMATS_CABODD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool cabodd_is(const uint8_t *data, size_t length);

#endif
