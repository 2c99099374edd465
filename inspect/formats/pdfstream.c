/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/pdfstream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PDFSTREAM_ENDS  4  /* places where a stream may end that are tried */
#define PDFSTREAM_TAIL  32 /* bytes behind the length in which "endstream" is expected */
#define PDFSTREAM_DEPTH 4  /* filters that are guessed on top of each other */

/* Where a stream may end, the likeliest first. */
struct pdfstream_ends {
    size_t at[PDFSTREAM_ENDS]; /* bytes */
    unsigned count;
    bool sure; /* the length is right */
};

static void pdfstream_path(const struct pdf_walk *walk, uint32_t number, char path[WIRE_PART_MAX])
{
    char name[32];

    snprintf(name, sizeof name, "stream %" PRIu32, number);
    inspection_path(path, walk->object, kind_name(KIND_PDF), name);
}

void pdfstream_scan(struct pdf_walk *walk, uint32_t number, const uint8_t *data, size_t length)
{
    char path[WIRE_PART_MAX];
    struct object member = {
        .data = data, .length = length, .path = path, .depth = walk->object->depth + 1};

    if (length == 0)
        return;
    pdfstream_path(walk, number, path);
    inspection_object(walk->in, &member);
}

static void pdfstream_note(struct pdf_walk *walk, uint32_t number, enum reason reason)
{
    char path[WIRE_PART_MAX];
    const struct object member = {.path = path};

    pdfstream_path(walk, number, path);
    inspection_note(walk->in, &member, reason, "a stream of a PDF");
}

/* The document's bytes are looked at a certain number of times, whatever it says of its streams:
 * each of many could claim all that follows it. */
static bool pdfstream_charge(struct pdf_walk *walk, uint32_t number, size_t bytes)
{
    if (bytes <= walk->input_left) {
        walk->input_left -= bytes;
        return true;
    }
    walk->input_left = 0;
    if (!walk->object->guessed || pdf_has_version(walk->pdf.data, walk->pdf.length))
        pdfstream_note(walk, number, REASON_LIMIT_OTHER);
    return false;
}

static bool pdfstream_is_document(const struct pdf_walk *walk, const uint8_t *data)
{
    return data >= walk->pdf.data && data < walk->pdf.data + walk->pdf.length;
}

/* The next such word, or NULL. To look for it is charged. */
static const uint8_t *pdfstream_find(struct pdf_walk *walk, uint32_t number, const uint8_t *data,
                                     size_t left, const char *word)
{
    const size_t length = strlen(word);
    const uint8_t *end;

    if (walk->input_left == 0)
        return NULL;
    if (left > walk->input_left)
        left = (size_t)walk->input_left;
    end = memmem(data, left, word, length);
    return pdfstream_charge(walk, number, end ? (size_t)(end - data) : left) ? end : NULL;
}

static void pdfstream_add_end(struct pdfstream_ends *ends, size_t length)
{
    unsigned i;

    for (i = 0; i < ends->count; i++)
        if (ends->at[i] == length)
            return;
    if (ends->count < PDFSTREAM_ENDS)
        ends->at[ends->count++] = length;
}

/* Before a mark the line's end goes. */
static size_t pdfstream_trim(const uint8_t *data, const uint8_t *end)
{
    if (end > data && end[-1] == '\n')
        end--;
    if (end > data && end[-1] == '\r')
        end--;
    return (size_t)(end - data);
}

/* Where the length says, at the next "endstream", at the next "endobj", at the document's end. */
static void pdfstream_ends(struct pdf_walk *walk, uint32_t number, size_t begin, int64_t said,
                           struct pdfstream_ends *ends)
{
    const struct pdf *pdf = &walk->pdf;
    const uint8_t *data = pdf->data + begin, *end;
    size_t left = pdf->length - begin;

    memset(ends, 0, sizeof *ends);
    if (said >= 0 && (uint64_t)said <= left) {
        size_t tail = left - (size_t)said;

        ends->sure = memmem(data + said, tail < PDFSTREAM_TAIL ? tail : PDFSTREAM_TAIL, "endstream",
                            9) != NULL;
        if (ends->sure) {
            pdfstream_add_end(ends, (size_t)said);
            return;
        }
    }
    end = pdfstream_find(walk, number, data, left, "endstream");
    if (end != NULL) {
        pdfstream_add_end(ends, pdfstream_trim(data, end));
        pdfstream_add_end(ends, (size_t)(end - data));
    }
    if (said > 0 && (uint64_t)said <= left)
        pdfstream_add_end(ends, (size_t)said);
    end = pdfstream_find(walk, number, data, left, "endobj");
    pdfstream_add_end(ends, end != NULL ? pdfstream_trim(data, end) : left);
}

/* Applies one filter. Returns false if the walk is to stop there. */
static bool pdfstream_filter(struct pdf_walk *walk, uint32_t number, enum pdffilter filter,
                             const struct pdf_params *params, const uint8_t *data, size_t length,
                             bool other, struct pdffilter_result *result)
{
    const struct pdffilter_job job = {
        .budget = &walk->in->budget, .container = walk->object->length, .other = other};
    enum reason reason;

    memset(result, 0, sizeof *result);
    if (!pdfstream_charge(walk, number, length))
        return false;
    reason = pdffilter_undo(filter, params, data, length, &job, result);
    if (reason != REASON_NONE)
        pdfstream_note(walk, number, reason);
    return true;
}

/* A chain of filters over some bytes, and how it went. */
struct pdfstream_chain {
    const struct pdf_stream *stream;
    uint32_t number;
    bool complete; /* the first filter's input came to its own end */
    bool any;      /* something came out */
    struct buffer *packed;
};

