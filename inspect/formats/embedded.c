/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that text carries: data: URIs as browsers read them, base64 and
 * hexadecimal digits in scripts, calendars, cards, property lists and flat XML,
 * lists of numbers, and literals that are a file as they are.
 *
 * The text is looked at as it is, and in the copies that textview makes of it:
 * each time for URIs, and for long runs that decode to what begins like a file
 * (looks.h). libclamav decodes some of it itself; what it has seen is not
 * scanned again.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "common/base64.h"
#include "inspect/formats/cardfields.h"
#include "inspect/formats/datauri.h"
#include "inspect/formats/embeddedfile.h"
#include "inspect/formats/embeddedsmall.h"
#include "inspect/formats/embedwindows.h"
#include "inspect/formats/textruns.h"
#include "inspect/inspection.h"
#include "inspect/scripttext.h"
#include "inspect/textview.h"
#include "inspect/xmlentities.h"

#define EMBEDDED_NESTING 4  /* references in references, entities in entities */
#define EMBEDDED_EARLY   16 /* characters of base64 */

/* The changes by which a copy is made. */
enum embedded_stage {
    STAGE_REFERENCES,
    STAGE_ENTITIES,
    STAGE_CSS,
    STAGE_JS,
    STAGE_JOINED,
    STAGE_PERCENT,
    STAGE_UNFOLDED, /* lines of calendars and cards */
    STAGE_SPACELESS /* for atob() */
};

static long embedded_copy(enum embedded_stage stage, struct buffer *out, const struct buffer *from)
{
    switch (stage) {
    case STAGE_ENTITIES:
        return xmlentities_replace(out, from->data, from->length);
    case STAGE_REFERENCES:
        return textview_references(out, from->data, from->length);
    case STAGE_JOINED:
        return scripttext_joined(out, from->data, from->length);
    case STAGE_PERCENT:
        return textview_percent(out, from->data, from->length);
    case STAGE_UNFOLDED:
    case STAGE_SPACELESS:
        return textview_unfolded(out, from->data, from->length, stage == STAGE_SPACELESS);
    default:
        return scripttext_escapes(out, from->data, from->length, stage == STAGE_CSS);
    }
}

/* A byte without which a stage changes nothing. */
static int embedded_sign(enum embedded_stage stage)
{
    switch (stage) {
    case STAGE_ENTITIES:
    case STAGE_REFERENCES:
        return '&';
    case STAGE_PERCENT:
        return '%';
    case STAGE_UNFOLDED:
        return '\n';
    case STAGE_SPACELESS:
        return '(';
    default:
        return '\\';
    }
}

/* A script that is an address is percent-encoded as such. */
static bool embedded_is_address(const struct buffer *view)
{
    return textview_find(view->data, view->length, "avascript:", 2) != NULL;
}

/* Looks at the copy that a stage makes of the view, if that changes it. It lies in the spare buffer
 * then. */
static bool embedded_stage(struct embedded *embedded, enum embedded_stage stage)
{
    const struct buffer *from = &embedded->view;
    struct buffer *out = &embedded->spare;
    const long least = stage == STAGE_PERCENT && !embedded_is_address(from) ? EMBEDDED_PERCENTS : 1;
    long changed;

    if (stage != STAGE_JOINED && memchr(from->data, embedded_sign(stage), from->length) == NULL)
        return false;
    out->length = 0;
    changed = embedded_copy(stage, out, from);
    if (changed < 0)
        embeddedfile_no_memory(embedded);
    if (changed < least || inspection_over(embedded->in))
        return false;
    embedded->begin = out->data;
    embedded->end = out->data + out->length;
    embedded->joined = stage >= STAGE_JOINED;
    if (stage == STAGE_CSS) {
        datauri_base64(embedded);
        datauri_plain(embedded);
    } else {
        embedwindows_look(embedded);
    }
    if (stage >= STAGE_JS)
        textruns_literals(embedded);
    embeddedsmall_open(embedded);
    return true;
}

/* The copy is the view from now on. The room of the one before it is used again, unless that was
 * the text itself. */
static void embedded_next(struct embedded *embedded)
{
    const struct buffer before = embedded->view;

    embedded->view = embedded->spare;
    memset(&embedded->spare, 0, sizeof embedded->spare);
    if (embedded->owned)
        embedded->spare = before;
    embedded->owned = true;
}

/* As often as it changes something: entities in entities. */
static void embedded_again(struct embedded *embedded, enum embedded_stage stage)
{
    int i;

    for (i = 0; i < EMBEDDED_NESTING && embedded_stage(embedded, stage); i++)
        embedded_next(embedded);
}

/* `rare`: see textview_find. */
static bool embedded_has(const struct buffer *view, const char *word, size_t rare)
{
    return textview_find(view->data, view->length, word, rare) != NULL;
}

