/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handover: a new scanner program takes over from a running one.
 *
 * An upgrade puts another epostavs in the place of the one that runs, and c-icap's
 * `reconfigure` loads the new module. The old children still ask the old scanner, at the
 * configured socket, perhaps in an older protocol. So the new scanner gets a name of its own
 * beside it (SOCKET.1), the new children ask there, and once the old scanner has ended with
 * the last of the old children, the configured name becomes a link to the new one, for kasp
 * and the updater.
 *
 * Owner: c-icap's master process; no other process and no thread may call.
 */
#ifndef EPOST_AV_HANDOVER_H
#define EPOST_AV_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

/* True if the file of the program that the process runs was replaced or removed. False too
 * when it cannot be told. */
bool handover_is_replaced(pid_t pid);

/* Writes a name beside `name` at which nothing is yet. Returns 0; or -1 and err. */
EPOST_MUST_CHECK int handover_name(const char *name, char *beside, size_t size, struct err *err);

/* Waits until the scanner whose guardian has that process number serves, as its board says. Returns
 * 0; or -1 and err: it ended, its signatures do not load, or the time (ms) is over. */
EPOST_MUST_CHECK int handover_wait(const char *board, pid_t pid, int64_t limit_ms, struct err *err);

/* Makes `name` a link to `beside`, in one step. Returns 0; or -1 and err. */
EPOST_MUST_CHECK int handover_publish(const char *name, const char *beside, struct err *err);

/* Removes what an earlier life of c-icap has left: `name` if it is a link that
 * handover_publish has made, and what is at the names of handover_name. */
void handover_clear(const char *name);

#endif
