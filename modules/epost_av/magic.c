/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/magic.h"

#include <string.h>

struct magic {
    const char *type;
    size_t offset, length;
    const char *mark;
};

#define MARK(type, offset, mark)                                                                   \
    {                                                                                              \
        type, offset, sizeof(mark) - 1, mark                                                       \
    }

static const struct magic marks[] = {
    MARK("image/png", 0, "\x89PNG\r\n\x1a\n"),
    MARK("image/gif", 0, "GIF87a"),
    MARK("image/gif", 0, "GIF89a"),
    MARK("image/jpeg", 0, "\xff\xd8\xff\xe0"),
    MARK("image/jpeg", 0, "\xff\xd8\xff\xe1"),
    MARK("image/jpeg", 0, "\xff\xd8\xff\xdb"),
    MARK("image/webp", 8, "WEBP"),
    MARK("image/tiff", 0, "II*\0"),
    MARK("image/tiff", 0, "MM\0*"),
    MARK("image/avif", 4, "ftypavif"),
    MARK("image/heic", 4, "ftypheic"),
    MARK("video/mp4", 4, "ftypisom"),
    MARK("video/mp4", 4, "ftypmp42"),
    MARK("video/mp4", 4, "ftypiso5"),
    MARK("video/mp4", 4, "ftypdash"),
    MARK("video/mp4", 4, "ftypM4V"),
    MARK("video/quicktime", 4, "ftypqt  "),
    MARK("video/webm", 0, "\x1a\x45\xdf\xa3"),
    MARK("video/x-msvideo", 8, "AVI "),
    MARK("audio/mpeg", 0, "ID3"),
    MARK("audio/ogg", 0, "OggS"),
    MARK("audio/flac", 0, "fLaC"),
    MARK("audio/wav", 8, "WAVE"),
    MARK("font/woff", 0, "wOFF"),
    MARK("font/woff2", 0, "wOF2"),
    MARK("application/pdf", 0, "%PDF-"),
    MARK("application/zip", 0, "PK\x03\x04"),
    MARK("application/gzip", 0, "\x1f\x8b\x08"),
    MARK("application/x-7z-compressed", 0, "7z\xbc\xaf\x27\x1c"),
    MARK("application/vnd.rar", 0, "Rar!\x1a\x07"),
    MARK("application/x-elf", 0,
         "\x7f"
         "ELF"),
};

const char *magic_type(const void *head, size_t length)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const struct magic *m = &marks[i];
        if (length >= m->offset + m->length &&
            memcmp((const char *)head + m->offset, m->mark, m->length) == 0)
            return m->type;
    }
    return "";
}
