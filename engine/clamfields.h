/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clamfields: settings of an engine that not every version of libclamav has.
 * configure asks for each of them.
 *
 * Owner: clam.c. Threads: none.
 */
#ifndef EPOST_ENGINE_CLAMFIELDS_H
#define EPOST_ENGINE_CLAMFIELDS_H

#include <clamav.h>

/* Statistics about programs are made and sent to nobody; 1.6 has neither them nor the setting. */
#if HAVE_DECL_CL_ENGINE_DISABLE_PE_STATS
#define CLAMFIELDS_NO_STATISTICS {CL_ENGINE_DISABLE_PE_STATS, 1},
#else
#define CLAMFIELDS_NO_STATISTICS
#endif

#endif
