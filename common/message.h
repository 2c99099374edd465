/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message: one SOCK_SEQPACKET message, with or without a passed descriptor.
 *
 * Ownership: the descriptor stays the sender's; the kernel gives the receiver
 * one of its own. Threads: any.
 */
#ifndef EPOST_COMMON_MESSAGE_H
#define EPOST_COMMON_MESSAGE_H

#include <stddef.h>
#include <sys/uio.h>

/* Sends the pieces as one message, and the descriptor `pass` if it is not -1.
 * Never raises SIGPIPE. With `dontwait` a full socket is an error (EAGAIN).
 * Returns 0, or -1 and errno. */
int message_send(int fd, const struct iovec *pieces, size_t count, int pass, int dontwait);

#endif
