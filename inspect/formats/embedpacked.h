/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embedpacked: base64 in text of what has no mark of its own: raw deflate and brotli. It is tried
 * only in a text that names one of them, as the scripts that undo them must.
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_EMBEDPACKED_H
#define EPOST_INSPECT_FORMATS_EMBEDPACKED_H

#include <stdint.h>

#include "inspect/formats/embeddedfile.h"

/* Tries the run of base64 from `word` to `end`: inspects what it unpacks to, if that looks like a
 * file. In a trial: says whether there would be one. */
void embedpacked_run(struct embedded *embedded, const uint8_t *word, const uint8_t *end);

#endif
