/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receiver that all programs share: whatever comes with a message, at most one descriptor
 * stays, and only where one is taken. */
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/message.h"
#include "tests/fuzz/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char room[512];
    bool cut;
    int passed = -1;

    if (size < 3 || size > 4096)
        return 0;
    unsigned before = pair_descriptors();
    size_t wanted = 1 + data[2] * 2u;
    int from = pair_send(data, size, data[0] % (PAIR_FDS + 1), data[1]);
    if (from < 0)
        return 0;
    ssize_t got = message_receive(from, room, wanted, data[0] & 0x80 ? NULL : &passed, &cut, 1);
    if (got < 0 || (size_t)got > wanted || (size > wanted && !cut))
        abort();
    if (passed >= 0)
        close(passed);
    close(from);
    if (pair_descriptors() != before)
        abort();
    return 0;
}
