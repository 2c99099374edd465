/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy: what is done about a verdict: pass, block or fail.
 *
 * A profile holds one action for each reason, and the time a scan may take.
 * Three are built in (web, mail, strict); the operator changes them and adds
 * others with "epost_av.Profile NAME rule…".
 *
 * Owner: settings. Threads: constant after start.
 */
#ifndef EPOST_AV_POLICY_H
#define EPOST_AV_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/verdict.h"

#define POLICY_NAME_MAX     32 /* bytes with NUL */
#define POLICY_PROFILES_MAX 16
#define POLICY_REASONS      64 /* every reason's number is below */

enum policy_action {
    POLICY_FAIL = 0, /* ICAP 500 or 503: the client decides */
    POLICY_PASS,     /* the content goes on, marked unless it is clean */
    POLICY_BLOCK     /* the block page takes its place */
};

struct policy {
    char name[POLICY_NAME_MAX];
    uint32_t timeout_ms;            /* budget of a scan, waiting included */
    uint8_t action[POLICY_REASONS]; /* enum policy_action, by enum reason */
    bool keeps[POLICY_REASONS];     /* a copy goes to quarantine, by enum reason */
    bool fails_unkept;              /* what cannot be kept there fails */
    bool trickles;                  /* bytes may go out before the verdict (TrickleAfter) */
};

struct policy_set {
    unsigned count;
    struct policy profile[POLICY_PROFILES_MAX];
};

/* The built-in profiles. */
void policy_init(struct policy_set *set);

/* Takes "NAME rule…" with rules "verdict=action", "verdict:reason=action", both
 * also with "+quarantine" behind the action, "not-kept=action|fail", "trickle=on|off", "timeout=6s"
 * and "like=PROFILE" (first; a new profile without it begins as strict). Returns
 * 0, or -1 and err, and the set is as it was. */
EPOST_MUST_CHECK int policy_parse(struct policy_set *set, const char *text, struct err *err);

/* The profile of that name, or NULL. */
const struct policy *policy_find(const struct policy_set *set, const char *name);

/* The action. Clean passes only as verdict clean with reason none; a verdict
 * that does not fit its reason is treated as error/unknown. */
enum policy_action policy_decide(const struct policy *policy, enum verdict verdict,
                                 enum reason reason);

/* True if a copy of what has that verdict is to be put into quarantine. Never of what is clean. */
bool policy_keeps(const struct policy *policy, enum verdict verdict, enum reason reason);

/* "fail", "pass", "block". */
const char *policy_action_name(enum policy_action action);

#endif
