/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quarantine: has the monitor keep an encrypted copy of a body, where the
 * profile asks for it (policy_keeps).
 *
 * A body that did not come whole is not kept, nor is one while the monitor is
 * away; transaction->kept then says "not kept: " and why, and so does the event.
 * The verdict stays as it is; a profile with not-kept=fail makes it fail.
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_QUARANTINE_H
#define EPOST_AV_QUARANTINE_H

struct transaction;

/* Called once, when verdict and action are decided. Waits at most QuarantineWait. Returns 0, or -1
 * when the profile wants it kept or failed, and it is not kept. */
int quarantine_keep(struct transaction *t);

#endif
