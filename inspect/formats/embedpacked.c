/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/embedpacked.h"

#include "inspect/decode.h"
#include "inspect/looks.h"
#include "inspect/textview.h"

#define EMBEDPACKED_LEAST 32 /* characters of base64 */
#define EMBEDPACKED_RUNS  64 /* of one text that are tried */

/* Where the programs' names of the two have their rarest letter. */
#define EMBEDPACKED_RARE 0

static bool embedpacked_is_named(struct embedded *embedded)
{
    const struct buffer *view = &embedded->view;
    const uint8_t *data = view->length > 0 ? view->data : embedded->text->data;
    const size_t length = view->length > 0 ? view->length : embedded->text->length;

    if (embedded->packed == EMBEDDED_PACKED_UNKNOWN)
        embedded->packed = textview_find(data, length, "flate", EMBEDPACKED_RARE) != NULL ||
                                   textview_find(data, length, "rotli", EMBEDPACKED_RARE) != NULL
                               ? EMBEDDED_PACKED_NAMED
                               : EMBEDDED_PACKED_NOT;
    return embedded->packed == EMBEDDED_PACKED_NAMED;
}

/* Unpacks what is perhaps a stream. Noise ends at its first bytes, and begins like nothing. */
static void embedpacked_try(struct embedded *embedded, enum codec codec, const struct buffer *run)
{
    struct decoded decoded;
    enum reason reason = decode(codec, run->data, run->length, &embedded->in->budget, &decoded);

    if (reason == REASON_NONE || decoded.is_all || decoded.out.length >= run->length)
        embeddedfile_found(embedded, decoded.out.data, decoded.out.length, false);
    buffer_free(&decoded.out);
}

void embedpacked_run(struct embedded *embedded, const uint8_t *word, const uint8_t *end)
{
    struct buffer run = BUFFER_INIT;
    int failed = 0;

    if (end - word < EMBEDPACKED_LEAST || embedded->packed_runs >= EMBEDPACKED_RUNS ||
        !embedpacked_is_named(embedded))
        return;
    embedded->packed_runs++;
    embeddedfile_decode(word, embedded->end, false, SIZE_MAX, &run, &failed);
    if (failed)
        embeddedfile_no_memory(embedded);
    embedpacked_try(embedded, CODEC_DEFLATE, &run);
    if (!inspection_over(embedded->in))
        embedpacked_try(embedded, CODEC_BROTLI, &run);
    buffer_free(&run);
}
