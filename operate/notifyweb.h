/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyweb: webhooks and mails on their way, by libcurl; none waits for another.
 *
 * Headers, addresses and URLs are those of the target. Redirects are not
 * followed: they would take the token elsewhere.
 *
 * Owner: the notifier. Threads: one.
 */
#ifndef EPOST_OPERATE_NOTIFYWEB_H
#define EPOST_OPERATE_NOTIFYWEB_H

#include "operate/notifyrules.h"
#include "operate/notifyslot.h"

struct notifyweb;

/* Returns it, or NULL and err. */
EPOST_MUST_CHECK struct notifyweb *notifyweb_new(struct err *err);

/* Ends what is on its way, without a word to anybody. */
void notifyweb_free(struct notifyweb **web);

/* Sends the content, a JSON object to a webhook or a mail; its memory is taken over in any case.
 * `owner` comes back in notifyweb_collect. The target must live until then. Returns 0, or -1 and
 * err. */
EPOST_MUST_CHECK int notifyweb_start(struct notifyweb *web, const struct notifyrules_target *target,
                                     struct buf *content, void *owner, struct err *err);

#define NOTIFYWEB_WAIT 16 /* descriptors of others */

/* Waits until something can go on, one of the descriptors can be read, or the time is over. */
void notifyweb_wait(struct notifyweb *web, const int *fds, unsigned count, int wait_ms);

/* Goes on with all of them, and calls `each` for those that ended, with why they failed. */
void notifyweb_collect(struct notifyweb *web,
                       void (*each)(void *data, void *owner, enum notifyslot_outcome outcome,
                                    const char *why),
                       void *data);

#endif
