/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message: one SOCK_SEQPACKET message, with or without a passed descriptor.
 *
 * Ownership: the descriptor stays the sender's; the kernel gives the receiver
 * one of its own. Threads: any.
 */
#ifndef EPOST_COMMON_MESSAGE_H
#define EPOST_COMMON_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Sends the pieces as one message, and the descriptor `pass` if it is not -1.
 * Never raises SIGPIPE. With `dontwait` a full socket is an error (EAGAIN).
 * Returns 0, or -1 and errno. */
int message_send(int fd, const struct iovec *pieces, size_t count, int pass, int dontwait);

/* Receives one message into data[size]. *passed_r: the descriptor that came with it, for the caller
 * to close, or -1: none, or more than one, which are closed. NULL: none is taken. *cut_r, or NULL:
 * whether a part of the message, or of what was passed, had no room. With `dontwait` an empty
 * socket is an error (EAGAIN). Returns the length, 0 at the end, or -1 and errno. */
ssize_t message_receive(int fd, void *data, size_t size, int *passed_r, bool *cut_r, int dontwait);

#endif
