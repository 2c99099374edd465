/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datauri: data: URIs in text, as browsers read them.
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_DATAURI_H
#define EPOST_INSPECT_FORMATS_DATAURI_H

struct embedded;

/* Inspects each that is in base64. */
void datauri_base64(struct embedded *embedded);

/* Inspects each that is not. */
void datauri_plain(struct embedded *embedded);

#endif
