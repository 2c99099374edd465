/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/jit.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <dlfcn.h>
#include <inttypes.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/fixedset.h"
#include "engine/fixedtext.h"
#include "engine/layout.h"
#include "engine/plainregex.h"

#define JIT_EXPORTED   __attribute__((visibility("default")))
#define JIT_MAPS_MAX   65536 /* lines of the process's list of mappings that are looked at */
#define JIT_RANGES_MAX 1024  /* pieces of memory with code; a piece has many expressions */

#define JIT_SLOTS      8192 /* of expressions with a fixed text */
#define JIT_FIXED_MAX  6000 /* the others of them stay free */
#define JIT_WORDS      ((JIT_FIXED_MAX + 63) / 64)
#define JIT_UNNUMBERED UINT32_MAX
#define JIT_SAMPLES    8    /* texts that prove one */
#define JIT_SAMPLE_MAX 2048 /* bytes */
#define JIT_STEPS      100000
/* Options under which the letters of an expression are what they are without. */
#define JIT_PLAIN                                                                                  \
    (PCRE2_DOTALL | PCRE2_MULTILINE | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_UNGREEDY)

typedef int jit_matcher(const pcre2_code *, PCRE2_SPTR, PCRE2_SIZE, PCRE2_SIZE, uint32_t,
                        pcre2_match_data *, pcre2_match_context *);

struct jit_slot {
    const pcre2_code *code; /* also of one that is gone: another may come to its place */
    struct fixedtext text;
    uint32_t number; /* of the text in the set */
};

