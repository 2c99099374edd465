/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of a source. What is read, written and read again is the same. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "tests/fuzz/place.h"
#include "updater/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char record_mirror[] = "https://dnl00.example/";
static struct source record_source = {
    .type = SOURCE_MANIFEST, .name = "fuzz", .mirrors = {record_mirror}, .mirror_count = 1};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record, again;
    struct fault fault;
    char name[64];

    snprintf(name, sizeof name, "source-%s", record_source.name);
    place_file(name, data, size);
    place_file(record_source.name, data, size);
    if (record_load(&record, place_directory(), &record_source, &fault) < 0)
        return 0;
    if (record.aside_count > RECORD_ASIDE_MAX || record.tag_count > SOURCES_FILES_MAX ||
        record.highest_count > RECORD_HIGHEST_MAX)
        abort();
    record_forget_future(&record, 1700000000);
    if (record_save(&record, place_directory(), &record_source, &fault) == 0) {
        if (record_load(&again, place_directory(), &record_source, &fault) < 0 ||
            again.serial != record.serial || again.checked != record.checked ||
            again.highest_count != record.highest_count || again.tag_count != record.tag_count)
            abort();
        record_free(&again);
    }
    record_free(&record);
    return 0;
}
