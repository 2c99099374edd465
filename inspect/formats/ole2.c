/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OLE2 compound files (.doc .xls .ppt .msg .msi and the objects in documents):
 * their streams, one by one. libclamav opens them too, but follows tables only
 * where sectors have 512 bytes, stops at a directory that leads back to itself,
 * decrypts all streams if a piece of the file looks like a key, and after
 * finding pictures in a workbook looks at nothing else. A stream that it did see
 * is recognised and not scanned again.
 *
 * Every directory entry that is a stream is read, whether or not the tree of
 * names leads to it: Office finds names by search and meets no loop elsewhere.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "inspect/inspection.h"
#include "inspect/encrypted.h"
#include "inspect/formats/ole2read.h"
#include "inspect/formats/ole2records.h"
#include "inspect/formats/olenative.h"
#include "inspect/formats/vba.h"
#include "inspect/formats/ziprecords.h"

struct ole2 {
    struct inspection *in;
    const struct object *object;
    struct ole2read file;
    uint64_t unpacked;
};

static void ole2_stream(struct ole2 *ole2, const uint8_t *entry)
{
    char path[WIRE_PART_MAX], name[OLE2READ_NAME_MAX];
    struct object stream = {.path = path, .depth = ole2->object->depth + 1, .pieces = 1};
    struct buffer buffer = BUFFER_INIT;
    enum reason reason;

    ole2read_name(entry, name);
    inspection_path(path, ole2->object, kind_name(KIND_OLE2), name);
    reason = budget_unpacked(&ole2->in->budget, ole2->file.length, ole2->unpacked);
    if (reason == REASON_NONE)
        reason = ole2read_stream(&ole2->file, entry, UINT64_MAX, &buffer);
    ole2->unpacked += buffer.length;
    stream.data = buffer.data;
    stream.length = buffer.length;
    if (encrypted_is_office_stream(name, stream.data, stream.length))
        inspection_note(ole2->in, &stream, REASON_ENCRYPTED, NULL);
    if (stream.length > 0) {
        inspection_object(ole2->in, &stream);
        olenative_open(ole2->in, &stream);
        vba_open(ole2->in, &stream);
    }
    if (reason != REASON_NONE)
        inspection_note(ole2->in, &stream, reason, "a stream that breaks off");
    buffer_free(&buffer);
}

/* A ZIP that ends in a stream, as Office's own themes do, has been looked at there. */
static void ole2_zip(struct ole2 *ole2)
{
    const size_t tail = ole2->file.length < ZIP_END_REACH ? ole2->file.length : ZIP_END_REACH;
    const uint8_t *at = ole2->file.data + ole2->file.length - tail,
                  *end = ole2->file.data + ole2->file.length;
    bool within = ole2->file.used;

    if (!kind_has_zip_end(ole2->file.data, ole2->file.length))
        return;
    while (within && (at = memmem(at, (size_t)(end - at), "PK\5\6", 4)) != NULL) {
        within = ole2read_is_used(&ole2->file, (size_t)(at - ole2->file.data));
        at += 4;
    }
    if (within)
        container_pieces(ole2->in, ole2->object);
    else
        container_open_zip(ole2->in, ole2->object);
}

void ole2_open(struct inspection *in, const struct object *object)
{
    struct ole2 ole2 = {.in = in, .object = object};
    enum reason reason = ole2read_open(&ole2.file, object->data, object->length);
    const uint8_t *entry = NULL;

    while (!inspection_over(in) && (entry = ole2read_next(&ole2.file, entry)))
        if (ole2_entry_size(entry, OLE2_SHIFT) > 0)
            ole2_stream(&ole2, entry);
    if (!inspection_over(in))
        ole2_zip(&ole2);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason, "an OLE2 file whose tables are damaged");
    ole2read_close(&ole2.file);
}
