/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "common/message.h"

#define HEAD offsetof(struct channel_message, scan)

#define PART(name) sizeof(((struct channel_message *)0)->name)
_Static_assert(HEAD == 16, "no padding in a head");
_Static_assert(PART(done) == 8 + sizeof(struct wire_reply), "no padding in a done");
_Static_assert(PART(loaded) == sizeof(struct board_generation) + 128 + 8, "nor in a loaded");
_Static_assert(PART(failed) == 8 + 512, "nor in a failed");
_Static_assert(sizeof(struct channel_message) == HEAD + PART(done), "a reply is the longest");

/* How long a message of that kind is, 0 for an unknown one. */
static size_t channel_message_length(uint32_t kind)
{
    static const struct channel_message *const m;

    switch (kind) {
    case CHANNEL_FORK:
    case CHANNEL_SPARE:
    case CHANNEL_GO:
    case CHANNEL_STOP:
    case CHANNEL_HEAVY:
        return HEAD;
    case CHANNEL_SCAN:
        return HEAD + sizeof m->scan;
    case CHANNEL_HELLO:
        return HEAD + sizeof m->hello;
    case CHANNEL_HASHED:
        return HEAD + sizeof m->hashed;
    case CHANNEL_DONE:
        return HEAD + sizeof m->done;
    case CHANNEL_LOADED:
        return HEAD + sizeof m->loaded;
    case CHANNEL_FAILED:
        return HEAD + sizeof m->failed;
    }
    return 0;
}

void channel_init(struct channel_message *message, enum channel_kind kind)
{
    memset(message, 0, channel_message_length(kind));
    message->kind = kind;
}

int channel_send(int fd, const struct channel_message *message, int pass, int dontwait)
{
    struct iovec piece = {(void *)(uintptr_t)message, channel_message_length(message->kind)};

    return message_send(fd, &piece, 1, pass, dontwait);
}

int channel_receive(int fd, struct channel_message *message, int *passed_r, int dontwait)
{
    ssize_t got = message_receive(fd, message, sizeof *message, passed_r, NULL, dontwait);

    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
    return (size_t)got >= HEAD && (size_t)got == channel_message_length(message->kind);
}
