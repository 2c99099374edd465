/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer: the thread that takes events from the backlog into the database, and
 * removes what is too old.
 *
 * Threads: writer_run is the thread; it ends when the backlog has ended and is
 * empty.
 */
#ifndef EPOST_OPERATE_WRITER_H
#define EPOST_OPERATE_WRITER_H

#include "operate/monitor.h"

void *writer_run(void *monitor);

#endif
