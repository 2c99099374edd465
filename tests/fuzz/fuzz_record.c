/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of a source. What is read, written and read again is the same. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "tests/fuzz/place.h"
#include "updater/record.h"
#include "updater/rng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORD_NOW 1700000000

static char record_first[] = "https://dnl00.example/", record_second[] = "https://dnl01.example/";
static struct source record_source = {.type = SOURCE_MANIFEST,
                                      .name = "fuzz",
                                      .mirrors = {record_first, record_second},
                                      .mirror_count = 2};

/* Whom the next run asks: each mirror once, but none that wants to be left alone. One that fails
 * is asked last or not at all, one that works is healthy. */
static void record_ask(struct record *record)
{
    size_t order[MIRRORS_MAX], count;
    int64_t asked = RECORD_NOW + record->serial % 4096;
    struct rng rng;

    rng_init(&rng, 1);
    count = mirror_order(record->mirrors, record->mirror_count, RECORD_NOW, &rng, order);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++)
            if (order[i] >= record->mirror_count || (j < i && order[i] == order[j]))
                abort();
    if (count < record->mirror_count &&
        mirror_earliest(record->mirrors, record->mirror_count, RECORD_NOW) <= RECORD_NOW)
        abort();
    for (size_t i = 0; i < record->mirror_count; i++) {
        struct mirror *mirror = &record->mirrors[i];
        if (mirror_state_from_name(mirror_state_name(mirror->state)) != (int)mirror->state)
            abort();
        mirror_failed(mirror, (enum mirror_state)(record->serial % 4), RECORD_NOW, asked, &rng);
        if (mirror->backoff.until < RECORD_NOW)
            abort();
        mirror_worked(mirror, RECORD_NOW);
        if (mirror->state != MIRROR_HEALTHY || mirror->backoff.until > RECORD_NOW)
            abort();
    }
}

/* Words of a library or a server, which may be anything, become no other entry of the file. */
static void record_add_words(struct record *record, const uint8_t *data, size_t size)
{
    static const uint8_t digest[INDEX_SHA256] = {7};
    char *words = place_text(data, size);

    snprintf(record->message, sizeof record->message, "%s", words);
    record_put_aside(record, digest, RESULT_REFUSED, words);
    free(words);
}

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
    record_forget_future(&record, RECORD_NOW);
    record_add_words(&record, data, size);
    if (record_save(&record, place_directory(), &record_source, &fault) == 0) {
        if (record_load(&again, place_directory(), &record_source, &fault) < 0 ||
            again.serial != record.serial || again.checked != record.checked ||
            again.highest_count != record.highest_count || again.tag_count != record.tag_count)
            abort();
        record_free(&again);
    }
    record_ask(&record);
    record_free(&record);
    return 0;
}
