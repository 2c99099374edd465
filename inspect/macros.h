/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macros: recognises documents with macros by what their parts say, whatever the
 * parts are called: Excel 4 macro sheets (in BIFF, in an OLE2 file or alone), and
 * the list of parts of an Office document in XML that names a project of macros
 * or a macro sheet.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_MACROS_H
#define EPOST_INSPECT_MACROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if the content with that name (NULL: none) says that its document has macros. */
bool macros_are_in(const char *name, const uint8_t *data, size_t length);

#endif
