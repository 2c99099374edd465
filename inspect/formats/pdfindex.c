/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of a PDF's objects: every "obj" in the file, and what object
 * streams hold. The file's own table of cross-references is not asked: it may
 * name some objects and hide others.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/formats/pdfdict.h"

#define PDFINDEX_OBJECTS 1000000u /* that are looked at */
#define PDFINDEX_EFFORT                                                                            \
    (UINT64_C(64) << 20) /* bytes of dictionaries, and 16 for each of the file's */

static int pdfindex_compare(const void *a, const void *b)
{
    const struct pdf_object *first = a, *second = b;

    if (first->number != second->number)
        return first->number < second->number ? -1 : 1;
    if (first->numbered != second->numbered)
        return first->numbered ? -1 : 1;
    return first->content.at > second->content.at ? -1 : first->content.at < second->content.at;
}

/* The two numbers before `at`, which is at an "obj". */
static bool pdfindex_numbers(const uint8_t *data, size_t at, struct pdf_object *object)
{
    uint64_t values[2] = {0, 0};
    int i;

    for (i = 0; i < 2; i++) {
        uint64_t scale = 1;
        size_t digits = 0;

        while (at > 0 && pdftoken_is_space(data[at - 1]))
            at--;
        for (; at > 0 && data[at - 1] >= '0' && data[at - 1] <= '9' && digits < 15; digits++) {
            values[i] += (uint64_t)(data[--at] - '0') * scale;
            scale *= 10;
        }
        if (digits == 0)
            return false;
    }
    object->generation = (uint32_t)values[0];
    object->number = (uint32_t)values[1];
    return values[1] <= UINT32_MAX;
}

static int pdfindex_add(struct pdf *pdf, const struct pdf_object *object)
{
    if (pdf->count == pdf->size) {
        size_t size = pdf->size ? pdf->size * 2 : 64;
        struct pdf_object *more =
            size <= PDFINDEX_OBJECTS * 2 ? realloc(pdf->objects, size * sizeof *more) : NULL;

        if (more == NULL)
            return -1;
        pdf->objects = more;
        pdf->size = size;
    }
    pdf->objects[pdf->count++] = *object;
    return 0;
}

static void pdfindex_sort(struct pdf *pdf)
{
    if (pdf->count > 0)
        qsort(pdf->objects, pdf->count, sizeof pdf->objects[0], pdfindex_compare);
}

int pdf_index(struct pdf *pdf, const uint8_t *data, size_t length)
{
    const uint8_t *at = data;

    memset(pdf, 0, sizeof *pdf);
    pdf->data = data;
    pdf->length = length;
    pdf->effort = PDFINDEX_EFFORT + 16 * (uint64_t)length;
    while ((at = memmem(at, length - (size_t)(at - data), "obj", 3)) != NULL) {
        struct pdf_object object = {.content = {at + 3, data + length}};

        object.numbered = pdfindex_numbers(data, (size_t)(at - data), &object);
        if ((at == data || at[-1] != 'd') && pdfindex_add(pdf, &object) != 0) {
            pdf_free(pdf);
            return -1;
        }
        at += 3;
    }
    pdfindex_sort(pdf);
    return 0;
}

int pdf_index_packed(struct pdf *pdf, const uint8_t *data, size_t length, int64_t members,
                     int64_t first)
{
    struct pdftoken_cursor cursor = {data, data + length};
    int64_t i;

    for (i = 0; i < members; i++) {
        struct pdf_object object = {.numbered = true, .content = {NULL, data + length}};
        int64_t number, offset;

        pdftoken_space(&cursor);
        if (!pdftoken_number(&cursor, &number))
            break;
        pdftoken_space(&cursor);
        if (!pdftoken_number(&cursor, &offset))
            break;
        if (number < 0 || number > UINT32_MAX || offset < 0 || first < 0 ||
            (uint64_t)first + (uint64_t)offset >= length)
            continue;
        object.number = (uint32_t)number;
        object.content.at = data + first + offset;
        if (pdfindex_add(pdf, &object) != 0)
            return -1;
    }
    pdfindex_sort(pdf);
    return 0;
}

void pdf_free(struct pdf *pdf)
{
    free(pdf->objects);
    pdf->objects = NULL;
    pdf->count = pdf->size = 0;
}
