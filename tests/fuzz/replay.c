/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: runs a fuzz target over every file of a directory, for compilers without
 * libFuzzer: what once was found stays found.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX (2u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *directory, const char *name)
{
    char path[1024];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!(file = fopen(path, "re")))
        return -1;
    uint8_t *data = malloc(INPUT_MAX);
    size_t size = data ? fread(data, 1, INPUT_MAX, file) : 0;
    /* As long as the input and not a byte more, so that a sanitizer sees reads behind it. */
    uint8_t *exact = data ? realloc(data, size ? size : 1) : NULL;
    if (exact)
        LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    fclose(file);
    return exact ? 0 : -1;
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : REPLAY_DIRECTORY;
    DIR *inputs = opendir(directory);
    struct dirent *entry;
    unsigned count = 0;
    int result = 0;

    while (inputs && result == 0 && (entry = readdir(inputs)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        result = replay(directory, entry->d_name);
        count++;
    }
    if (inputs)
        closedir(inputs);
    printf("%u inputs of %s\n", count, directory);
    return result == 0 && count > 0 ? 0 : 1;
}
