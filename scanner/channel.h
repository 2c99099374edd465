/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * channel: the private messages between the supervisor, its generation
 * processes and its workers, over SOCK_SEQPACKET socket pairs.
 *
 * Both ends are one build of this program, so the messages have no version.
 * A worker may have been taken over by what it scanned: the supervisor
 * receives no descriptors from it, and checks kind and length here and the
 * reply with wire_reply_check.
 *
 * Threads: pure functions on descriptors.
 */
#ifndef EPOST_SCANNER_CHANNEL_H
#define EPOST_SCANNER_CHANNEL_H

#include <stdint.h>

#include "common/board.h"
#include "common/wire.h"

enum channel_kind {
    CHANNEL_FORK = 1, /* supervisor to generation: fork a worker; carries the worker's channel */
    CHANNEL_SPARE,    /* supervisor to generation: fork a copy of yourself; carries its channel */
    CHANNEL_LOADED,   /* generation to supervisor: ready to fork */
    CHANNEL_FAILED,   /* generation to supervisor: could not load, and why; it exits */
    CHANNEL_HELLO,    /* worker or spare to supervisor: here, and waiting */
    CHANNEL_SCAN,     /* supervisor to worker: carries the client's connection */
    CHANNEL_HASHED,   /* worker to supervisor: the request had no SHA-256, this is it; shall I? */
    CHANNEL_GO,       /* supervisor to worker: answer to HASHED: scan */
    CHANNEL_STOP,     /* supervisor to worker: answer to HASHED: the supervisor replies itself */
    CHANNEL_HEAVY,    /* worker to supervisor: this scan goes on at lower priority */
    CHANNEL_DONE      /* worker to supervisor: the client has its reply, here is a copy */
};

/* Flags of CHANNEL_DONE. */
#define CHANNEL_STABLE  0x01u /* nobody could change the body during the scan */
#define CHANNEL_LEAVING 0x02u /* the worker exits now */
#define CHANNEL_WORN    0x04u /* the worker has grown: another one is to take its place */

struct channel_message {
    uint32_t kind;
    uint32_t slot;
    uint64_t id; /* of the job, else 0 */
    union {
        struct {
            uint32_t queued_us;
        } scan;
        struct {
            int32_t pid;
        } hello;
        struct {
            uint8_t sha256[WIRE_SHA256];
        } hashed;
        struct {
            uint32_t flags, reserved;
            struct wire_reply reply;
        } done;
        struct {
            struct board_generation generation;
            char sandbox[128];
            uint64_t resident; /* bytes of the loaded process */
        } loaded;
        struct {
            uint64_t number;
            char text[512];
        } failed;
    };
};

/* Starts a message of that kind; the rest is zero. */
void channel_init(struct channel_message *message, enum channel_kind kind);

/* Sends, with a descriptor unless pass is -1; never blocks longer than the
 * other end's buffer takes (MSG_DONTWAIT when dontwait). Returns 0, or -1 with errno. */
int channel_send(int fd, const struct channel_message *message, int pass, int dontwait);

/* Receives one message, without blocking when dontwait. passed_r NULL: descriptors are
 * refused (the kernel drops them), else the descriptor that came along or -1, owned by the
 * caller. Returns 1; 0 when the other end is gone or broke the rules; -1 when nothing is there. */
int channel_receive(int fd, struct channel_message *message, int *passed_r, int dontwait);

#endif
