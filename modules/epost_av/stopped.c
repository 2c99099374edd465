/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/stopped.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/procstate.h"

#define STOPPED_MAX 4096 /* children that are looked at */

int stopped_continue(struct err *err)
{
    char path[64];
    int child, continued = 0, last = 0;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    if (!file)
        return 0; /* a kernel without this list */
    for (unsigned i = 0; i < STOPPED_MAX && fscanf(file, "%d", &child) == 1; i++) {
        if (child <= 1 || procstate_of(child) != 'T' || kill(child, SIGCONT) < 0)
            continue;
        last = child;
        continued++;
    }
    fclose(file);
    if (continued)
        err_set(err,
                "%d of c-icap's children had been stopped by a signal and go on, process %d last",
                continued, last);
    return continued > 0;
}
