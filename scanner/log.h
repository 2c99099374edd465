/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: the log of epostavs: one line an event, on standard error, which is a
 * file when ScannerLog is set.
 *
 * Line breaks and control characters in a message become '?', so that hostile
 * text cannot forge a line. Lines are written in one piece: the supervisor and
 * the generation processes share the file.
 *
 * Threads: any (one write per line).
 */
#ifndef EPOST_SCANNER_LOG_H
#define EPOST_SCANNER_LOG_H

#include "common/err.h"

/* Standard error becomes the file (appended to; made with mode 0640), "" leaves it as it is.
 * Called again it opens the file anew (after rotation). Returns 0, or -1 and err. */
EPOST_MUST_CHECK int log_open(const char *path, struct err *err);

/* The descriptor of the standard error that the process was started with, -1 if it still is. */
int log_origin_fd(void);

/* In a child process that closes its descriptors: the log is all there is. */
void log_forget_origin(void);

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Also to the standard error that the process was started with, wherever the log is. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
