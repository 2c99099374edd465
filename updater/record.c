/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "updater/hex.h"
#include "updater/state.h"

#define RECORD_CLOCK 3600 /* seconds by which clocks of hosts may differ */

static void record_path(const struct source *source, char name[64])
{
    snprintf(name, 64, "source-%s", source->name);
}

static int64_t record_number(const char *text)
{
    uint64_t value = state_number(text);

    return value > INT64_MAX ? 0 : (int64_t)value;
}

/* The next word of *rest, cut out; "" when there is none. */
static char *record_word(char **rest)
{
    char *text = *rest ? strsep(rest, " ") : NULL;

    return text ? text : (char *)"";
}

static void record_copy(char *field, size_t size, const char *text)
{
    snprintf(field, size, "%s", text);
}

static void record_line_mirror(struct record *record, char *rest)
{
    const char *url = record_word(&rest);

    for (size_t i = 0; i < record->mirror_count; i++) {
        struct mirror *mirror = &record->mirrors[i];

        if (strcmp(mirror->url, url) != 0)
            continue;
        int state = mirror_state_from_name(record_word(&rest));
        mirror->state = state < 0 ? MIRROR_HEALTHY : (enum mirror_state)state;
        mirror->backoff.failures = (unsigned)record_number(record_word(&rest));
        mirror->backoff.until = record_number(record_word(&rest));
        mirror->used = record_number(record_word(&rest));
    }
}

static void record_line_aside(struct record *record, char *rest)
{
    uint8_t digest[INDEX_SHA256];

    if (hex_decode(record_word(&rest), digest, sizeof digest) < 0)
        return;
    int result = result_from_name(record_word(&rest));
    record_put_aside(record, digest, result < 0 ? RESULT_FAILED : (enum result)result,
                     rest ? rest : "");
}

static void record_line_tag(struct record *record, char *rest)
{
    const char *name = record_word(&rest);
    struct record_tag *tag = record_tag(record, name, 1);

    if (!tag || hex_decode(record_word(&rest), tag->sha256, sizeof tag->sha256) < 0 || !rest)
        return;
    char *modified = strchr(rest, '\t');
    if (modified)
        *modified++ = '\0';
    record_copy(tag->etag, sizeof tag->etag, rest);
    record_copy(tag->modified, sizeof tag->modified, modified ? modified : "");
}

static void record_on_line(void *context, const char *key, char *value)
{
    struct record *record = context;
    struct fault ignored;

    if (strcmp(key, "since") == 0)
        record->since = record_number(value);
    else if (strcmp(key, "tried") == 0)
        record->tried = record_number(value);
    else if (strcmp(key, "checked") == 0)
        record->checked = record_number(value);
    else if (strcmp(key, "fresh") == 0)
        record->fresh = record_number(value);
    else if (strcmp(key, "expires") == 0)
        record->expires = record_number(value);
    else if (strcmp(key, "failures") == 0)
        record->backoff.failures = (unsigned)record_number(value);
    else if (strcmp(key, "until") == 0)
        record->backoff.until = record_number(value);
    else if (strcmp(key, "serial") == 0)
        record->serial = state_number(value);
    else if (strcmp(key, "digest") == 0)
        hex_decode(value, record->digest, sizeof record->digest);
    else if (strcmp(key, "message") == 0)
        record_copy(record->message, sizeof record->message, value);
    else if (strcmp(key, "result") == 0 && result_from_name(value) >= 0)
        record->result = (enum result)result_from_name(value);
    else if (strcmp(key, "mirror") == 0)
        record_line_mirror(record, value);
    else if (strcmp(key, "aside") == 0)
        record_line_aside(record, value);
    else if (strcmp(key, "tag") == 0)
        record_line_tag(record, value);
    else if (strcmp(key, "highest") == 0) {
        const char *name = record_word(&value);
        record_raise(record, name, state_number(record_word(&value)), &ignored);
    }
}

void record_forget_future(struct record *record, int64_t now)
{
    if (record->fresh > now + RECORD_CLOCK)
        record->fresh = 0;
    if (record->since > now + RECORD_CLOCK)
        record->since = now;
    if (record->checked > now + RECORD_CLOCK)
        record->checked = 0;
}

int record_load(struct record *record, const char *directory, const struct source *source,
                struct fault *fault)
{
    char name[64];

    memset(record, 0, sizeof *record);
    record->result = RESULT_CURRENT;
    record->mirrors = calloc(source->mirror_count + 1, sizeof *record->mirrors);
    if (!record->mirrors)
        return fault_set(fault, RESULT_FAILED, "not enough memory");
    record->mirror_count = source->mirror_count;
    for (size_t i = 0; i < source->mirror_count; i++)
        record_copy(record->mirrors[i].url, sizeof record->mirrors[i].url, source->mirrors[i]);
    record_path(source, name);
    if (state_read(directory, name, record_on_line, record, NULL, fault) < 0) {
        record_free(record);
        return -1;
    }
    return 0;
}

/* Words of libraries and servers: one line, so that they cannot be another entry. */
static void record_add_line(struct buf *text, const char *words)
{
    text_plain(text, words, strlen(words));
    buf_adds(text, "\n");
}

