/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker receives from a client: the first two bytes say how many descriptors come along and
 * how long their file is; the rest is the message. No descriptor stays. */
#include <stdlib.h>
#include <unistd.h>

#include "scanner/request.h"
#include "tests/fuzz/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    enum reason reason = REASON_UNKNOWN;
    unsigned sum = 0;
    struct err err;

    if (size < 3)
        return 0;
    unsigned before = pair_descriptors();
    int from = pair_send(data + 2, size - 2, data[0] % (PAIR_FDS + 1), data[1] * 64u);
    if (from < 0)
        return 0;
    if (request_receive(&request, from, &reason, &err) == 0) {
        if (!request.body)
            abort();
        for (size_t i = 0; i < request.length; i++) /* all of it can be read */
            sum += request.body[i];
        if (request_hash(&request, &reason, &err) < 0 && sum == 1)
            abort();
    } else if (reason == REASON_NONE || reason == REASON_UNKNOWN) {
        abort();
    }
    request_release(&request);
    close(from);
    if (pair_descriptors() != before)
        abort();
    return 0;
}
