/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives of Nix: words with their lengths; behind each word "contents" stands a file. */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"

#define NAR_WORD 8u /* bytes of a length; what follows fills up to as many */

/* Takes the word at *at_r. Returns its length, SIZE_MAX where it does not fit. */
static size_t nar_word(const struct object *archive, size_t *at_r, const uint8_t **word_r)
{
    const size_t left = archive->length - *at_r;
    uint64_t length;

    if (left < NAR_WORD)
        return SIZE_MAX;
    length = le64(archive->data + *at_r);
    if (length > left - NAR_WORD)
        return SIZE_MAX;
    *word_r = archive->data + *at_r + NAR_WORD;
    *at_r += NAR_WORD + (size_t)length;
    *at_r += (NAR_WORD - length % NAR_WORD) % NAR_WORD;
    if (*at_r > archive->length)
        *at_r = archive->length;
    return (size_t)length;
}

void nar_open(struct inspection *in, const struct object *archive)
{
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = archive->depth + 1};
    const uint8_t *word = NULL;
    size_t at = 0, length = 0;

    if (le64(archive->data) != 13)
        return; /* the word in something else */
    inspection_path(path, archive, kind_name(KIND_NAR), "");
    while (at < archive->length && length != SIZE_MAX && !inspection_over(in)) {
        length = nar_word(archive, &at, &word);
        if (length != 8 || memcmp(word, "contents", 8) != 0)
            continue;
        length = nar_word(archive, &at, &word);
        if (length == SIZE_MAX || length == 0)
            continue;
        member.data = word;
        member.length = length;
        inspection_object(in, &member);
    }
    if (length == SIZE_MAX)
        inspection_note(in, archive, REASON_CONTAINER, "an archive that breaks off");
}
