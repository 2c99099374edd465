/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "common/find.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

#define FIND_BLOCK 16

/* The first and the last byte of the text are compared at 16 places; the rest where both agree. */
const void *find_bytes(const void *data, size_t length, const void *text, size_t text_length)
{
    const unsigned char *at = data, *wanted = text;
    const __m128i first = _mm_set1_epi8((char)wanted[0]);
    const __m128i last = _mm_set1_epi8((char)wanted[text_length - 1]);

    for (; length >= text_length - 1 + FIND_BLOCK; at += FIND_BLOCK, length -= FIND_BLOCK) {
        const __m128i begin = _mm_loadu_si128((const __m128i *)(const void *)at);
        const __m128i end = _mm_loadu_si128((const __m128i *)(const void *)(at + text_length - 1));
        unsigned both = (unsigned)_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpeq_epi8(begin, first), _mm_cmpeq_epi8(end, last)));

        for (; both; both &= both - 1) {
            const unsigned char *place = at + __builtin_ctz(both);

            if (memcmp(place, text, text_length) == 0)
                return place;
        }
    }
    return memmem(at, length, text, text_length);
}

#else

const void *find_bytes(const void *data, size_t length, const void *text, size_t text_length)
{
    return memmem(data, length, text, text_length);
}

#endif
