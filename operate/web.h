/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * web: HTTP for operate/route.h, over TCP and over a Unix socket (libmicrohttpd).
 *
 * One request a connection; GET only; at most WEB_CONNECTIONS connections,
 * WEB_HEADER_MAX bytes of headers, and WEB_SECONDS from its first byte to the
 * last of its answer, however slowly the client reads or writes.
 *
 * Threads: its own; the functions here are called by one.
 */
#ifndef EPOST_OPERATE_WEB_H
#define EPOST_OPERATE_WEB_H

#include <sys/types.h>

#include "common/err.h"
#include "operate/access.h"
#include "operate/monitor.h"

#define WEB_CONNECTIONS 64
#define WEB_HEADER_MAX  8192u
#define WEB_SECONDS     5

struct web;

/* Opens the sockets that the configuration names, before the process is confined. Returns it,
 * or NULL and err. */
EPOST_MUST_CHECK struct web *web_open(struct monitor *monitor, const struct access *access,
                                      gid_t group, struct err *err);

/* Answers from now on. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int web_start(struct web *web, struct err *err);

/* Stops, closes, frees and nulls. */
void web_close(struct web **web);

#endif
