/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fields: the values of header fields, and copies of them in fixed room.
 *
 * Values belong to the list and end at their line's end or at NUL. Threads: one a transaction.
 */
#ifndef EPOST_AV_FIELDS_H
#define EPOST_AV_FIELDS_H

#include <stddef.h>

#include "modules/epost_av/transaction.h"

/* The value if the line is a header of that name, else NULL. Clients trim blanks before the colon
 * and in front of the name. */
const char *fields_value_of(const char *line, const char *name);

/* The next value of a header that may come several times, or NULL; *at starts at 0. */
const char *fields_next(const ci_headers_list_t *list, const char *name, int *at);

/* The first value, or NULL. */
const char *fields_first(const ci_headers_list_t *list, const char *name);

/* For what is only shown: cut if it does not fit. `stop`: characters that end the value. */
void fields_copy(char *field, size_t size, const char *value, const char *stop);

/* For what may decide something: whole, or empty and noted as too long. */
void fields_take(struct transaction_headers *headers, char *field, size_t size, const char *value,
                 const char *stop, const char *name);

/* Notes that a field was not kept; `most` bytes would have been. The first one counts. */
void fields_note_overlong(struct transaction_headers *headers, const char *field, size_t most);

#endif
