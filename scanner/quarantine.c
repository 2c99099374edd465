/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/quarantine.h"

#include <string.h>

void quarantine_empty(struct quarantine *quarantine)
{
    quarantine->count = 0;
}

int quarantine_has(const struct quarantine *quarantine, const uint8_t sha256[WIRE_SHA256])
{
    size_t held = quarantine->count < QUARANTINE_MAX ? quarantine->count : QUARANTINE_MAX;

    for (size_t i = 0; i < held; i++)
        if (memcmp(quarantine->sha256[i], sha256, WIRE_SHA256) == 0)
            return 1;
    return 0;
}

void quarantine_add(struct quarantine *quarantine, const uint8_t sha256[WIRE_SHA256])
{
    if (quarantine_has(quarantine, sha256))
        return;
    memcpy(quarantine->sha256[quarantine->count % QUARANTINE_MAX], sha256, WIRE_SHA256);
    quarantine->count++;
}
