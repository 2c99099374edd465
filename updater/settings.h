/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings: what an operator can set about updates (epost-autoupdate.conf), as
 * directives.
 *
 * Owner: the run; settings_release. Threads: constant after settings_finish.
 */
#ifndef EPOST_UPDATER_SETTINGS_H
#define EPOST_UPDATER_SETTINGS_H

#include <stdint.h>

#include "common/directive.h"
#include "common/scannerconf.h"
#include "updater/proxy.h"

enum settings_test { SETTINGS_TEST_NEVER, SETTINGS_TEST_AUTO, SETTINGS_TEST_ALWAYS };

struct settings {
    /* places */
    char *bases, *state, *sources, *log;
    char *scanner_config; /* epost_av.conf: the test-load uses the scanner's own settings */
    char *clean_samples;
    char *user; /* who to become when started as root */
    /* whom to tell */
    char *control; /* c-icap's control FIFO */
    char *socket, *board;
    int64_t confirm_timeout; /* ms */
    /* transfers */
    char *proxy, *ca_file;
    struct proxy proxy_parts; /* filled by settings_finish */
    int64_t rate;             /* bytes a second, 0: as fast as it goes */
    int64_t connect_timeout;  /* ms */
    int64_t low_speed;        /* bytes a second … */
    int64_t low_speed_time;   /* … over so many ms is too slow */
    int64_t file_timeout;     /* ms */
    int64_t run_timeout;      /* ms */
    int64_t start_jitter;     /* ms */
    /* test-load */
    int test_load;        /* enum settings_test */
    int64_t load_timeout; /* ms */
    int64_t load_memory;  /* bytes of address space */
    /* disk */
    int64_t disk_reserve; /* bytes to leave free */
    int64_t keep;         /* generations */
    /* ages */
    int64_t warn_age, alarm_age;     /* ms */
    struct scanner_settings scanner; /* filled by settings_finish */
};

extern const struct directive settings_rows[];
extern const size_t settings_count;

/* Defaults. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int settings_init(struct settings *settings, struct err *err);

/* After all directives: derived places, the scanner's settings. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int settings_finish(struct settings *settings, struct err *err);

void settings_release(struct settings *settings);

#endif
