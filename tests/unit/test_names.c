/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/field.h"
#include "inspect/names.h"

/* the Japanese word for "bill", and ".zip" */
#define BILL_UTF8 "\350\253\213\346\261\202\346\233\270.zip"
#define BILL_SJIS "\220\277\213\201\217\221.zip"
#define BILL_JIS  "\033$B@A5a=q\033(B.zip"
#define BILL_EUC  "\300\301\265\341\275\361.zip"

static void expect_guess(const char *bytes, const char *name)
{
    char got[256];

    names_guess(got, sizeof got, bytes, strlen(bytes));
    assert_string_equal(got, name);
}

static void test_guess(void **state)
{
    (void)state;
    expect_guess("plain.txt", "plain.txt");
    expect_guess(BILL_UTF8, BILL_UTF8);
    expect_guess(BILL_SJIS, BILL_UTF8);
    expect_guess(BILL_JIS, BILL_UTF8);
    expect_guess("caf\351.txt", "caf\303\251.txt");
    expect_guess("", "");
}

static void test_convert(void **state)
{
    char got[256];

    (void)state;
    names_convert(got, sizeof got, "EUC-JP", BILL_EUC, strlen(BILL_EUC));
    assert_string_equal(got, BILL_UTF8);
    names_convert(got, sizeof got, "no-such-charset", "a.txt", 5);
    assert_string_equal(got, "a.txt");
    names_convert(got, 8, "UTF-8", BILL_UTF8, strlen(BILL_UTF8));
    assert_string_equal(got, "\350\253\213\346\261\202"); /* cut between characters */
}

static void expect_filename(const char *value, const char *name)
{
    char got[256];

    field_filename(value, strlen(value), got, sizeof got);
    assert_string_equal(got, name);
}

static void test_filename(void **state)
{
    (void)state;
    expect_filename(" form-data; name=\"f\"; filename=\"a b.txt\"", "a b.txt");
    expect_filename(" form-data; name=f; filename=a.txt", "a.txt");
    expect_filename(" form-data; name=\"field\"", "field");
    expect_filename(" form-data", "");
    expect_filename(" form-data; filename=\"a\\\"b.txt\"", "a\"b.txt");
    expect_filename(" form-data; filename=\"C:\\dir\\x.txt\"", "C:\\dir\\x.txt");
    expect_filename(" form-data; filename=\"" BILL_SJIS "\"", BILL_UTF8);
    expect_filename(" form-data; filename=\"x\"; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.zip",
                    BILL_UTF8);
    expect_filename(" form-data; FILENAME*=Shift_JIS'ja'%90%BF%8B%81%8F%91.zip", BILL_UTF8);
    expect_filename(" form-data; filename*0*=UTF-8''%E8%AB%8B; filename*1*=%E6%B1%82%E6%9B%B8;"
                    " filename*2=.zip",
                    BILL_UTF8);
    expect_filename(" form-data; filename*=broken%zz", "broken%zz");
    expect_filename(" form-data; filename=\"a;b.txt\"; x=y", "a;b.txt");
}

static void test_field(void **state)
{
    static const char block[] = "Content-Type: text/plain;\r\n charset=x\r\nX: y\r\n"
                                "content-disposition : form-data\r\n\r\n";
    size_t length;
    const char *value;

    (void)state;
    value = field_find(block, sizeof block - 1, "Content-Type", &length);
    assert_non_null(value);
    assert_memory_equal(value, " text/plain;\r\n charset=x\r\n", length);
    assert_non_null(field_find(block, sizeof block - 1, "Content-Disposition", &length));
    assert_null(field_find(block, sizeof block - 1, "charset", &length));
    assert_null(field_find(block, sizeof block - 1, "Content", &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guess),
        cmocka_unit_test(test_convert),
        cmocka_unit_test(test_filename),
        cmocka_unit_test(test_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
