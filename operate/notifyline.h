/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyline: one line of the file of notifications, taken apart and checked.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_NOTIFYLINE_H
#define EPOST_OPERATE_NOTIFYLINE_H

#include "operate/notifyrules.h"

#define NOTIFYLINE_WORDS 48

struct notifyline {
    unsigned words;
    char *word[NOTIFYLINE_WORDS]; /* point into the line */
};

/* Splits the line, which is changed: words between blanks, a part of a word with blanks in double
 * quotes; '#' at the beginning of a word starts a comment. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int notifyline_split(struct notifyline *line, char *text, struct err *err);

/* Fills a target (its channel is set) or a rule, with its to= in to[], out of the words. Returns
 * 0, or -1 and err. */
EPOST_MUST_CHECK int notifyline_target(struct notifyline *line, struct notifyrules_target *target,
                                       struct err *err);
EPOST_MUST_CHECK int notifyline_rule(struct notifyline *line, struct notifyrules_rule *rule,
                                     char to[NOTIFYRULES_NAME], struct err *err);

#endif
