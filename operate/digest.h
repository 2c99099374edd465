/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest: what happened in a period, as tables of a report.
 *
 * Owner: whoever makes it; digest_free. Threads: one.
 */
#ifndef EPOST_OPERATE_DIGEST_H
#define EPOST_OPERATE_DIGEST_H

#include <stdint.h>

#include "common/err.h"

#define DIGEST_ROWS  10  /* of a table, but for those of fixed lists */
#define DIGEST_LABEL 300 /* bytes with NUL */

enum digest_table {
    DIGEST_REQUESTS,  /* by verdict and action */
    DIGEST_THREATS,   /* infected, by threat */
    DIGEST_CLIENTS,   /* not clean, by client */
    DIGEST_USERS,     /* the same by user */
    DIGEST_HOSTS,     /* the same by host */
    DIGEST_UNSCANNED, /* passed unscanned, by reason */
    DIGEST_SLOWEST,   /* milliseconds of the slowest requests that are kept */
    DIGEST_SERVICE,   /* service events, by kind; updates among them */
    DIGEST_TABLES
};

struct digest_row {
    char label[DIGEST_LABEL]; /* plain UTF-8; hostile text all the same */
    uint64_t value;
};

struct digest {
    uint64_t since_ms, until_ms;
    unsigned count[DIGEST_TABLES];
    struct digest_row *row[DIGEST_TABLES];
};

/* Reads the period out of the database. Returns 0, or -1 and err; digest_free either way. */
EPOST_MUST_CHECK int digest_read(struct digest *digest, const char *database, uint64_t since_ms,
                                 uint64_t until_ms, struct err *err);
void digest_free(struct digest *digest);

/* The title of a table, and what its values count: "Threats", "times". */
const char *digest_title(enum digest_table table);
const char *digest_unit(enum digest_table table);

/* Its name for programs: "threats". */
const char *digest_name(enum digest_table table);

#endif
