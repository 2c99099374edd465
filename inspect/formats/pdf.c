/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PDF: libclamav takes its streams apart, but not those that use a predictor
 * or whose dictionary is written in a way it does not follow; every reader
 * does. Those are undone here: a predictor together with its compression, all
 * else by handing libclamav the same stream under a plain dictionary.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"
#include "inspect/formats/pdfdict.h"

#define PDF_COLUMNS (1 << 24)

struct pdf_walk {
    struct inspection *in;
    const struct object *object;
    struct pdf pdf;
    int encrypted;
};

/* Where a stream's bytes end: where its length says, if that is so, else at the next end mark. */
static size_t pdf_stream_length(const struct pdf *pdf, const struct pdf_stream *stream)
{
    const uint8_t *data = pdf->data + stream->data, *end;
    size_t left = pdf->length - stream->data, tail;

    if (stream->length >= 0 && (uint64_t)stream->length <= left) {
        tail = left - (size_t)stream->length;
        if (memmem(data + stream->length, tail < 20 ? tail : 20, "endstream", 9) != NULL)
            return (size_t)stream->length;
    }
    end = memmem(data, left, "endstream", 9);
    return end != NULL ? (size_t)(end - data) : left;
}

static uint8_t pdf_paeth(int a, int b, int c)
{
    int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* Undoes PNG's predictors in place: each row has a byte that names its own. */
static void pdf_undo_png(struct buffer *buffer, size_t row, size_t pixel)
{
    uint8_t *out = buffer->data;
    const uint8_t *in = buffer->data, *end = buffer->data + buffer->length, *above = NULL;

    while (end - in > 1) {
        uint8_t kind = *in++;
        size_t size = (size_t)(end - in) < row ? (size_t)(end - in) : row, i;

        for (i = 0; i < size; i++) {
            int left = i >= pixel ? out[i - pixel] : 0;
            int up = above != NULL ? above[i] : 0;
            int corner = above != NULL && i >= pixel ? above[i - pixel] : 0;
            int add = kind == 1   ? left
                      : kind == 2 ? up
                      : kind == 3 ? (left + up) / 2
                      : kind == 4 ? pdf_paeth(left, up, corner)
                                  : 0;

            out[i] = (uint8_t)(in[i] + add);
        }
        above = out;
        out += size;
        in += size;
    }
    buffer->length = (size_t)(out - buffer->data);
}

static void pdf_undo_tiff(struct buffer *buffer, size_t row, size_t colors)
{
    size_t at, i;

    for (at = 0; at < buffer->length; at += row)
        for (i = colors; i < row && at + i < buffer->length; i++)
            buffer->data[at + i] = (uint8_t)(buffer->data[at + i] + buffer->data[at + i - colors]);
}

/* Returns 0, or -1 for a predictor that is not known. */
static int pdf_undo(struct buffer *buffer, const struct pdf_params *params)
{
    size_t row, pixel;

    if (params->columns < 1 || params->columns > PDF_COLUMNS || params->colors < 1 ||
        params->colors > 32 || params->bits < 1 || params->bits > 16)
        return -1;
    row = (size_t)(params->columns * params->colors * params->bits + 7) / 8;
    pixel = (size_t)(params->colors * params->bits + 7) / 8;
    if (params->predictor >= 10 && params->predictor <= 15)
        pdf_undo_png(buffer, row, pixel);
    else if (params->predictor == 2 && params->bits == 8)
        pdf_undo_tiff(buffer, row, (size_t)params->colors);
    else
        return -1;
    return 0;
}

static void pdf_predicted(struct pdf_walk *walk, const struct object *member,
                          const struct pdf_stream *stream, const uint8_t *data, size_t length)
{
    struct object plain = *member;
    struct decoded decoded;
    enum reason reason;

    if (stream->count != 1 ||
        (strcmp(stream->filters[0], "FlateDecode") != 0 && strcmp(stream->filters[0], "Fl") != 0)) {
        inspection_note(walk->in, member, REASON_CONTAINER, "a predictor under several filters");
        return;
    }
    reason = decode(CODEC_ZLIB, data, length, &walk->in->budget, &decoded);
    if (pdf_undo(&decoded.out, &stream->params[0]) < 0)
        inspection_note(walk->in, member, REASON_CONTAINER, "an unknown predictor");
    plain.data = decoded.out.data;
    plain.length = decoded.out.length;
    if (plain.length > 0)
        inspection_object(walk->in, &plain);
    /* Of a damaged stream readers show what came out, as is done here. */
    if (reason == REASON_ENCODING && plain.length == 0)
        inspection_note(walk->in, member, REASON_CONTAINER, "a damaged stream");
    else if (reason != REASON_NONE && reason != REASON_ENCODING)
        inspection_note(walk->in, member, reason, NULL);
    buffer_free(&decoded.out);
}

/* The same stream in a document of its own, as libclamav reads it. */
static void pdf_rewritten(struct pdf_walk *walk, const struct object *member,
                          const struct pdf_stream *stream, const uint8_t *data, size_t length)
{
    struct object document = *member;
    struct buffer buffer = SPOOL_INIT;
    char head[64 + PDF_FILTERS * (PDF_NAME + 2)];
    int used = snprintf(head, sizeof head, "%%PDF-1.7\n1 0 obj\n<</Length %zu/Filter[", length);
    unsigned i;

    for (i = 0; i < stream->count; i++)
        if (strcmp(stream->filters[i], "Crypt") != 0) /* by default it does nothing */
            used += snprintf(head + used, sizeof head - (size_t)used, "/%s ", stream->filters[i]);
    snprintf(head + used, sizeof head - (size_t)used, "]>>stream\n");
    if (buffer_add(&buffer, head, strlen(head)) != 0 || buffer_add(&buffer, data, length) != 0 ||
        buffer_add(&buffer, "\nendstream\nendobj\n%%EOF\n", 24) != 0) {
        inspection_note(walk->in, member, REASON_MEMORY, NULL);
    } else {
        document.data = buffer.data;
        document.length = buffer.length;
        inspection_object(walk->in, &document);
    }
    buffer_free(&buffer);
}

static void pdf_stream_open(struct pdf_walk *walk, uint32_t number, const struct pdf_stream *stream)
{
    const uint8_t *data = walk->pdf.data + stream->data;
    size_t length = pdf_stream_length(&walk->pdf, stream);
    char path[WIRE_PART_MAX], name[32];
    struct object member = {.path = path, .depth = walk->object->depth + 1};
    int predicted = 0;
    unsigned i;

    snprintf(name, sizeof name, "stream %" PRIu32, number);
    inspection_path(path, walk->object, kind_name(KIND_PDF), name);
    for (i = 0; i < stream->count; i++)
        predicted |= stream->params[i].predictor != 1;
    if (stream->unknown)
        inspection_note(walk->in, &member, REASON_CONTAINER,
                        "how a stream is packed cannot be told");
    else if (walk->encrypted && !stream->table)
        inspection_note(walk->in, &member, REASON_ENCRYPTED, "a stream in an encrypted document");
    else if (predicted)
        pdf_predicted(walk, &member, stream, data, length);
    else
        pdf_rewritten(walk, &member, stream, data, length);
}

void pdf_open(struct inspection *in, const struct object *object)
{
    struct pdf_walk walk = {.in = in, .object = object};
    struct pdf_stream stream;
    size_t i;

    if (pdf_index(&walk.pdf, object->data, object->length) < 0) {
        inspection_note(in, object, REASON_LIMIT_FILES, "objects of a PDF");
        return;
    }
    walk.encrypted = memmem(object->data, object->length, "/Encrypt", 8) != NULL;
    for (i = 0; i < walk.pdf.count && !inspection_over(in); i++)
        if (pdf_read_stream(&walk.pdf, walk.pdf.objects[i].at, &stream) && stream.odd)
            pdf_stream_open(&walk, walk.pdf.objects[i].number, &stream);
    pdf_free(&walk.pdf);
}
