/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * service_case: one transaction out of arbitrary bytes, and what must be true
 * of its outcome whatever they are. Used by the fuzz target and by a unit test
 * that makes its bytes itself.
 */
#ifndef EPOST_FUZZ_SERVICE_CASE_H
#define EPOST_FUZZ_SERVICE_CASE_H

#include <stddef.h>
#include <stdint.h>

/* Starts the service once. */
void service_case_start(void);

/* Runs a transaction; aborts when a promise is broken. Returns 1 if its body was scanned whole. */
int service_case_run(const uint8_t *data, size_t size);

#endif
