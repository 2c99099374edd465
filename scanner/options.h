/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options: epostavs' command line, settings included. Threads: one. */
#ifndef EPOST_SCANNER_OPTIONS_H
#define EPOST_SCANNER_OPTIONS_H

#include "common/err.h"
#include "common/scannerconf.h"
#include "scanner/state.h"

struct options {
    struct scanner_settings settings; /* finished; released by whoever takes them */
    struct supervisor_options supervisor;
    int foreground;
    const char *pid_file; /* NULL: none */
    int is_done;          /* something was printed, and that was all */
};

/* Returns 0, or -1 and err. Later settings win over earlier ones. */
EPOST_MUST_CHECK int options_parse(struct options *options, int argc, char **argv, struct err *err);

#endif
