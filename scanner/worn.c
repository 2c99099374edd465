/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/worn.h"

#include <malloc.h>
#include <poll.h>

#include "inspect/buffer.h"

#define WORN_GROWN (32u << 20) /* bytes that are not freed after a scan: too many */

#define WORN_REST_MS 5000

static size_t worn_at_first;

static size_t worn_allocated(void)
{
    const struct mallinfo2 now = mallinfo2();

    return now.uordblks + now.hblkhd;
}

void worn_begin(void)
{
    worn_at_first = worn_allocated();
}

bool worn_look(void)
{
    return worn_allocated() > worn_at_first + WORN_GROWN;
}

void worn_rest(void)
{
    buffer_rest();
    malloc_trim(0);
}

void worn_wait(int channel)
{
    struct pollfd readable = {.fd = channel, .events = POLLIN};

    if (poll(&readable, 1, WORN_REST_MS) == 0)
        worn_rest();
}
