/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/jit.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <dlfcn.h>
#include <inttypes.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define JIT_EXPORTED   __attribute__((visibility("default")))
#define JIT_MAPS_MAX   65536 /* lines of the process's list of mappings that are looked at */
#define JIT_RANGES_MAX 1024  /* pieces of memory with code; a piece has many expressions */

static struct {
    bool compiling;    /* between jit_begin and jit_end */
    bool interpreting; /* jit_use(0), or the pages could not be closed */
    bool closed;       /* pages of code are read-only */
    struct jit_counts counts;
    struct {
        void *begin;
        size_t size;
    } ranges[JIT_RANGES_MAX];
    size_t count; /* of ranges */
} jit;

/* Notes where code is: the only memory of the process that can be written and executed. */
static int jit_find_ranges(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    char line[512];

    jit.count = 0;
    if (!file)
        return -1;
    for (unsigned n = 0; n < JIT_MAPS_MAX && fgets(line, sizeof line, file); n++) {
        uintptr_t begin, end;
        char rights[8];

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &begin, &end, rights) != 3 ||
            strcmp(rights, "rwxp") != 0)
            continue;
        if (jit.count == JIT_RANGES_MAX)
            break;
        jit.ranges[jit.count].begin = (void *)begin; // NOLINT: as the kernel writes it
        jit.ranges[jit.count++].size = end - begin;
    }
    fclose(file);
    return jit.count > 0 && jit.count < JIT_RANGES_MAX ? 0 : -1;
}

static int jit_protect(int protection)
{
    int result = 0;

    for (size_t i = 0; i < jit.count; i++)
        if (mprotect(jit.ranges[i].begin, jit.ranges[i].size, protection) < 0)
            result = -1;
    return result;
}

static int jit_open(void)
{
    if (jit.closed && jit_protect(PROT_READ | PROT_WRITE | PROT_EXEC) < 0)
        return -1;
    jit.closed = false;
    return 0;
}

void jit_begin(void)
{
    jit.counts = (struct jit_counts){0};
    jit.compiling = jit_open() == 0;
}

int jit_end(struct err *err)
{
    jit.compiling = false;
    if (jit.counts.compiled == 0 && jit.counts.refused > 0)
        return err_set(err, "the system forbids to make machine code");
    if (jit.counts.compiled > 0 && !jit.closed) {
        if (jit_find_ranges() < 0 || jit_protect(PROT_READ | PROT_EXEC) < 0) {
            jit.interpreting = true;
            return err_set(err, "the pages of machine code cannot be made read-only");
        }
        jit.closed = true;
    }
    return 0;
}

void jit_use(int use)
{
    jit.interpreting = !use;
}

struct jit_counts jit_counts(void)
{
    return jit.counts;
}

/* ------------------------------------------------ in front of libpcre2's own */

JIT_EXPORTED pcre2_code *pcre2_compile(PCRE2_SPTR pattern, PCRE2_SIZE length, uint32_t options,
                                       int *code, PCRE2_SIZE *offset,
                                       pcre2_compile_context *context)
{
    static pcre2_code *(*next)(PCRE2_SPTR, PCRE2_SIZE, uint32_t, int *, PCRE2_SIZE *,
                               pcre2_compile_context *);

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pcre2_compile_8");
    pcre2_code *compiled = next(pattern, length, options, code, offset, context);
    if (jit.compiling && compiled) {
        if (pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE) == 0)
            jit.counts.compiled++;
        else
            jit.counts.refused++;
    }
    return compiled;
}

JIT_EXPORTED int pcre2_match(const pcre2_code *code, PCRE2_SPTR subject, PCRE2_SIZE length,
                             PCRE2_SIZE start, uint32_t options, pcre2_match_data *data,
                             pcre2_match_context *context)
{
    static int (*next)(const pcre2_code *, PCRE2_SPTR, PCRE2_SIZE, PCRE2_SIZE, uint32_t,
                       pcre2_match_data *, pcre2_match_context *);
    int result;

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pcre2_match_8");
    jit.counts.matched++;
    if (jit.interpreting)
        options |= PCRE2_NO_JIT;
    result = next(code, subject, length, start, options, data, context);
    if (!(options & PCRE2_NO_JIT) &&
        (result == PCRE2_ERROR_JIT_STACKLIMIT || result == PCRE2_ERROR_MATCHLIMIT)) {
        jit.counts.repeated++;
        result = next(code, subject, length, start, options | PCRE2_NO_JIT, data, context);
    }
    return result;
}

/* The library notes what is free in the pages of code themselves. A process that may not open
 * them again (a worker) keeps the expression until it ends. */
JIT_EXPORTED void pcre2_code_free(pcre2_code *code)
{
    static void (*next)(pcre2_code *);
    size_t size = 0;

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pcre2_code_free_8");
    if (code && jit.closed && pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) == 0 && size &&
        jit_open() < 0)
        return;
    next(code);
}
