/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vaultparts: what vault.c (reading, removing, limits) and vaultput.c (keeping)
 * share of a vault. Nobody else includes it.
 *
 * Threads: as vault.h says.
 */
#ifndef EPOST_OPERATE_VAULTPARTS_H
#define EPOST_OPERATE_VAULTPARTS_H

#include <stdatomic.h>

#include "operate/vault.h"

#define VAULT_DIGITS (VAULT_NUMBER - 1)
#define VAULT_TEMP   ".new-" /* names that begin so are not finished */

struct vault {
    int directory;
    gid_t group;
    bool has_group;
    struct vault_limits limits;
    _Atomic uint64_t copies, bytes;
};

/* The name of a file: start, number, ending. */
void vault_name(char name[64], const char *start, const char *number, const char *ending);

/* Looks anew at all of it and drops the oldest until it is within the limits with one more copy of
 * that many bytes (0: none is to come). Returns 0, or -1 and err. */
EPOST_MUST_CHECK int vault_tidy(struct vault *vault, uint64_t now_ms, uint64_t more,
                                vault_gone *gone, void *data, struct err *err);

#endif
