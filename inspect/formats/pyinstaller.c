/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that PyInstaller makes: the files behind the program, which it
 * unpacks when it is started.
 */
#include "config.h"

#include "inspect/formats/pyinstaller.h"

#include <string.h>

#include "inspect/decode.h"
#include "inspect/formats/be.h"
#include "inspect/inspection.h"

#define PYINSTALLER_MARK   "MEI\014\013\012\013\016"
#define PYINSTALLER_TAIL   (256u << 10) /* where its record is looked for: a signature follows it */
#define PYINSTALLER_RECORD 24u
#define PYINSTALLER_NEW    88u /* bytes of the record with a name in it */
#define PYINSTALLER_ENTRY  18u

/* The last record, or NULL. */
static const uint8_t *pyinstaller_record(const uint8_t *data, size_t length)
{
    const size_t tail = length < PYINSTALLER_TAIL ? length : PYINSTALLER_TAIL;
    const uint8_t *at = data + length - tail, *end = data + length, *found = NULL;

    while (end - at >= (ptrdiff_t)PYINSTALLER_RECORD &&
           (at = memmem(at, (size_t)(end - at), PYINSTALLER_MARK, 8)) != NULL) {
        if (end - at >= (ptrdiff_t)PYINSTALLER_RECORD)
            found = at;
        at++;
    }
    return found;
}

bool pyinstaller_is(const uint8_t *data, size_t length)
{
    return length >= 64 &&
           (memcmp(data,
                   "\x7f"
                   "ELF",
                   4) == 0 ||
            memcmp(data, "MZ", 2) == 0 || memcmp(data, "\xcf\xfa\xed\xfe", 4) == 0 ||
            memcmp(data, "\xca\xfe\xba\xbe", 4) == 0) &&
           pyinstaller_record(data, length) != NULL;
}

static void pyinstaller_member(struct inspection *in, const struct object *program,
                               const uint8_t *packed, size_t length, bool deflated,
                               const char *name)
{
    char path[WIRE_PART_MAX];
    struct object member = {
        .data = packed, .length = length, .name = name, .path = path, .depth = program->depth + 1};
    struct decoded decoded = {.used = 0};
    enum reason reason = REASON_NONE;

    inspection_path(path, program, kind_name(KIND_PYINSTALLER), name);
    if (deflated) {
        reason = decode(CODEC_ZLIB, packed, length, &in->budget, &decoded);
        member.data = decoded.out.data;
        member.length = decoded.out.length;
    }
    if (member.length > 0)
        inspection_object(in, &member);
    if (reason != REASON_NONE)
        inspection_note(in, &member, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                        "a member that is cut or damaged");
    buffer_free(&decoded.out);
}

/* The list of members. Returns how many are where it says. */
static unsigned pyinstaller_list(struct inspection *in, const struct object *program, size_t begin,
                                 size_t list, size_t size)
{
    const uint64_t most = (uint64_t)in->job->settings->max_files;
    const uint8_t *at = program->data + list, *end = at + size;
    unsigned members = 0;

    while (!inspection_over(in) && end - at >= (ptrdiff_t)PYINSTALLER_ENTRY && members < most) {
        const uint32_t length = be32(at), offset = be32(at + 4), packed = be32(at + 8);
        char name[OBJECT_NAME_MAX];
        size_t shown;

        if (length < PYINSTALLER_ENTRY || length > (size_t)(end - at))
            break;
        shown = length - PYINSTALLER_ENTRY < sizeof name - 1 ? length - PYINSTALLER_ENTRY
                                                             : sizeof name - 1;
        memcpy(name, at + PYINSTALLER_ENTRY, shown);
        name[shown] = '\0';
        if (offset <= program->length - begin && packed <= program->length - begin - offset) {
            pyinstaller_member(in, program, program->data + begin + offset, packed, at[16] != 0,
                               name);
            members++;
        }
        at += length;
    }
    return members;
}

void pyinstaller_open(struct inspection *in, const struct object *program)
{
    const uint8_t *record = pyinstaller_record(program->data, program->length);
    static const size_t records[] = {PYINSTALLER_NEW, PYINSTALLER_RECORD};
    unsigned members = 0;
    size_t i, at;

    if (record == NULL)
        return;
    at = (size_t)(record - program->data);
    for (i = 0; i < 2 && members == 0 && !inspection_over(in); i++) {
        const size_t end = at + records[i];
        const uint64_t whole = be32(record + 8), list = be32(record + 12);
        const uint64_t size = be32(record + 16);

        if (end > program->length || whole > end || list > whole || size > whole - list)
            continue;
        members = pyinstaller_list(in, program, end - (size_t)whole,
                                   end - (size_t)whole + (size_t)list, (size_t)size);
    }
}