static void pdfstream_undo(struct pdf_walk *walk, struct pdfstream_chain *chain, unsigned at,
                           const uint8_t *data, size_t length)
{
    const struct pdf_stream *stream = chain->stream;
    enum pdffilter filter = PDFFILTER_NONE;
    struct pdffilter_result result;
    unsigned other;
    bool known, again = true;

    while (at < stream->count && filter == PDFFILTER_NONE) {
        filter = pdffilter_named(stream->filters[at++], &known);
        walk->odd |= !known;
    }
    if (filter == PDFFILTER_NONE || filter == PDFFILTER_IMAGE) {
        chain->any |= length > 0;
        if (pdfstream_is_document(walk, data) && !pdfstream_charge(walk, chain->number, length))
            return;
        pdfstream_scan(walk, chain->number, data, length);
        if (chain->packed != NULL && chain->packed->length == 0 &&
            buffer_add(chain->packed, data, length) != 0)
            pdfstream_note(walk, chain->number, REASON_MEMORY);
        return;
    }
    for (other = 0; other < 2 && again && !inspection_over(walk->in); other++) {
        if (!pdfstream_filter(walk, chain->number, filter, &stream->params[at - 1], data, length,
                              other != 0, &result))
            return;
        again = result.differs;
        walk->odd |= again;
        chain->complete |= at == 1 && result.complete;
        walk->unknown |= result.unknown;
        if (result.out.length > 0)
            pdfstream_undo(walk, chain, at, result.out.data, result.out.length);
        buffer_free(&result.out);
    }
}

/* The bytes as they are, and decrypted as the document's key would have it. */
static void pdfstream_bytes(struct pdf_walk *walk, struct pdfstream_chain *chain,
                            uint32_t generation, const uint8_t *data, size_t length)
{
    const struct pdfcrypt_key *key = &walk->key;
    const enum pdfcrypt_method methods[2] = {key->stream, key->file};
    unsigned i;

    for (i = 0; i < 2 && key->length > 0 && !chain->stream->table; i++) {
        struct buffer buffer = BUFFER_INIT;

        if (methods[i] != PDFCRYPT_NONE && (i == 0 || methods[1] != methods[0]) &&
            pdfcrypt_undo(key, methods[i], chain->number, generation, data, length, &buffer) == 0)
            pdfstream_undo(walk, chain, 0, buffer.data, buffer.length);
        buffer_free(&buffer);
    }
    pdfstream_undo(walk, chain, 0, data, length);
}

void pdfstream_open(struct pdf_walk *walk, uint32_t number, uint32_t generation,
                    const struct pdf_stream *stream, struct buffer *packed)
{
    const struct pdf *pdf = &walk->pdf;
    struct pdfstream_chain chain = {.stream = stream, .number = number, .packed = packed};
    struct pdfstream_ends ends;
    const size_t begins[2] = {stream->data, stream->line};
    unsigned begin, i;

    walk->odd |= stream->odd || stream->missing || stream->readings != 0;
    walk->missing |= stream->missing;
    walk->unknown |= stream->unknown;
    if (stream->unknown || stream->missing)
        pdfstream_guess(walk, stream->word);
    for (begin = 0; begin < 2 && (begin == 0 || begins[1] != begins[0]); begin++) {
        pdfstream_ends(walk, number, begins[begin], stream->length, &ends);
        walk->odd |= !ends.sure;
        /* A filter that came to its own end has no use for more bytes. */
        for (i = 0; i < ends.count && !(i > 0 && chain.complete) && !inspection_over(walk->in); i++)
            pdfstream_bytes(walk, &chain, generation, pdf->data + begins[begin], ends.at[i]);
    }
    if (!chain.any && ends.count > 0 && ends.at[0] > 0) {
        walk->damaged = true;
        walk->odd = true;
    }
}

static void pdfstream_guess_filter(struct pdf_walk *walk, const uint8_t *data, size_t length,
                                   int depth)
{
    static const enum pdffilter filters[] = {PDFFILTER_FLATE, PDFFILTER_HEX, PDFFILTER_ASCII85,
                                             PDFFILTER_LZW, PDFFILTER_RUNS};
    const struct pdf_params params = {
        .predictor = 1, .columns = 1, .colors = 1, .bits = 8, .early = 1};
    unsigned i;

    for (i = 0; i < sizeof filters / sizeof filters[0] && !inspection_over(walk->in); i++) {
        struct pdffilter_result result;

        if (!pdfstream_filter(walk, 0, filters[i], &params, data, length, false, &result))
            return;
        /* A stream that ends by itself, or shrinks to nothing, is no accident. */
        if (result.out.length > 0 && result.complete) {
            pdfstream_scan(walk, 0, result.out.data, result.out.length);
            if (depth < PDFSTREAM_DEPTH)
                pdfstream_guess_filter(walk, result.out.data, result.out.length, depth + 1);
        }
        buffer_free(&result.out);
    }
}

void pdfstream_guess(struct pdf_walk *walk, size_t word)
{
    const struct pdf *pdf = &walk->pdf;
    struct pdfstream_ends ends;
    size_t begin = word + 6;

    while (begin < pdf->length && begin < word + 8 &&
           (pdf->data[begin] == '\r' || pdf->data[begin] == '\n'))
        begin++;
    pdfstream_ends(walk, 0, begin, -1, &ends);
    if (!pdfstream_charge(walk, 0, ends.at[0]))
        return;
    pdfstream_scan(walk, 0, pdf->data + begin, ends.at[0]);
    pdfstream_guess_filter(walk, pdf->data + begin, ends.at[0], 0);
}
