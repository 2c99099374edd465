/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * descriptors: what a child process keeps open.
 *
 * Threads: the process has one.
 */
#ifndef EPOST_COMMON_DESCRIPTORS_H
#define EPOST_COMMON_DESCRIPTORS_H

#include <stddef.h>

/* Closes all descriptors above standard error but those in kept[count], which is sorted in place;
 * -1 in it stands for none. */
void descriptors_close_but(int *kept, size_t count);

#endif
