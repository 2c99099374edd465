/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/formats/pdffilter.h"

#define PDFPREDICT_COLUMNS (1 << 24)

static uint8_t pdfpredict_paeth(int a, int b, int c)
{
    int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* PNG's predictors: each row has a byte that names its own. */
static void pdfpredict_png(struct buffer *buffer, size_t row, size_t pixel)
{
    uint8_t *out = buffer->data;
    const uint8_t *in = buffer->data, *end = buffer->data + buffer->length, *above = NULL;

    while (end - in > 1) {
        uint8_t kind = *in++;
        size_t size = (size_t)(end - in) < row ? (size_t)(end - in) : row, i;

        if (kind == 0 || kind > 4)
            memmove(out, in, size);
        for (i = 0; i < size && kind >= 1 && kind <= 4; i++) {
            int left = i >= pixel ? out[i - pixel] : 0;
            int up = above != NULL ? above[i] : 0;
            int corner = above != NULL && i >= pixel ? above[i - pixel] : 0;
            int add = kind == 1   ? left
                      : kind == 2 ? up
                      : kind == 3 ? (left + up) / 2
                                  : pdfpredict_paeth(left, up, corner);

            out[i] = (uint8_t)(in[i] + add);
        }
        above = out;
        out += size;
        in += size;
    }
    buffer->length = (size_t)(out - buffer->data);
}

static unsigned pdfpredict_get(const uint8_t *row, size_t bit, unsigned bits)
{
    if (bits == 16)
        return (unsigned)row[bit / 8] << 8 | row[bit / 8 + 1];
    return row[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1);
}

static void pdfpredict_put(uint8_t *row, size_t bit, unsigned bits, unsigned value)
{
    unsigned shift, mask;

    if (bits == 16) {
        row[bit / 8] = (uint8_t)(value >> 8);
        row[bit / 8 + 1] = (uint8_t)value;
        return;
    }
    shift = (unsigned)(8 - bits - bit % 8);
    mask = ((1u << bits) - 1) << shift;
    row[bit / 8] = (uint8_t)((row[bit / 8] & ~mask) | (value << shift & mask));
}

/* TIFF's predictor: each value less the one of the same color to its left. */
static void pdfpredict_tiff(struct buffer *buffer, size_t row, size_t colors, unsigned bits)
{
    size_t at, bit;

    for (at = 0; at < buffer->length; at += row) {
        size_t size = buffer->length - at < row ? buffer->length - at : row;

        for (bit = colors * bits; bit + bits <= size * 8; bit += bits) {
            uint8_t *data = buffer->data + at;

            pdfpredict_put(data, bit, bits,
                           pdfpredict_get(data, bit, bits) +
                               pdfpredict_get(data, bit - colors * bits, bits));
        }
    }
}

bool pdfpredict_undo(struct buffer *buffer, const struct pdf_params *params)
{
    const int64_t columns = params->columns, colors = params->colors, bits = params->bits;
    size_t row, pixel;

    if (params->predictor <= 1 || buffer->length == 0)
        return true;
    if (columns < 1 || columns > PDFPREDICT_COLUMNS || colors < 1 || colors > 32 ||
        (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16))
        return false;
    row = (size_t)(columns * colors * bits + 7) / 8;
    pixel = (size_t)(colors * bits + 7) / 8;
    if (params->predictor >= 10)
        pdfpredict_png(buffer, row, pixel);
    else if (params->predictor == 2)
        pdfpredict_tiff(buffer, row, (size_t)colors, (unsigned)bits);
    return params->predictor >= 10 || params->predictor == 2;
}
