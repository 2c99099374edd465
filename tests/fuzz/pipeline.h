/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pipeline: what the fuzz targets of the content pipeline share.
 */
#ifndef EPOST_TESTS_FUZZ_PIPELINE_H
#define EPOST_TESTS_FUZZ_PIPELINE_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs the pipeline with small limits, and stops the program if its answer breaks a rule. */
void pipeline_run(const uint8_t *body, size_t length, const char *type, const char *encoding,
                  unsigned flags);

/* The same with file names, one a line. */
void pipeline_named(const uint8_t *body, size_t length, const char *name, const char *type,
                    const char *encoding, unsigned flags);

#endif
