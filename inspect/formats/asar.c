/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives of Electron: a list in JSON, then the files as they are. The list is
 * searched for its pairs of "size" and "offset", whatever else it says.
 */
#include "config.h"

#include "inspect/formats/asar.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"

#define ASAR_HEAD 16u
#define ASAR_NEAR 256u /* bytes around an offset in which its size stands */
#define ASAR_MIN  6u   /* bytes of a member that is worth a scan */

bool asar_is(const uint8_t *data, size_t length)
{
    return length > ASAR_HEAD + 10 && le32(data) == 4 && le32(data + 12) <= length - ASAR_HEAD &&
           le32(data + 4) >= le32(data + 12) + 8 && data[ASAR_HEAD] == '{' &&
           memmem(data + ASAR_HEAD, 10, "\"files\"", 7) != NULL;
}

/* The number behind a key, in quotes or not. */
static bool asar_number(const uint8_t *at, const uint8_t *end, uint64_t *number)
{
    while (at < end && (*at == ' ' || *at == ':' || *at == '"' || *at == '\n' || *at == '\t'))
        at++;
    if (at == end || *at < '0' || *at > '9')
        return false;
    for (*number = 0; at < end && *at >= '0' && *at <= '9' && *number < UINT64_C(1) << 50; at++)
        *number = *number * 10 + (uint64_t)(*at - '0');
    return true;
}

/* The size in the same braces as the offset at `at`. */
static bool asar_size(const uint8_t *at, const uint8_t *begin, const uint8_t *end, uint64_t *size)
{
    const uint8_t *low = at, *high = at, *found;

    while (low > begin && *low != '{' && at - low < (ptrdiff_t)ASAR_NEAR)
        low--;
    while (high < end && *high != '}' && high - at < (ptrdiff_t)ASAR_NEAR)
        high++;
    found = memmem(low, (size_t)(high - low), "\"size\"", 6);
    return found != NULL && asar_number(found + 6, high, size);
}

void asar_open(struct inspection *in, const struct object *archive)
{
    const uint8_t *begin = archive->data + ASAR_HEAD, *at = begin;
    const uint8_t *end = begin + le32(archive->data + 12);
    const uint64_t base = (uint64_t)le32(archive->data + 4) + 8;
    const uint64_t most = (uint64_t)in->job->settings->max_files;
    uint64_t members = 0;
    char path[WIRE_PART_MAX];

    inspection_path(path, archive, kind_name(KIND_ASAR), "");
    while (!inspection_over(in) && (at = memmem(at, (size_t)(end - at), "\"offset\"", 8)) != NULL) {
        struct object member = {.path = path, .depth = archive->depth + 1};
        uint64_t offset, size;

        at += 8;
        if (!asar_number(at, end, &offset) || !asar_size(at, begin, end, &size) ||
            size < ASAR_MIN || base + offset >= archive->length)
            continue;
        if (++members > most) {
            inspection_note(in, archive, REASON_LIMIT_FILES, NULL);
            return;
        }
        member.data = archive->data + base + offset;
        member.length = archive->length - (size_t)(base + offset);
        if (size < member.length)
            member.length = (size_t)size;
        inspection_object(in, &member);
    }
}
