/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/set.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_of_source(const struct set_file *file, const char *source)
{
    return !source || strcmp(file->source, source) == 0;
}

int set_add(struct set *set, const struct index_file *file, const char *source, struct fault *fault)
{
    if (set->count == INDEX_FILES_MAX)
        return fault_set(fault, RESULT_REFUSED, "more than %d files together", INDEX_FILES_MAX);
    struct set_file *files = reallocarray(set->files, set->count + 1, sizeof *files);
    if (!files)
        return fault_set(fault, RESULT_FAILED, "not enough memory");
    set->files = files;
    files[set->count].file = *file;
    snprintf(files[set->count].source, sizeof files[set->count].source, "%s", source);
    set->count++;
    return 0;
}

int set_add_all(struct set *set, const struct set *from, const char *source, struct fault *fault)
{
    for (size_t i = 0; i < from->count; i++)
        if (set_of_source(&from->files[i], source) &&
            set_add(set, &from->files[i].file, from->files[i].source, fault) < 0)
            return -1;
    return 0;
}

const struct set_file *set_find(const struct set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (index_same_place(set->files[i].file.name, name))
            return &set->files[i];
    return NULL;
}

static int set_compare_files(const void *one, const void *other)
{
    const struct set_file *const *a = one, *const *b = other;

    return strcmp((*a)->file.name, (*b)->file.name);
}

void set_digest(const struct set *set, const char *source, uint8_t digest[INDEX_SHA256])
{
    const struct set_file *sorted[INDEX_FILES_MAX];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        if (set_of_source(&set->files[i], source))
            sorted[count++] = &set->files[i];
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, set_compare_files);

    memset(digest, 0, INDEX_SHA256);
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t i = 0; i < count; i++) {
        const struct index_file *file = &sorted[i]->file;

        EVP_DigestUpdate(context, file->name, strlen(file->name) + 1);
        EVP_DigestUpdate(context, &file->size, sizeof file->size);
        EVP_DigestUpdate(context, file->sha256, sizeof file->sha256);
        if (!source)
            EVP_DigestUpdate(context, sorted[i]->source, strlen(sorted[i]->source) + 1);
    }
    EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
}

uint64_t set_bytes(const struct set *set, const char *source)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < set->count; i++)
        if (set_of_source(&set->files[i], source))
            bytes += set->files[i].file.size;
    return bytes;
}

size_t set_count(const struct set *set, const char *source)
{
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        count += (size_t)set_of_source(&set->files[i], source);
    return count;
}

void set_versions(const struct set *set, const char *source, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < set->count; i++) {
        const struct index_file *file = &set->files[i].file;
        char one[INDEX_NAME_MAX + 32];

        if (file->version == 0 || !set_of_source(&set->files[i], source))
            continue;
        int length = snprintf(one, sizeof one, "%s%.*s %" PRIu64, used ? ", " : "",
                              (int)strcspn(file->name, "."), file->name, file->version);
        if (used + (size_t)length >= size)
            return;
        memcpy(text + used, one, (size_t)length + 1);
        used += (size_t)length;
    }
}

void set_free(struct set *set)
{
    free(set->files);
    memset(set, 0, sizeof *set);
}
