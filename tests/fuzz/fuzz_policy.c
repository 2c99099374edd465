/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles, one a line. Whatever they say, only what is clean passes as clean, and an unknown
 * verdict does not. */
#include <stdlib.h>
#include <string.h>

#include "modules/epost_av/policy.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void policy_promises(const struct policy *policy)
{
    if (policy_keeps(policy, VERDICT_CLEAN, REASON_NONE))
        abort();
    for (unsigned reason = 0; reason < POLICY_REASONS; reason++)
        if (policy_decide(policy, VERDICT_INFECTED, (enum reason)reason) == POLICY_PASS &&
            policy_decide(policy, VERDICT_ERROR, REASON_UNKNOWN) != POLICY_PASS &&
            reason_verdict(reason) != VERDICT_INFECTED)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy_set set, before;
    char *text = place_text(data, size), *rest = text, *line;
    struct err err;

    policy_init(&set);
    while ((line = strsep(&rest, "\n"))) {
        before = set;
        if (policy_parse(&set, line, &err) < 0 && memcmp(&before, &set, sizeof set) != 0)
            abort();
    }
    if (set.count > POLICY_PROFILES_MAX)
        abort();
    for (unsigned i = 0; i < set.count; i++)
        policy_promises(&set.profile[i]);
    free(text);
    return 0;
}
