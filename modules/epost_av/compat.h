/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat: c-icap's headers, and the one place that knows how 0.5 and 0.6 differ.
 *
 * c-icap's own headers are not written for -Wstrict-prototypes; only they are
 * excused from it.
 */
#ifndef EPOST_AV_COMPAT_H
#define EPOST_AV_COMPAT_H

/* c-icap 0.5 has an enumerator of the name of our macro. */
#pragma push_macro("CLIENT_INIT")
#undef CLIENT_INIT
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <c_icap/c-icap.h>
#include <c_icap/commands.h>
#include <c_icap/debug.h>
#include <c_icap/header.h>
#include <c_icap/request.h>
#include <c_icap/service.h>
#include <c_icap/simple_api.h>
#include <c_icap/stats.h>
#pragma GCC diagnostic pop
#pragma pop_macro("CLIENT_INIT")

/* 0.5 takes the labels of statistics as char * (and copies them), 0.6 as const char *. */
#define COMPAT_STAT_REGISTER(label, type, group)                                                   \
    ci_stat_entry_register((char *)(uintptr_t)(label), type, (char *)(uintptr_t)(group))

#endif
