/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pipeline.h"

/* The first byte chooses the header, the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const headers[] = {"gzip",
                                          "deflate",
                                          "br",
                                          "zstd",
                                          "gzip, gzip",
                                          "deflate, br",
                                          "br, zstd",
                                          "",
                                          "gzip, br, zstd, deflate",
                                          "aws-chunked",
                                          "no-such-coding"};

    if (size > 0)
        pipeline_run(data + 1, size - 1, "text/html",
                     headers[data[0] % (sizeof headers / sizeof headers[0])], 0);
    return 0;
}
