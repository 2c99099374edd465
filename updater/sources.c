/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "common/value.h"
#include "updater/urls.h"
#include "updater/xml.h"

#define FORMAT        1
#define MINUTE        60
#define INTERVAL_MIN  0
#define INTERVAL_MAX  (30 * 86400)
#define MIB           (1024ull * 1024)
#define CLAMAV_SERVER "https://database.clamav.net/"
#define CLAMAV_DNS    "current.cvd.clamav.net"

static const struct {
    const char *extension;
    unsigned bit;
} guarded[] = {{"cbc", SOURCES_ALLOW_CBC}, {"cfg", SOURCES_ALLOW_CFG},
               {"ign", SOURCES_ALLOW_IGN}, {"ign2", SOURCES_ALLOW_IGN2},
               {"fp", SOURCES_ALLOW_FP},   {"sfp", SOURCES_ALLOW_SFP}};

#define GUARDED (sizeof guarded / sizeof guarded[0])

const char *sources_type_name(enum source_type type)
{
    static const char *const names[] = {"manifest", "clamav", "url", "directory"};

    return names[type];
}

int sources_allows(const struct source *source, const char *name, struct err *err)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < GUARDED; i++)
        if (strcasecmp(dot + 1, guarded[i].extension) == 0 && !(source->allow & guarded[i].bit))
            return err_set(err,
                           "%s is of a kind that can change what other files find; the source is "
                           "not allowed to bring it (allow=\"%s\")",
                           name, guarded[i].extension);
    return 0;
}

/* "90", "15m", "6h", "1d" */
static int sources_take_span(struct xml_element *element, const char *name, int64_t fallback,
                             int64_t *value_r, struct err *err)
{
    const char *text = xml_get(element, name);
    int64_t ms;

    *value_r = fallback;
    if (!text)
        return 0;
    if (value_seconds(text, &ms) < 0 || ms < 0 || ms > INTERVAL_MAX * 1000LL)
        return err_set(err, "%s=\"%.40s\" is not a time like 15m, 6h or 1d (up to 30d)", name,
                       text);
    *value_r = (ms + 999) / 1000;
    return 0;
}

/* "500K", "20M", "1G" */
static int sources_take_size(struct xml_element *element, const char *name, uint64_t fallback,
                             uint64_t *value_r, struct err *err)
{
    const char *text = xml_get(element, name);
    int64_t size;

    *value_r = fallback;
    if (!text)
        return 0;
    if (value_size(text, &size) < 0 || size <= 0 || (uint64_t)size > SOURCES_TOTAL_MAX)
        return err_set(err, "%s=\"%.40s\" is not a size like 500K, 20M or 1G (up to 64G)", name,
                       text);
    *value_r = (uint64_t)size;
    return 0;
}

static int sources_take_bool(struct xml_element *element, const char *name, int fallback,
                             int *value_r, struct err *err)
{
    const char *text = xml_get(element, name);

    *value_r = fallback;
    if (!text)
        return 0;
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return err_set(err, "%s=\"%.40s\" is neither yes nor no", name, text);
    *value_r = strcmp(text, "yes") == 0;
    return 0;
}

/* Calls `take` for each word of a space-separated attribute. */
static int sources_each_word(const char *text,
                             int (*take)(struct source *, const char *, struct err *),
                             struct source *source, struct err *err)
{
    char copy[XML_VALUE_MAX + 1], *rest = copy, *word;

    snprintf(copy, sizeof copy, "%s", text);
    while ((word = strsep(&rest, " \t\n")) != NULL)
        if (*word && take(source, word, err) < 0)
            return -1;
    return 0;
}

static int sources_take_allowed(struct source *source, const char *word, struct err *err)
{
    for (size_t i = 0; i < GUARDED; i++) {
        if (strcasecmp(word, guarded[i].extension) == 0) {
            source->allow |= guarded[i].bit;
            return 0;
        }
    }
    return err_set(err, "allow knows cbc, cfg, ign, ign2, fp and sfp, not \"%.20s\"", word);
}

