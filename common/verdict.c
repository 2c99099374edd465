/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/verdict.h"

#include <stddef.h>
#include <string.h>

struct reason_row {
    enum reason reason;
    const char *token;
    enum verdict verdict;
    const char *sentence;
};

#define REASON_ROW(number, identifier, token, verdict, sentence)                                   \
    {REASON_##identifier, token, VERDICT_##verdict, sentence},
static const struct reason_row rows[] = {REASON_TABLE(REASON_ROW)};

#define ROWS (sizeof rows / sizeof rows[0])

static const struct reason_row *verdict_reason_row(unsigned reason)
{
    for (size_t i = 0; i < ROWS; i++)
        if ((unsigned)rows[i].reason == reason)
            return &rows[i];
    return &rows[0];
}

const char *verdict_name(unsigned verdict)
{
    static const char *const names[VERDICT_COUNT] = {"error", "clean", "infected", "unscannable",
                                                     "no-body"};

    return names[verdict < VERDICT_COUNT ? verdict : VERDICT_ERROR];
}

const char *reason_name(unsigned reason)
{
    return verdict_reason_row(reason)->token;
}

const char *reason_text(unsigned reason)
{
    return verdict_reason_row(reason)->sentence;
}

enum verdict reason_verdict(unsigned reason)
{
    return verdict_reason_row(reason)->verdict;
}

int reason_from_name(const char *token)
{
    /* Version 1.0 called it so, and a profile may name it. */
    if (strcmp(token, "quarantined") == 0)
        return REASON_CRASH_LISTED;
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].token, token) == 0)
            return (int)rows[i].reason;
    return -1;
}
