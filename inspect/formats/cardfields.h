/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cardfields: files in the quoted-printable fields of vCard and vCalendar 2.1 and 1.0. Their
 * base64 fields are runs in a text as any (textruns.h).
 *
 * Threads: one at a time.
 */
#ifndef EPOST_INSPECT_FORMATS_CARDFIELDS_H
#define EPOST_INSPECT_FORMATS_CARDFIELDS_H

#include "inspect/formats/embeddedfile.h"

/* Looks at the copy's fields. */
void cardfields_look(struct embedded *embedded);

#endif
