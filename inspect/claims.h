/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claims: what a request says about its body, beside the bytes: the endings of
 * its file names, the Content-Type, the Content-Encoding, whether it is an
 * upload.
 *
 * The pipeline learns them here and nowhere else. Each function notes that its
 * claim was looked at (WIRE_DEPENDS_…), so that the verdict is given only to
 * requests that agree in all claims that it depends on. Of the file name only
 * the ending can be asked for: the rest of it must not decide anything.
 *
 * Owner: inspect_body. Threads: one.
 */
#ifndef EPOST_INSPECT_CLAIMS_H
#define EPOST_INSPECT_CLAIMS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

#define CLAIMS_ENDING_MAX 16 /* bytes with NUL; a longer ending is none */
#define CLAIMS_NAMES      13 /* names of a body: the URL's, and those of its header */

/* The endings of a request's names in their order, in lower case, as names: "x.br". */
struct claims_endings {
    size_t count;
    char text[CLAIMS_NAMES][CLAIMS_ENDING_MAX + 1]; /* zeros behind each */
};

struct claims {
    uint32_t depends;              /* WIRE_DEPENDS_… of the claims that were looked at */
    _Atomic uint32_t *published;   /* a copy for others, should this process die; or NULL */
    struct claims_endings endings; /* private, as all below */
    char type[WIRE_TYPE_MAX + 1];
    char encoding[WIRE_ENCODING_MAX + 1];
    int is_upload;
};

/* Takes the claims of a checked request. `published` may be NULL. */
void claims_init(struct claims *claims, const struct wire_view *view, _Atomic uint32_t *published);

/* A name of the same ending as the body's file name ("x.br"), in lower case; NULL when there is
 * none. A body may have several names (URL, Content-Disposition): `at` counts from 0.
 * Valid as long as the claims. */
const char *claims_name(struct claims *claims, size_t at);

/* The fields' values as C strings, "" when there are none; valid as long as the claims. */
const char *claims_type(struct claims *claims);
const char *claims_encoding(struct claims *claims);

/* 1 if the body is a request's, which may be a form upload. */
int claims_upload(struct claims *claims);

/* 1 if the body is shown as a page or a script, by its type or name: see active_content.h. */
int claims_shown(struct claims *claims);

/* The endings of names that stand one a line. None is taken of a name of dots, of one without a dot
 * or with it in front only, or of an ending that does not fit. */
void claims_endings(struct claims_endings *endings, const char *names, size_t length);

#endif
