/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where events go: files, syslog, the journal, the monitor's socket; and what is lost on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/eventlog.h"
#include "common/eventsend.h"
#include "common/eventwire.h"

static char directory[] = "/tmp/epost-log-XXXXXX";
static char path[4][64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    for (size_t i = 0; i < 4; i++)
        snprintf(path[i], sizeof path[i], "%s/%c", directory, (char)('a' + i));
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        unlink(path[i]);
    return rmdir(directory);
}

static int listener(const char *name, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    unlink(name);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    if (type != SOCK_DGRAM)
        assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static struct event event_of(const char *id)
{
    struct event event;

    event_init(&event, EVENT_KIND_TRANSACTION, 1700000000123ull);
    event_set_text(&event, EVENT_FIELD_ID, id);
    event_set_text(&event, EVENT_FIELD_VERDICT, "error");
    return event;
}

static void several_at_once(void **state)
{
    char words[400], got[4096], expected[200];
    struct err err;
    struct event event = event_of("n1");
    int syslog_fd = listener(path[1], SOCK_DGRAM), journal_fd = listener(path[2], SOCK_DGRAM);

    (void)state;
    snprintf(words, sizeof words, "%s syslog:mail:%s  journal:%s", path[0], path[1], path[2]);
    struct eventlog *log = eventlog_open(words, EVENTTEXT_KEYVALUE, "epost_av", &err);
    assert_non_null(log);
    assert_int_equal(eventlog_count(log), 3);
    assert_int_equal(eventlog_write(log, &event), 0);

    const char *line = "time=2023-11-14T22:13:20.123Z event=transaction id=n1 verdict=error";
    FILE *file = fopen(path[0], "re");
    assert_non_null(file);
    assert_non_null(fgets(got, sizeof got, file));
    fclose(file);
    snprintf(expected, sizeof expected, "%s\n", line);
    assert_string_equal(got, expected);

    ssize_t length = recv(syslog_fd, got, sizeof got - 1, 0);
    assert_true(length > 0);
    got[length] = '\0';
    snprintf(expected, sizeof expected, " epost_av[%d]: %s", (int)getpid(), line);
    assert_int_equal(strncmp(got, "<20>", 4), 0); /* mail.warning */
    assert_string_equal(got + 4 + 15, expected);

    length = recv(journal_fd, got, sizeof got - 1, 0);
    assert_true(length > 0);
    got[length] = '\0';
    assert_int_equal(strncmp(got, "PRIORITY=4\nSYSLOG_IDENTIFIER=epost_av\nMESSAGE=time=", 51), 0);
    assert_non_null(strstr(got, "\nEPOST_ID=n1\n"));
    assert_non_null(strstr(got, "\nEPOST_VERDICT=error\n"));
    eventlog_close(&log);
    close(syslog_fd);
    close(journal_fd);
}

static void a_rotated_file_is_opened_anew(void **state)
{
    struct err err;
    struct event event = event_of("n2");

    (void)state;
    unlink(path[0]);
    struct eventlog *log = eventlog_open(path[0], EVENTTEXT_JSON, "epost_av", &err);
    assert_non_null(log);
    assert_int_equal(rename(path[0], path[3]), 0);
    assert_int_equal(eventlog_reopen(log, &err), 0);
    assert_int_equal(eventlog_write(log, &event), 0);
    assert_int_equal(access(path[0], F_OK), 0);
    FILE *file = fopen(path[3], "re");
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
    eventlog_close(&log);
}

/* A full disk and a log daemon that does not read: counted, the others get the line. */
static void loss_is_counted_and_holds_nobody_up(void **state)
{
    char words[200];
    struct err err;
    struct event event = event_of("n3");
    int fd = listener(path[1], SOCK_DGRAM);
    unsigned failed = 0;

    (void)state;
    snprintf(words, sizeof words, "/dev/full syslog:local7:%s %s", path[1], path[0]);
    struct eventlog *log = eventlog_open(words, EVENTTEXT_CEF, "epost_av", &err);
    assert_non_null(log);
    for (int i = 0; i < 1000; i++)
        failed += eventlog_write(log, &event);
    assert_true(failed > 1000); /* all of /dev/full, some of the socket, none of the file */
    assert_true(failed < 2000);
    assert_int_equal(eventlog_lost(log), failed);
    eventlog_close(&log);
    close(fd);
}

static void a_mistake_is_named(void **state)
{
    static const char *const wrong[] = {"relative.log", "syslog:nosuch", "journald",
                                        "syslog:mail:socket", "/no/such/directory/log"};
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        err.text[0] = '\0';
        assert_null(eventlog_open(wrong[i], EVENTTEXT_JSON, "x", &err));
        assert_true(strlen(err.text) > 10);
    }
}

