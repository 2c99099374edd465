/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifytext: what a notification says: a JSON object for programs and webhooks,
 * a mail for persons.
 *
 * The head of a mail, its subject too, holds nothing out of an event; its body
 * is plain text in base64, so that no content ends it. The JSON's "text" holds
 * only words of ours and the name of the threat without its special characters,
 * since chat programs look for markup in it.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_NOTIFYTEXT_H
#define EPOST_OPERATE_NOTIFYTEXT_H

#include "operate/notifyrules.h"
#include "operate/notifyslot.h"

#define NOTIFYTEXT_MAX (256u << 10) /* bytes of one notification */

/* Appends the JSON object and a newline. Returns 0, or -1 when it does not fit or the event cannot
 * be read. */
int notifytext_json(struct buf *out, const struct notifyrules_rule *rule, const char *node,
                    const struct notifyslot_group *group);

/* Appends a whole mail with its head, lines ended by CR LF. Result as above. */
int notifytext_mail(struct buf *out, const struct notifyrules_rule *rule,
                    const struct notifyrules_target *target, const char *node, uint64_t now_ms,
                    const struct notifyslot_group *group);

#endif
