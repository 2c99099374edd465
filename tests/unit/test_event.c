/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event record: its forms, its way over a socket, and that its description is fresh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/event.h"
#include "common/eventdoc.h"
#include "common/eventtext.h"
#include "common/eventwire.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct event sample(void)
{
    struct event event;

    event_init(&event, EVENT_KIND_TRANSACTION, 1700000000123ull);
    event_set_text(&event, EVENT_FIELD_ID, "65f0c2a1-1b3c-2a");
    event_set_text(&event, EVENT_FIELD_CLIENT, "192.0.2.9");
    event_set_text(&event, EVENT_FIELD_GROUPS, "staff\nsales, east");
    event_set_text(&event, EVENT_FIELD_NAME, "a\"b\n=|\\\xff.exe");
    event_set_number(&event, EVENT_FIELD_SIZE, 68);
    event_set_text(&event, EVENT_FIELD_SHA256, HASH);
    event_set_text(&event, EVENT_FIELD_VERDICT, "infected");
    event_set_text(&event, EVENT_FIELD_REASON, "signature");
    event_set_text(&event, EVENT_FIELD_ACTION, "block");
    event_set_text(&event, EVENT_FIELD_THREAT, "Eicar-Test");
    event_set_number(&event, EVENT_FIELD_CACHED, 1);
    event_set_number(&event, EVENT_FIELD_SCAN_MS, 12345);
    return event;
}

static void each_form_escapes(void **state)
{
    struct event event = sample();
    struct buf line;

    (void)state;
    buf_init(&line, EVENTTEXT_MAX);
    assert_int_equal(eventtext_add(&line, &event, EVENTTEXT_KEYVALUE), 0);
    assert_string_equal(
        buf_text(&line),
        "time=2023-11-14T22:13:20.123Z event=transaction id=65f0c2a1-1b3c-2a client=192.0.2.9 "
        "groups=\"staff,sales, east\" name=\"a\\\"b\\n=|\\\\\\xff.exe\" size=68 sha256=" HASH
        " verdict=infected reason=signature action=block threat=Eicar-Test cached=yes "
        "scan_ms=12.345");
    buf_reset(&line);
    assert_int_equal(eventtext_add(&line, &event, EVENTTEXT_JSON), 0);
    assert_string_equal(
        buf_text(&line),
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"event\":\"transaction\","
        "\"id\":\"65f0c2a1-1b3c-2a\",\"client\":\"192.0.2.9\","
        "\"groups\":[\"staff\",\"sales, east\"],"
        "\"name\":\"a\\\"b\\u000a=|\\\\\xef\xbf\xbd.exe\",\"size\":68,\"sha256\":\"" HASH "\","
        "\"verdict\":\"infected\",\"reason\":\"signature\",\"action\":\"block\","
        "\"threat\":\"Eicar-Test\",\"cached\":true,\"scan_ms\":12.345}");
    buf_reset(&line);
    assert_int_equal(eventtext_add(&line, &event, EVENTTEXT_CEF), 0);
    assert_string_equal(
        buf_text(&line),
        "CEF:0|epost|epost-av|" PACKAGE_VERSION "|infected/signature|a signature matched|8|"
        "rt=1700000000123 cat=transaction externalId=65f0c2a1-1b3c-2a src=192.0.2.9 "
        "spriv=staff,sales, east "
        "fname=a\"b\xef\xbf\xbd\\=|\\\\\xef\xbf\xbd.exe fsize=68 fileHash=" HASH
        " outcome=infected reason=signature act=block cs1=Eicar-Test cs1Label=threat cn1=12 "
        "cn1Label=scan_ms");
    buf_free(&line);
}

static void an_ipv6_client_has_its_own_key_in_cef(void **state)
{
    struct event event;
    struct buf line;

    (void)state;
    event_init(&event, EVENT_KIND_RELOAD, 0);
    event_set_text(&event, EVENT_FIELD_CLIENT, "2001:db8::1");
    buf_init(&line, EVENTTEXT_MAX);
    assert_int_equal(eventtext_cef(&line, &event), 0);
    assert_string_equal(buf_text(&line),
                        "CEF:0|epost|epost-av|" PACKAGE_VERSION
                        "|reload|Another generation of signatures serves|2|rt=0 cat=reload "
                        "c6a2=2001:db8::1 c6a2Label=Source IPv6 Address");
    buf_free(&line);
}

static void severity_follows_verdict_and_action(void **state)
{
    struct event event = sample();

    (void)state;
    assert_int_equal(event_severity(&event), 8);
    event_set_text(&event, EVENT_FIELD_ACTION, "pass");
    assert_int_equal(event_severity(&event), 10);
    event_set_text(&event, EVENT_FIELD_VERDICT, "unscannable");
    assert_int_equal(event_severity(&event), 5);
    event_set_text(&event, EVENT_FIELD_VERDICT, "clean");
    assert_int_equal(event_severity(&event), 1);
    event_unset(&event, EVENT_FIELD_VERDICT);
    assert_int_equal(event_severity(&event), 7);
}

static void a_text_is_cut_at_a_character(void **state)
{
    struct event event;
    char name[600];
    size_t length;

    (void)state;
    event_init(&event, EVENT_KIND_TRANSACTION, 0);
    memset(name, 'x', sizeof name);
    memcpy(name + 511, "\xe3\x81\x82", 4);
    event_set_text(&event, EVENT_FIELD_NAME, name);
    event_text(&event, EVENT_FIELD_NAME, &length);
    assert_int_equal(length, 511);
    event_set_number(&event, EVENT_FIELD_NAME, 7); /* not a number: ignored */
    assert_true(event_has(&event, EVENT_FIELD_NAME));
    assert_int_equal(event_number(&event, EVENT_FIELD_NAME), 0);
}

