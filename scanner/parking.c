/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/parking.h"

#include <signal.h>
#include <sys/uio.h>

#include "common/message.h"
#include "scanner/log.h"
#include "scanner/loop.h"

void parking_give(struct supervisor *supervisor, uint32_t place, int fd)
{
    struct parking *parking = supervisor->parking;
    struct iovec piece = {&place, sizeof place};

    if (!parking || parking->link < 0 || message_send(parking->link, &piece, 1, fd, 1) == 0)
        return;
    /* It does not take what it is given: another one inherits all at once. */
    if (parking->pid > 1)
        kill(parking->pid, SIGKILL);
    log_error("the guardian (process %d) does not answer: replaced", (int)parking->pid);
    parking->renew_ns = 0;
    loop_unwatch(supervisor, &parking->link);
    parking->pid = 0;
}
