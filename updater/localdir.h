/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * localdir: a mirror that is a directory or a USB stick (--from): the same answers
 * as fetch gives, from files.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_LOCALDIR_H
#define EPOST_UPDATER_LOCALDIR_H

#include "updater/fetch.h"

/* As fetch_get; request->url is a path. Only regular files are read. */
enum fetch_end localdir_get(const struct fetch_request *request, struct fetch_reply *reply);

#endif
