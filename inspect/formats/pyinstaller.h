/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pyinstaller: is it a program with a PyInstaller archive behind it?
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_PYINSTALLER_H
#define EPOST_INSPECT_FORMATS_PYINSTALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool pyinstaller_is(const uint8_t *data, size_t length);

#endif
