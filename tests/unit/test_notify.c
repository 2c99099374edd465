/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notifications without a process: the file of rules, who fits, rates, groups, and the texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "operate/notifymatch.h"
#include "operate/notifytext.h"
#include "operate/trustedfile.h"

#define TELL "program tell /bin/true\n"

static struct notifyrules *parsed(const char *text, struct err *err)
{
    char *copy = strdup(text);
    struct notifyrules *rules = notifyrules_parse(copy, "rules", err);

    free(copy);
    return rules;
}

static void a_file_is_read(void **state)
{
    struct err err = {""};
    struct notifyrules *rules =
        parsed("# nothing\n\n  " TELL
               "webhook hook https://example.test/a?b=c token=/t key=/k ca=/c proxy=http://p:1 \\\n"
               "",
               &err);

    (void)state;
    assert_null(rules); /* a backslash joins no lines */
    assert_non_null(strstr(err.text, "rules:4: a webhook has no option \"\\\""));
    rules =
        parsed("rule a to=hook verdict=infected,error profile=mail \"user=Alice B*\" rate=7/2m\n"
               "webhook hook https://example.test/a?b=c token=/t key=/k ca=/c deadline=2s # end\n"
               "mail m smtps://[::1]:465 from=a@x.test to=b@x.test,c@x.test login=/l tls=on\n"
               "rule b to=m event=update-failed every=1h\r\n",
               &err);
    assert_non_null(rules);
    assert_int_equal(rules->targets, 2);
    assert_int_equal(rules->rules, 2);
    assert_string_equal(rules->target[0].place, "https://example.test/a?b=c");
    assert_string_equal(rules->target[0].key_file, "/k");
    assert_int_equal(rules->target[0].deadline_ms, 2000);
    assert_int_equal(rules->target[1].recipients, 2);
    assert_string_equal(rules->target[1].to[1], "c@x.test");
    assert_int_equal(rules->rule[0].target, 0);
    assert_int_equal(rules->rule[0].rate_count, 7);
    assert_int_equal(rules->rule[0].rate_ms, 120000);
    assert_int_equal(rules->rule[0].every_ms, 600000);
    assert_int_equal(rules->rule[1].every_ms, 3600000);
    notifyrules_free(&rules);
    assert_null(rules);
}