static int sources_take_database(struct source *source, const char *word, struct err *err)
{
    char file[INDEX_NAME_MAX + 8];

    snprintf(file, sizeof file, "%.90s.cvd", word);
    if (index_check_name(file, err) < 0)
        return -1;
    if (source->database_count == SOURCES_DATABASES_MAX)
        return err_set(err, "more than %d databases", SOURCES_DATABASES_MAX);
    snprintf(source->databases[source->database_count++], INDEX_NAME_MAX + 1, "%.90s", word);
    return 0;
}

static int sources_take_common(struct sources *sources, struct source *source,
                               struct xml_element *element, int64_t interval, uint64_t max_size,
                               struct err *err)
{
    const char *name = xml_need(element, "name", err);
    const char *allow = xml_get(element, "allow");

    if (!name)
        return -1;
    size_t length = strlen(name);
    if (length == 0 || length > SOURCES_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
        return err_set(err, "name=\"%.40s\" is not 1 to %d characters of a-z, 0-9 and -", name,
                       SOURCES_NAME_MAX);
    if (sources_find(sources, name) || strcmp(name, "local") == 0)
        return err_set(err, "the name \"%s\" is taken", name);
    text_fit(source->name, sizeof source->name, name);
    if (sources_take_bool(element, "required", 1, &source->required, err) < 0 ||
        sources_take_span(element, "interval", interval, &source->interval, err) < 0 ||
        sources_take_size(element, "maxSize", max_size, &source->max_size, err) < 0)
        return -1;
    return allow ? sources_each_word(allow, sources_take_allowed, source, err) : 0;
}

static int sources_take_manifest(struct sources *sources, struct source *source,
                                 struct xml_element *element, struct err *err)
{
    source->type = SOURCE_MANIFEST;
    return sources_take_common(sources, source, element, 0, 2048 * MIB, err);
}

static int sources_take_clamav(struct sources *sources, struct source *source,
                               struct xml_element *element, struct err *err)
{
    const char *databases = xml_get(element, "databases");
    const char *dns = xml_get(element, "dns");

    source->type = SOURCE_CLAMAV;
    source->allow = SOURCES_ALLOW_CBC; /* in bytecode.cvd, signed by ClamAV */
    if (sources_take_common(sources, source, element, 55 * MINUTE, 1024 * MIB, err) < 0 ||
        sources_take_bool(element, "private", 0, &source->is_private, err) < 0 ||
        sources_take_bool(element, "cdiff", !source->is_private, &source->cdiff, err) < 0 ||
        sources_each_word(databases ? databases : "main daily bytecode", sources_take_database,
                          source, err) < 0)
        return -1;
    if (source->database_count == 0)
        return err_set(err, "databases=\"\" names none");
    if (!dns)
        dns = source->is_private ? "" : CLAMAV_DNS;
    if (strlen(dns) >= sizeof source->dns || strpbrk(dns, " /:"))
        return err_set(err, "dns=\"%.40s\" is not a host name", dns);
    text_fit(source->dns, sizeof source->dns, dns);
    return 0;
}

static int sources_take_url(struct sources *sources, struct source *source,
                            struct xml_element *element, struct err *err)
{
    source->type = SOURCE_URL;
    if (sources_take_common(sources, source, element, 4 * 3600, 50 * MIB, err) < 0)
        return -1;
    return sources_take_bool(element, "insecure", 0, &source->insecure, err);
}

static int sources_take_directory(struct sources *sources, struct source *source,
                                  struct xml_element *element, struct err *err)
{
    const char *path = xml_need(element, "path", err);

