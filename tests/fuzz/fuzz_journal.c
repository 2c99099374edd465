/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of the last run of the updater, as it reads it again. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/place.h"
#include "updater/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store store = {.state = place_directory()};
    struct journal_last last;
    struct fault fault;

    place_file("run", data, size);
    if (journal_read(&store, &last, &fault) == 0 &&
        strnlen(last.message, sizeof last.message) == sizeof last.message)
        abort();
    return 0;
}
