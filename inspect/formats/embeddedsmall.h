/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embeddedsmall: small files of one text that are inspected together, since each scan has a cost
 * of its own: drawings that have no active content, of which a stylesheet has dozens; and lines of
 * base64 with markup between them. The lines are one file where a program takes them so, which
 * none of them shows alone.
 *
 * Owner: the inspection of one text. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_EMBEDDEDSMALL_H
#define EPOST_INSPECT_FORMATS_EMBEDDEDSMALL_H

#include "inspect/formats/embeddedfile.h"

/* Keeps a decoded file for embeddedsmall_open. Returns whether it need not be inspected alone.
 * `sure`: see embeddedfile_found. */
bool embeddedsmall_keep(struct embedded *embedded, const uint8_t *data, size_t length, bool sure);

/* Inspects what was kept since the last time. */
void embeddedsmall_open(struct embedded *embedded);

void embeddedsmall_free(struct embedded *embedded);

#endif
