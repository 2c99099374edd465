/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memberrules: asks the operator's rules about names and kinds of files inside a
 * body (rules.h), when the verdict is known.
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_MEMBERRULES_H
#define EPOST_AV_MEMBERRULES_H

struct transaction;

/* Changes what was decided, or only names the rule in transaction->rule. */
void memberrules_apply(struct transaction *t);

#endif
