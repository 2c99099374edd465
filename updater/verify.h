/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify: may this index be believed? Judged from its signature and trusted
 * comment alone, before a byte of XML is parsed; then what it says is held
 * against what was seen before.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_UPDATER_VERIFY_H
#define EPOST_UPDATER_VERIFY_H

#include "updater/index.h"
#include "updater/mirror.h"
#include "updater/record.h"
#include "updater/sources.h"

#define VERIFY_FUTURE 86400 /* seconds a clock may be wrong by */

/* Checks signature, dates and serial. Returns 0 and *claim; or -1, a fault that says which of
 * it failed, and in *state_r what that makes of the mirror (bad, or merely behind). */
int verify_index(const struct source *source, const struct record *record, int64_t now,
                 const struct buf *index, const struct buf *signature, struct index_claim *claim,
                 enum mirror_state *state_r, struct fault *fault);

/* Checks a parsed index: that it says what its signature said, that no version falls, that it
 * brings nothing the source may not bring, and not too much. Returns 0, or -1 and fault. */
int verify_list(const struct source *source, const struct record *record,
                const struct index_claim *claim, const struct index *index, struct fault *fault);

#endif