static void every_mistake_is_named_with_its_line(void **state)
{
    static const struct {
        const char *line, *words;
    } mistakes[] = {
        {"tell x", "program, webhook, mail or rule"},
        {"rule", "rule NAME to=TARGET"},
        {"rule a to=tell", "has no condition"},
        {"rule a", "rule NAME to=TARGET"},
        {"rule a verdict=error every=1s", "has no to="},
        {"rule a to=tell every=1s", "has no condition"},
        {"rule a to=other verdict=error", "to=other: there is no such"},
        {"rule a/b to=tell verdict=error", "letters, digits"},
        {"rule a to=tell verdict=clean", "nothing was found"},
        {"rule a to=tell verdict=no-body", "nothing was found"},
        {"rule a to=tell verdict=bad", "there is no verdict \"bad\""},
        {"rule a to=tell verdict=error,", "1 to 127 characters"},
        {"rule a to=tell reason=x", "there is no reason"},
        {"rule a to=tell action=x", "there is no action"},
        {"rule a to=tell event=x", "there is no event"},
        {"rule a to=tell colour=red", "no condition \"colour=red\""},
        {"rule a to=tell verdict", "NAME=VALUE"},
        {"rule a to=tell verdict=error rate=5", "COUNT/TIME"},
        {"rule a to=tell verdict=error rate=0/1m", "COUNT/TIME"},
        {"rule a to=tell verdict=error rate=10001/1m", "COUNT/TIME"},
        {"rule a to=tell verdict=error rate=5/0", "rate=0: a time"},
        {"rule a to=tell verdict=error every=2d", "every=2d: a time"},
        {"rule a to=tell \"user=x", "double quote"},
        {"rule a to=tell user=\x01", "control character"},
        {"program tell /bin/false", "target tell already, on line 1"},
        {"program other relative", "absolute path"},
        {"program other", "NAME /PATH"},
        {"program other /bin/true key=/k", "no option \"key=/k\""},
        {"webhook other ftp://x.test/", "http:// or https://"},
        {"webhook other https:///path", "http:// or https://"},
        {"webhook other http://x.test/ tries=0", "tries=0: 1 to 20"},
        {"webhook other http://x.test/ deadline=1h", "deadline=1h: a time"},
        {"webhook other http://x.test/ token=t", "absolute path"},
        {"mail other smtp://x.test:25", "needs from="},
        {"mail other smtp://x.test:25 from=a@x to=b@y tls=maybe", "on or off"},
        {"mail other smtp://x.test:25 from=ax to=b@y", "\"ax\" is no mail address"},
        {"mail other smtp://x.test:25 from=a@x to=b@y,", "\"\" is no mail address"},
        {"mail other smtp://x.test:25 \"from=a b@x\" to=b@y", "no mail address"},
        {"mail other smtp://x.test:25 from=a@x \"to=b@y> SIZE=1\"", "no mail address"},
        {"mail other smtp://x.test:25 from=\xc3\xa4@x to=b@y", "only ASCII"},
        {"mail other smtp://x.test/path from=a@x to=b@y", "smtp://HOST:PORT"},
        {"mail other http://x.test from=a@x to=b@y", "smtp://HOST:PORT"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        char text[512];
        struct err err = {""};
        snprintf(text, sizeof text, TELL "\n%s\nrule z to=tell verdict=error\n", mistakes[i].line);
        struct notifyrules *rules = parsed(text, &err);
        if (rules || strncmp(err.text, "rules:3: ", 9) != 0 || !strstr(err.text, mistakes[i].words))
            fail_msg("%s: %s", mistakes[i].line, err.text);
    }
}

static void what_is_too_much_is_refused(void **state)
{
    struct buf text;
    struct err err = {""};

    (void)state;
    buf_init(&text, 1 << 20);
    buf_adds(&text, TELL);
    for (int i = 0; i < NOTIFYRULES_RULES; i++)
        buf_addf(&text, "rule r%d to=tell verdict=error\n", i);
    struct notifyrules *rules = parsed(buf_text(&text), &err);
    assert_non_null(rules);
    notifyrules_free(&rules);
    buf_adds(&text, "rule more to=tell verdict=error\n");
    assert_null(parsed(buf_text(&text), &err));
    assert_non_null(strstr(err.text, "more than 64 rules"));
    buf_reset(&text);
    for (int i = 0; i <= NOTIFYRULES_TARGETS; i++)
        buf_addf(&text, "program p%d /bin/true\n", i);
    assert_null(parsed(buf_text(&text), &err));
    assert_non_null(strstr(err.text, "rules:33: more than 32 targets"));
    buf_reset(&text);
    buf_adds(&text, "rule a to=tell");
    for (int i = 0; i <= NOTIFYRULES_CONDITIONS; i++)
        buf_addf(&text, " user=u%d", i);
    assert_null(parsed(buf_text(&text), &err));
    assert_non_null(strstr(err.text, "more than 32 conditions"));
    for (int i = 0; i <= 60; i++)
        buf_addf(&text, " user=u%d", i);
    assert_null(parsed(buf_text(&text), &err));
    assert_non_null(strstr(err.text, "more than 48 words"));
    buf_free(&text);
}

/* ---------------------------------------------------------------------- matching */

static void sample(struct event *event)
{
    event_init(event, EVENT_KIND_TRANSACTION, 1700000000123ull);
    event_set_text(event, EVENT_FIELD_VERDICT, "infected");
    event_set_text(event, EVENT_FIELD_REASON, "signature");
    event_set_text(event, EVENT_FIELD_ACTION, "block");
    event_set_text(event, EVENT_FIELD_THREAT, "Win.Test-1");
    event_set_text(event, EVENT_FIELD_PROFILE, "mail");
    event_set_text(event, EVENT_FIELD_USER, "Alice");
}

static bool fits(const char *conditions, const struct event *event)
{
    char text[512];
    struct err err = {""};

    snprintf(text, sizeof text, TELL "rule r to=tell %s\n", conditions);
    struct notifyrules *rules = parsed(text, &err);
    if (!rules)
        fail_msg("%s", err.text);
    bool is_fit = notifymatch_fits(&rules->rule[0], event);
    notifyrules_free(&rules);
    return is_fit;
}

static void all_conditions_must_hold(void **state)
{
    struct event event, service;

    (void)state;
    sample(&event);
    assert_true(fits("verdict=infected", &event));
    assert_true(fits("verdict=error,infected", &event));
    assert_false(fits("verdict=error,unscannable", &event));
    assert_true(fits("verdict=infected reason=signature action=block", &event));
    assert_false(fits("verdict=infected reason=encrypted", &event));
    assert_true(fits("threat=win.*", &event));
    assert_false(fits("threat=win", &event));
    assert_true(fits("user=bob user=ALICE", &event));
    assert_false(fits("user=bob user=carol", &event));
    assert_true(fits("user=bob threat=* user=a*", &event));
    assert_false(fits("host=*", &event)); /* not known */
    assert_false(fits("event=reload,deleted user=alice", &event));
    event_init(&service, EVENT_KIND_DELETED, 1);
    event_set_text(&service, EVENT_FIELD_USER, "alice");
    assert_false(fits("user=alice", &service));
    assert_true(fits("event=reload,deleted user=alice", &service));
}

static void a_rate_is_exact(void **state)
{
    struct notifyrules_rule rule = {.rate_count = 3, .rate_ms = 1000};
    struct notifymatch match;

    (void)state;
    assert_int_equal(notifymatch_init(&match, &rule), 0);
    assert_false(notifymatch_is_due(&match, 1, 5000));
    assert_false(notifymatch_is_due(&match, 1, 5500));
    assert_true(notifymatch_is_due(&match, 1, 6000));
    assert_false(notifymatch_is_due(&match, 1, 6501));
    assert_true(notifymatch_is_due(&match, 1, 6502));
    assert_true(notifymatch_is_due(&match, 1000000, 90000)); /* one event for many */
    assert_false(notifymatch_is_due(&match, 1, 99000));
    notifymatch_free(&match);
}

/* ------------------------------------------------------------------------ groups */

static void take(struct notifyslot *slot, uint64_t time_ms, uint64_t count)
{
    struct event event;
    struct buf message;

    buf_init(&message, EVENTWIRE_MAX);
    sample(&event);
    event_set_number(&event, EVENT_FIELD_TIME, time_ms);
    assert_int_equal(eventwire_encode(&message, &event, 0), 0);
    notifyslot_take(slot, message.data, message.length, time_ms, count);
    buf_free(&message);
}

static void groups_wait_for_their_time(void **state)
{
    struct notifyslot slot;

    (void)state;
    notifyslot_init(&slot, 1000, 100, 3);
    assert_true(notifyslot_wake(&slot) == NOTIFYSLOT_NEVER);
    assert_false(notifyslot_begin(&slot, 50));
    take(&slot, 7, 1);
    assert_true(notifyslot_begin(&slot, 50));
    assert_false(notifyslot_begin(&slot, 50)); /* one at a time */
    take(&slot, 8, 2);
    assert_int_equal(slot.on_its_way.count, 1);
    assert_int_equal(notifyslot_end(&slot, NOTIFYSLOT_SENT, 60), 0);
    assert_int_equal(notifyslot_wake(&slot), 1060);
    take(&slot, 3, 40);
    assert_false(notifyslot_begin(&slot, 1059));
    assert_true(notifyslot_begin(&slot, 1060));
    assert_int_equal(slot.on_its_way.count, 42);
    assert_int_equal(slot.on_its_way.first_ms, 3);
    assert_int_equal(slot.on_its_way.last_ms, 8);
    notifyslot_end(&slot, NOTIFYSLOT_SENT, 1070);
    assert_int_equal(notifyslot_untold(&slot), 0);
    notifyslot_free(&slot);
}

static void tries_have_pauses_that_double(void **state)
{
    struct notifyslot slot, other;
    uint64_t now = 1000, pause = 100;

    (void)state;
    notifyslot_init(&slot, 1000, pause, 4);
    notifyslot_init(&other, 1000, pause, 4);
    take(&slot, 7, 5);
    for (int i = 1; i < 4; i++, pause *= 2) {
        assert_true(notifyslot_begin(&slot, now));
        take(&slot, 8, 1); /* meanwhile */
        assert_int_equal(notifyslot_end(&slot, NOTIFYSLOT_RETRY, now), 0);
        assert_int_equal(notifyslot_wake(&slot), now + pause);
        now += pause;
    }
    assert_true(notifyslot_begin(&slot, now));
    assert_int_equal(notifyslot_end(&slot, NOTIFYSLOT_RETRY, now), 5); /* given up */
    assert_int_equal(notifyslot_untold(&slot), 3);
    assert_true(notifyslot_begin(&slot, now + 1000));
    take(&slot, 9, 2);
    notifyslot_move(&slot, &other);
    assert_int_equal(notifyslot_untold(&slot), 0);
    assert_int_equal(notifyslot_untold(&other), 5);
    assert_true(notifyslot_begin(&other, now + 1000));
    assert_int_equal(notifyslot_end(&other, NOTIFYSLOT_REFUSED, now), 5);
    notifyslot_free(&slot);
    notifyslot_free(&other);
    notifyslot_init(&slot, 0, 3600000, 20);
    take(&slot, 1, 1);
    for (int i = 0; i < 19; i++) {
        assert_true(notifyslot_begin(&slot, UINT64_MAX - 1));
        notifyslot_end(&slot, NOTIFYSLOT_RETRY, 0);
        assert_int_equal(notifyslot_wake(&slot), NOTIFYSLOT_PAUSE_MAX);
    }
    notifyslot_free(&slot);
}

/* ------------------------------------------------------------------------- texts */

/* Whatever the event holds: the head of a mail is the same, and the JSON is one line. */
static void an_event_says_nothing_in_a_head(void **state)
{
    static const char evil[] = "\r\n\r\n.\r\nTo: <eve@evil.test>\"\\\0\xff\x1b[31m</b>";
    struct err err;
    struct notifyrules *rules =
        parsed("mail m smtp://x.test from=a@gate.test to=b@x.test,c@x.test\n"
               "rule r to=m verdict=infected\n",
               &err);
    struct notifyslot_group group = {.count = 43};
    struct event event;
    struct buf mail, json;

    (void)state;
    assert_non_null(rules);
    size_t count;
    const struct event_row *rows = event_rows(&count);
    sample(&event);
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == EVENT_TEXT || rows[i].type == EVENT_LIST)
            event_set_bytes(&event, rows[i].field, evil, sizeof evil - 1);
    buf_init(&group.event, EVENTWIRE_MAX);
    assert_int_equal(eventwire_encode(&group.event, &event, 0), 0);
    buf_init(&mail, NOTIFYTEXT_MAX);
    assert_int_equal(notifytext_mail(&mail, &rules->rule[0], &rules->target[0], "gate\r\nX: y",
                                     1700000000000ull, &group),
                     0);
    char *end = strstr(mail.data, "\r\n\r\n");
    assert_non_null(end);
    *end = '\0';
    assert_non_null(strstr(mail.data, "From: <a@gate.test>\r\nTo: <b@x.test>,\r\n <c@x.test>\r\n"
                                      "Subject: epost-av on gate__X:_y: r (43 events)\r\n"
                                      "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    assert_null(strstr(mail.data, "evil"));
    for (char *line = end + 4; *line; line++)
        assert_true(*line == '\r' || *line == '\n' || *line == '=' || *line == '+' ||
                    *line == '/' || (*line >= '0' && *line <= 'z'));
    buf_init(&json, NOTIFYTEXT_MAX);
    assert_int_equal(notifytext_json(&json, &rules->rule[0], "gate\"", &group), 0);
    assert_true(strchr(json.data, '\n') == json.data + json.length - 1);
    assert_int_equal(strlen(json.data), json.length);
    assert_non_null(strstr(json.data, "\"node\":\"gate\\\"\",\"count\":43,\"more\":42"));
    assert_non_null(strstr(json.data, "; 42 more\",\"event\":{"));
    buf_free(&mail);
    buf_free(&json);
    buf_free(&group.event);
    notifyrules_free(&rules);
}

/* ------------------------------------------------------------------------- files */

static void a_file_of_others_is_not_trusted(void **state)
{
    char path[] = "/tmp/epost-notify-XXXXXX", line[20];
    struct err err;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "  a secret \r\n\n", 14), 14);
    static const struct {
        mode_t mode;
        enum trustedfile_kind kind;
        bool is_good;
    } cases[] = {{0600, TRUSTEDFILE_OPEN, true},     {0644, TRUSTEDFILE_OPEN, true},
                 {0620, TRUSTEDFILE_OPEN, false},    {0602, TRUSTEDFILE_OPEN, false},
                 {0640, TRUSTEDFILE_SECRET, true},   {0644, TRUSTEDFILE_SECRET, false},
                 {0660, TRUSTEDFILE_SECRET, false},  {0755, TRUSTEDFILE_PROGRAM, true},
                 {0644, TRUSTEDFILE_PROGRAM, false}, {0775, TRUSTEDFILE_PROGRAM, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fchmod(fd, cases[i].mode);
        int status = trustedfile_line(path, cases[i].kind, line, sizeof line, &err);
        if ((status == 0) != cases[i].is_good)
            fail_msg("%o: %s", (unsigned)cases[i].mode, status < 0 ? err.text : "trusted");
    }
    fchmod(fd, 0600);
    assert_int_equal(trustedfile_line(path, TRUSTEDFILE_SECRET, line, sizeof line, &err), 0);
    assert_string_equal(line, "a secret");
    assert_int_equal(trustedfile_line(path, TRUSTEDFILE_SECRET, line, 8, &err), -1);
    assert_int_equal(write(fd, "two", 3), 3);
    assert_int_equal(trustedfile_line(path, TRUSTEDFILE_SECRET, line, sizeof line, &err), -1);
    assert_int_equal(trustedfile_line("/tmp", TRUSTEDFILE_OPEN, line, sizeof line, &err), -1);
    assert_non_null(strstr(err.text, "not a file"));
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(every_mistake_is_named_with_its_line),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(all_conditions_must_hold),
        cmocka_unit_test(a_rate_is_exact),
        cmocka_unit_test(groups_wait_for_their_time),
        cmocka_unit_test(tries_have_pauses_that_double),
        cmocka_unit_test(an_event_says_nothing_in_a_head),
        cmocka_unit_test(a_file_of_others_is_not_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
