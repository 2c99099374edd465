/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clamwords: what libclamav's names of alerts and its codes mean here. clam_kind (clam.h), which
 * turns its names of file types into ours, is here too.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_ENGINE_CLAMWORDS_H
#define EPOST_ENGINE_CLAMWORDS_H

#include "common/verdict.h"

/* The reason that an alert of that name stands for. Limits and encryption are reported like
 * threats. Heuristics are suspicions, but for the viruses that libclamav knows by an algorithm
 * instead of a signature; libclamav itself tells them from signatures by the same beginnings of
 * names. */
enum reason clamwords_alert(const char *name);

/* The reason that a scan's code (cl_error_t) stands for; REASON_NONE for CL_CLEAN. */
enum reason clamwords_code(int code);

#endif
