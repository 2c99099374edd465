/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that a worker receives: good requests, and every kind of bad one; no descriptor may
 * stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "scanner/request.h"

static struct request received;

static unsigned open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static int memory_file(const void *data, size_t length, int seal)
{
    int fd = memfd_create("body", MFD_ALLOW_SEALING | MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, length), (ssize_t)length);
    if (seal)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
    return fd;
}

/* Sends message and descriptors over a fresh pair and receives them. */
static int pass(const void *message, size_t length, const int *fds, size_t count,
                enum reason *reason_r)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * 16)];
    } control;
    struct iovec piece = {(void *)(uintptr_t)message, length};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
    struct err err;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    if (count) {
        memset(&control, 0, sizeof control);
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
    }
    assert_int_equal(sendmsg(pair[0], &header, 0), (ssize_t)length);
    int result = request_receive(&received, pair[1], reason_r, &err);
    close(pair[0]);
    close(pair[1]);
    return result;
}

static struct wire_request start(uint32_t flags, uint64_t length)
{
    struct wire_request request;

    wire_request_init(&request, WIRE_SCAN);
    request.flags = flags;
    request.deadline_ms = 1000;
    request.length = length;
    return request;
}

static void inline_body(void **state)
{
    (void)state;
    char message[sizeof(struct wire_request) + 16];
    struct wire_request request = start(WIRE_HAS_SHA256, 5);
    enum reason reason;
    struct err err;

    request.name_length = 3;
    EVP_Digest("hello", 5, request.sha256, NULL, EVP_sha256(), NULL);
    memcpy(message, &request, sizeof request);
    memcpy(message + sizeof request, "a.bhello", 8);
    assert_int_equal(pass(message, sizeof request + 8, NULL, 0, &reason), 0);
    assert_int_equal(received.length, 5);
    assert_memory_equal(received.body, "hello", 5);
    assert_memory_equal(received.view.name, "a.b", 3);
    assert_int_equal(received.stable, 1);
    assert_int_equal(request_hash(&received, &reason, &err), 0);
    message[sizeof request + 3] = 'j';
    assert_int_equal(pass(message, sizeof request + 8, NULL, 0, &reason), 0);
    assert_int_equal(request_hash(&received, &reason, &err), -1);
    assert_int_equal(reason, REASON_PROTOCOL);
    request_release(&received);
}

static void file_body(void **state)
{
    (void)state;
    unsigned before = open_files();

    for (int seal = 0; seal < 2; seal++) {
        struct wire_request request = start(WIRE_BODY_FD, 5);
        int fd = memory_file("hello, world", 12, seal);
        enum reason reason;
        assert_int_equal(pass(&request, sizeof request, &fd, 1, &reason), 0);
        assert_int_equal(received.length, 5);
        assert_memory_equal(received.body, "hello", 5);
        assert_int_equal(received.stable, seal);
        request_release(&received);
        request_release(&received); /* harmless */
        close(fd);
    }
    assert_int_equal(open_files(), before);
}

static void wrong_descriptors(void **state)
{
    (void)state;
    int pipes[2], null = open("/dev/null", O_RDONLY), dir = open("/", O_RDONLY);
    int unreadable = open("/tmp", O_TMPFILE | O_WRONLY, 0600), path = open("/etc", O_PATH);
    int file = memory_file("hello", 5, 0), many[16];
    struct wire_request request = start(WIRE_BODY_FD, 5), none = start(0, 0);
    enum reason reason;

    assert_int_equal(pipe(pipes), 0);
    unsigned before = open_files();
    const int wrong[] = {pipes[0], null, dir, unreadable, path};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        reason = REASON_UNKNOWN;
        assert_int_equal(pass(&request, sizeof request, &wrong[i], 1, &reason), -1);
        assert_int_equal(reason, REASON_PROTOCOL);
    }
    for (size_t i = 0; i < 16; i++)
        many[i] = file;
    for (size_t count = 0; count <= 16; count++) {
        reason = REASON_UNKNOWN;
        int result = pass(&request, sizeof request, many, count, &reason);
        assert_int_equal(result, count == 1 ? 0 : -1);
        request_release(&received);
        assert_int_equal(pass(&none, sizeof none, many, count, &reason), count ? -1 : 0);
    }
    for (uint64_t length = 6; length > 5; length *= 2) { /* more than the file has, to 2^63 */
        request.length = length;
        assert_int_equal(pass(&request, sizeof request, &file, 1, &reason), -1);
    }
    assert_int_equal(open_files(), before);
    const int all[] = {pipes[0], pipes[1], null, dir, unreadable, path, file};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        close(all[i]);
}

static void mutations_do_no_harm(void **state)
{
    (void)state;
    static _Alignas(struct wire_request) char message[WIRE_MESSAGE_MAX + 64];
    int file = memory_file("hello", 5, 0);
    unsigned before = open_files(), accepted = 0;
    uint32_t random = 1;

    for (int i = 0; i < 20000; i++) {
        struct wire_request request = start(i & 1 ? WIRE_BODY_FD : 0, i % 7);
        enum reason reason = REASON_UNKNOWN;
        struct err err;
        memcpy(message, &request, sizeof request);
        size_t length = sizeof request + (i & 1 ? 0 : (size_t)(i % 7));
        for (int j = 0; j < i % 4; j++) {
            random = random * 1103515245u + 12345u;
            message[(random >> 8) % sizeof request] = (char)(random >> 24);
        }
        random = random * 1103515245u + 12345u;
        if (i % 5 == 0)
            length = 1 + (random >> 8) % (sizeof message - 1);
        if (pass(message, length, &file, i & 1, &reason) == 0) {
            accepted++;
            if (request_hash(&received, &reason, &err) < 0)
                assert_int_equal(reason_verdict(reason), VERDICT_ERROR);
        } else {
            assert_int_equal(reason_verdict(reason), VERDICT_ERROR);
            assert_int_not_equal(reason, REASON_UNKNOWN);
        }
        request_release(&received);
    }
    assert_true(accepted > 1000);
    assert_int_equal(open_files(), before);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inline_body),
        cmocka_unit_test(file_body),
        cmocka_unit_test(wrong_descriptors),
        cmocka_unit_test(mutations_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
