/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a 7z: a good one, one cut at every byte, and one with absurd numbers. Each copy
 * has its exact length on the heap, so that a sanitizer sees a read behind it.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/formats/sevendir.h"

#define ARCHIVE (SEVENZIP_HEAD + 10u + sizeof directory) /* ten packed bytes */

/* One folder of one coder (LZMA2), with two files of 5 and 7 bytes named "a" and "b". */
static const uint8_t directory[] = {
    0x01, 0x04,                                           /* streams: */
    0x06, 0x00, 0x01, 0x09, 0x0a, 0x00,                   /* packed at 0, one of 10 bytes */
    0x07, 0x0b, 0x01, 0x00, 0x01, 0x21, 0x21, 0x01, 0x18, /* a folder, a coder, its property */
    0x0c, 0x0c, 0x00,                                     /* which gives 12 bytes */
    0x08, 0x0d, 0x02, 0x09, 0x05, 0x0a, 0x01,             /* two files, the first of 5 bytes */
    1,    2,    3,    4,    5,    6,    7,    8,          /* their sums */
    0x00, 0x00,                                           /* end of both */
    0x05, 0x02, 0x11, 0x09, 0x00, 'a',  0,    0,    0,    'b', 0, 0, 0, /* names */
    0x00, 0x00};

enum {
    AT_PACKED_PLACE = 3,
    AT_PACKED_COUNT = 4,
    AT_PACKED_SIZE = 6,
    AT_FOLDERS = 10,
    AT_CODERS = 12,
    AT_CODER_SIZE = 18,
    AT_FILES = 22,
    AT_FILE_SIZE = 24,
};

static bool read_copy(struct sevendir *dir, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    bool is_read;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    is_read = sevendir_read(dir, copy, size, ARCHIVE);
    free(copy); /* names are no longer looked at */
    return is_read;
}

static void test_good(void **state)
{
    struct sevendir dir;

    (void)state;
    assert_true(sevendir_read(&dir, directory, sizeof directory, ARCHIVE));
    assert_int_equal(dir.folder_count, 1);
    assert_int_equal(dir.file_count, 2);
    assert_false(dir.folders[0].is_closed);
    assert_int_equal(dir.folders[0].coders[0].id, 0x21);
    assert_int_equal(dir.folders[0].at, SEVENZIP_HEAD);
    assert_int_equal(dir.folders[0].packed, 10);
    assert_int_equal(dir.folders[0].size, 12);
    assert_int_equal(dir.files[0].size, 5);
    assert_int_equal(dir.files[1].size, 7);
    assert_true(dir.files[1].has_crc);
    assert_int_equal(dir.files[1].crc, 0x08070605);
    assert_int_equal(dir.files[1].name_bytes, 2);
    assert_memory_equal(dir.files[1].name, "b", 2);
    sevendir_free(&dir);
}

static void test_cut_at_every_byte(void **state)
{
    size_t size;

    (void)state;
    for (size = 0; size < sizeof directory; size++) {
        struct sevendir dir;

        assert_false(read_copy(&dir, directory, size));
        sevendir_free(&dir);
    }
}

/* The number at `at` becomes one of nine bytes. */
static void test_absurd_numbers(void **state)
{
    static const size_t places[] = {AT_PACKED_PLACE, AT_PACKED_COUNT, AT_PACKED_SIZE, AT_FOLDERS,
                                    AT_CODERS,       AT_FILES,        AT_FILE_SIZE};
    static const uint8_t values[][8] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
                                        {0, 0, 0, 0, 1, 0, 0, 0}};
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof places / sizeof places[0]; i++)
        for (j = 0; j < sizeof values / sizeof values[0]; j++) {
            uint8_t bytes[sizeof directory + 8];
            const size_t at = places[i];
            struct sevendir dir;

            memcpy(bytes, directory, at);
            bytes[at] = 0xff;
            memcpy(bytes + at + 1, values[j], 8);
            memcpy(bytes + at + 9, directory + at + 1, sizeof directory - at - 1);
            assert_false(read_copy(&dir, bytes, sizeof bytes));
            sevendir_free(&dir);
        }
}

/* More files than the folder has bytes, more packed bytes than the archive. */
static void test_numbers_that_do_not_fit(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{AT_FILE_SIZE, 13}, {AT_PACKED_SIZE, 127}, {AT_PACKED_PLACE, 127},
                   {AT_CODERS, 0},     {AT_CODERS, 5},        {AT_CODER_SIZE, 4}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t bytes[sizeof directory];
        struct sevendir dir;

        memcpy(bytes, directory, sizeof bytes);
        bytes[changes[i].at] = changes[i].value;
        assert_false(read_copy(&dir, bytes, sizeof bytes));
        sevendir_free(&dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_absurd_numbers),
        cmocka_unit_test(test_numbers_that_do_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
