/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header of a database: any 512 bytes, and fewer. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/place.h"
#include "updater/cvd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cvd cvd, other;
    const char *path = place_file("main.cvd", data, size);

    int read = cvd_parse(&cvd, data, size);
    if (cvd_read(&other, path) == 0 &&
        (read < 0 || cvd.version != other.version || cvd.built != other.built))
        abort();
    if (cvd_version(path) && read < 0)
        abort();
    return 0;
}