    source->type = SOURCE_DIRECTORY;
    if (!path || sources_take_common(sources, source, element, 0, 256 * MIB, err) < 0)
        return -1;
    if (*path != '/' || strlen(path) >= SOURCES_PATH_MAX)
        return err_set(err, "path=\"%.100s\" is not an absolute path of up to %d bytes", path,
                       SOURCES_PATH_MAX - 1);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') /* behind a slash a link would be followed */
        length--;
    source->path = strndup(path, length);
    return source->path ? 0 : err_set(err, "not enough memory");
}

static int sources_start_source(struct sources *sources, struct xml_element *element,
                                struct err *err)
{
    static const struct {
        const char *element;
        int (*take)(struct sources *, struct source *, struct xml_element *, struct err *);
    } kinds[] = {{"manifest", sources_take_manifest},
                 {"clamav", sources_take_clamav},
                 {"url", sources_take_url},
                 {"directory", sources_take_directory}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(element->name, kinds[i].element) != 0)
            continue;
        if (sources->count == SOURCES_MAX)
            return err_set(err, "more than %d sources", SOURCES_MAX);
        struct source *source = &sources->list[sources->count];
        if (kinds[i].take(sources, source, element, err) < 0)
            return -1;
        sources->count++;
        return 0;
    }
    return err_set(err, "unknown: a source is <manifest>, <clamav>, <url> or <directory>");
}

static int sources_start_root(struct xml_element *element, struct err *err)
{
    uint64_t format;

    if (strcmp(element->name, "sources") != 0)
        return err_set(err, "the root is not <sources>");
    if (xml_get_number(element, "version", 0, 1000, NULL, &format, err) < 0)
        return -1;
    if (format != FORMAT)
        return err_set(err, "format version %u, this program reads %d", (unsigned)format, FORMAT);
    return 0;
}

static int sources_start_mirror(struct source *source, struct xml_element *element, struct err *err)
{
    const char *url = xml_need(element, "url", err);

    if (!url)
        return -1;
    return urls_expand(url, source->mirrors, MIRRORS_MAX, &source->mirror_count, err);
}

/* <key file="…"/> here; the text of <key>RW…</key> comes at its end. */
static int sources_start_key(struct source *source, struct xml_element *element, int *from_file,
                             struct err *err)
{
    const char *path = xml_get(element, "file");

    *from_file = path != NULL;

    if (source->key_count == SOURCES_KEYS_MAX)
        return err_set(err, "more than %d keys", SOURCES_KEYS_MAX);
    if (!path)
        return 0;
    return minisig_key_read(&source->keys[source->key_count++], path, err);
}

static int sources_start_file(struct source *source, struct xml_element *element, struct err *err)
{
    const char *url = xml_need(element, "url", err);
    const char *name = xml_get(element, "name");

    if (!url || urls_check(url, err) < 0)
        return -1;
    if (!source->insecure && strncasecmp(url, "https:", 6) != 0)
        return err_set(err,
                       "%.100s is neither encrypted nor signed: anyone on the way could change it "
                       "(insecure=\"yes\" on <url> accepts that)",
                       url);
    if (!name) {
        name = strrchr(url, '/') + 1;
        if (strpbrk(name, "?#"))
            return err_set(err, "the attribute name is missing, and the URL does not end in one");
    }
    if (index_check_name(name, err) < 0 || sources_allows(source, name, err) < 0)
        return -1;
    if (source->file_count == SOURCES_FILES_MAX)
        return err_set(err, "more than %d files", SOURCES_FILES_MAX);
    for (size_t i = 0; i < source->file_count; i++)
        if (index_same_place(source->files[i].name, name))
            return err_set(err, "%s is there twice", name);
    struct source_file *files =
        reallocarray(source->files, source->file_count + 1, sizeof *source->files);
    if (!files)
        return err_set(err, "not enough memory");
    source->files = files;
    text_fit(files[source->file_count].name, sizeof files[source->file_count].name, name);
    if (!(files[source->file_count].url = strdup(url)))
        return err_set(err, "not enough memory");
    source->file_count++;
    return 0;
}

struct reading {
    struct sources *sources;
    int key_from_file;
};

static int sources_on_start(void *context, struct xml_element *element, struct err *err)
{
    struct reading *reading = context;
    struct sources *sources = reading->sources;
    struct source *source = sources->count ? &sources->list[sources->count - 1] : NULL;
    int result;

    if (strcmp(element->parent, "") == 0)
        result = sources_start_root(element, err);
    else if (strcmp(element->parent, "sources") == 0)
        result = sources_start_source(sources, element, err);
    else if (source && (source->type == SOURCE_MANIFEST || source->type == SOURCE_CLAMAV) &&
             strcmp(element->name, "mirror") == 0)
        result = sources_start_mirror(source, element, err);
    else if (source && source->type == SOURCE_MANIFEST && strcmp(element->name, "key") == 0)
        result = sources_start_key(source, element, &reading->key_from_file, err);
    else if (source && source->type == SOURCE_URL && strcmp(element->name, "file") == 0)
        result = sources_start_file(source, element, err);
    else
        result = err_set(err, "not known inside <%s>", element->parent);
    return result < 0 ? -1 : xml_no_more(element, err);
}

