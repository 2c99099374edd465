/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arguments: what stands behind the '?' of a service's name.
 *
 *   profile=NAME     the profile; one that does not exist is logged, and the
 *                    strictest one holds
 *   allow204=off     answer with the whole message instead of 204
 *   allow204=on, force=…, sizelimit=…, mode=…   what virus_scan's users pass:
 *                    accepted without effect, as everything is scanned anyway
 *                    and limits are the profile's to decide
 *
 * Others are logged once and ignored. Threads: any.
 */
#ifndef EPOST_AV_ARGUMENTS_H
#define EPOST_AV_ARGUMENTS_H

struct transaction_arguments;

/* Fills *arguments from the text ("" is all defaults). */
void arguments_read(const char *text, struct transaction_arguments *arguments);

#endif
