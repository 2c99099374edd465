/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clamint: what the files behind clam.h share. For engine/clam*.c only.
 */
#ifndef EPOST_ENGINE_CLAMINT_H
#define EPOST_ENGINE_CLAMINT_H

#include <clamav.h>

#include "engine/clam.h"

struct clam {
    struct cl_engine *engine;
    struct cl_scan_options options; /* of a full scan */
    const struct clam_visitor *visitor;
    struct clam_budget budget;
    uint64_t max_file_size;
    uint32_t max_scan_time; /* ms */
    volatile uint64_t seen; /* bytes of all layers of all scans; a signal handler reads it */
    unsigned shortcuts;     /* enum shortcut: those that are asked for */
};

/* Hooks the scan's callbacks into the engine; before it is compiled. */
void clamscan_prepare(struct clam *clam);

/* 1 if a signature file of the directory has image fuzzy hash signatures, 0 if not or unreadable
 * (libclamav then says so when it loads). */
int clamsigs_uses_fuzzy_img(const char *directory);

/* Versions and build time of the directory's official databases. */
void clamsigs_versions(const char *directory, struct clam_info *info);

#endif
