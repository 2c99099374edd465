/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page: the block page, from templates.
 *
 * The directory of templates holds one directory a language ("en", "ja"), each with
 * blocked.html and texts. blocked.html is HTML in UTF-8 with {{name}} for a
 * variable (always HTML-escaped) and {{#name}}…{{/name}} for a piece that is
 * shown only if the variable is not empty. texts holds lines "name = text":
 * the title and the sentence for each kind of page, and one for each reason.
 *
 * Owner: the service; loaded once. Threads: constant after page_load.
 */
#ifndef EPOST_AV_PAGE_H
#define EPOST_AV_PAGE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/verdict.h"

#define PAGE_TEMPLATE_MAX (64u * 1024u)  /* bytes of a template or of texts */
#define PAGE_MAX          (256u * 1024u) /* bytes of a rendered page */
#define PAGE_CSP_MAX      256

enum page_variable {
    PAGE_TITLE, /* the first four come from texts */
    PAGE_SENTENCE,
    PAGE_ADVICE,
    PAGE_REASON,
    PAGE_THREAT, /* the others from the transaction */
    PAGE_PART,
    PAGE_URL,
    PAGE_ID,
    PAGE_TIME,
    PAGE_CONTACT,
    PAGE_CLIENT,
    PAGE_USER,
    PAGE_SERVER,
    PAGE_VARIABLES
};

struct page_values {
    const char *value[PAGE_VARIABLES]; /* NULL counts as empty; the first four are ignored */
};

struct page_set;

/* Loads all languages of a directory; "" gives the plain built-in page. `fallback`
 * is the language for those who ask for none that is there. Returns the set, or
 * NULL and err ("…/ja/blocked.html:12: there is no variable …"). */
EPOST_MUST_CHECK struct page_set *page_load(const char *directory, const char *fallback,
                                            struct err *err);

/* Renders the page for a verdict into `out` (UTF-8 HTML). `accept_language` is
 * the header's value or NULL. Returns 0 and the language's tag and the
 * Content-Security-Policy that fits it (valid as long as the set), or -1 when
 * it does not fit into `out`. */
int page_render(const struct page_set *set, const char *accept_language, enum verdict verdict,
                enum reason reason, const struct page_values *values, struct buf *out,
                const char **language_r, const char **policy_r);

/* Frees and nulls; NULL is fine. */
void page_free(struct page_set **set);

#endif
