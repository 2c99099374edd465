/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of the updater's state: lines of key and value, whatever is in it. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/place.h"
#include "updater/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void state_on_line(void *context, const char *key, char *value)
{
    size_t *sum = context;

    *sum += strlen(key) + strlen(value) + 1;
    if (strchr(key, '\n') || strchr(value, '\n'))
        abort();
    state_number(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault;
    size_t sum = 0;
    int found;

    place_file("state", data, size);
    if (state_read(place_directory(), "state", state_on_line, &sum, &found, &fault) == 0 &&
        (!found || sum > 2 * size + 2))
        abort();
    return 0;
}
