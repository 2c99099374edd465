/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/inspection.h"
#include "inspect/formats/pdffilter.h"
#include "inspect/formats/pdfqpdf.h"
#include "tests/unit/engine.h"

static const struct scanner_settings settings = {.max_scan_time = 60000,
                                                 .max_scan_size = 400 << 20,
                                                 .max_file_size = 100 << 20,
                                                 .max_files = 1000,
                                                 .max_recursion = 8,
                                                 .max_encodings = 3,
                                                 .max_ratio = 1000};

/* ENGINE_MARK in digits. */
static void hexed(char *out, const char *between)
{
    const char *mark = ENGINE_MARK;

    for (*out = '\0'; *mark != '\0'; mark++)
        out += sprintf(out, "%02X%s", (unsigned char)*mark, between);
}

static struct wire_reply inspected(const char *document)
{
    struct wire_reply reply;

    engine_inspect(&settings, document, strlen(document), "", "", 0, &reply);
    return reply;
}

/* The document with the mark's digits for the @ in it. */
static void expect_found(const char *template, const char *between)
{
    char document[8192], digits[1024];
    struct wire_reply reply;

    hexed(digits, between);
    snprintf(document, sizeof document, "%.*s%s%s", (int)strcspn(template, "@"), template, digits,
             strchr(template, '@') + 1);
    reply = inspected(document);
    if (reply.reason != REASON_SIGNATURE)
        print_error("not found in: %s\n", document);
    assert_int_equal(reply.reason, REASON_SIGNATURE);
}

#define HEX  "/Filter/ASCIIHexDecode"
#define TAIL ">>stream\n@>\nendstream\nendobj\n"

static void test_digits(void **state)
{
    (void)state;
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX TAIL, "\r\n");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX TAIL, "\f ");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX TAIL, "xyz");
}

static void test_decoys(void **state)
{
    (void)state;
    expect_found("%PDF-1.7\n1 0 obj\n<</X(endobj)" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<</X(a\\)>>stream\n)" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<<%/Filter/LZWDecode\n" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<</X<</Filter/LZWDecode>>" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX "/Y 2 0 R 7 (x)" TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<</Filter/FlateDecode" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX "/Filter/FlateDecode" TAIL, "");
    expect_found("%PDF-1.7\n1 %\n0 %\nobj\n<<" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 nonsense\n<<" HEX TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<</Filter[/Unknown/AHx]" TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX ">>stream behind it\n@>\nendstream\n", "");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX "/Length 3" TAIL, "");
    expect_found("%PDF-1.7\n1 0 obj\n<<" HEX ">>stream\r\n@>\nendst\nream", "");
}

/* Of two objects of one number either may count. */
static void test_objects_given_twice(void **state)
{
    (void)state;
    expect_found("%PDF-1.7\n2 0 obj/AHx endobj 2 0 obj/LZW endobj\n1 0 obj\n<</Filter 2 0 R" TAIL,
                 "");
    expect_found("%PDF-1.7\n2 0 obj/LZW endobj 2 0 obj/AHx endobj\n1 0 obj\n<</Filter 2 0 R" TAIL,
                 "");
}

static void test_headers(void **state)
{
    (void)state;
    expect_found("1 0 obj\n<<" HEX TAIL, "");
    expect_found("%pdf-1.7\n1 0 obj\n<<" HEX TAIL, "");
    expect_found("%FDF-1.2\n1 0 obj\n<<" HEX TAIL, "");
    assert_false(pdf_is_likely((const uint8_t *)"a stream of objects, and one more object: obj x; "
                                                "the rest of the text is harmless",
                               81));
}

/* References to arrays of references: every visit counts. */
static void test_a_walk_has_a_ceiling(void **state)
{
    char document[65536];
    size_t used = (size_t)sprintf(document, "%%PDF-1.7\n1 0 obj\n<</Filter 2 0 R>>stream\nx\n"
                                            "endstream\nendobj\n");
    int level, i;
    struct wire_reply reply;

    (void)state;
    for (level = 2; level < 9; level++) {
        used += (size_t)sprintf(document + used, "%d 0 obj[", level);
        for (i = 0; i < 40; i++)
            used += (size_t)sprintf(document + used, "%d 0 R ", level + 1);
        used += (size_t)sprintf(document + used, "]endobj\n");
    }
    sprintf(document + used, "9 0 obj[]endobj\n");
    reply = inspected(document);
    assert_int_equal(reply.reason, REASON_CONTAINER);
}

static void test_lzw_of_both_kinds(void **state)
{
    /* "-----A---B", as in the specification's example */
    static const uint8_t packed[] = {0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01};
    struct budget budget;
    const struct pdffilter_job job = {.budget = &budget, .container = 100};
    struct pdf_params params = {.predictor = 1, .columns = 1, .colors = 1, .bits = 8, .early = 1};
    struct pdffilter_result result;

    (void)state;
    budget_init(&budget, &settings);
    for (params.early = 0; params.early < 2; params.early++) {
        assert_int_equal(
            pdffilter_undo(PDFFILTER_LZW, &params, packed, sizeof packed, &job, &result),
            REASON_NONE);
        assert_int_equal(result.out.length, 10);
        assert_memory_equal(result.out.data, "-----A---B", 10);
        assert_true(result.complete);
        buffer_free(&result.out);
    }
}

static const char small[] =
    "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count "
    "0>>\n"
    "endobj\n3 0 obj\n<</Filter/ASCIIHexDecode/Length 5>>stream\n4142>\nendstream\nendobj\n"
    "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n0\n%EOF\n";

static enum pdfqpdf_state opened(uint64_t ms, uint64_t memory, struct pdfqpdf **document)
{
    struct pdfcrypt_key key;

    return pdfqpdf_open((const uint8_t *)small, sizeof small - 1, ms, memory, document, &key);
}

static void test_the_library_reads(void **state)
{
    struct pdfqpdf *document;
    struct buffer buffer = BUFFER_INIT;
    struct budget budget;
    uint32_t number = 0;

    (void)state;
    budget_init(&budget, &settings);
    assert_int_equal(opened(PDFQPDF_MS, PDFQPDF_MEMORY, &document), PDFQPDF_READ);
    assert_int_equal(pdfqpdf_next(document, &budget, &buffer, &number), PDFQPDF_READ);
    assert_int_equal(number, 3);
    assert_int_equal(buffer.length, 2);
    assert_memory_equal(buffer.data, "AB", 2);
    assert_int_equal(pdfqpdf_next(document, &budget, &buffer, &number), PDFQPDF_END);
    buffer_free(&buffer);
    pdfqpdf_close(&document);
    assert_null(document);
}

static void test_the_library_has_ceilings(void **state)
{
    struct pdfqpdf *document;

    (void)state;
    assert_int_equal(opened(0, PDFQPDF_MEMORY, &document), PDFQPDF_LIMIT);
    assert_null(document);
    assert_int_equal(opened(PDFQPDF_MS, 1000, &document), PDFQPDF_LIMIT);
    assert_null(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_decoys),
        cmocka_unit_test(test_objects_given_twice),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_a_walk_has_a_ceiling),
        cmocka_unit_test(test_lzw_of_both_kinds),
        cmocka_unit_test(test_the_library_reads),
        cmocka_unit_test(test_the_library_has_ceilings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
