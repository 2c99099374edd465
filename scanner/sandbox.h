/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox: what confines the processes that parse hostile bytes.
 *
 * The generation process prepares, once: namespaces of its own (user, mount,
 * network, IPC), a private tmpfs of limited size in them, the compiled seccomp
 * filter. Each worker then shuts the doors behind it: its root is a directory of
 * that tmpfs with an empty /tmp and, read-only, the C library's character set
 * tables; no capabilities, no new privileges, limits, Landlock, seccomp.
 *
 * Where the kernel or the distribution refuses namespaces, a private directory
 * takes the tmpfs' place; what does hold is said in `summary`, for the board.
 *
 * Owner: the generation process, inherited by its workers. Threads: one.
 */
#ifndef EPOST_SCANNER_SANDBOX_H
#define EPOST_SCANNER_SANDBOX_H

#include <linux/filter.h>
#include <stdint.h>

#include "common/err.h"
#include "common/scannerconf.h"

#define SANDBOX_PATH_MAX 600

struct sandbox {
    char directory[SANDBOX_PATH_MAX]; /* the tmpfs, or the directory in its place */
    char load[SANDBOX_PATH_MAX];      /* for temporary files while loading */
    char charsets[256];               /* glibc's gconv directory, "" if unknown */
    int is_mounted;                   /* directory is a tmpfs in namespaces of our own */
    int is_rooted;                    /* and a worker may make its part of it its root directory */
    int landlock;                     /* ABI, 0: the kernel has none */
    struct sock_fprog filter;         /* .len 0: none */
    uint64_t data_size;               /* bytes of writable memory of the loaded process */
    uint64_t file_size;               /* ceiling of one temporary file */
    uint64_t room;                    /* what a worker may add without asking */
    uint64_t memory;                  /* what a worker may add */
    uint64_t all_memory;              /* what all workers may add, temporary files aside */
    char summary[128];                /* "namespaces tmpfs chroot seccomp landlock rlimits" */
};

/* Before loading. `bases` is the resolved directory that must stay visible; `fallback` how the
 * path of a directory begins that is made and used when nothing can be mounted. Returns 0, or -1
 * and err. */
EPOST_MUST_CHECK int sandbox_prepare(struct sandbox *sandbox,
                                     const struct scanner_settings *settings, const char *bases,
                                     const char *fallback, struct err *err);

/* After loading: takes the size of the process as the base of the workers' limits. */
void sandbox_loaded(struct sandbox *sandbox);

/* In the generation process, before a worker is forked for that slot: its directory, empty. */
EPOST_MUST_CHECK int sandbox_slot(struct sandbox *sandbox, unsigned slot, struct err *err);

/* In the worker, for good. tmpdir_r is the path of its temporary directory as it sees it then.
 * Returns 0, or -1 and err: the worker must not scan then. */
EPOST_MUST_CHECK int sandbox_enter(const struct sandbox *sandbox, unsigned slot,
                                   char tmpdir_r[SANDBOX_PATH_MAX], struct err *err);

#endif
