/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether another view of a text is worth a copy. Of most scripts it is not: what escapes and joins
 * change is no file. So the same stages are gone through with little parts of the text, around the
 * places that change (textwindows.h), and nothing is inspected: a hit means that the whole text
 * must be copied and looked at. A part shows the begin of what it holds and not always the end, so
 * that marks count whatever follows them.
 */
#include "config.h"

#include "inspect/formats/embedwindows.h"

#include <string.h>

#include "inspect/formats/datauri.h"
#include "inspect/formats/embeddedfile.h"
#include "inspect/formats/textruns.h"
#include "inspect/scripttext.h"
#include "inspect/textview.h"
#include "inspect/textwindows.h"

void embedwindows_look(struct embedded *embedded)
{
    if (embedded->end - embedded->begin < EMBEDDED_MIN && !embedded->trial)
        return;
    datauri_base64(embedded);
    datauri_plain(embedded);
    textruns_parts(embedded);
    textruns_look(embedded);
    textruns_lists(embedded);
}

struct embedwindows {
    struct embedded trial;
    struct buffer css, script, joined; /* copies of a window */
    size_t percents;                   /* percent escapes, in the text and in the copies */
    bool address, escapes;
};

static size_t embedwindows_percents(const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length;
    uint32_t code;
    size_t count = 0;

    for (; at < end && (at = memchr(at, '%', (size_t)(end - at))) != NULL; at++)
        count += textview_digits(at + 1, end, 16, 2, &code) == 2 ||
                 (end - at > 5 && at[1] == 'u' && textview_digits(at + 2, end, 16, 4, &code) == 4);
    return count;
}

static void embedwindows_show(struct embedwindows *windows, const uint8_t *data, size_t length)
{
    windows->trial.begin = data;
    windows->trial.end = data + length;
}

/* Percent escapes undone are read once more, if they are many or the text is a script's address. */
static void embedwindows_escaped(struct embedwindows *windows, const uint8_t *data, size_t length)
{
    windows->percents += embedwindows_percents(data, length);
    windows->address = windows->address || textview_find(data, length, "avascript:", 2) != NULL;
    if (windows->percents >= (windows->address ? 1 : EMBEDDED_PERCENTS))
        windows->trial.hit = true;
}

/* Adds a copy to an empty buffer. No memory: the whole text is to be tried, and says so. */
static long embedwindows_copied(struct embedwindows *windows, long changed)
{
    if (changed < 0)
        windows->trial.hit = true;
    return changed;
}

static void embedwindows_styles(struct embedwindows *windows, const uint8_t *data, size_t length)
{
    struct buffer *css = &windows->css;

    css->length = 0;
    if (embedwindows_copied(windows, scripttext_escapes(css, data, length, true)) <= 0)
        return;
    embedwindows_show(windows, css->data, css->length);
    datauri_base64(&windows->trial);
    datauri_plain(&windows->trial);
}

static void embedwindows_scripts(struct embedwindows *windows, const uint8_t *data, size_t length)
{
    struct buffer *script = &windows->script, *joined = &windows->joined;

    script->length = 0;
    if (windows->escapes &&
        embedwindows_copied(windows, scripttext_escapes(script, data, length, false)) > 0) {
        data = script->data;
        length = script->length;
        embedwindows_show(windows, data, length);
        embedwindows_look(&windows->trial);
        textruns_literals(&windows->trial);
    }
    joined->length = 0;
    if (embedwindows_copied(windows, scripttext_joined(joined, data, length)) > 0) {
        data = joined->data;
        length = joined->length;
        embedwindows_show(windows, data, length);
        embedwindows_look(&windows->trial);
        textruns_literals(&windows->trial);
    }
    embedwindows_escaped(windows, data, length);
}

bool embedwindows_hit(const struct embedded *embedded, bool escapes)
{
    struct embedwindows windows = {.trial = *embedded, .escapes = escapes};
    struct embedded *trial = &windows.trial;
    struct textwindows walk;
    const uint8_t *begin, *end;
    size_t covered = 0;

    trial->trial = true;
    embedwindows_escaped(&windows, embedded->view.data, embedded->view.length);
    embedwindows_show(&windows, embedded->view.data, embedded->view.length);
    if (escapes) /* a literal's first escape may be far behind its begin */
        textruns_literals(trial);
    textwindows_begin(&walk, embedded->view.data, embedded->view.length);
    while (!trial->hit && !trial->has_mark && textwindows_next(&walk, &begin, &end)) {
        const size_t length = (size_t)(end - begin);

        covered += length;
        if (covered > embedded->view.length) /* they overlap so much that one copy is cheaper */
            trial->hit = true;
        embedwindows_styles(&windows, begin, length);
        embedwindows_scripts(&windows, begin, length);
    }
    buffer_free(&windows.css);
    buffer_free(&windows.script);
    buffer_free(&windows.joined);
    return trial->hit || trial->has_mark;
}
