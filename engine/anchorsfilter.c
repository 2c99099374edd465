/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/anchorsfilter.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "engine/anchorsint.h"

void anchorsfilter_plain(const struct anchors *anchors, const unsigned char *content,
                         struct anchors_passed *passed_r)
{
    struct anchors_passed passed = {0};

    for (unsigned i = ANCHORS_BLOCK; i-- > 0;) {
        uint32_t key;

        memcpy(&key, content + i, sizeof key);
        passed.fours = passed.fours << 1 | anchors_has_four(&anchors->fours, key);
        passed.pairs = passed.pairs << 1 | anchors_has_pair(&anchors->pairs, key);
    }
    *passed_r = passed;
}

#ifdef __x86_64__

/* Eight keys: of the bytes from each of the first eight places on. */
__attribute__((target("avx2"))) static __m256i anchorsfilter_keys(const unsigned char *content)
{
    const __m256i places = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6,
                                            7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)content);

    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), places);
}

__attribute__((target("avx2"))) static __m256i
anchorsfilter_words(const struct anchors_index *index, __m256i at)
{
    return _mm256_i32gather_epi32((const int *)(const void *)index->filter, at, 4);
}

/* The bits with the numbers `which`, modulo 32, as the highest ones. */
__attribute__((target("avx2"))) static __m256i anchorsfilter_up(__m256i words, __m256i which)
{
    return _mm256_sllv_epi32(words, _mm256_andnot_si256(which, _mm256_set1_epi32(31)));
}

__attribute__((target("avx2"))) static uint32_t anchorsfilter_highest(__m256i words)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(words));
}

__attribute__((target("avx2"))) static uint32_t
anchorsfilter_fours(const struct anchors_index *index, __m256i folded)
{
    const __m256i hash = _mm256_mullo_epi32(folded, _mm256_set1_epi32((int)ANCHORS_HASH));
    const __m128i word = _mm_cvtsi32_si128((int)(37 - index->bits));
    const __m256i words = anchorsfilter_words(index, _mm256_srl_epi32(hash, word));
    const __m128i one = _mm_cvtsi32_si128((int)(32 - index->bits));
    const __m128i other = _mm_cvtsi32_si128((int)(27 - index->bits));

    return anchorsfilter_highest(
        _mm256_and_si256(anchorsfilter_up(words, _mm256_srl_epi32(hash, one)),
                         anchorsfilter_up(words, _mm256_srl_epi32(hash, other))));
}

__attribute__((target("avx2"))) static uint32_t
anchorsfilter_pairs(const struct anchors_index *index, __m256i keys)
{
    const __m256i word = _mm256_srli_epi32(_mm256_and_si256(keys, _mm256_set1_epi32(0xffff)), 5);

    return anchorsfilter_highest(anchorsfilter_up(anchorsfilter_words(index, word), keys));
}

__attribute__((target("avx2"))) static void anchorsfilter_avx2(const struct anchors *anchors,
                                                               const unsigned char *content,
                                                               struct anchors_passed *passed_r)
{
    struct anchors_passed passed = {0};

    for (unsigned i = 0; i < ANCHORS_BLOCK; i += 8) {
        const __m256i keys = anchorsfilter_keys(content + i);
        const __m256i folded = _mm256_or_si256(keys, _mm256_set1_epi32(0x20202020));

        passed.fours |= anchorsfilter_fours(&anchors->fours, folded) << i;
        passed.pairs |= anchorsfilter_pairs(&anchors->pairs, keys) << i;
    }
    *passed_r = passed;
}

#endif

anchors_filter *anchorsfilter(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return anchorsfilter_avx2;
#endif
    return anchorsfilter_plain;
}
