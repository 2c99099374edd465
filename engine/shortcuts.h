/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shortcuts: which of the ways that make a scan cheaper are on, and why others are not.
 *
 * Each one gives the same verdict as libclamav alone, can be switched off (directive Shortcuts)
 * and falls back by itself where the system or the library lacks what it needs.
 *
 * Owner: the process. Threads: one.
 */
#ifndef EPOST_ENGINE_SHORTCUTS_H
#define EPOST_ENGINE_SHORTCUTS_H

#include "common/err.h"

struct cl_engine;

enum shortcut {
    SHORTCUT_JIT = 1,       /* regular expressions as machine code: engine/jit.h */
    SHORTCUT_UNTOUCHED = 2, /* signatures that nothing touched cost nothing: engine/untouched.h */
    SHORTCUT_ACONLY = 4,    /* one search for all fixed patterns instead of two */
    SHORTCUT_HUGEPAGES = 8, /* the engine's memory in huge pages: engine/huge.h */
    SHORTCUT_ANCHORS = 16,  /* patterns are looked for by their rarest bytes: engine/anchors.h */
    SHORTCUT_MEMBERS = 32,  /* clean members are not scanned again: inspect/remembered.h */
    SHORTCUT_NAMES = 64,    /* names of members by machine code: engine/metanames.h */
    SHORTCUT_TINY = 128,    /* what libclamav does not look at is not given to it: tinybody.h */
    /* Not hugepages: with anchors a scan touches little of the engine's memory, and to gather it
     * takes as long as half the loading. */
    SHORTCUT_ALL = 247
};

#define SHORTCUTS_TEXT_MAX 256

/* "all", "none", or a list of "jit", "untouched", "aconly", "hugepages", "anchors", "members",
 * "names", "tiny" with commas or blanks between. Returns 0 and the set, or -1 and err. */
EPOST_MUST_CHECK int shortcuts_parse(const char *text, unsigned *set_r, struct err *err);

/* Before signatures are loaded into the engine. tmpdir: where libclamav may write. */
void shortcuts_before_load(struct cl_engine *engine, unsigned set, const char *tmpdir);

/* After the engine is compiled. Puts what is on now, and why others are off, as one line into
 * text: "jit 557, untouched 39206, aconly". Returns the set that is on. */
unsigned shortcuts_after_compile(unsigned set, char text[SHORTCUTS_TEXT_MAX]);

/* After everything is loaded that workers share, before the first of them is forked. Appends to
 * text. Returns the set that is on: 0 or SHORTCUT_HUGEPAGES. */
unsigned shortcuts_before_fork(unsigned set, char text[SHORTCUTS_TEXT_MAX]);

/* Uses only these of what is on, until the next call: for comparisons. */
void shortcuts_use(unsigned set);

#endif
