/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/lzw.h"

#include <string.h>

#define LZW_HEAD  3u
#define LZW_RESET 256u
#define LZW_NONE  LZW_CODES

bool lzw_begin(struct lzw *lzw, const uint8_t *data, size_t length)
{
    if (length <= LZW_HEAD || memcmp(data, "\x1f\x9d", 2) != 0 || (data[2] & 0x60) ||
        (data[2] & 0x1f) < 9 || (data[2] & 0x1f) > 16)
        return false;
    lzw->data = data + LZW_HEAD;
    lzw->length = length - LZW_HEAD;
    lzw->at = 0;
    lzw->group = 0;
    lzw->width = 9;
    lzw->widest = data[2] & 0x1f;
    lzw->blocks = (data[2] & 0x80) != 0;
    lzw->next = lzw->blocks ? 257 : 256;
    lzw->last = LZW_NONE;
    lzw->first = 0;
    return true;
}

/* Codes come in groups of eight; a change of their width begins a new group. */
static void lzw_new_width(struct lzw *lzw, unsigned width)
{
    const uint64_t bits = (uint64_t)lzw->width * 8, used = lzw->at - lzw->group;

    lzw->at = (size_t)(lzw->group + (used + bits - 1) / bits * bits);
    lzw->group = lzw->at;
    lzw->width = width;
}

static bool lzw_code(struct lzw *lzw, unsigned *code)
{
    const size_t byte = lzw->at / 8;
    uint32_t bits = 0;
    unsigned i;

    if (lzw->at + lzw->width > lzw->length * 8)
        return false;
    for (i = 0; i < 4 && byte + i < lzw->length; i++)
        bits |= (uint32_t)lzw->data[byte + i] << (8 * i);
    *code = bits >> (lzw->at % 8) & ((1u << lzw->width) - 1);
    lzw->at += lzw->width;
    return true;
}

/* The bytes that a known code stands for. */
static size_t lzw_expand(struct lzw *lzw, unsigned code, uint8_t *out)
{
    size_t length = 1, i;
    unsigned walk;

    for (walk = code; walk >= 256; walk = lzw->prefix[walk])
        length++;
    for (i = length; code >= 256; code = lzw->prefix[code])
        out[--i] = lzw->suffix[code];
    out[0] = (uint8_t)code;
    return length;
}

size_t lzw_next(struct lzw *lzw, uint8_t *out)
{
    const unsigned limit = 1u << lzw->widest;
    unsigned code;
    size_t length;

    if (lzw->next >= (1u << lzw->width) && lzw->width < lzw->widest)
        lzw_new_width(lzw, lzw->width + 1);
    if (!lzw_code(lzw, &code))
        return 0;
    while (code == LZW_RESET && lzw->blocks) {
        lzw_new_width(lzw, 9);
        lzw->next = 257;
        lzw->last = LZW_NONE;
        if (!lzw_code(lzw, &code))
            return 0;
    }
    if (lzw->last == LZW_NONE) {
        if (code > 255)
            return 0;
        length = lzw_expand(lzw, code, out);
    } else if (code < lzw->next && (code < 256 || code > 256 || !lzw->blocks)) {
        length = lzw_expand(lzw, code, out);
    } else if (code == lzw->next && lzw->next < limit) { /* what is about to be defined */
        length = lzw_expand(lzw, lzw->last, out);
        out[length++] = lzw->first;
    } else {
        return 0;
    }
    lzw->first = out[0];
    if (lzw->last != LZW_NONE && lzw->next < limit) {
        lzw->prefix[lzw->next] = (uint16_t)lzw->last;
        lzw->suffix[lzw->next++] = out[0];
    }
    lzw->last = code;
    return length;
}

size_t lzw_used(const struct lzw *lzw)
{
    const size_t used = (lzw->at + 7) / 8;

    return LZW_HEAD + (used < lzw->length ? used : lzw->length);
}
