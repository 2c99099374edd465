/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * huge: the engine's memory in huge pages.
 *
 * A scan jumps all over the engine; with pages of 4 KiB a good part of its time goes into looking
 * up where they are. The kernel gathers ranges into pages of 2 MiB when it is asked to
 * (MADV_COLLAPSE, Linux 6.1), whatever the system's setting of transparent huge pages says.
 * To be called once, after loading and before workers are forked, which then share them.
 *
 * Threads: one.
 */
#ifndef EPOST_ENGINE_HUGE_H
#define EPOST_ENGINE_HUGE_H

#include <stdint.h>

#include "common/err.h"

/* Gathers the private memory of this process that is full enough (so that it does not grow).
 * *bytes_r: how much lies in huge pages through this call. Returns 0, or -1 and err when the
 * kernel cannot. */
EPOST_MUST_CHECK int huge_collapse(uint64_t *bytes_r, struct err *err);

#endif
