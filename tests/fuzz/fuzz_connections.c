/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client may do to a live scanner: connect, say what it wants in one or more messages, with
 * descriptors or without, wait for an answer or hang up. The scanner must be there afterwards.
 *
 * The input is a list of messages: a byte of flags, two bytes of length, the message.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/message.h"
#include "common/wire.h"
#include "tests/fuzz/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void fuzz_connections_start(void);

#define CONNECTIONS_FLAG_FILE 0x01u /* a descriptor comes along */
#define CONNECTIONS_FLAG_PIPE 0x02u /* ... which is no file */
#define CONNECTIONS_FLAG_WAIT 0x04u /* for the answer */
#define CONNECTIONS_FLAG_HALF 0x08u /* this side is shut down behind the message */
#define CONNECTIONS_FLAG_NEW  0x10u /* by another connection */

static int connections_open(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = live_socket();
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        abort();
    return fd;
}

static int connections_descriptor(unsigned flags)
{
    int fd = -1, ends[2];

    if (flags & CONNECTIONS_FLAG_PIPE) {
        if (pipe(ends) < 0)
            abort();
        close(ends[1]);
        return ends[0];
    }
    if (flags & CONNECTIONS_FLAG_FILE) {
        fd = memfd_create("body", MFD_CLOEXEC);
        if (fd < 0 || ftruncate(fd, 4096) < 0)
            abort();
    }
    return fd;
}

/* A reload or new settings would only make the target slow: they are what fuzz_control is for. */
static int connections_is_heavy(const uint8_t *message, size_t length)
{
    uint16_t kind;

    if (length < 8)
        return 0;
    memcpy(&kind, message + 6, sizeof kind);
    return kind == WIRE_RELOAD || kind == WIRE_SETTINGS || kind == WIRE_REOPEN;
}

static void connections_say(int fd, unsigned flags, const uint8_t *message, size_t length)
{
    struct iovec piece = {(void *)(uintptr_t)message, length};
    int passed = connections_descriptor(flags);
    struct pollfd answer = {.fd = fd, .events = POLLIN};

    message_send(fd, &piece, 1, passed, 1);
    if (passed >= 0)
        close(passed);
    if (flags & CONNECTIONS_FLAG_HALF)
        shutdown(fd, SHUT_WR);
    if (flags & CONNECTIONS_FLAG_WAIT)
        poll(&answer, 1, 200);
}

void fuzz_connections_start(void)
{
    live_socket();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = connections_open();

    while (size > 3) {
        unsigned flags = data[0];
        size_t length = (size_t)data[1] | (size_t)data[2] << 8;
        data += 3, size -= 3;
        if (length > size)
            length = size;
        if (flags & CONNECTIONS_FLAG_NEW) {
            close(fd);
            fd = connections_open();
        }
        if (length && !connections_is_heavy(data, length))
            connections_say(fd, flags, data, length);
        data += length, size -= length;
    }
    close(fd);
    if (!live_answers() && !live_answers())
        abort();
    return 0;
}