/* Literals that scripts make files of, whatever they look like. */
static bool embedded_has_blobs(const struct buffer *view)
{
    return embedded_has(view, "Blob(", 0) || embedded_has(view, "File(", 0) ||
           embedded_has(view, "unescape", 6) || embedded_has(view, "decodeURI", 6);
}

/* The backslash stands before a letter or slash of base64 that it leaves as it is, so near the
 * begin of the literal that too few characters are in front of it to begin a run. Other slashes are
 * escaped every day. */
static bool embedded_is_early(const uint8_t *begin, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *before = at;
    size_t count;

    while (before > begin && at - before < EMBEDDED_EARLY && base64_value(before[-1]) >= 0)
        before--;
    if (at - before == EMBEDDED_EARLY || before == begin || !textview_is_quote(before[-1]))
        return false;
    for (count = 0; count < EMBEDDED_EARLY && at < end; count++, at++) {
        if (*at == '\\' && end - at > 1)
            at++;
        if (base64_value(*at) < 0)
            return false;
    }
    return count == EMBEDDED_EARLY;
}

/* Escapes that hide something: letters, digits, percent signs, and line ends that vanish. Of the
 * others base64 is read without them. */
static bool embedded_has_escapes(const struct buffer *view)
{
    const uint8_t *at = view->data, *end = at + view->length;

    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL && end - at > 1) {
        const uint8_t c = at[1];

        if (c == 'x' || c == 'u' || (c >= '0' && c <= '7') || c == '\n' || c == '\r' || c == '%')
            return true;
        if (base64_value(c) >= 0 && embedded_is_early(view->data, at, end))
            return true;
        at += 2;
    }
    return false;
}

/* What styles and scripts undo. */
static void embedded_undone(struct embedded *embedded, bool escapes)
{
    embedded_stage(embedded, STAGE_CSS);
    if (escapes && embedded_stage(embedded, STAGE_JS))
        embedded_next(embedded);
    if (embedded_stage(embedded, STAGE_JOINED))
        embedded_next(embedded);
    embedded_stage(embedded, STAGE_PERCENT);
}

static void embedded_stages(struct embedded *embedded)
{
    bool blobs, escapes;

    embedded_again(embedded, STAGE_ENTITIES);
    embedded_again(embedded, STAGE_REFERENCES);
    blobs = embedded_has_blobs(&embedded->view);
    escapes = blobs || embedded_has_escapes(&embedded->view);
    embedded->begin = embedded->view.data;
    embedded->end = embedded->view.data + embedded->view.length;
    if (blobs)
        textruns_literals(embedded);
    if (embedded->has_mark || embedwindows_hit(embedded, escapes))
        embedded_undone(embedded, escapes);
    if (embedded_has(&embedded->view, "BEGIN:V", 6)) {
        embedded->begin = embedded->view.data;
        embedded->end = embedded->view.data + embedded->view.length;
        cardfields_look(embedded);
        embedded_stage(embedded, STAGE_UNFOLDED);
    }
    if (embedded_has(&embedded->view, "atob", 3))
        embedded_stage(embedded, STAGE_SPACELESS);
}

void embedded_open(struct inspection *in, const struct object *text)
{
    struct embedded embedded = {.in = in, .text = text};
    const long narrowed =
        text->length > 0 ? textview_narrow(&embedded.view, text->data, text->length) : 0;

    if (narrowed < 0)
        embeddedfile_no_memory(&embedded);
    embedded.owned = narrowed > 0;
    if (narrowed <= 0) {
        buffer_free(&embedded.view); /* there may be a copy that is like the text */
        embedded.view.data = (uint8_t *)(uintptr_t)text->data; /* which nobody writes to */
        embedded.view.length = text->length;
    }
    embedded.begin = embedded.view.data;
    embedded.end = embedded.view.data + embedded.view.length;
    if (embedded.view.length > 0) {
        embedwindows_look(&embedded);
        embeddedsmall_open(&embedded);
        if (narrowed > 0) /* libclamav reads it only behind a byte order mark */
            embeddedfile_found(&embedded, embedded.view.data, embedded.view.length, false);
        embedded_stages(&embedded);
        embeddedsmall_open(&embedded);
    }
    if (embedded.owned)
        buffer_free(&embedded.view);
    buffer_free(&embedded.spare);
    embeddedsmall_free(&embedded);
}

void embedded_runs_open(struct inspection *in, const struct object *message)
{
    struct embedded embedded = {.in = in,
                                .text = message,
                                .begin = message->data,
                                .end = message->data + message->length,
                                .joined = true};

    if (message->length > 0)
        textruns_look(&embedded);
    embeddedsmall_open(&embedded);
    embeddedsmall_free(&embedded);
}
