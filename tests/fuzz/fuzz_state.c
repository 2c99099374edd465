/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the updater's state: lines of key and value, whatever is in them; the description
 * of a generation; the validator of a download that was cut off. And a tree of directories, which
 * is removed as a whole. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/place.h"
#include "updater/generation_dir.h"
#include "updater/resume.h"
#include "updater/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATE_LEVELS 3 /* below the top; state_remove goes no further */

static void state_on_line(void *context, const char *key, char *value)
{
    size_t *sum = context;

    *sum += strlen(key) + strlen(value) + 1;
    if (strchr(key, '\n') || strchr(value, '\n'))
        abort();
    state_number(value);
}

/* What was written is what is read. */
static void state_lines(const uint8_t *data, size_t size)
{
    struct buf text;
    struct fault fault;
    size_t sum = 0;
    int found;

    buf_init(&text, STATE_SIZE_MAX);
    buf_add(&text, data, size);
    if (state_write(place_directory(), "state", &text, &fault) < 0 ||
        state_read(place_directory(), "state", state_on_line, &sum, &found, &fault) < 0 || !found ||
        sum > 2 * size + 2)
        abort();
    buf_free(&text);
}

static void state_description(const uint8_t *data, size_t size)
{
    struct store store = {.state = place_directory()};
    static struct generation generation, again;
    struct fault fault;
    int found;

    place_file("gen-7", data, size);
    if (generation_load(&store, 7, &generation, &found, &fault) < 0)
        return;
    if (generation.source_count > SOURCES_MAX)
        abort();
    if (generation_save(&store, &generation, &fault) == 0) {
        if (generation_load(&store, 7, &again, &found, &fault) < 0 || !found ||
            again.created != generation.created || again.signatures != generation.signatures ||
            again.confirmed != generation.confirmed || again.set.count != generation.set.count)
            abort();
        generation_free(&again);
    }
    generation_free(&generation);
}

static void state_validator(const uint8_t *data, size_t size)
{
    static const char base[] = "https://dnl00.example/";
    char part[256], etag[FETCH_TAG_MAX], again[FETCH_TAG_MAX];

    snprintf(part, sizeof part, "%s/x.part", place_directory());
    place_file("x.part.tag", data, size);
    resume_read(part, base, etag);
    if (*etag && *etag != '"')
        abort();
    resume_write(part, base, etag);
    resume_read(part, base, again);
    if (strcmp(etag, again) != 0)
        abort();
}

/* A byte is a file, or a directory that is gone into, or the way back. */
static void state_tree(const uint8_t *data, size_t size)
{
    char path[512], top[256];
    struct fault fault;
    unsigned depth = 0;

    snprintf(top, sizeof top, "%s/tree", place_directory());
    snprintf(path, sizeof path, "%s", top);
    if (state_make_directory(path, &fault) < 0)
        abort();
    for (size_t i = 0; i < size && i < 24; i++) {
        size_t used = strlen(path);
        if (data[i] % 3 == 0 && depth > 0) {
            *strrchr(path, '/') = '\0', depth--;
            continue;
        }
        snprintf(path + used, sizeof path - used, "/%u", data[i] % 7u);
        if (data[i] % 3 == 1 && depth < STATE_LEVELS && state_make_directory(path, &fault) == 0) {
            depth++;
            continue;
        }
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0)
            close(fd);
        path[used] = '\0';
    }
    if (state_remove(top, &fault) < 0 || access(top, F_OK) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    state_lines(data, size);
    state_description(data, size);
    state_validator(data, size);
    state_tree(data, size);
    return 0;
}
