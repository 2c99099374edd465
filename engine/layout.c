/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/layout.h"

#include <clamav.h>
#include <dlfcn.h>
#include <string.h>

/* Of libclamav.so.12, all releases of 1.4. */
_Static_assert(sizeof(struct layout_acdata) == 216, "struct layout_acdata");
_Static_assert(offsetof(struct layout_lsig, subsigs) == 68, "struct layout_lsig");
_Static_assert(offsetof(struct layout_lsig, macro_ptids) == 152, "struct layout_lsig");
_Static_assert(offsetof(struct layout_root, lsigs) == 248, "struct layout_root");
_Static_assert(sizeof(struct layout_patt) == 136, "struct layout_patt");

#define LAYOUT_VERSION "1.4." /* of libclamav; the structures of other series differ */
#define LAYOUT_SPARE   64     /* bytes behind the structure that must stay as they were */
#define LAYOUT_FILL    0xa5

static void *layout_next(const char *name)
{
    return dlvsym(RTLD_NEXT, name, "CLAMAV_PRIVATE");
}

const struct layout_calls *layout_calls(void)
{
    static struct layout_calls calls;
    static bool known;

    if (!known) {
        /* ISO C has no cast from void * to a pointer to a function; POSIX has this one. */
        *(void **)&calls.initdata = layout_next("cli_ac_initdata");
        *(void **)&calls.freedata = layout_next("cli_ac_freedata");
        *(void **)&calls.chklsig = layout_next("cli_ac_chklsig");
        *(void **)&calls.buildtrie = layout_next("cli_ac_buildtrie");
        *(void **)&calls.free = layout_next("cli_ac_free");
        *(void **)&calls.scanbuff = layout_next("cli_ac_scanbuff");
        *(void **)&calls.pcre_scanbuf = layout_next("cli_pcre_scanbuf");
        known = true;
    }
    return &calls;
}

/* One logical signature, two parts, three offsets: every field of the structure is told from the
 * others by its value. */
static bool layout_same_data(const struct layout_calls *calls)
{
    union {
        struct layout_acdata data;
        unsigned char bytes[sizeof(struct layout_acdata) + LAYOUT_SPARE];
    } probe;
    bool same;

    memset(probe.bytes, LAYOUT_FILL, sizeof probe.bytes);
    if (calls->initdata(&probe.data, 2, 1, 3, 8) != CL_SUCCESS)
        return false;
    same = probe.data.partsigs == 2 && probe.data.lsigs == 1 && probe.data.reloffsigs == 3 &&
           probe.data.min_partno == 1 && !probe.data.vinfo && probe.data.offmatrix &&
           probe.data.lsig_matches && probe.data.yr_matches && probe.data.offset &&
           probe.data.offset[4] == LAYOUT_NONE && probe.data.macro_lastmatch[0] == LAYOUT_NONE &&
           probe.data.macro_lastmatch[31] == LAYOUT_NONE && probe.data.lsigcnt[0][63] == 0 &&
           probe.data.last[0][63] == LAYOUT_NONE && probe.data.first[0][63] == LAYOUT_NONE;
    for (size_t i = sizeof probe.data; i < sizeof probe.bytes; i++)
        same = same && probe.bytes[i] == LAYOUT_FILL;
    if (same)
        calls->freedata(&probe.data);
    return same;
}

bool layout_is_known(void)
{
    return strncmp(cl_retver(), LAYOUT_VERSION, strlen(LAYOUT_VERSION)) == 0;
}

int layout_agrees(struct err *err)
{
    const struct layout_calls *calls = layout_calls();

    if (!layout_is_known())
        return err_set(err, "libclamav is %s, not %sx", cl_retver(), LAYOUT_VERSION);
    if (!calls->initdata || !calls->freedata || !calls->chklsig || !calls->buildtrie ||
        !calls->free || !calls->scanbuff)
        return err_set(err, "libclamav lacks a private function");
    if (!layout_same_data(calls))
        return err_set(err, "libclamav's match state has another layout");
    return 0;
}
