/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html: what all pages are made of. No page has a script, or asks for anything
 * of another host.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_HTML_H
#define EPOST_OPERATE_HTML_H

#include "common/buf.h"
#include "common/event.h"

/* A page being written. */
struct html {
    struct buf *out;
    const char *language; /* "en" or "ja" */
    const char *node;
};

extern const char html_style[]; /* the one style sheet */
extern const char html_icon[];  /* the icon, SVG */

/* Content-Security-Policy of every page. */
#define HTML_POLICY                                                                                \
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "  \
    "frame-ancestors 'none'"

/* From the doctype to the beginning of main. `key` names the title, `here` the path (for the
 * language switch; "" none); refresh_s: seconds until it is loaded anew, 0 never. */
void html_begin(const struct html *page, const char *key, const char *here, unsigned refresh_s);
void html_end(const struct html *page);

/* Adds text, escaped. */
void html_text(const struct html *page, const char *text);

/* Adds the text of a key (words.h), escaped. */
void html_word(const struct html *page, const char *key);

/* Adds an event's value, escaped; words of events in the page's language. */
void html_value(const struct html *page, const struct event *event, enum event_field field);

/* Adds "NAME=value" for a link's query, percent-encoded; separators are the caller's. */
void html_argument(const struct html *page, const char *name, const char *value);

/* Adds a moment as local time in a <time> element. */
void html_time(const struct html *page, uint64_t time_ms);

/* A list of events as a table. */
void html_table_begin(const struct html *page);
void html_table_row(const struct html *page, int64_t number, const struct event *event);
void html_table_end(const struct html *page);

#endif
