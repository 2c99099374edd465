/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layerkinds: what libclamav says about a layer that it calls back for, over
 * its versions.
 *
 * Up to 1.4 there is a call for each file in a container, and for libclamav's
 * own rewriting of a page or a script. From 1.5 on there are calls too for
 * what it found inside of a file (embedded), and for the same bytes under
 * another type (retyped). Neither is a file that its container lists.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_ENGINE_LAYERKINDS_H
#define EPOST_ENGINE_LAYERKINDS_H

#include <clamav.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef LAYER_ATTRIBUTES_EMBEDDED
#define LAYERKINDS_EMBEDDED ((uint32_t)LAYER_ATTRIBUTES_EMBEDDED)
#else
#define LAYERKINDS_EMBEDDED 0x8u /* of 1.5; up to 1.4 it is never set */
#endif
#ifdef LAYER_ATTRIBUTES_RETYPED
#define LAYERKINDS_RETYPED ((uint32_t)LAYER_ATTRIBUTES_RETYPED)
#else
#define LAYERKINDS_RETYPED 0x4u /* as above */
#endif

/* libclamav's own rewriting of its parent. */
static inline bool layerkinds_is_normalized(uint32_t attributes)
{
    return (attributes & LAYER_ATTRIBUTES_NORMALIZED) != 0;
}

/* A file that its container lists: what counts when members are counted. */
static inline bool layerkinds_is_member(uint32_t attributes)
{
    return (attributes &
            (LAYER_ATTRIBUTES_NORMALIZED | LAYERKINDS_EMBEDDED | LAYERKINDS_RETYPED)) == 0;
}

#endif
