/* SPDX-License-Identifier: GPL-2.0-or-later */
/* find_bytes finds what memmem finds, at each place of each length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/find.h"

#define TEXT_MAX 40
#define BODY_MAX 120

static unsigned random_below(uint64_t *seed, unsigned limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33) % limit;
}

static void as_memmem(void **state)
{
    (void)state;
    uint64_t seed = 3;
    unsigned found = 0;

    for (size_t length = 0; length <= BODY_MAX; length++)
        for (size_t size = 1; size <= TEXT_MAX; size++)
            for (unsigned i = 0; i < 4; i++) {
                char text[TEXT_MAX];
                char *body = malloc(length + 1); /* of this length: a sanitizer sees the end */

                assert_non_null(body);
                for (size_t at = 0; at < length; at++)
                    body[at] = "ab\0c"[random_below(&seed, 1 + i)];
                for (size_t at = 0; at < size; at++)
                    text[at] = "ab\0c"[random_below(&seed, 1 + i)];
                if (size <= length && i > 1)
                    memcpy(body + random_below(&seed, (unsigned)(length - size + 1)), text, size);
                body = realloc(body, length ? length : 1);
                const void *place = find_bytes(body, length, text, size);
                assert_ptr_equal(place, memmem(body, length, text, size));
                found += place != NULL;
                free(body);
            }
    assert_true(found > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_memmem)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
