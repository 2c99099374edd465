/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A word is found where memmem finds it, whichever of its bytes is looked for. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/textview.h"

static void expect_same(const uint8_t *text, size_t length, const char *word)
{
    for (size_t rare = 0; rare < strlen(word); rare++)
        assert_ptr_equal(textview_find(text, length, word, rare),
                         memmem(text, length, word, strlen(word)));
}

/* At every place, also at both ends, and not where the end cuts it. Each text has a block of its
 * own size, so that a sanitizer sees a byte that is read outside. */
static void words_are_found_at_every_place(void **state)
{
    static const char word[] = "Blob(";

    (void)state;
    for (size_t length = 1; length < 40; length++) {
        for (size_t at = 0; at <= length; at++) {
            uint8_t *text = malloc(length);

            assert_non_null(text);
            memset(text, '.', length);
            for (size_t i = 0; word[i] != '\0' && at + i < length; i++)
                text[at + i] = (uint8_t)word[i];
            expect_same(text, length, word);
            free(text);
        }
    }
}

/* Of two letters there are words that overlap, and bytes that are looked for everywhere. */
static void words_of_few_letters_are_found(void **state)
{
    static const char *const words[] = {"a", "ab", "aab", "abab", "aaaa", "babaa"};
    uint32_t seed = 1;

    (void)state;
    for (unsigned n = 0; n < 2000; n++) {
        uint8_t text[24];
        const size_t length = n % (sizeof text + 1);

        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = seed >> 31 ? 'a' : 'b';
        }
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            expect_same(text, length, words[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_are_found_at_every_place),
                                       cmocka_unit_test(words_of_few_letters_are_found)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
