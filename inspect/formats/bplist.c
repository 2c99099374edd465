/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Property lists in binary form (.webarchive, .mobileconfig): the data in them. */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"

#define BPLIST_TAIL 32u /* bytes that tell where the table of offsets is */
#define BPLIST_MIN  24u /* bytes: nothing shorter is worth a scan */
#define BPLIST_HEAD 8u

static uint64_t bplist_number(const uint8_t *at, size_t width)
{
    uint64_t value = 0;

    while (width-- > 0)
        value = value << 8 | *at++;
    return value;
}

/* The data object at `at`: a mark with its length, or with a number that is it. */
static bool bplist_data(const struct object *list, uint64_t at, struct object *data)
{
    const uint64_t end = list->length - BPLIST_TAIL;
    uint64_t length;
    size_t width;

    if (at < BPLIST_HEAD || at >= end || list->data[at] >> 4 != 4)
        return false;
    length = list->data[at++] & 15;
    if (length == 15) {
        if (at >= end || list->data[at] >> 4 != 1 || (list->data[at] & 15) > 3)
            return false;
        width = (size_t)1 << (list->data[at++] & 15);
        if (width > end - at)
            return false;
        length = bplist_number(list->data + at, width);
        at += width;
    }
    if (length > end - at)
        return false;
    data->data = list->data + at;
    data->length = (size_t)length;
    return length >= BPLIST_MIN;
}

void bplist_open(struct inspection *in, const struct object *list)
{
    const uint8_t *tail = list->data + list->length - BPLIST_TAIL;
    char path[WIRE_PART_MAX];
    struct object data = {.path = path, .depth = list->depth + 1};
    uint64_t count, table, i, most;
    size_t width;

    if (list->length < BPLIST_HEAD + BPLIST_TAIL)
        return;
    width = tail[6];
    count = bplist_number(tail + 8, 8);
    table = bplist_number(tail + 24, 8);
    if (width < 1 || width > 8 || table > list->length - BPLIST_TAIL)
        return;
    most = (list->length - BPLIST_TAIL - table) / width;
    inspection_path(path, list, kind_name(KIND_BPLIST), "data");
    for (i = 0; i < count && i < most && !inspection_over(in); i++)
        if (bplist_data(list, bplist_number(list->data + table + i * width, width), &data))
            inspection_object(in, &data);
}
