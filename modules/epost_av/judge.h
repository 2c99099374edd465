/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge: of all that a scan found, the one thing that decides.
 *
 * The scanner knows no allow list and no profile: its reply holds every fact
 * (see common/facts.h), and is the same for all clients and for the cache. Here the
 * names that the operator allows are taken out, and of what is left the fact
 * that the profile is strictest about decides. So nothing that is passed hides
 * something that is not.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_JUDGE_H
#define EPOST_AV_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/wire.h"
#include "modules/epost_av/exceptions.h"
#include "modules/epost_av/policy.h"

/* True if the threat that ended the scan is an allowed one: the body must be scanned again with
 * WIRE_ALL_THREATS before anything can be said. */
bool judge_wants_all(const struct exceptions *exceptions, const struct wire_reply *reply);

/* Makes *reply speak of the fact that decides: verdict, reason, threat, part. `also` is a reason
 * that is known without the scan (REASON_PARTIAL), or REASON_NONE. rule[size] gets the line of the
 * exceptions that allowed the deciding name, else stays as it is. Returns what the profile does. */
enum policy_action judge(const struct exceptions *exceptions, const struct policy *policy,
                         enum reason also, struct wire_reply *reply, char *rule, size_t size);

#endif