/* ----------------------------------------------------------------- the socket */

static uint32_t receive(int fd, const char *id)
{
    char message[EVENTWIRE_MAX];
    struct event event;
    struct err err;
    uint32_t lost = 0;
    ssize_t length = recv(fd, message, sizeof message, 0);

    assert_true(length > 0);
    assert_int_equal(eventwire_decode(message, (size_t)length, &event, &lost, &err), 0);
    assert_true(event_is(&event, EVENT_FIELD_ID, id));
    return lost;
}

static void nobody_listens_and_then_somebody_does(void **state)
{
    struct event event = event_of("n4");
    struct eventsend *sender = eventsend_new(path[1]);

    (void)state;
    unlink(path[1]);
    assert_non_null(sender);
    assert_int_equal(eventsend_send(sender, &event), -1);
    assert_int_equal(eventsend_send(sender, &event), -1);
    int fd = listener(path[1], SOCK_SEQPACKET);
    usleep(600000); /* the pause between two attempts */
    assert_int_equal(eventsend_send(sender, &event), 0);
    int peer = accept(fd, NULL, NULL);
    assert_int_equal(receive(peer, "n4"), 2);
    /* The monitor is started anew: nothing is lost when it is there at once. */
    close(peer);
    close(fd);
    fd = listener(path[1], SOCK_SEQPACKET);
    assert_int_equal(eventsend_send(sender, &event), 0);
    peer = accept(fd, NULL, NULL);
    assert_int_equal(receive(peer, "n4"), 0);
    assert_int_equal(eventsend_lost(sender), 2);
    close(peer);
    close(fd);
    eventsend_free(&sender);
    assert_null(sender);
}

static void a_full_socket_loses_and_does_not_wait(void **state)
{
    struct event event = event_of("n5");
    struct eventsend *sender = eventsend_new(path[1]);
    int fd = listener(path[1], SOCK_SEQPACKET);
    unsigned sent = 0, lost = 0;

    (void)state;
    for (int i = 0; i < 20000; i++)
        *(eventsend_send(sender, &event) == 0 ? &sent : &lost) += 1;
    assert_true(sent > 50);
    assert_true(lost > 0);
    int peer = accept(fd, NULL, NULL);
    for (unsigned i = 0; i < sent; i++)
        assert_int_equal(receive(peer, "n5"), 0);
    assert_int_equal(eventsend_send(sender, &event), 0);
    assert_int_equal(receive(peer, "n5"), lost);
    close(peer);
    close(fd);
    eventsend_free(&sender);
}

static void a_child_has_a_connection_of_its_own(void **state)
{
    struct event event = event_of("n6");
    struct eventsend *sender = eventsend_new(path[1]);
    struct ucred who;
    socklen_t size = sizeof who;
    int status, fd = listener(path[1], SOCK_SEQPACKET);

    (void)state;
    assert_int_equal(eventsend_send(sender, &event), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(eventsend_send(sender, &event) == 0 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    int first = accept(fd, NULL, NULL), second = accept(fd, NULL, NULL);
    assert_true(first >= 0 && second >= 0);
    assert_int_equal(getsockopt(second, SOL_SOCKET, SO_PEERCRED, &who, &size), 0);
    assert_int_equal(who.pid, child);
    close(first);
    close(second);
    close(fd);
    eventsend_free(&sender);
}

static void no_socket_is_no_loss(void **state)
{
    struct event event = event_of("n7");
    struct eventsend *sender = eventsend_new("");

    (void)state;
    assert_int_equal(eventsend_send(sender, &event), 0);
    assert_int_equal(eventsend_lost(sender), 0);
    eventsend_free(&sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(a_rotated_file_is_opened_anew),
        cmocka_unit_test(loss_is_counted_and_holds_nobody_up),
        cmocka_unit_test(a_mistake_is_named),
        cmocka_unit_test(nobody_listens_and_then_somebody_does),
        cmocka_unit_test(a_full_socket_loses_and_does_not_wait),
        cmocka_unit_test(a_child_has_a_connection_of_its_own),
        cmocka_unit_test(no_socket_is_no_loss),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
