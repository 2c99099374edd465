/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/shortcuts.h"

#include <clamav.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/huge.h"
#include "engine/jit.h"
#include "engine/metanames.h"
#include "engine/search.h"
#include "engine/tinybody.h"
#include "engine/untouched.h"

static const struct {
    const char *name;
    unsigned bit;
} shortcuts_names[] = {
    {"jit", SHORTCUT_JIT},         {"untouched", SHORTCUT_UNTOUCHED},
    {"aconly", SHORTCUT_ACONLY},   {"hugepages", SHORTCUT_HUGEPAGES},
    {"anchors", SHORTCUT_ANCHORS}, {"members", SHORTCUT_MEMBERS},
    {"names", SHORTCUT_NAMES},     {"tiny", SHORTCUT_TINY},
    {"all", SHORTCUT_ALL},         {"none", 0},
};

int shortcuts_parse(const char *text, unsigned *set_r, struct err *err)
{
    unsigned set = 0;

    for (const char *at = text + strspn(text, ", "); *at; at += strspn(at, ", ")) {
        size_t length = strcspn(at, ", "), i = 0;

        while (i < sizeof shortcuts_names / sizeof shortcuts_names[0] &&
               (strlen(shortcuts_names[i].name) != length ||
                strncmp(shortcuts_names[i].name, at, length) != 0))
            i++;
        if (i == sizeof shortcuts_names / sizeof shortcuts_names[0])
            return err_set(err, "\"%.*s\" is no shortcut", (int)(length < 40 ? length : 40), at);
        set |= shortcuts_names[i].bit;
        at += length;
    }
    *set_r = set;
    return 0;
}

void shortcuts_before_load(struct cl_engine *engine, unsigned set, const char *tmpdir)
{
    struct err err;

    /* What it says is asked for when the engine is compiled. */
    if ((set & SHORTCUT_TINY) && tinybody_prove(tmpdir, &err) < 0)
        err.text[0] = '\0';
    shortcuts_use(set);
    if (set & SHORTCUT_ACONLY)
        cl_engine_set_num(engine, CL_ENGINE_AC_ONLY, 1);
    if (set & SHORTCUT_JIT)
        jit_begin();
    if (set & SHORTCUT_NAMES)
        metanames_begin();
}

__attribute__((format(printf, 2, 3))) static void shortcuts_say(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    if (used > 0 && used + 3 < SHORTCUTS_TEXT_MAX) {
        memcpy(text + used, ", ", 3);
        used += 2;
    }
    va_start(arguments, format);
    vsnprintf(text + used, SHORTCUTS_TEXT_MAX - used, format, arguments);
    va_end(arguments);
}

unsigned shortcuts_after_compile(unsigned set, char text[SHORTCUTS_TEXT_MAX])
{
    unsigned on = set & (SHORTCUT_ACONLY | SHORTCUT_MEMBERS);
    struct err err;

    text[0] = '\0';
    if (set & SHORTCUT_NAMES) {
        if (metanames_end(&err) < 0) {
            shortcuts_say(text, "names off (%s)", err.text);
        } else {
            shortcuts_say(text, "names %" PRIu32, metanames_counts().taken);
            on |= SHORTCUT_NAMES;
        }
    }
    if (set & SHORTCUT_JIT) {
        if (jit_end(&err) < 0) {
            shortcuts_say(text, "jit off (%s)", err.text);
        } else {
            shortcuts_say(text, "jit %" PRIu32, jit_counts().compiled);
            on |= SHORTCUT_JIT;
        }
    }
    if (set & SHORTCUT_UNTOUCHED) {
        if (untouched_build(&err) < 0) {
            shortcuts_say(text, "untouched off (%s)", err.text);
        } else {
            shortcuts_say(text, "untouched %u", untouched_count());
            on |= SHORTCUT_UNTOUCHED;
        }
    }
    if (set & SHORTCUT_ANCHORS) {
        if (untouched_anchor(&err) < 0) {
            shortcuts_say(text, "anchors off (%s)", err.text);
        } else {
            shortcuts_say(text, "anchors %u", search_count());
            on |= SHORTCUT_ANCHORS;
        }
    }
    if (set & SHORTCUT_TINY) {
        if (tinybody_prove(NULL, &err) < 0) {
            shortcuts_say(text, "tiny off (%s)", err.text);
        } else {
            shortcuts_say(text, "tiny");
            on |= SHORTCUT_TINY;
        }
    }
    if (set & SHORTCUT_ACONLY)
        shortcuts_say(text, "aconly");
    if (set & SHORTCUT_MEMBERS)
        shortcuts_say(text, "members");
    return on;
}

unsigned shortcuts_before_fork(unsigned set, char text[SHORTCUTS_TEXT_MAX])
{
    uint64_t bytes = 0;
    struct err err;

    if (!(set & SHORTCUT_HUGEPAGES))
        return 0;
    if (huge_collapse(&bytes, &err) < 0) {
        shortcuts_say(text, "hugepages off (%s)", err.text);
        return 0;
    }
    shortcuts_say(text, "hugepages %" PRIu64 "M", bytes >> 20);
    return SHORTCUT_HUGEPAGES;
}

void shortcuts_use(unsigned set)
{
    jit_use((set & SHORTCUT_JIT) != 0);
    untouched_use((set & SHORTCUT_UNTOUCHED) != 0);
    search_use((set & SHORTCUT_ANCHORS) != 0);
    metanames_use((set & SHORTCUT_NAMES) != 0);
    tinybody_use((set & SHORTCUT_TINY) != 0);
}
