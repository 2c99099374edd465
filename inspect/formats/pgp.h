/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgp: tells OpenPGP messages that anyone can read from those that nobody
 * without a key can.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_PGP_H
#define EPOST_INSPECT_FORMATS_PGP_H

#include "inspect/inspection.h"

/* true for literal or compressed data, perhaps behind signatures, whose packets hold together. */
bool pgp_is_message(const uint8_t *data, size_t length);

/* The same of a message of which only the beginning is there. */
bool pgp_begins(const uint8_t *data, size_t length);

/* true if there is the armor of an encrypted message in the text: not the words alone. */
bool pgp_has_encrypted_armor(const uint8_t *data, size_t length);

#endif
