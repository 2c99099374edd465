/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migratetake: what a line of another service's configuration becomes.
 *
 * Each function takes the values of one line, at least one, NULL behind the last. A value
 * that it cannot use becomes a remark.
 *
 * Threads: one; a row is constant.
 */
#ifndef EPOST_OPERATE_MIGRATETAKE_H
#define EPOST_OPERATE_MIGRATETAKE_H

#include <stdint.h>

#include "operate/migration.h"

#define MIGRATETAKE_K ((int64_t)1024)
#define MIGRATETAKE_M (1024 * MIGRATETAKE_K)
#define MIGRATETAKE_G (1024 * MIGRATETAKE_M)

struct migratetake_row {
    const char *module, *name;
    void (*take)(struct migration *m, const struct migratetake_row *row, char **values);
    const char *ours;    /* our directive, or the head of our rule */
    int64_t min, max;    /* of our directive */
    const char *becomes; /* for people: what it becomes here, or why it becomes nothing */
};

/* A line without an equivalent: `becomes` says why. */
void migratetake_nothing(struct migration *m, const struct migratetake_row *row, char **values);

/* A number or a size, brought into the range of ours. */
void migratetake_number(struct migration *m, const struct migratetake_row *row, char **values);

/* The same, where it is over `min`; a lower one is a remark. */
void migratetake_depth(struct migration *m, const struct migratetake_row *row, char **values);

/* on or off: our directive of that name ("": none), and whether heuristic alerts block. */
void migratetake_alert(struct migration *m, const struct migratetake_row *row, char **values);

/* on or off: whether what is encrypted is blocked. */
void migratetake_encrypted(struct migration *m, const struct migratetake_row *row, char **values);

/* on or off: what happens when a scan fails; `ours` is pass or block. */
void migratetake_error(struct migration *m, const struct migratetake_row *row, char **values);

/* on or off: whether 204 is answered. */
void migratetake_no_204(struct migration *m, const struct migratetake_row *row, char **values);

/* The percentage of a body that goes out before it is scanned. */
void migratetake_percent(struct migration *m, const struct migratetake_row *row, char **values);

/* Categories of unwanted applications that are left out. */
void migratetake_pua(struct migration *m, const struct migratetake_row *row, char **values);

/* A regular expression for URLs; `ours` is the head of the rule. */
void migratetake_url(struct migration *m, const struct migratetake_row *row, char **values);

/* Another regular expression; `ours` is the head of the rule. */
void migratetake_regex(struct migration *m, const struct migratetake_row *row, char **values);

/* squidclamav's scan_mode. */
void migratetake_mode(struct migration *m, const struct migratetake_row *row, char **values);

/* squidclamav's enable_libarchive. */
void migratetake_archives(struct migration *m, const struct migratetake_row *row, char **values);

/* A module of c-icap. */
void migratetake_service(struct migration *m, const struct migratetake_row *row, char **values);

/* A name of a service. */
void migratetake_alias(struct migration *m, const struct migratetake_row *row, char **values);

#endif
