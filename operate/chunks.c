/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/chunks.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/writeall.h"

#define CHUNKS_NONCE 12

struct chunks {
    EVP_CIPHER_CTX *context;
    uint64_t number;
    uint8_t plain[CHUNKS_PIECE];
    uint8_t sealed[CHUNKS_PIECE + CHUNKS_TAG];
};

static struct chunks *chunks_new(enum chunks_cipher cipher, const uint8_t *key, bool is_sealing)
{
    const EVP_CIPHER *type =
        cipher == CHUNKS_AES_256_GCM ? EVP_aes_256_gcm() : EVP_chacha20_poly1305();
    struct chunks *chunks = calloc(1, sizeof *chunks);

    if (!chunks)
        return NULL;
    chunks->context = EVP_CIPHER_CTX_new();
    if (chunks->context &&
        EVP_CipherInit_ex(chunks->context, type, NULL, key, NULL, is_sealing) == 1)
        return chunks;
    EVP_CIPHER_CTX_free(chunks->context);
    free(chunks);
    return NULL;
}

static void chunks_free(struct chunks *chunks)
{
    EVP_CIPHER_CTX_free(chunks->context);
    OPENSSL_cleanse(chunks->plain, sizeof chunks->plain);
    free(chunks);
}

static bool chunks_start_piece(struct chunks *chunks, bool is_last)
{
    uint8_t nonce[CHUNKS_NONCE] = {0};

    for (unsigned i = 0; i < 8; i++)
        nonce[10 - i] = (uint8_t)(chunks->number >> (8 * i));
    nonce[11] = is_last;
    chunks->number++;
    return EVP_CipherInit_ex(chunks->context, NULL, NULL, NULL, nonce, -1) == 1;
}

/* --------------------------------------------------------------------- sealing */

static int chunks_write(int fd, const uint8_t *data, size_t length, struct err *err)
{
    return writeall(fd, data, length) < 0 ? err_sys(err, "the copy cannot be written") : 0;
}

/* The file's bytes from `at`, exactly that many, which are hashed too. */
static int chunks_fill(const struct chunks_input *input, uint64_t at, uint8_t *data, size_t length,
                       EVP_MD_CTX *digest, struct err *err)
{
    while (length) {
        ssize_t done = pread(input->fd, data, length, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_sys(err, "the body cannot be read");
        if (done == 0)
            return err_set(err, "the body is shorter than it was");
        if (EVP_DigestUpdate(digest, data, (size_t)done) != 1)
            return err_set(err, "SHA-256 failed");
        data += done;
        at += (uint64_t)done;
        length -= (size_t)done;
    }
    return 0;
}

static int chunks_seal_piece(struct chunks *chunks, size_t length, bool is_last, int out,
                             struct err *err)
{
    int done = 0, rest = 0;

    if (!chunks_start_piece(chunks, is_last) ||
        EVP_CipherUpdate(chunks->context, chunks->sealed, &done, chunks->plain, (int)length) != 1 ||
        EVP_CipherFinal_ex(chunks->context, chunks->sealed + done, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(chunks->context, EVP_CTRL_AEAD_GET_TAG, CHUNKS_TAG,
                            chunks->sealed + length) != 1)
        return err_set(err, "encryption failed");
    return chunks_write(out, chunks->sealed, length + CHUNKS_TAG, err);
}

static int chunks_seal_all(struct chunks *chunks, const struct chunks_input *input, int out,
                           EVP_MD_CTX *digest, struct err *err)
{
    uint64_t total = input->prefix_length + input->length, at = 0;

    do {
        size_t size = total - at < CHUNKS_PIECE ? (size_t)(total - at) : CHUNKS_PIECE, used = 0;
        if (at < input->prefix_length) {
            used = input->prefix_length - (size_t)at;
            if (used > size)
                used = size;
            memcpy(chunks->plain, (const uint8_t *)input->prefix + at, used);
        }
        if (chunks_fill(input, at + used - input->prefix_length, chunks->plain + used, size - used,
                        digest, err) < 0)
            return -1;
        at += size;
        if (chunks_seal_piece(chunks, size, at == total, out, err) < 0)
            return -1;
    } while (at < total);
    return 0;
}

int chunks_seal(enum chunks_cipher cipher, const uint8_t key[CHUNKS_KEY],
                const struct chunks_input *input, int out, uint8_t sha256_r[32], struct err *err)
{
    struct chunks *chunks = chunks_new(cipher, key, true);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    int status = -1;

    if (!chunks || !digest || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
        err_set(err, "encryption cannot be started");
    else if (chunks_seal_all(chunks, input, out, digest, err) == 0)
        status =
            EVP_DigestFinal_ex(digest, sha256_r, NULL) == 1 ? 0 : err_set(err, "SHA-256 failed");
    EVP_MD_CTX_free(digest);
    if (chunks)
        chunks_free(chunks);
    return status;
}

/* --------------------------------------------------------------------- opening */

static int chunks_read(int fd, uint64_t at, uint8_t *data, size_t length, struct err *err)
{
    while (length) {
        ssize_t done = pread(fd, data, length, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_sys(err, "the copy cannot be read");
        if (done == 0)
            return err_set(err, "the copy became shorter");
        data += done;
        at += (uint64_t)done;
        length -= (size_t)done;
    }
    return 0;
}

static int chunks_open_piece(struct chunks *chunks, size_t length, bool is_last, struct err *err)
{
    int done = 0, rest = 0;

    if (!chunks_start_piece(chunks, is_last) ||
        EVP_CipherUpdate(chunks->context, chunks->plain, &done, chunks->sealed, (int)length) != 1 ||
        EVP_CIPHER_CTX_ctrl(chunks->context, EVP_CTRL_AEAD_SET_TAG, CHUNKS_TAG,
                            chunks->sealed + length) != 1 ||
        EVP_CipherFinal_ex(chunks->context, chunks->plain + done, &rest) != 1)
        return err_set(err, "the copy is damaged, or sealed with another key");
    return 0;
}

static int chunks_open_all(struct chunks *chunks, int in, uint64_t at, uint64_t end,
                           chunks_take *take, void *data, struct err *err)
{
    do {
        uint64_t left = end - at;
        bool is_last = left <= CHUNKS_PIECE + CHUNKS_TAG;
        size_t size = is_last ? (size_t)left : CHUNKS_PIECE + CHUNKS_TAG;
        if (size < CHUNKS_TAG || (size == CHUNKS_TAG && chunks->number > 0))
            return err_set(err, "the copy is cut off");
        if (chunks_read(in, at, chunks->sealed, size, err) < 0 ||
            chunks_open_piece(chunks, size - CHUNKS_TAG, is_last, err) < 0 ||
            take(data, chunks->plain, size - CHUNKS_TAG, err) < 0)
            return -1;
        at += size;
    } while (at < end);
    return 0;
}

int chunks_open(enum chunks_cipher cipher, const uint8_t key[CHUNKS_KEY], int in, uint64_t at,
                chunks_take *take, void *data, struct err *err)
{
    struct stat st;

    if (fstat(in, &st) < 0)
        return err_sys(err, "the copy cannot be looked at");
    if (st.st_size < 0 || (uint64_t)st.st_size < at)
        return err_set(err, "the copy is cut off");
    struct chunks *chunks = chunks_new(cipher, key, false);
    if (!chunks)
        return err_set(err, "decryption cannot be started");
    int status = chunks_open_all(chunks, in, at, (uint64_t)st.st_size, take, data, err);
    chunks_free(chunks);
    return status;
}
