/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives the service's callbacks with transactions made of the input. */
#include "tests/fuzz/service_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int started;

    if (!started++)
        service_case_start();
    service_case_run(data, size);
    return 0;
}
