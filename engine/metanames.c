/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/metanames.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <dlfcn.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plainregex.h"

#define METANAMES_EXPORTED __attribute__((visibility("default")))

#define METANAMES_MAX      4096 /* expressions; more are libclamav's alone */
#define METANAMES_SLOTS    (2 * METANAMES_MAX)
#define METANAMES_NAME_MAX 1024   /* bytes of a name; a longer one is libclamav's */
#define METANAMES_STEPS    100000 /* of a match; over it libclamav decides */
#define METANAMES_SAMPLES  8      /* texts by which an expression is proven, each changed too */

/* Of libclamav's <regex.h>. */
#define METANAMES_EXTENDED 1
#define METANAMES_NOSUB    4
#define METANAMES_NO_MATCH 1

/* libclamav's regex_t: only its address counts. */
struct metanames_regex;

METANAMES_EXPORTED int cli_regcomp(struct metanames_regex *regex, const char *pattern, int flags);
METANAMES_EXPORTED int cli_regexec(const struct metanames_regex *regex, const char *text,
                                   size_t count, void *matches, int flags);
METANAMES_EXPORTED void cli_regfree(struct metanames_regex *regex);

/* An expression. `regex` stays where it is when the rest is gone: others were put behind it. */
struct metanames_slot {
    const struct metanames_regex *regex; /* NULL: nothing was ever here */
    pcre2_code *code;                    /* NULL: libclamav's alone */
    char *pattern;                       /* until it is proven */
};

static struct {
    bool taking, unused, spoil;
    struct metanames_slot *slots; /* METANAMES_SLOTS of them; never freed */
    uint32_t filled;
    pcre2_match_data *data;
    pcre2_match_context *context;
    struct metanames_counts counts;
    struct {
        int (*compile)(struct metanames_regex *, const char *, int);
        int (*run)(const struct metanames_regex *, const char *, size_t, void *, int);
        void (*free)(struct metanames_regex *);
    } next; /* libclamav's own */
} self;

static bool metanames_find_next(void)
{
    if (!self.next.run) {
        *(void **)&self.next.compile = dlvsym(RTLD_NEXT, "cli_regcomp", "CLAMAV_PRIVATE");
        *(void **)&self.next.free = dlvsym(RTLD_NEXT, "cli_regfree", "CLAMAV_PRIVATE");
        *(void **)&self.next.run = dlvsym(RTLD_NEXT, "cli_regexec", "CLAMAV_PRIVATE");
    }
    return self.next.compile && self.next.free && self.next.run;
}

