/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cms: CMS and PKCS#7 in text.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_CMS_H
#define EPOST_INSPECT_FORMATS_CMS_H

#include <stddef.h>
#include <stdint.h>

/* 1 if it is CMS in PEM, or in base64 without more. */
int cms_is_text(const uint8_t *data, size_t length);

#endif