static void it_comes_back_from_the_wire(void **state)
{
    struct event event = sample(), back;
    struct buf message, before, after;
    struct err err;
    uint32_t lost;

    (void)state;
    buf_init(&message, EVENTWIRE_MAX);
    buf_init(&before, EVENTTEXT_MAX);
    buf_init(&after, EVENTTEXT_MAX);
    assert_int_equal(eventwire_encode(&message, &event, 42), 0);
    assert_int_equal(eventwire_decode(message.data, message.length, &back, &lost, &err), 0);
    assert_int_equal(lost, 42);
    eventtext_json(&before, &event);
    eventtext_json(&after, &back);
    assert_string_equal(buf_text(&before), buf_text(&after));
    for (size_t cut = 0; cut < message.length; cut++)
        assert_int_equal(eventwire_decode(message.data, cut, &back, &lost, &err), -1);
    buf_free(&message);
    buf_free(&before);
    buf_free(&after);
}

/* Each byte changed in turn: refused, or an event that can be printed. */
static void damage_does_no_harm(void **state)
{
    struct event event = sample(), back;
    struct buf message, line;
    struct err err;

    (void)state;
    buf_init(&message, EVENTWIRE_MAX);
    buf_init(&line, EVENTTEXT_MAX);
    eventwire_encode(&message, &event, 0);
    for (size_t i = 0; i < message.length * 4; i++) {
        static const unsigned char changes[] = {0x00, 0xff, 0x80, 0x01};
        char saved = message.data[i / 4];
        message.data[i / 4] = (char)(saved ^ changes[i % 4]);
        if (eventwire_decode(message.data, message.length, &back, NULL, &err) == 0) {
            for (int format = 0; format < 3; format++) {
                buf_reset(&line);
                assert_int_equal(eventtext_add(&line, &back, (enum eventtext_format)format), 0);
                assert_null(memchr(line.data, '\n', line.length));
            }
        }
        message.data[i / 4] = saved;
    }
    buf_free(&message);
    buf_free(&line);
}

static void an_unknown_field_is_passed_over(void **state)
{
    struct event event = sample(), back;
    struct buf message;
    struct eventwire_head head;
    struct err err;
    static const uint16_t foreign[] = {999, 3};

    (void)state;
    buf_init(&message, EVENTWIRE_MAX);
    eventwire_encode(&message, &event, 0);
    buf_add(&message, foreign, sizeof foreign);
    buf_add(&message, "new", 3);
    memcpy(&head, message.data, sizeof head);
    head.length = (uint32_t)message.length;
    memcpy(message.data, &head, sizeof head);
    assert_int_equal(eventwire_decode(message.data, message.length, &back, NULL, &err), 0);
    assert_true(event_is(&back, EVENT_FIELD_THREAT, "Eicar-Test"));
    buf_free(&message);
}

/* The largest event fits the wire and every form. */
static void every_field_full_fits(void **state)
{
    struct event event;
    struct buf message, line;
    size_t count;
    const struct event_row *rows = event_rows(&count);
    static char full[4096];

    (void)state;
    memset(full, '\x01', sizeof full - 1);
    event_init(&event, EVENT_KIND_TRANSACTION, UINT64_MAX);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].field == EVENT_FIELD_EVENT)
            continue;
        event_set_text(&event, rows[i].field, full);
        event_set_number(&event, rows[i].field, UINT64_MAX);
        assert_true(event_has(&event, rows[i].field));
    }
    buf_init(&message, EVENTWIRE_MAX);
    assert_int_equal(eventwire_encode(&message, &event, 0), 0);
    buf_init(&line, EVENTTEXT_MAX);
    for (int format = 0; format < 3; format++) {
        buf_reset(&line);
        assert_int_equal(eventtext_add(&line, &event, (enum eventtext_format)format), 0);
    }
    buf_free(&message);
    buf_free(&line);
}

static void no_name_and_no_number_twice(void **state)
{
    size_t count;
    const struct event_row *rows = event_rows(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].field, rows[j].field);
            assert_string_not_equal(rows[i].name, rows[j].name);
            assert_true(!*rows[i].cef || strcmp(rows[i].cef, rows[j].cef) != 0);
        }
    assert_int_equal(count + 1, EVENT_FIELD_END);
}

static char *whole_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, 1 << 20);

    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void the_description_is_fresh(void **state)
{
    char *made = NULL;
    size_t size;

    (void)state;
    FILE *out = open_memstream(&made, &size);
    eventdoc_schema(out);
    fclose(out);
    char *kept = whole_file(TOP_SRCDIR "/doc/events.schema.json");
    assert_string_equal(kept, made); /* else: make update-events */
    free(kept);
    free(made);
    out = open_memstream(&made, &size);
    eventdoc_tables(out);
    fclose(out);
    kept = whole_file(TOP_SRCDIR "/doc/events.md");
    assert_non_null(strstr(kept, made)); /* else: make update-events */
    free(kept);
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_escapes),
        cmocka_unit_test(an_ipv6_client_has_its_own_key_in_cef),
        cmocka_unit_test(severity_follows_verdict_and_action),
        cmocka_unit_test(a_text_is_cut_at_a_character),
        cmocka_unit_test(it_comes_back_from_the_wire),
        cmocka_unit_test(damage_does_no_harm),
        cmocka_unit_test(an_unknown_field_is_passed_over),
        cmocka_unit_test(every_field_full_fits),
        cmocka_unit_test(no_name_and_no_number_twice),
        cmocka_unit_test(the_description_is_fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
