/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/textwindows.h"

#include <string.h>

#include "inspect/looks.h"
#include "inspect/scripttext.h"
#include "inspect/textview.h"

#define TEXTWINDOWS_ESCAPE (LOOKS_HEAD + 32) /* bytes around an escape: a literal's first ones */
#define TEXTWINDOWS_JOIN   8                 /* around a join */
#define TEXTWINDOWS_MORE   4                 /* delimiters around a run */
#define TEXTWINDOWS_BRACES 12                /* of an escape in braces */

/* Of what files in text consist: base64, numbers in lists, percent escapes, and what is left out
 * of them. */
static bool textwindows_is_run(uint8_t c)
{
    static const bool more[256] = {
        ['+'] = true,         ['/'] = true,         ['='] = true,       ['-'] = true,
        ['_'] = true,         ['%'] = true,         [','] = true,       ['\\'] = true,
        ['0' ... '9'] = true, ['A' ... 'Z'] = true, [0 ... ' '] = true, ['a' ... 'z'] = true};

    return more[c];
}

/* Behind the escape at `at`, and behind a join that an escaped quotation mark may begin. */
static const uint8_t *textwindows_escape(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *close = NULL, *next = NULL;

    if (textview_is_quote(at[1]))
        next = scripttext_next(at + 2, end);
    if (next != NULL)
        return next;
    if (end - at > 3 && at[1] == 'u' && at[2] == '{')
        close = memchr(at, '}',
                       (size_t)(end - at < TEXTWINDOWS_BRACES ? end - at : TEXTWINDOWS_BRACES));
    return close != NULL ? close + 1 : at + 2;
}

/* Looks for the next change from `at` on. */
static void textwindows_find(struct textwindows *windows, const uint8_t *at)
{
    static const bool signs[256] = {['\\'] = true,
                                    ['"'] = true,
                                    ['\''] = true,
                                    ['`'] = true,
                                    [TEXTVIEW_QUOTE] = true,
                                    [TEXTVIEW_APOSTROPHE] = true,
                                    [TEXTVIEW_BACKQUOTE] = true};
    const uint8_t *end = windows->end;

    for (; end - at > 1; at++) {
        if (!signs[*at])
            continue;
        windows->change = at;
        windows->after = *at == '\\' ? textwindows_escape(at, end) : scripttext_next(at + 1, end);
        if (windows->after != NULL)
            return;
    }
    windows->change = NULL;
}

void textwindows_begin(struct textwindows *windows, const uint8_t *data, size_t length)
{
    windows->text = windows->behind = data;
    windows->end = data + length;
    textwindows_find(windows, data);
}

bool textwindows_next(struct textwindows *windows, const uint8_t **begin_r, const uint8_t **end_r)
{
    const uint8_t *begin, *end, *run = NULL;
    ptrdiff_t around;

    if (windows->change == NULL)
        return false;
    around = *windows->change == '\\' ? TEXTWINDOWS_ESCAPE : TEXTWINDOWS_JOIN;
    for (begin = windows->change; begin > windows->behind && textwindows_is_run(begin[-1]);)
        begin--;
    begin -=
        begin - windows->behind < TEXTWINDOWS_MORE ? begin - windows->behind : TEXTWINDOWS_MORE;
    if (windows->change - begin < around)
        begin =
            windows->change - windows->behind < around ? windows->behind : windows->change - around;
    end = begin;
    do {
        around = *windows->change == '\\' ? TEXTWINDOWS_ESCAPE : TEXTWINDOWS_JOIN;
        if (run == NULL || run < windows->after)
            run = windows->after;
        while (run < windows->end && textwindows_is_run(*run))
            run++;
        if (run > end)
            end = windows->end - run < TEXTWINDOWS_MORE ? windows->end : run + TEXTWINDOWS_MORE;
        if (end - windows->after < around)
            end = windows->end - windows->after < around ? windows->end : windows->after + around;
        textwindows_find(windows, windows->after);
    } while (windows->change != NULL && windows->change - end <= TEXTWINDOWS_ESCAPE);
    *begin_r = begin;
    *end_r = end;
    windows->behind = run; /* a run in front of the next change ends here at the latest */
    return true;
}
