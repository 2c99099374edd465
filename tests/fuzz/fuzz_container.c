/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pipeline_run(data, size, "", "", 0);
    return 0;
}
