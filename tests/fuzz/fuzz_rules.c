/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules about names and kinds of files, and a body that they are asked about. The input is a byte
 * of flags, the rules (a line each, as in the file of exceptions), and behind a NUL the names,
 * host, client, groups and members of the body, each up to a NUL.
 *
 * No rule that blocks: nothing is blocked. And what is decided does not change when it is asked
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "common/members.h"
#include "common/wire.h"
#include "modules/epost_av/rules.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RULES_FLAG_SHORT     0x01u
#define RULES_FLAG_CUT       0x02u
#define RULES_FLAG_ENCRYPTED 0x04u
#define RULES_FLAG_TIME      4 /* the other bits: in pieces of eleven hours */

/* Adds the rules. Returns true if one of them blocks. */
static bool rules_read(struct ruleset **set, char *text)
{
    bool blocks = false;
    char *line;

    while ((line = strsep(&text, "\n"))) {
        char *rest = NULL;
        const char *verb = strtok_r(line, " \t", &rest), *what = strtok_r(NULL, " \t", &rest);
        const char *pattern = strtok_r(NULL, " \t", &rest);
        struct err err = {.text = ""};
        if (!what || !rules_is_kind(what))
            continue;
        if (rules_add(set, verb, what, pattern, rest, &err) == 0)
            blocks |= strcmp(verb, "block") == 0;
        else if (!err.text[0])
            abort(); /* a refusal without words */
    }
    return blocks;
}

static char *rules_next(char **at, char *end)
{
    char *text = *at;

    *at += strlen(text);
    *at += *at < end;
    return text;
}

static void rules_ask(const struct ruleset *set, const struct rules_subject *subject, bool blocks)
{
    char rule[300] = "", again[300] = "";
    enum rules_answer answer = rules_decide(set, subject, rule, sizeof rule);

    if (answer > RULES_UNDECIDED || (!blocks && answer > RULES_MARK))
        abort();
    if (answer == RULES_UNDECIDED && !subject->flags)
        abort(); /* all names are known */
    if ((answer != RULES_NONE) != (rule[0] != '\0'))
        abort();
    if (rules_decide(set, subject, again, sizeof again) != answer || strcmp(rule, again) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ruleset *set = NULL;

    if (size < 1 || size > WIRE_MEMBERS_MAX)
        return 0;
    unsigned flags = data[0];
    char *text = place_text(data + 1, size - 1), *end = text + size - 1, *at = text;
    bool blocks = rules_read(&set, rules_next(&at, end));
    struct rules_subject subject = {.now = 1700000000 + (time_t)(flags >> RULES_FLAG_TIME) * 39600,
                                    .is_encrypted = flags & RULES_FLAG_ENCRYPTED};
    subject.name = rules_next(&at, end);
    subject.host = rules_next(&at, end);
    subject.client = rules_next(&at, end);
    subject.groups = rules_next(&at, end);
    subject.members = rules_next(&at, end);
    if (flags & RULES_FLAG_SHORT)
        subject.flags |= WIRE_MEMBERS_SHORT;
    if (flags & RULES_FLAG_CUT)
        subject.flags |= WIRE_MEMBERS_CUT;
    if (members_check(subject.members))
        rules_ask(set, &subject, blocks);
    rules_free(&set);
    free(text);
    return 0;
}
