/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/live.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/wire.h"
#include "tests/fuzz/place.h"

#define LIVE_SECONDS 60

int epostavs_main(int argc, char **argv); /* main of scanner/epostavs.c, under another name */

static char live_path[128];

static void live_child(int lifeline)
{
    char bases[] = "Bases=" TEST_SRCDIR "/../conf/starter", socket_path[160], log[160], number[32];
    const char *const settings[] = {bases, socket_path, log, "Workers=1", "CacheEntries=0"};
    char *argv[24] = {(char *)(uintptr_t) "epostavs", (char *)(uintptr_t) "--foreground",
                      (char *)(uintptr_t) "--lifeline", number};
    int argc = 4;

    snprintf(number, sizeof number, "%d", lifeline);
    snprintf(socket_path, sizeof socket_path, "Socket=%s", live_path);
    snprintf(log, sizeof log, "ScannerLog=%s/log", place_directory());
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        argv[argc++] = (char *)(uintptr_t) "--set";
        argv[argc++] = (char *)(uintptr_t)settings[i];
    }
    argv[argc] = NULL;
    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    setsid();
    _exit(epostavs_main(argc, argv));
}

static int live_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval wait = {.tv_sec = 4};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, live_path, strlen(live_path) + 1);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

int live_answers(void)
{
    struct wire_request ping;
    struct wire_reply reply;
    struct err err;
    int fd = live_connect(), serves = 0;

    if (fd < 0)
        return 0;
    wire_request_init(&ping, WIRE_PING);
    ping.deadline_ms = 4000;
    if (send(fd, &ping, sizeof ping, MSG_NOSIGNAL) == (ssize_t)sizeof ping) {
        ssize_t got = recv(fd, &reply, sizeof reply, 0);
        serves = got > 0 && wire_reply_check(&reply, (size_t)got, &err) == 0 &&
                 reply.verdict == VERDICT_CLEAN;
    }
    close(fd);
    return serves;
}

const char *live_socket(void)
{
    int pipe_ends[2];

    if (live_path[0])
        return live_path;
    snprintf(live_path, sizeof live_path, "%s/socket", place_directory());
    if (pipe(pipe_ends) < 0)
        abort();
    pid_t pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0) {
        close(pipe_ends[1]);
        live_child(pipe_ends[0]);
    }
    close(pipe_ends[0]); /* the other end stays open: the scanner ends with this process */
    for (unsigned i = 0; i < LIVE_SECONDS * 20; i++) {
        if (live_answers())
            return live_path;
        usleep(50000);
    }
    abort();
}
