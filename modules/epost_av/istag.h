/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * istag: the ISTag, made of what scans (the signature set and its options) and
 * of what is done about it (profiles, exceptions, ranges), so that the same
 * signatures and policy give the same tag on every node.
 *
 * Each process of c-icap has its own copy of the tag: it is set in the child
 * that answers. Threads: any.
 */
#ifndef EPOST_AV_ISTAG_H
#define EPOST_AV_ISTAG_H

#include <stdint.h>

#include "common/wire.h"
#include "modules/epost_av/compat.h"

/* The service whose tag is kept; once, in the master. */
void istag_init(ci_service_xdata_t *service);

/* The policy has changed (settings or exceptions): digests it anew. */
void istag_policy(void);

/* Sets the tag if the engine that serves is another than at the last call.
 * Cheap when nothing has changed. */
void istag_refresh(void);

#endif
