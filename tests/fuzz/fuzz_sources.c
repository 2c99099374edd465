/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_sources: bytes that pretend to be a source list. What is accepted keeps
 * within its arrays and has what each kind of source needs.
 */
#include <stdlib.h>
#include <string.h>

#include "updater/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct source *source)
{
    if (source->mirror_count > MIRRORS_MAX || source->key_count > SOURCES_KEYS_MAX ||
        source->file_count > SOURCES_FILES_MAX || source->name[0] == '\0')
        abort();
    for (size_t i = 0; i < source->mirror_count; i++)
        if (strlen(source->mirrors[i]) >= MIRROR_URL_MAX ||
            source->mirrors[i][strlen(source->mirrors[i]) - 1] != '/')
            abort();
    if (source->type == SOURCE_MANIFEST && (!source->key_count || !source->mirror_count))
        abort();
    if (source->type == SOURCE_URL && !source->file_count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sources sources;
    struct err err = {.text = ""};

    if (sources_parse(&sources, data, size, &err) < 0)
        return 0;
    if (sources.count == 0 || sources.count > SOURCES_MAX)
        abort();
    for (size_t i = 0; i < sources.count; i++)
        check(&sources.list[i]);
    sources_free(&sources);
    return 0;
}
