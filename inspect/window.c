/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/window.h"

#include <dlfcn.h>
#include <lzma.h>
#include <string.h>

static bool window_is_refused;

bool window_refused(void)
{
    const bool refused = window_is_refused;

    window_is_refused = false;
    return refused;
}

static uint64_t window_limit(uint64_t limit)
{
    return limit < WINDOW_MAX ? limit : WINDOW_MAX;
}

/* liblzma's own function. */
static void *window_next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* ------------------------------------------------------------------ liblzma */

/* libarchive is to find them in this program. */
#define WINDOW_PUBLIC __attribute__((visibility("default")))

WINDOW_PUBLIC lzma_ret lzma_alone_decoder(lzma_stream *stream, uint64_t limit)
{
    static lzma_ret (*next)(lzma_stream *, uint64_t);

    if (!next)
        *(void **)&next = window_next("lzma_alone_decoder");
    return next ? next(stream, window_limit(limit)) : LZMA_PROG_ERROR;
}

WINDOW_PUBLIC lzma_ret lzma_stream_decoder(lzma_stream *stream, uint64_t limit, uint32_t flags)
{
    static lzma_ret (*next)(lzma_stream *, uint64_t, uint32_t);

    if (!next)
        *(void **)&next = window_next("lzma_stream_decoder");
    return next ? next(stream, window_limit(limit), flags) : LZMA_PROG_ERROR;
}

WINDOW_PUBLIC lzma_ret lzma_raw_decoder(lzma_stream *stream, const lzma_filter *filters)
{
    static lzma_ret (*next)(lzma_stream *, const lzma_filter *);
    const uint64_t usage = lzma_raw_decoder_memusage(filters);

    if (!next)
        *(void **)&next = window_next("lzma_raw_decoder");
    if (usage != UINT64_MAX && usage > WINDOW_MAX) {
        window_is_refused = true;
        return LZMA_MEMLIMIT_ERROR;
    }
    return next ? next(stream, filters) : LZMA_PROG_ERROR;
}

WINDOW_PUBLIC lzma_ret lzma_code(lzma_stream *stream, lzma_action action)
{
    static lzma_ret (*next)(lzma_stream *, lzma_action);
    lzma_ret result;

    if (!next)
        *(void **)&next = window_next("lzma_code");
    result = next ? next(stream, action) : LZMA_PROG_ERROR;
    if (result == LZMA_MEMLIMIT_ERROR)
        window_is_refused = true;
    return result;
}