int record_save(const struct record *record, const char *directory, const struct source *source,
                struct fault *fault)
{
    char name[64], hex[HEX_SHA256_TEXT];
    struct buf text;

    buf_init(&text, STATE_SIZE_MAX);
    buf_addf(&text, "type %s\n", sources_type_name(source->type));
    buf_addf(&text,
             "since %" PRId64 "\ntried %" PRId64 "\nchecked %" PRId64 "\nfresh %" PRId64
             "\nexpires %" PRId64 "\n",
             record->since, record->tried, record->checked, record->fresh, record->expires);
    buf_addf(&text, "failures %u\nuntil %" PRId64 "\n", record->backoff.failures,
             record->backoff.until);
    buf_addf(&text, "result %s\nmessage ", result_name(record->result));
    record_add_line(&text, record->message);
    if (record->serial > 0)
        buf_addf(&text, "serial %" PRIu64 "\ndigest %s\n", record->serial,
                 hex_encode(record->digest, sizeof record->digest, hex));
    for (size_t i = 0; i < record->mirror_count; i++) {
        const struct mirror *mirror = &record->mirrors[i];

        if (mirror->used || mirror->backoff.failures)
            buf_addf(&text, "mirror %s %s %u %" PRId64 " %" PRId64 "\n", mirror->url,
                     mirror_state_name(mirror->state), mirror->backoff.failures,
                     mirror->backoff.until, mirror->used);
    }
    for (size_t i = 0; i < record->highest_count; i++)
        buf_addf(&text, "highest %s %" PRIu64 "\n", record->highest[i].name,
                 record->highest[i].version);
    for (size_t i = 0; i < record->aside_count; i++) {
        buf_addf(&text, "aside %s %s ",
                 hex_encode(record->aside[i].digest, sizeof record->aside[i].digest, hex),
                 result_name(record->aside[i].result));
        record_add_line(&text, record->aside[i].why);
    }
    for (size_t i = 0; i < record->tag_count; i++)
        buf_addf(&text, "tag %s %s %s\t%s\n", record->tags[i].name,
                 hex_encode(record->tags[i].sha256, sizeof record->tags[i].sha256, hex),
                 record->tags[i].etag, record->tags[i].modified);
    record_path(source, name);
    int result = state_write(directory, name, &text, fault);
    buf_free(&text);
    return result;
}

void record_free(struct record *record)
{
    free(record->mirrors);
    free(record->highest);
    memset(record, 0, sizeof *record);
}

static struct record_highest *record_find_highest(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->highest_count; i++)
        if (index_same_place(record->highest[i].name, name))
            return &record->highest[i];
    return NULL;
}

uint64_t record_highest(const struct record *record, const char *name)
{
    const struct record_highest *highest = record_find_highest(record, name);

    return highest ? highest->version : 0;
}

int record_raise(struct record *record, const char *name, uint64_t version, struct fault *fault)
{
    struct record_highest *highest = record_find_highest(record, name);

    if (version == 0)
        return 0;
    if (!highest) {
        if (record->highest_count == RECORD_HIGHEST_MAX)
            return fault_set(fault, RESULT_FAILED, "too many names of databases were seen");
        highest = reallocarray(record->highest, record->highest_count + 1, sizeof *highest);
        if (!highest)
            return fault_set(fault, RESULT_FAILED, "not enough memory");
        record->highest = highest;
        highest += record->highest_count++;
        memset(highest, 0, sizeof *highest);
        record_copy(highest->name, sizeof highest->name, name);
    }
    if (version > highest->version)
        highest->version = version;
    return 0;
}

void record_put_aside(struct record *record, const uint8_t digest[INDEX_SHA256], enum result result,
                      const char *why)
{
    if (record_is_aside(record, digest))
        return;
    if (record->aside_count == RECORD_ASIDE_MAX) {
        memmove(record->aside, record->aside + 1, (RECORD_ASIDE_MAX - 1) * sizeof record->aside[0]);
        record->aside_count--;
    }
    struct record_aside *aside = &record->aside[record->aside_count++];
    memcpy(aside->digest, digest, sizeof aside->digest);
    aside->result = result;
    record_copy(aside->why, sizeof aside->why, why);
}

const struct record_aside *record_is_aside(const struct record *record,
                                           const uint8_t digest[INDEX_SHA256])
{
    for (size_t i = 0; i < record->aside_count; i++)
        if (memcmp(record->aside[i].digest, digest, INDEX_SHA256) == 0)
            return &record->aside[i];
    return NULL;
}

struct record_tag *record_tag(struct record *record, const char *name, int make)
{
    for (size_t i = 0; i < record->tag_count; i++)
        if (strcmp(record->tags[i].name, name) == 0)
            return &record->tags[i];
    if (!make || record->tag_count == SOURCES_FILES_MAX)
        return NULL;
    struct record_tag *tag = &record->tags[record->tag_count++];
    memset(tag, 0, sizeof *tag);
    record_copy(tag->name, sizeof tag->name, name);
    return tag;
}
