/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The block page: hostile values in the page that is shipped, for any Accept-Language; and any
 * bytes as a template. In the shipped page no value can open an element or end an attribute.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "modules/epost_av/page.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t page_marks(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '<' || *text == '>' || *text == '"' || *text == '\'';
    return count;
}

static size_t page_show(const struct page_set *set, const char *accept, const char *value)
{
    struct page_values values = {{0}};
    const char *language, *policy;
    struct buf out;
    size_t marks = 0;

    for (unsigned i = PAGE_THREAT; i < PAGE_VARIABLES; i++)
        values.value[i] = value;
    buf_init(&out, PAGE_MAX);
    if (page_render(set, accept, VERDICT_INFECTED, REASON_SIGNATURE, &values, &out, &language,
                    &policy) == 0)
        marks = page_marks(buf_text(&out));
    buf_free(&out);
    return marks;
}

static void page_template(const uint8_t *data, size_t size)
{
    char directory[128], file[160];
    struct err err;

    snprintf(directory, sizeof directory, "%s/pages", place_directory());
    snprintf(file, sizeof file, "%s/en", directory);
    mkdir(directory, 0700);
    mkdir(file, 0700);
    const uint8_t *half = size ? memchr(data, '\0', size) : NULL;
    size_t first = half ? (size_t)(half - data) : size;
    place_file("pages/en/blocked.html", data, first);
    place_file("pages/en/texts", half ? half + 1 : data, half ? size - first - 1 : 0);
    struct page_set *set = page_load(directory, "en", &err);
    if (set)
        page_show(set, "en", "<script>");
    page_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct page_set *shipped;
    char *text = malloc(size + 1), *value;
    struct err err;

    if (!text)
        return 0;
    if (!shipped && !(shipped = page_load(TEST_SRCDIR "/../conf/templates", "en", &err)))
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    value = strchr(text, '\n');
    if (value) {
        *value++ = '\0';
        size_t marks = *value ? page_show(shipped, text, value) : 0;
        if (marks && marks != page_show(shipped, text, "x"))
            abort();
    }
    free(text);
    page_template(data, size);
    return 0;
}
