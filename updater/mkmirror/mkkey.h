/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkkey: a new key pair for a mirror, in files that minisign reads too.
 *
 * The secret key is not protected by a password, since cron has to use it: its
 * file's mode (0600) protects it. Threads: any.
 */
#ifndef EPOST_UPDATER_MKMIRROR_MKKEY_H
#define EPOST_UPDATER_MKMIRROR_MKKEY_H

#include "common/err.h"
#include "updater/minisig.h"

/* Makes both files; neither may exist. *key is the public half. 0, or -1 and err. */
EPOST_MUST_CHECK int mkkey_generate(const char *secret_path, const char *public_path,
                                    struct minisig_key *key, struct err *err);

/* A public key as its base64 line ("RW…"), NUL-terminated. Returns text. */
const char *mkkey_text(const struct minisig_key *key, char text[MINISIG_KEY_TEXT + 1]);

#endif
