/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carried: compressed streams and archives within something else, as programs
 * and scripts carry them to unpack them: makeself, AppImage, initial RAM disks,
 * self-extracting archives. Each function says whether one begins here, by more
 * than its mark: sums where the format has some, else a part of it is unpacked.
 *
 * Each returns how many bytes of it are certain, or 0 if there is none, and adds
 * the bytes that were looked at or unpacked for that to *work.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_CARRIED_H
#define EPOST_INSPECT_CARRIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARRIED_LZ4_BLOCK 8421504u /* bytes of a block of old LZ4: what 8 MiB may become */

size_t carried_gzip(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_compress(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_bzip2(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_xz(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_zstd(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_lz4(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_lzip(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_lha(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_tar(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_cpio(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_cpio_binary(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_cpio_chain(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_arj(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_cab(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_cab_odd(const uint8_t *data, size_t length, uint64_t *work);
/* true if a header of a member of a ZIP stands here. */
bool carried_zip_member(const uint8_t *data, size_t length);

/* Only those that libclamav does not find by itself: neither stored nor deflated, or without a
 * packed size. */
size_t carried_zip(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_lz4_old(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_xar(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_squashfs(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_lzop(const uint8_t *data, size_t length, uint64_t *work);
/* A line end and what `openssl enc` makes. */
size_t carried_salted(const uint8_t *data, size_t length, uint64_t *work);
size_t carried_lzma(const uint8_t *data, size_t length, uint64_t *work);

#endif