/* Its slot, or the one that it would have. */
static struct metanames_slot *metanames_slot(const struct metanames_regex *regex)
{
    size_t at = (size_t)(((uintptr_t)regex >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 40);

    at %= METANAMES_SLOTS;
    while (self.slots[at].regex && self.slots[at].regex != regex)
        at = (at + 1) % METANAMES_SLOTS;
    return &self.slots[at];
}

static void metanames_drop(struct metanames_slot *slot)
{
    pcre2_code_free(slot->code);
    free(slot->pattern);
    slot->code = NULL;
    slot->pattern = NULL;
}

static bool metanames_prepare(void)
{
    if (!self.slots)
        self.slots = calloc(METANAMES_SLOTS, sizeof *self.slots);
    if (!self.data)
        self.data = pcre2_match_data_create(1, NULL);
    if (!self.context && (self.context = pcre2_match_context_create(NULL)))
        pcre2_set_match_limit(self.context, METANAMES_STEPS);
    return self.slots && self.data && self.context;
}

static void metanames_take(const struct metanames_regex *regex, const char *pattern)
{
    const uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE;
    struct metanames_slot *slot = metanames_slot(regex);
    PCRE2_SIZE place;
    int code;

    if (!slot->regex && self.filled == METANAMES_MAX) {
        self.counts.left++;
        return;
    }
    self.filled += !slot->regex;
    slot->regex = regex;
    metanames_drop(slot);
    if (plainregex_is(pattern))
        slot->code = pcre2_compile((PCRE2_SPTR)(self.spoil ? "spoiled" : pattern),
                                   PCRE2_ZERO_TERMINATED, options, &code, &place, NULL);
    if (slot->code && !(slot->pattern = strdup(pattern)))
        metanames_drop(slot);
    self.counts.left += !slot->code;
}

/* Whether it is certain that there is no match. */
static bool metanames_misses(const struct metanames_slot *slot, const char *text)
{
    size_t length = strnlen(text, METANAMES_NAME_MAX + 1);

    return length <= METANAMES_NAME_MAX &&
           pcre2_match(slot->code, (PCRE2_SPTR)text, length, 0, 0, self.data, self.context) ==
               PCRE2_ERROR_NOMATCH;
}

/* ----------------------------------------------------------------- the proof */

static bool metanames_agrees(const struct metanames_slot *slot, const char *text)
{
    return !metanames_misses(slot, text) ||
           self.next.run(slot->regex, text, 0, NULL, 0) == METANAMES_NO_MATCH;
}

/* A text of the expression, between others, with each of some letters changed, and cut. */
static bool metanames_proven_by(const struct metanames_slot *slot, uint64_t seed)
{
    char text[METANAMES_NAME_MAX + 3] = "x";
    size_t length = plainregex_sample(slot->pattern, seed, text + 1, sizeof text - 2);

    if (length == 0 || !metanames_agrees(slot, text) || !metanames_agrees(slot, text + 1))
        return false;
    memcpy(text + 1 + length, "\n", 2);
    if (!metanames_agrees(slot, text) || !metanames_agrees(slot, text + 1))
        return false;
    text[1 + length] = '\0';
    for (size_t i = seed % 3; i < length; i += 3) {
        const char before = text[1 + i];

        text[1 + i] = (char)(before == '.' ? '_' : before ^ ' ');
        if (text[1 + i] && !metanames_agrees(slot, text + 1))
            return false;
        text[1 + i] = before;
    }
    text[length] = '\0';
    return metanames_agrees(slot, text + 1);
}

static bool metanames_proven(const struct metanames_slot *slot)
{
    for (uint64_t seed = 0; seed < METANAMES_SAMPLES; seed++)
        if (!metanames_proven_by(slot, seed))
            return false;
    return true;
}

/* ----------------------------------------------------------------- the interface */

void metanames_begin(void)
{
    self.counts = (struct metanames_counts){0};
    self.taking = metanames_find_next() && metanames_prepare();
}

int metanames_end(struct err *err)
{
    if (!self.taking)
        return err_set(err, "libclamav lacks a private function, or there is no memory");
    self.taking = false;
    for (size_t i = 0; i < METANAMES_SLOTS; i++) {
        struct metanames_slot *slot = &self.slots[i];

        if (!slot->pattern)
            continue;
        if (metanames_proven(slot)) {
            self.counts.taken++;
            free(slot->pattern);
            slot->pattern = NULL;
        } else {
            self.counts.left++;
            metanames_drop(slot);
        }
    }
    return 0;
}

void metanames_use(bool use)
{
    self.unused = !use;
}

struct metanames_counts metanames_counts(void)
{
    return self.counts;
}

void metanames_spoil(bool spoil)
{
    self.spoil = spoil;
}

/* ----------------------------------------------------------------- in front of libclamav's own */

METANAMES_EXPORTED int cli_regcomp(struct metanames_regex *regex, const char *pattern, int flags)
{
    if (!metanames_find_next())
        return -1;
    int result = self.next.compile(regex, pattern, flags);
    if (result == 0 && self.taking && flags == (METANAMES_EXTENDED | METANAMES_NOSUB))
        metanames_take(regex, pattern);
    else if (self.slots)
        metanames_drop(metanames_slot(regex)); /* another expression was there */
    return result;
}

METANAMES_EXPORTED int cli_regexec(const struct metanames_regex *regex, const char *text,
                                   size_t count, void *matches, int flags)
{
    if (!metanames_find_next())
        return -1;
    if (self.slots && !self.unused && !self.taking && count == 0 && flags == 0) {
        const struct metanames_slot *slot = metanames_slot(regex);

        if (slot->code && metanames_misses(slot, text)) {
            self.counts.answered++;
            return METANAMES_NO_MATCH;
        }
    }
    return self.next.run(regex, text, count, matches, flags);
}

METANAMES_EXPORTED void cli_regfree(struct metanames_regex *regex)
{
    if (self.slots)
        metanames_drop(metanames_slot(regex));
    if (metanames_find_next())
        self.next.free(regex);
}