/* Checks that a source is complete, once all of it was read. */
static int sources_end_source(struct source *source, struct err *err)
{
    if (source->type == SOURCE_MANIFEST && source->mirror_count == 0)
        return err_set(err, "\"%s\" has no <mirror>", source->name);
    if (source->type == SOURCE_MANIFEST && source->key_count == 0)
        return err_set(err, "\"%s\" has no <key>: nothing could be verified", source->name);
    if (source->type == SOURCE_URL && source->file_count == 0)
        return err_set(err, "\"%s\" has no <file>", source->name);
    if (source->type == SOURCE_CLAMAV && source->mirror_count == 0)
        return urls_expand(CLAMAV_SERVER, source->mirrors, MIRRORS_MAX, &source->mirror_count, err);
    return 0;
}

static int sources_on_end(void *context, const char *name, const char *text, struct err *err)
{
    struct reading *reading = context;
    struct sources *sources = reading->sources;
    struct source *source = sources->count ? &sources->list[sources->count - 1] : NULL;

    if (strcmp(name, "key") == 0 && reading->key_from_file)
        return *text ? err_set(err, "either a key or file=\"…\", not both") : 0;
    if (strcmp(name, "key") == 0)
        return minisig_key_parse(&source->keys[source->key_count++], text, err);
    if (*text)
        return err_set(err, "text is not allowed here");
    if (strcmp(name, "manifest") == 0 || strcmp(name, "clamav") == 0 || strcmp(name, "url") == 0)
        return sources_end_source(source, err);
    return 0;
}

int sources_parse(struct sources *sources, const void *data, size_t length, struct err *err)
{
    static const struct xml_handler handler = {sources_on_start, sources_on_end};
    struct reading reading = {.sources = sources};

    memset(sources, 0, sizeof *sources);
    sources->list = calloc(SOURCES_MAX, sizeof *sources->list);
    if (!sources->list)
        return err_set(err, "not enough memory");
    if (xml_parse(data, length, &handler, &reading, err) == 0 && sources->count > 0)
        return 0;
    if (sources->count == 0 && err->text[0] == '\0')
        err_set(err, "it lists no source");
    sources_free(sources);
    return -1;
}

int sources_read(struct sources *sources, const char *path, struct err *err)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(XML_SIZE_MAX + 1);
    int result = -1;

    memset(sources, 0, sizeof *sources);
    err->text[0] = '\0';
    if (!file) {
        err_sys(err, "cannot open the source list %s", path);
        goto out;
    }
    if (!text) {
        err_set(err, "not enough memory");
        goto out;
    }
    size_t length = fread(text, 1, XML_SIZE_MAX + 1, file);
    if (ferror(file)) {
        err_sys(err, "cannot read %s", path);
        goto out;
    }
    if (sources_parse(sources, text, length, err) < 0) {
        err_prefix(err, "%s", path);
        goto out;
    }
    result = 0;
out:
    if (file)
        fclose(file);
    free(text);
    return result;
}

void sources_free(struct sources *sources)
{
    for (size_t i = 0; sources->list && i < SOURCES_MAX; i++) {
        struct source *source = &sources->list[i];

        for (size_t m = 0; m < source->mirror_count; m++)
            free(source->mirrors[m]);
        for (size_t f = 0; f < source->file_count; f++)
            free(source->files[f].url);
        free(source->files);
        free(source->path);
    }
    free(sources->list);
    memset(sources, 0, sizeof *sources);
}

const struct source *sources_find(const struct sources *sources, const char *name)
{
    for (size_t i = 0; i < sources->count; i++)
        if (strcmp(sources->list[i].name, name) == 0)
            return &sources->list[i];
    return NULL;
}
