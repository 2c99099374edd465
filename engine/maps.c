/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/maps.h"

#include <clamav.h>
#include <dlfcn.h>

static struct maps_counts maps;
static cl_fmap_t *(*maps_next)(void *, size_t, size_t, clcb_pread, int);

void maps_prepare(void)
{
    if (!maps_next)
        *(void **)&maps_next = dlsym(RTLD_NEXT, "cl_fmap_open_handle");
}

struct maps_counts maps_counts(void)
{
    return maps;
}

/* In front of libclamav's own, which calls it for its temporary files. */
__attribute__((visibility("default"))) cl_fmap_t *
cl_fmap_open_handle(void *handle, size_t offset, size_t length, clcb_pread read, int use_aging)
{
    maps_prepare();
    if (!maps_next)
        return NULL;
    if (length <= MAPS_HEAP_MAX)
        use_aging = 0;
    if (use_aging)
        maps.mapped++;
    else
        maps.heap++;
    return maps_next(handle, offset, length, read, use_aging);
}