static struct {
    bool spoil;
    bool compiling;    /* between jit_begin and jit_end */
    bool interpreting; /* jit_use(0), or the pages could not be closed */
    bool closed;       /* pages of code are read-only */
    struct jit_counts counts;
    struct {
        void *begin;
        size_t size;
    } ranges[JIT_RANGES_MAX];
    size_t count; /* of ranges */
    struct jit_slot slots[JIT_SLOTS];
    size_t filled;
    struct fixedset *set; /* of all texts, or NULL */
    /* The buffer that expressions are run on: NULL outside of cli_pcre_scanbuf. */
    struct {
        const unsigned char *begin;
        size_t length;
        unsigned asked; /* expressions with a fixed text until now */
        bool searched;
        uint64_t found[JIT_WORDS];
    } buffer;
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

/* Numbers the texts that are known now. Without a set each is looked for by itself. */
static void jit_number(void)
{
    struct fixedtext *texts = calloc(JIT_FIXED_MAX, sizeof *texts);
    uint32_t count = 0;
    struct err err;

    fixedset_free(&jit.set);
    for (size_t i = 0; i < JIT_SLOTS; i++) {
        struct jit_slot *slot = &jit.slots[i];

        slot->number = JIT_UNNUMBERED;
        if (texts && slot->code && slot->text.length > 0 && count < JIT_FIXED_MAX) {
            slot->number = count;
            texts[count++] = slot->text;
        }
    }
    if (count > 0 && layout_is_known() && layout_calls()->pcre_scanbuf)
        jit.set = fixedset_new(texts, count, &err);
    jit.counts.together = jit.set ? count : 0;
    free(texts);
}

int jit_end(struct err *err)
{
    jit.compiling = false;
    jit_number();
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

void jit_spoil(bool spoil)
{
    jit.spoil = spoil;
}

/* ------------------------------------------------------------------ fixed texts */

static jit_matcher *jit_next_match(void)
{
    static jit_matcher *next;

    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pcre2_match_8");
    return next;
}

/* The slot of an expression, or the one that it would have. */
static struct jit_slot *jit_slot(const pcre2_code *code)
{
    size_t at = (size_t)(((uintptr_t)code >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 40) % JIT_SLOTS;

    while (jit.slots[at].code && jit.slots[at].code != code)
        at = (at + 1) % JIT_SLOTS;
    return &jit.slots[at];
}

/* Some texts that the expression matches, as PCRE says, have the fixed text. */
static bool jit_is_proven(const pcre2_code *code, const struct fixedtext *fixed, const char *plain)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    bool proven = data && context && plainregex_is(plain);

    if (context)
        pcre2_set_match_limit(context, JIT_STEPS);
    for (uint64_t seed = 0; proven && seed < JIT_SAMPLES; seed++) {
        char text[JIT_SAMPLE_MAX];
        const size_t length = plainregex_sample(plain, seed, text, sizeof text);

        proven =
            length > 0 && fixedtext_is_in(fixed, text, length) &&
            jit_next_match()(code, (PCRE2_SPTR)text, length, 0, PCRE2_NO_JIT, data, context) >= 0;
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return proven;
}

static void jit_fix(const pcre2_code *code, const char *pattern, uint32_t options)
{
    char plain[FIXEDTEXT_PATTERN_MAX * 2];
    struct jit_slot *slot = jit_slot(code);
    struct fixedtext fixed;

    slot->text.length = 0;
    slot->number = JIT_UNNUMBERED;
    if (!jit.compiling || !pattern || (options & ~(uint32_t)JIT_PLAIN) ||
        (!slot->code && jit.filled == JIT_FIXED_MAX) || !fixedtext_of(pattern, &fixed, plain))
        return;
    if (jit.spoil)
        fixed.bytes[0] ^= 1;
    if (!jit_is_proven(code, &fixed, plain))
        return;
    jit.filled += !slot->code;
    slot->code = code;
    slot->text = fixed;
    jit.counts.fixed++;
}

/* Whether a text is not in the buffer that libclamav works on, as far as one search for all of
 * them tells. For one expression alone there is none. */
static bool jit_is_absent(const struct jit_slot *slot, PCRE2_SPTR subject, PCRE2_SIZE length)
{
    if (!jit.set || slot->number == JIT_UNNUMBERED || !jit.buffer.begin ||
        subject < jit.buffer.begin || length > jit.buffer.length ||
        (size_t)(subject - jit.buffer.begin) > jit.buffer.length - length)
        return false;
    if (!jit.buffer.searched) {
        if (jit.buffer.asked++ == 0)
            return false;
        fixedset_search(jit.set, jit.buffer.begin, jit.buffer.length, jit.buffer.found);
        jit.buffer.searched = true;
        jit.counts.searches++;
    }
    return !(jit.buffer.found[slot->number / 64] >> slot->number % 64 & 1);
}

/* Whether it is certain that there is no match. */
static bool jit_misses(const pcre2_code *code, PCRE2_SPTR subject, PCRE2_SIZE length,
                       PCRE2_SIZE start, uint32_t options)
{
    const struct jit_slot *slot;

    if (jit.filled == 0 || jit.interpreting || !subject || length == PCRE2_ZERO_TERMINATED ||
        start > length || (options & (PCRE2_PARTIAL_SOFT | PCRE2_PARTIAL_HARD)))
        return false;
    slot = jit_slot(code);
    return slot->code && slot->text.length > 0 &&
           (jit_is_absent(slot, subject, length) ||
            !fixedtext_is_in(&slot->text, subject + start, length - start));
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
    if (compiled)
        jit_fix(compiled, length == PCRE2_ZERO_TERMINATED ? (const char *)pattern : NULL, options);
    return compiled;
}

JIT_EXPORTED int pcre2_match(const pcre2_code *code, PCRE2_SPTR subject, PCRE2_SIZE length,
                             PCRE2_SIZE start, uint32_t options, pcre2_match_data *data,
                             pcre2_match_context *context)
{
    jit_matcher *const next = jit_next_match();
    int result;

    jit.counts.matched++;
    if (jit_misses(code, subject, length, start, options)) {
        jit.counts.absent++;
        return PCRE2_ERROR_NOMATCH;
    }
    if (jit.interpreting)
        options |= PCRE2_NO_JIT;
    if (!(options & PCRE2_NO_JIT))
        jit.counts.machine++;
    result = next(code, subject, length, start, options, data, context);
    if (!(options & PCRE2_NO_JIT) &&
        (result == PCRE2_ERROR_JIT_STACKLIMIT || result == PCRE2_ERROR_MATCHLIMIT)) {
        jit.counts.repeated++;
        result = next(code, subject, length, start, options | PCRE2_NO_JIT, data, context);
    }
    return result;
}

/* ------------------------------------------------ in front of libclamav's own */

JIT_EXPORTED int cli_pcre_scanbuf(const unsigned char *buffer, uint32_t length, const char **name,
                                  void **results, const struct layout_root *root,
                                  struct layout_acdata *data, const void *offsets, void *context);

int cli_pcre_scanbuf(const unsigned char *buffer, uint32_t length, const char **name,
                     void **results, const struct layout_root *root, struct layout_acdata *data,
                     const void *offsets, void *context)
{
    int result;

    jit.buffer.begin = buffer;
    jit.buffer.length = length;
    jit.buffer.asked = 0;
    jit.buffer.searched = false;
    result =
        layout_calls()->pcre_scanbuf(buffer, length, name, results, root, data, offsets, context);
    jit.buffer.begin = NULL;
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
    if (code)
        jit_slot(code)->text.length = 0;
    if (code && jit.closed && pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) == 0 && size &&
        jit_open() < 0)
        return;
    next(code);
}
