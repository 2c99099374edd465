/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boardwatch: what happened to the scanner between two looks at its board, as
 * service events.
 *
 * The watcher is another process than the scanner, so that it can also tell
 * that the scanner is gone. It is asked once a second; several incidents of one
 * kind in between are one event with a count.
 *
 * Owner: whoever watches keeps one struct boardwatch. Threads: one at a time.
 */
#ifndef EPOST_COMMON_BOARDWATCH_H
#define EPOST_COMMON_BOARDWATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/board.h"
#include "common/event.h"

#define BOARDWATCH_REMIND_S 86400u /* old signatures are told again after a day */

struct boardwatch {
    bool has_looked;
    bool was_ready;
    bool is_down_told;
    pid_t supervisor;
    pid_t guardian;
    uint64_t counters[BOARD_COUNTERS];
    char sandbox[128];    /* as last told of */
    uint64_t old_told_s;  /* when old signatures were told of, 0 not */
    uint64_t old_built_s; /* and of which age */
};

/* Starts a watch: what the board shows at the first look is not news, except that an engine
 * serves. Zeroed memory does the same. */
void boardwatch_init(struct boardwatch *watch);

/* Looks: `view` is the board now, or NULL when there is none. Signatures built more than `old_s`
 * seconds ago are old; 0: never. Calls `each` for every event; its texts live until it returns. */
void boardwatch_look(struct boardwatch *watch, const struct board_view *view, uint64_t old_s,
                     void (*each)(void *data, const struct event *event), void *data);

#endif
