/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/bases.h"
#include "common/text.h"
#include "updater/hex.h"
#include "updater/iso8601.h"
#include "updater/xml.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static int index_check_dates(int64_t created, int64_t expires, struct err *err)
{
    if (expires <= created)
        return err_set(err, "it expires before it was created");
    if (expires - created > INDEX_LIFE_MAX)
        return err_set(err, "it expires more than a year after it was created");
    return 0;
}

static int index_check_set_name(const char *name, struct err *err)
{
    size_t length = strlen(name);

    if (length == 0 || length > INDEX_SET_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
        return err_set(err, "name=\"%.40s\" is not 1 to %d characters of a-z, 0-9 and -", name,
                       INDEX_SET_NAME_MAX);
    return 0;
}

int index_check_name(const char *name, struct err *err)
{
    size_t length = strlen(name);

    if (length == 0 || length > INDEX_NAME_MAX || strspn(name, NAME_CHARACTERS) != length ||
        strchr("._-", name[0]))
        return err_set(
            err,
            "\"%.100s\" is no name for a file in Bases (A-Z a-z 0-9 . _ -, starting with a "
            "letter or digit, at most %d characters)",
            name, INDEX_NAME_MAX);
    if (!bases_is_signature_file(name))
        return err_set(err, "\"%s\" does not end as a signature file does", name);
    return 0;
}

/* The length of the stem when the name ends in .cvd, .cld or .cud, else 0. */
static size_t index_database_stem(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (dot && (strcasecmp(dot, ".cvd") == 0 || strcasecmp(dot, ".cld") == 0 ||
                strcasecmp(dot, ".cud") == 0))
        return (size_t)(dot - name);
    return 0;
}

int index_same_place(const char *one, const char *other)
{
    size_t stem = index_database_stem(one);

    if (strcmp(one, other) == 0)
        return 1;
    return stem > 0 && stem == index_database_stem(other) && memcmp(one, other, stem) == 0;
}

static int index_check_file(const struct index *index, const struct index_file *file,
                            struct err *err)
{
    if (index_check_name(file->name, err) < 0)
        return -1;
    if (file->size == 0 || file->size > INDEX_FILE_MAX)
        return err_set(err, "%s: a size of %" PRIu64 " is outside 1 to %llu", file->name,
                       file->size, (unsigned long long)INDEX_FILE_MAX);
    if (file->version > INT64_MAX)
        return err_set(err, "%s: impossible version", file->name);
    for (size_t i = 0; i < index->count; i++)
        if (index_same_place(index->files[i].name, file->name))
            return err_set(err, "%s and %s are the same database", index->files[i].name,
                           file->name);
    return 0;
}

int index_add(struct index *index, const struct index_file *file, struct err *err)
{
    if (index->count == INDEX_FILES_MAX)
        return err_set(err, "more than %d files", INDEX_FILES_MAX);
    if (index_check_file(index, file, err) < 0)
        return -1;
    /* Grown by doubling: the capacity is the next power of two from 16 on. */
    if (index->count == 0 || (index->count >= 16 && (index->count & (index->count - 1)) == 0)) {
        size_t capacity = index->count ? index->count * 2 : 16;
        struct index_file *files = reallocarray(index->files, capacity, sizeof *files);
        if (!files)
            return err_set(err, "not enough memory");
        index->files = files;
    }
    index->files[index->count++] = *file;
    return 0;
}

const struct index_file *index_find(const struct index *index, const char *name)
{
    for (size_t i = 0; i < index->count; i++)
        if (strcmp(index->files[i].name, name) == 0)
            return &index->files[i];
    return NULL;
}

void index_free(struct index *index)
{
    free(index->files);
    memset(index, 0, sizeof *index);
}

static int index_need_date(struct xml_element *element, const char *name, int64_t *when_r,
                           struct err *err)
{
    const char *text = xml_need(element, name, err);

    if (!text)
        return -1;
    if (iso8601_parse(text, when_r) < 0)
        return err_set(err, "%s=\"%.40s\" is not a date like 2026-01-02T03:04:05Z", name, text);
    return 0;
}

static int index_take_root(struct index *index, struct xml_element *element, struct err *err)
{
    uint64_t format;
    const char *name;

    if (strcmp(element->name, "bases") != 0)
        return err_set(err, "the root is not <bases>");
    if (xml_get_number(element, "version", 0, INT64_MAX, NULL, &format, err) < 0)
        return -1;
    if (format != INDEX_FORMAT)
        return err_set(err, "format version %" PRIu64 ", this program reads %d", format,
                       INDEX_FORMAT);
    name = xml_need(element, "name", err);
    if (!name || index_check_set_name(name, err) < 0 ||
        xml_get_number(element, "serial", 1, INT64_MAX, NULL, &index->serial, err) < 0 ||
        index_need_date(element, "created", &index->created, err) < 0 ||
        index_need_date(element, "expires", &index->expires, err) < 0 ||
        index_check_dates(index->created, index->expires, err) < 0)
        return -1;
    text_fit(index->name, sizeof index->name, name);
    return 0;
}

static int index_take_file(struct index *index, struct xml_element *element, struct err *err)
{
    static const uint64_t unknown = 0;
    struct index_file file = {.size = 0};
    const char *name = xml_need(element, "name", err);
    const char *sha256;

    if (!name || index_check_name(name, err) < 0 ||
        xml_get_number(element, "size", 1, INDEX_FILE_MAX, NULL, &file.size, err) < 0 ||
        xml_get_number(element, "version", 0, INT64_MAX, &unknown, &file.version, err) < 0)
        return -1;
    text_fit(file.name, sizeof file.name, name);
    sha256 = xml_need(element, "sha256", err);
    if (!sha256)
        return -1;
    if (hex_decode(sha256, file.sha256, sizeof file.sha256) < 0)
        return err_set(err, "sha256 is not 64 hex digits in lower case");
    return index_add(index, &file, err);
}

static int index_on_start(void *context, struct xml_element *element, struct err *err)
{
    int result;

    if (strcmp(element->parent, "") == 0)
        result = index_take_root(context, element, err);
    else if (strcmp(element->parent, "bases") == 0 && strcmp(element->name, "file") == 0)
        result = index_take_file(context, element, err);
    else
        result = err_set(err, "not known inside <%s>", element->parent);
    return result < 0 ? -1 : xml_no_more(element, err);
}

static int index_on_end(void *context, const char *name, const char *text, struct err *err)
{
    (void)context;
    (void)name;
    return *text ? err_set(err, "text is not allowed here") : 0;
}

int index_parse(struct index *index, const void *data, size_t length, struct err *err)
{
    static const struct xml_handler handler = {index_on_start, index_on_end};

    memset(index, 0, sizeof *index);
    if (xml_parse(data, length, &handler, index, err) < 0) {
        index_free(index);
        return -1;
    }
    if (index->count == 0) {
        index_free(index);
        return err_set(err, "the index lists no files");
    }
    return 0;
}

static int index_check(const struct index *index, struct err *err)
{
    struct index seen = {.count = 0};
    int result = 0;

    if (index->serial == 0 || index->serial > INT64_MAX)
        return err_set(err, "the serial is not 1 to 2^63-1");
    if (index->count == 0 || index->count > INDEX_FILES_MAX)
        return err_set(err, "an index lists 1 to %d files", INDEX_FILES_MAX);
    if (index_check_set_name(index->name, err) < 0 ||
        index_check_dates(index->created, index->expires, err) < 0)
        return -1;
    for (size_t i = 0; i < index->count && result == 0; i++)
        result = index_add(&seen, &index->files[i], err);
    index_free(&seen);
    return result;
}

int index_write(const struct index *index, struct buf *out, struct err *err)
{
    char created[WHEN_TEXT], expires[WHEN_TEXT], sha256[2 * INDEX_SHA256 + 1];

    if (index_check(index, err) < 0)
        return -1;
    buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    buf_addf(out,
             "<bases version=\"%d\" name=\"%s\" serial=\"%" PRIu64
             "\" created=\"%s\" expires=\"%s\">\n",
             INDEX_FORMAT, index->name, index->serial, iso8601_format(index->created, created),
             iso8601_format(index->expires, expires));
    for (size_t i = 0; i < index->count; i++) {
        const struct index_file *file = &index->files[i];

        buf_addf(out, "  <file name=\"%s\" size=\"%" PRIu64 "\" sha256=\"%s\"", file->name,
                 file->size, hex_encode(file->sha256, sizeof file->sha256, sha256));
        if (file->version > 0)
            buf_addf(out, " version=\"%" PRIu64 "\"", file->version);
        buf_adds(out, "/>\n");
    }
    if (buf_adds(out, "</bases>\n") < 0 || out->failed || out->length > INDEX_SIZE_MAX)
        return err_set(err, "the index is larger than %u bytes", INDEX_SIZE_MAX);
    return 0;
}

void index_claim_format(const struct index *index, char text[INDEX_COMMENT_MAX])
{
    char created[WHEN_TEXT], expires[WHEN_TEXT];

    snprintf(text, INDEX_COMMENT_MAX, "serial:%" PRIu64 " created:%s expires:%s file:%s",
             index->serial, iso8601_format(index->created, created),
             iso8601_format(index->expires, expires), INDEX_FILE_NAME);
}

/* Returns 0 for a field taken or unknown, -1 for one that is wrong. */
static int index_take_field(struct index_claim *claim, const char *key, const char *value,
                            int *is_index)
{
    if (strcmp(key, "serial") == 0) {
        size_t digits = strspn(value, "0123456789");
        if (claim->serial || digits == 0 || digits > 18 || value[digits])
            return -1;
        claim->serial = strtoull(value, NULL, 10);
        return claim->serial ? 0 : -1;
    }
    if (strcmp(key, "created") == 0)
        return claim->created ? -1 : iso8601_parse(value, &claim->created);
    if (strcmp(key, "expires") == 0)
        return claim->expires ? -1 : iso8601_parse(value, &claim->expires);
    if (strcmp(key, "file") == 0)
        *is_index = strcmp(value, INDEX_FILE_NAME) == 0;
    return 0;
}

int index_claim_parse(struct index_claim *claim, const char *text, struct err *err)
{
    char copy[INDEX_COMMENT_MAX], *rest = copy, *field;
    int is_index = 0;

    memset(claim, 0, sizeof *claim);
    if (strlen(text) >= sizeof copy)
        return err_set(err, "the trusted comment is too long");
    text_fit(copy, sizeof copy, text);
    while ((field = strsep(&rest, " ")) != NULL) {
        char *value = strchr(field, ':');

        if (!value)
            continue;
        *value++ = '\0';
        if (index_take_field(claim, field, value, &is_index) < 0)
            return err_set(err, "the trusted comment's field %.20s:%.40s is wrong or given twice",
                           field, value);
    }
    if (!is_index)
        return err_set(err, "the signature is not for %s (its trusted comment is \"%.200s\")",
                       INDEX_FILE_NAME, text);
    if (!claim->serial || !claim->created || !claim->expires)
        return err_set(err, "the trusted comment lacks serial, created or expires: \"%.200s\"",
                       text);
    return index_check_dates(claim->created, claim->expires, err);
}

void index_object_path(const uint8_t sha256[INDEX_SHA256], char path[INDEX_OBJECT_MAX])
{
    char hex[2 * INDEX_SHA256 + 1];

    hex_encode(sha256, INDEX_SHA256, hex);
    snprintf(path, INDEX_OBJECT_MAX, "%s/%.2s/%s", INDEX_OBJECTS, hex, hex);
}
