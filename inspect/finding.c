/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/finding.h"

#include <stdio.h>
#include <string.h>

#include "common/facts.h"

static int finding_rank(enum reason reason)
{
    switch (reason_verdict(reason)) {
    case VERDICT_INFECTED:
        return 4;
    case VERDICT_UNSCANNABLE:
        return reason == REASON_HEURISTIC ? 1 : 2;
    case VERDICT_CLEAN:
        return 0;
    default:
        return 3;
    }
}

void finding_init(struct finding *finding)
{
    memset(finding, 0, sizeof *finding);
    finding->reason = REASON_NONE;
}

void finding_add(struct finding *finding, enum reason reason, const char *part, const char *threat,
                 const char *detail)
{
    if (reason == REASON_MEMORY) /* a scan has as much as a limit allows */
        reason = REASON_LIMIT_MEMORY;
    if (reason != REASON_NONE && !facts_add(finding->facts, reason, threat, part))
        finding->facts_cut = true;
    if (finding_rank(reason) <= finding_rank(finding->reason))
        return;
    finding->reason = reason;
    snprintf(finding->part, sizeof finding->part, "%s", part != NULL ? part : "");
    snprintf(finding->threat, sizeof finding->threat, "%s", threat != NULL ? threat : "");
    snprintf(finding->detail, sizeof finding->detail, "%s", detail != NULL ? detail : "");
}

int finding_final(const struct finding *finding)
{
    return !finding->all && reason_verdict(finding->reason) == VERDICT_INFECTED;
}
