/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * encrypted: recognises encrypted content that libclamav does not report.
 *
 * Office documents (EncryptedPackage, and the older Word, Excel and PowerPoint
 * encryption), PGP and (binary) CMS/PKCS#7 messages, age, "openssl enc", LUKS.
 *
 * Threads: pure functions, but for the memory that an OLE2 file takes to read.
 */
#ifndef EPOST_INSPECT_ENCRYPTED_H
#define EPOST_INSPECT_ENCRYPTED_H

#include <stddef.h>
#include <stdint.h>

/* 1 if the object is encrypted as a whole or, for a document, in its main part. */
int encrypted_is_encrypted(const uint8_t *data, size_t length);

/* 1 for an OpenDocument's list of parts that says that they are encrypted. */
int encrypted_is_odf_manifest(const char *name, const uint8_t *data, size_t length);

/* 1 if a stream of an OLE2 file is what Office encrypts a document into, or says that it did. */
int encrypted_is_office_stream(const char *name, const uint8_t *data, size_t length);

#endif
