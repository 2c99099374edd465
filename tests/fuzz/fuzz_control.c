/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the scanner as "Name=value" lines. What is accepted lies in its range: written out
 * and read again it is the same.
 *
 * An input that begins with 0xf8 or more is asked of a supervisor in this process, which has no
 * engine. The low two bits say what for: settings, a reload, a new log, a ping; 0xfc and more: the
 * rest is the whole message. The supervisor must answer, and only what is accepted becomes its
 * proposal, which its successor would take over as it is.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/wire.h"
#include "scanner/clients.h"
#include "scanner/connections.h"
#include "scanner/estate.h"
#include "scanner/supervisor.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONTROL_ASK    0xf8u
#define CONTROL_RAW    0x04u
#define CONTROL_TURNS  8   /* rounds of events, at most: a request needs two */
#define CONTROL_PLACES 400 /* bytes of the lines that name the socket */

static struct supervisor control_supervisor;

static void control_export(const struct scanner_settings *settings, char text[WIRE_SETTINGS_MAX])
{
    text[0] = '\0';
    if (scannerconf_export(settings, text, WIRE_SETTINGS_MAX) < 0)
        text[0] = '\0'; /* they are too long to be sent */
}

static void control_again(const struct scanner_settings *settings)
{
    static char text[WIRE_SETTINGS_MAX], other[WIRE_SETTINGS_MAX];
    struct scanner_settings again = {0};
    struct err err;

    control_export(settings, text);
    if (!text[0])
        return;
    char *copy = place_text(text, strlen(text));
    if (directive_defaults(scannerconf_rows, scannerconf_count, &again, &err) < 0 ||
        scannerconf_parse(&again, copy, &err) < 0)
        abort();
    control_export(&again, other);
    if (strcmp(text, other) != 0)
        abort();
    free(copy);
    directive_release(scannerconf_rows, scannerconf_count, &again);
}

/* The lines without which settings are refused: where the supervisor lives. */
static void control_places(char text[CONTROL_PLACES])
{
    snprintf(text, CONTROL_PLACES, "Socket=%s/socket\nScannerLog=\n", place_directory());
}

static void control_open(void)
{
    const struct supervisor_options options = {.meminfo = "/proc/meminfo", .lifeline = -1};
    struct scanner_settings settings = {0};
    char text[CONTROL_PLACES + 40];
    sigset_t signals;
    struct err err;

    control_places(text);
    strcat(text, "Bases=/nowhere\nCacheEntries=0");
    sigprocmask(SIG_SETMASK, NULL, &signals);
    if (directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err) < 0 ||
        scannerconf_parse(&settings, text, &err) < 0 || scannerconf_finish(&settings, &err) < 0 ||
        supervisor_open(&control_supervisor, &settings, &options, &err) < 0)
        abort();
    sigprocmask(SIG_SETMASK, &signals, NULL);                /* the fuzzer's own */
    control_supervisor.epoll = epoll_create1(EPOLL_CLOEXEC); /* as its loop would make it */
    if (control_supervisor.epoll < 0)
        abort();
}

static size_t control_message(unsigned how, const uint8_t *data, size_t size, uint8_t *message,
                              size_t room)
{
    static const uint16_t kinds[] = {WIRE_SETTINGS, WIRE_RELOAD, WIRE_REOPEN, WIRE_PING};
    struct wire_request request;
    char places[CONTROL_PLACES] = "";

    if (how & CONTROL_RAW) {
        size = size < room ? size : room;
        memcpy(message, data, size);
        return size;
    }
    wire_request_init(&request, kinds[how % 4]);
    request.deadline_ms = 4000;
    if (how % 4 == 0)
        control_places(places);
    size_t begin = sizeof request + strlen(places);
    size = how % 4 || size > room - begin ? 0 : size;
    request.length = strlen(places) + size;
    memcpy(message, &request, sizeof request);
    memcpy(message + sizeof request, places, strlen(places));
    memcpy(message + begin, data, size);
    return begin + size;
}

static void control_turn(struct supervisor *supervisor)
{
    clients_accept(supervisor);
    for (unsigned turn = 0; turn < CONTROL_TURNS; turn++) {
        struct epoll_event events[8];
        int count = epoll_wait(supervisor->epoll, events, 8, 0);
        for (int i = 0; i < count; i++) {
            enum source *source = events[i].data.ptr;
            if (*source == SOURCE_CONNECTION)
                clients_event(supervisor, (struct connection *)(void *)source, events[i].events);
        }
        connections_sweep(supervisor);
        if (count < 1)
            break;
    }
}

/* A scan would wait for an engine that never comes. */
static int control_is_scan(const uint8_t *message, size_t length)
{
    uint16_t kind;

    if (length < 8)
        return 0;
    memcpy(&kind, message + 6, sizeof kind);
    return kind == WIRE_SCAN;
}

static void control_check(struct supervisor *supervisor, struct wire_reply *reply, size_t length,
                          unsigned proposals)
{
    static char proposed[WIRE_SETTINGS_MAX];
    const struct estate_text *left = &supervisor->estate->proposed;
    struct err err;

    if (wire_reply_check(reply, length, &err) < 0 ||
        (reply->reason != REASON_NO_ENGINE && reply->reason != REASON_PROTOCOL))
        abort();
    if (supervisor->proposals == proposals)
        return;
    if (reply->reason != REASON_NO_ENGINE)
        abort(); /* it refuses what it takes */
    control_again(&supervisor->proposed);
    control_export(&supervisor->proposed, proposed);
    if (strcmp(left->text[left->current % 2], proposed) != 0)
        abort(); /* its successor would have others */
}

static void control_ask(const uint8_t *data, size_t size)
{
    static uint8_t message[WIRE_MESSAGE_MAX];
    struct supervisor *supervisor = &control_supervisor;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct wire_reply reply;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (!supervisor->board)
        control_open();
    size_t length = control_message(data[0], data + 1, size - 1, message, sizeof message);
    memcpy(address.sun_path, supervisor->settings.socket, strlen(supervisor->settings.socket) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        abort();
    unsigned proposals = supervisor->proposals;
    if (length && !control_is_scan(message, length) &&
        send(fd, message, length, MSG_NOSIGNAL) == (ssize_t)length) {
        control_turn(supervisor);
        ssize_t got = recv(fd, &reply, sizeof reply, 0);
        if (got < 0)
            abort(); /* no answer */
        control_check(supervisor, &reply, (size_t)got, proposals);
    }
    close(fd);
    control_turn(supervisor);
    if (supervisor->connections)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scanner_settings settings = {0};
    struct err err;

    if (size > WIRE_SETTINGS_MAX)
        return 0;
    if (size && data[0] >= CONTROL_ASK) {
        control_ask(data, size);
        return 0;
    }
    char *text = place_text(data, size);
    if (directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err) < 0)
        abort();
    if (scannerconf_parse(&settings, text, &err) == 0 && scannerconf_finish(&settings, &err) == 0)
        control_again(&settings);
    directive_release(scannerconf_rows, scannerconf_count, &settings);
    free(text);
    return 0;
}
