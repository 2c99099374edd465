/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kaspout: what kasp prints about a file. Threads: one. */
#ifndef EPOST_KASP_KASPOUT_H
#define EPOST_KASP_KASPOUT_H

#include <stdint.h>

#include "common/wire.h"

enum kaspout_style { KASPOUT_TRANSCRIPT, KASPOUT_QUIET, KASPOUT_JSON, KASPOUT_CLAMSCAN };

struct kaspout_totals {
    uint64_t files, bytes, clean, infected, unscannable, errors;
    uint64_t elapsed_ms;
};

/* Before the scan of operand `number` (from 1). "-" is standard input. */
void kaspout_begin(enum kaspout_style style, unsigned number, const char *file);

/* After it; size in bytes. The text is flushed, so that a pipe sees it in order. */
void kaspout_end(enum kaspout_style style, const char *file, uint64_t size,
                 const struct wire_reply *reply);

/* All of it, at the end: clamscan's summary on standard output, else a line on standard error. */
void kaspout_print_totals(enum kaspout_style style, const struct kaspout_totals *totals);

/* How far it is, on standard error, which is a terminal; the second takes the line away. */
void kaspout_progress(const struct kaspout_totals *totals);
void kaspout_progress_end(void);

#endif
