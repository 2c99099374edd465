/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scannerconf: what an operator can set about scanning, as directives.
 *
 * The same rows serve `epost_av.Name` lines in c-icap's configuration (the
 * service hands them on to the scanner it starts), epostavs' own options and
 * the updater's test-load.
 *
 * Owner: whoever filled the struct; release with directive_release over
 * scannerconf_rows. Threads: constant after start.
 */
#ifndef EPOST_COMMON_SCANNERCONF_H
#define EPOST_COMMON_SCANNERCONF_H

#include <stdint.h>

#include "common/directive.h"

/* The log of an installation; where it cannot be opened, standard error takes the lines. */
#define SCANNERCONF_LOG EPOST_LOGDIR "/epostavs.log"

enum scannerconf_sandbox {
    SCANNERCONF_SANDBOX_NONE = 0,
    SCANNERCONF_SANDBOX_SECCOMP,
    SCANNERCONF_SANDBOX_ALL
};

struct scanner_settings {
    /* places */
    char *bases; /* the Bases link or directory */
    char *socket;
    char *board; /* "" : socket path with ".board" behind it */
    char *temp;  /* directory for libclamav's temporary files; a private tmpfs where possible */
    char *log;   /* "" : standard error */
    /* who may connect */
    int64_t socket_mode;
    char *socket_group; /* "" : the group the scanner runs with */
    /* processes */
    int64_t workers;       /* 0: eight a core */
    int64_t queue;         /* connections that may wait for a worker */
    int64_t heavy_after;   /* ms of CPU after which a scan goes on at lower priority, 0: never */
    int64_t heavy_nice;    /* by how much */
    int64_t worker_scans;  /* a worker is replaced after so many scans */
    int64_t worker_memory; /* bytes a worker may add to the shared engine */
    int64_t scan_memory;   /* bytes all workers may add together, 0: by machine or cgroup */
    int64_t temp_size;     /* bytes of temporary files, all workers of a generation */
    int64_t cache_entries; /* verdicts remembered, 0: none */
    int require_sandbox;   /* enum scannerconf_sandbox: what must hold before anything is scanned */
    int64_t load_timeout;  /* ms a generation may take to load */
    int64_t reload_memory; /* bytes that must be free beside the new engine, else drain first */
    char *shortcuts;       /* engine/shortcuts.h: verdicts do not depend on it */
    /* limits of a scan: over one of them is unscannable */
    int64_t max_scan_time; /* ms */
    int64_t max_scan_cpu;  /* ms of CPU for a small body */
    int64_t max_scan_size; /* bytes, all layers of a body together */
    int64_t max_file_size; /* bytes of one layer */
    int64_t max_files;
    int64_t max_recursion;
    int64_t max_encodings; /* stacked content encodings */
    int64_t max_ratio;     /* unpacked : packed, beyond the first 16 MiB */
    /* what to look for */
    int detect_pua;
    int detect_macros;                              /* every macro is a heuristic alert */
    int detect_broken;                              /* broken executables are a heuristic alert */
    int detect_phishing;                            /* heuristic phishing in mail */
    int detect_phishing_ssl, detect_phishing_cloak; /* two more kinds of it */
    int json_base64; /* long base64 strings and data: URIs in JSON uploads */
    int bytecode;    /* signed bytecode signatures */
};

#define SCANNERCONF_ROWS 48 /* directives at most */

extern const struct directive scannerconf_rows[];
extern const size_t scannerconf_count;

/* Reads "Name=value" lines into settings that hold defaults or more; cuts the text into pieces.
 * Returns 0, or -1 and err. */
EPOST_MUST_CHECK int scannerconf_parse(struct scanner_settings *settings, char *text,
                                       struct err *err);

/* Cross-field checks and derived defaults (board path, worker count) after all directives are
 * set. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int scannerconf_finish(struct scanner_settings *settings, struct err *err);

/* Writes all settings as "Name=value\n" lines (for WIRE_SETTINGS and for a started scanner).
 * Returns 0, or -1 when text[size] is too small. */
EPOST_MUST_CHECK int scannerconf_export(const struct scanner_settings *settings, char *text,
                                        size_t size);

#endif
