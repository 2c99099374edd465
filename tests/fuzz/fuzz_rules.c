/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule about names and kinds of files, and the names that it is asked about. */
#include <stdlib.h>
#include <string.h>

#include "common/members.h"
#include "common/wire.h"
#include "modules/epost_av/rules.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RULES_PARTS 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = place_text(data, size), rule[300], *part[RULES_PARTS];
    struct ruleset *set = NULL;
    struct err err;

    char *rest = text;
    for (unsigned i = 0; i < RULES_PARTS; i++) {
        char *line = strsep(&rest, "\n");
        part[i] = line ? line : text + size;
    }
    if (rules_add(&set, part[0], part[1], part[2], part[3], &err) == 0) {
        struct rules_subject asks = {.name = part[4],
                                     .host = part[5],
                                     .client = part[5],
                                     .groups = part[6],
                                     .members = rest ? rest : "",
                                     .now = (time_t)size * 977,
                                     .is_encrypted = size & 1};
        for (asks.flags = 0; asks.flags < 2; asks.flags++)
            if (rules_decide(set, &asks, rule, sizeof rule) > RULES_UNDECIDED)
                abort();
    }
    rules_free(&set);
    free(text);
    return 0;
}
