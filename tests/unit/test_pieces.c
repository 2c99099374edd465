/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "modules/epost_av/pieces.h"

/* Header lines, each with its line end. */
static struct pieces looked(const char *method, const char *url, const char *type,
                            const char *lines)
{
    struct pieces pieces = {0};

    while (*lines) {
        const char *colon = strchr(lines, ':');
        char value[128];
        size_t length = strcspn(colon + 1, "\n");

        memcpy(value, colon + 1, length);
        value[length] = '\0';
        pieces_add_field(&pieces, lines, (size_t)(colon - lines), value);
        lines = colon + 1 + length + 1;
    }
    pieces_finish(&pieces, method, url, type);
    return pieces;
}

static bool is_piece(const char *method, const char *url, const char *type, const char *lines)
{
    return looked(method, url, type, lines).is_piece;
}

static void test_fields(void **state)
{
    (void)state;
    assert_true(is_piece("PATCH", "http://h/f", "", "Tus-Resumable: 1.0.0\nUpload-Offset: 0\n"));
    assert_true(is_piece("PATCH", "http://h/f", "application/offset+octet-stream", ""));
    assert_true(is_piece("POST", "http://h/f", "", "Upload-Complete: ?0\n"));
    assert_false(is_piece("POST", "http://h/f", "", "Upload-Complete: ?1\n"));
    assert_true(is_piece("POST", "http://h/f", "", "Upload-Concat: partial\n"));
    assert_false(is_piece("POST", "http://h/f", "", "Upload-Concat: final;/a /b\n"));
    assert_true(is_piece("PATCH", "http://h/f", "", "Upload-Offset: 34\nUpload-Complete: ?1\n"));
    assert_true(is_piece("PATCH", "http://h/f", "", "Upload-Offset: 0\nUpload-Complete: ?1\n"));
    assert_false(is_piece("POST", "http://h/f", "", "Upload-Offset: 0\nUpload-Complete: ?1\n"));
    assert_true(is_piece("PUT", "http://h/f", "", "oc-chunked: 1\n"));
    assert_true(is_piece("PUT", "http://h/f", "", "X-Update-Range: append\n"));
    assert_true(is_piece("PUT", "http://h/f", "", "X-Chunk-Index: 4\n"));
    assert_true(is_piece("POST", "http://h/f", "",
                         "Dropbox-API-Arg: {\"cursor\":{\"session_id\":\"x\",\"offset\":7}}\n"));
    assert_false(is_piece("POST", "http://h/f", "", "Dropbox-API-Arg: {\"path\":\"/x\"}\n"));
    assert_int_equal(looked("PUT", "http://h/f", "", "OC-Total-Length: 68\n").whole, 68);
    assert_int_equal(
        looked("POST", "http://h/f", "multipart/form-data", "OC-Total-Length: 68\n").whole, 0);
    assert_false(is_piece("PUT", "http://h/f", "", "Content-Length: 68\n"));
}

static void test_urls(void **state)
{
    static const char *const pieces[] = {
        "http://h/b/x?partNumber=2&uploadId=a", "http://h/b/x?uploadId=a&part%4eumber=2",
        "http://h/c/x?comp=block&blockid=MQ==", "http://h/c/x?COMP=appendblock",
        "http://h/up?name=x&chunk=0&chunks=2",  "http://h/2/files/upload_session/append_v2",
        "http://h/x.com-chunking-1234-2-0",     "http://h/remote.php/dav/uploads/u/12/00000002",
        "http://h/f?action=append&position=0"};
    static const char *const wholes[] = {
        "http://h/b/x",
        "http://h/parts?partNumber=AB-12",
        "http://h/c/x?comp=blocklist",
        "http://h/up?name=x&chunk=0&chunks=1",
        "http://h/x.com-chunking-1234-1-0",
        "http://h/form?action=append",
        "http://h/?x=/upload_session/append",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        assert_true(is_piece("PUT", pieces[i], "", ""));
    for (i = 0; i < sizeof wholes / sizeof wholes[0]; i++)
        assert_false(is_piece("PUT", wholes[i], "", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fields), cmocka_unit_test(test_urls)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
