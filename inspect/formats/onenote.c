/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OneNote: the files in a section, each behind a mark and its length. libclamav
 * stops at the first of them whose length is wrong, and of sections that it
 * understands opens those files only that stand in an outline.
 */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"

#define ONENOTE_MARK   "\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac"
#define ONENOTE_HEAD   36u /* the mark, the length, and what is not used */
#define ONENOTE_NESTED 8u  /* sections within sections: so often a byte may stand in a file */

void onenote_open(struct inspection *in, const struct object *section)
{
    const uint8_t *at = section->data, *end = at + section->length;
    uint64_t opened = 0;

    while (!inspection_over(in) &&
           (at = memmem(at, (size_t)(end - at), ONENOTE_MARK, 16)) != NULL) {
        char path[WIRE_PART_MAX];
        struct object file = {.path = path, .depth = section->depth + 1};
        uint64_t size, left = (uint64_t)(end - at);

        if (left <= ONENOTE_HEAD)
            return;
        left -= ONENOTE_HEAD;
        size = le64(at + 16);
        inspection_path(path, section, kind_name(KIND_ONENOTE), "file");
        file.data = at + ONENOTE_HEAD;
        file.length = (size_t)(size < left ? size : left);
        if (size <= left && opened + size > ONENOTE_NESTED * (uint64_t)section->length) {
            inspection_note(in, section, REASON_CONTAINER, "files that overlap");
            return;
        }
        if (file.length > 0 && size <= left) {
            opened += size;
            inspection_object(in, &file);
        } else if (size > left) {
            inspection_note(in, &file, REASON_MALFORMED, "a file that ends behind the section");
        }
        at += 16;
    }
}
