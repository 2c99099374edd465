/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * searchrun: one search of a content, in the place of one call of libclamav's: finds the places
 * by anchors.h and shows them to libclamav in its own order.
 *
 * Owner: engine/search.c. Threads: one.
 */
#ifndef EPOST_ENGINE_SEARCHRUN_H
#define EPOST_ENGINE_SEARCHRUN_H

#include <stdint.h>

#include "engine/anchors.h"
#include "engine/layout.h"

#define SEARCHRUN_LEAD_MAX 1024 /* bytes in front of a key; more is left to libclamav */
#define SEARCHRUN_MARGIN   4    /* bytes that conditions on a match's sides look at */

/* Makes what all searches share, once. Returns 0, or -1 without memory. */
int searchrun_prepare(void);

/* Parameters and result are those of cli_ac_scanbuff; `data` is not NULL. */
int searchrun(const struct anchors *anchors, const unsigned char *buffer, uint32_t length,
              const char **name, void **custom, void **results, const struct layout_root *root,
              struct layout_acdata *data, uint32_t offset, int file_type, void **offsets,
              unsigned mode, void *context);

/* Buffers searched. */
uint64_t searchrun_runs(void);

/* Times that places were shown before the content was read to its end. */
uint64_t searchrun_early(void);

#endif
