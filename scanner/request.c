/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/request.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REQUEST_FDS 4 /* received, so that too many can be told from one; the kernel drops more */

static void request_close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

/* Returns bytes received or -1; fds[] and *count_r are what came along. */
static ssize_t request_receive_message(int connection, struct request *request,
                                       int fds[REQUEST_FDS], size_t *count_r, int *cut_r)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * REQUEST_FDS)];
    } control;
    struct iovec piece = {request->message, sizeof request->message};
    struct msghdr header = {.msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    ssize_t got;

    *count_r = 0;
    do
        got = recvmsg(connection, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -1;
    *cut_r = (header.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        *count_r = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), *count_r * sizeof(int));
    }
    return got;
}

static int request_map_body(struct request *request, int fd, enum reason *reason_r, struct err *err)
{
    uint64_t length = request->view.request->length;
    struct stat st;

    *reason_r = REASON_PROTOCOL;
    if (fstat(fd, &st) < 0)
        return err_sys(err, "the descriptor of the body is of no use");
    if (!S_ISREG(st.st_mode))
        return err_set(err, "the descriptor of the body is not a file");
    if ((uint64_t)st.st_size < length)
        return err_set(err, "the file of the body has %lld bytes where %llu were announced",
                       (long long)st.st_size, (unsigned long long)length);
    if (length == 0)
        return 0;
    void *map =
        length > SIZE_MAX ? MAP_FAILED : mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        *reason_r = errno == ENOMEM || length > SIZE_MAX ? REASON_MEMORY : REASON_PROTOCOL;
        return err_sys(err, "cannot map the file of the body");
    }
    request->map = map;
    request->body = map;
    request->length = (size_t)length;
    madvise(map, (size_t)length, MADV_WILLNEED);
    int seals = fcntl(fd, F_GET_SEALS);
    request->stable = seals >= 0 && (seals & F_SEAL_WRITE) && (seals & F_SEAL_SHRINK);
    return 0;
}

int request_receive(struct request *request, int connection, enum reason *reason_r, struct err *err)
{
    static const uint8_t nothing[1];
    int fds[REQUEST_FDS], cut = 0, result = -1;
    size_t count;
    ssize_t got = request_receive_message(connection, request, fds, &count, &cut);

    request->map = NULL;
    request->body = nothing;
    request->length = 0;
    request->stable = 1;
    memset(&request->view, 0, sizeof request->view);
    *reason_r = REASON_PROTOCOL;
    if (got < 0)
        return err_sys(err, "cannot receive the request");
    if ((size_t)got > WIRE_MESSAGE_MAX || cut) {
        err_set(err, "the request is longer than %zu bytes or has too many descriptors",
                (size_t)WIRE_MESSAGE_MAX);
        goto out;
    }
    if (wire_request_check(request->message, (size_t)got, 0, &request->view, err) < 0)
        goto out;
    size_t expected = (request->view.request->flags & WIRE_BODY_FD) != 0;
    if (count != expected) {
        err_set(err, "%zu descriptors came along where %zu belong", count, expected);
        goto out;
    }
    if (expected) {
        result = request_map_body(request, fds[0], reason_r, err);
    } else {
        if (request->view.request->length)
            request->body = request->view.body;
        request->length = (size_t)request->view.request->length;
        result = 0;
    }
out:
    request_close_all(fds, count);
    return result;
}

int request_hash(struct request *request, enum reason *reason_r, struct err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(request->body, request->length, digest, NULL, EVP_sha256(), NULL) != 1) {
        *reason_r = REASON_INTERNAL;
        return err_set(err, "SHA-256 failed");
    }
    memcpy(request->sha256, digest, sizeof request->sha256);
    if (!(request->view.request->flags & WIRE_HAS_SHA256) ||
        memcmp(request->sha256, request->view.request->sha256, sizeof request->sha256) == 0)
        return 0;
    *reason_r = REASON_PROTOCOL;
    return err_set(err, "the body does not have the SHA-256 that the request names");
}

void request_release(struct request *request)
{
    if (request->map)
        munmap(request->map, request->length);
    request->map = NULL;
}
