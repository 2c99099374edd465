/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kaspout: what kasp prints about a file. Threads: one. */
#ifndef EPOST_KASP_KASPOUT_H
#define EPOST_KASP_KASPOUT_H

#include <stdint.h>

#include "common/wire.h"

enum kaspout_style { KASPOUT_TRANSCRIPT, KASPOUT_QUIET, KASPOUT_JSON };

/* Before the scan of operand `number` (from 1). "-" is standard input. */
void kaspout_begin(enum kaspout_style style, unsigned number, const char *file);

/* After it; size in bytes. The text is flushed, so that a pipe sees it in order. */
void kaspout_end(enum kaspout_style style, const char *file, uint64_t size,
                 const struct wire_reply *reply);

#endif
