/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clamlog: libclamav's messages, which go to one callback of the process.
 *
 * Threads: those of libclamav, see clam.h.
 */
#ifndef EPOST_ENGINE_CLAMLOG_H
#define EPOST_ENGINE_CLAMLOG_H

/* Takes libclamav's messages over, and drops them while nobody collects. */
void clamlog_init(void);

/* From here on messages are collected (the first few that fit), until clamlog_end returns them as
 * one line; "" when there were none. Errors come before warnings. The next call of clamlog_end
 * overwrites the line. */
void clamlog_begin(void);
const char *clamlog_end(void);

#endif
