/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words: what the scanner writes to its standard error, for c-icap's log.
 *
 * c-icap's own standard error is /dev/null once it is a daemon. So the scanner gets the
 * write end of a pipe, and the master reads the other end once a second and when the scanner
 * has ended. The pipe is never waited for, on either side: a line that finds it full is lost.
 *
 * Owner: c-icap's master process; no other process and no thread may call.
 */
#ifndef EPOST_AV_WORDS_H
#define EPOST_AV_WORDS_H

#include "common/err.h"

/* Makes a new pipe, in place of an older one. Returns the write end, which the caller gives
 * to the scanner and closes; or -1 and err. */
EPOST_MUST_CHECK int words_open(struct err *err);

/* The read end, -1 if there is none: to be kept over c-icap's reconfigure. */
int words_fd(void);

/* Goes on with the read end that an earlier instance of the module has left. Takes fd. */
void words_adopt(int fd);

/* Hands each whole line that has come to `tell`, at most WORDS_LINES of them. */
void words_read(void (*tell)(const char *line));

/* The last line that was read, "" if none, without the time that a log line begins with. It
 * stays valid until the next call of words_read or words_open. */
const char *words_last(void);

#endif
