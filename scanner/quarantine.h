/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quarantine: the bodies that killed a worker of this generation, by SHA-256,
 * so that the same bytes do not kill a second one.
 *
 * Bounded: the oldest is forgotten for a new one. Emptied when another
 * generation takes over, because that one may cope.
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_QUARANTINE_H
#define EPOST_SCANNER_QUARANTINE_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

#define QUARANTINE_MAX 1024

struct quarantine {
    uint8_t sha256[QUARANTINE_MAX][WIRE_SHA256];
    size_t count; /* all that were ever added since it was emptied */
};

void quarantine_empty(struct quarantine *quarantine);
void quarantine_add(struct quarantine *quarantine, const uint8_t sha256[WIRE_SHA256]);

/* 1 when the body is in it, else 0. */
int quarantine_has(const struct quarantine *quarantine, const uint8_t sha256[WIRE_SHA256]);

#endif
