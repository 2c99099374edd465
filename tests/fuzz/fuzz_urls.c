/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address of a mirror, with or without a range in it. What is accepted can be asked for. */
#include <stdlib.h>
#include <string.h>

#include "updater/mirror.h"
#include "updater/urls.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = place_text(data, size), *list[MIRRORS_MAX];
    size_t count = 0;
    struct err err;

    if (urls_check(text, &err) == 0 && (strlen(text) >= MIRROR_URL_MAX || strchr(text, ' ')))
        abort();
    int result = urls_expand(text, list, MIRRORS_MAX, &count, &err);
    for (size_t i = 0; i < count; i++) {
        if (result == 0 && list[i][strlen(list[i]) - 1] != '/')
            abort();
        free(list[i]);
    }
    if (count > MIRRORS_MAX)
        abort();
    free(text);
    return 0;
}
