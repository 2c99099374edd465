/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/pdfcrypt.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#define PDFCRYPT_BLOCK 16u

/* OpenSSL 3 keeps RC4 in a provider that a sandboxed worker cannot load. */
static void pdfcrypt_rc4(const uint8_t *key, size_t key_length, const uint8_t *data, size_t length,
                         uint8_t *out)
{
    uint8_t state[256], held;
    unsigned i, j = 0;
    size_t at;

    for (i = 0; i < 256; i++)
        state[i] = (uint8_t)i;
    for (i = 0; i < 256; i++) {
        j = (j + state[i] + key[i % key_length]) & 255;
        held = state[i], state[i] = state[j], state[j] = held;
    }
    for (at = 0, i = j = 0; at < length; at++) {
        i = (i + 1) & 255;
        j = (j + state[i]) & 255;
        held = state[i], state[i] = state[j], state[j] = held;
        out[at] = data[at] ^ state[(state[i] + state[j]) & 255];
    }
}

/* The first block is the initial vector; of the last the padding goes, if it is one. */
static int pdfcrypt_aes(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *data,
                        size_t length, uint8_t *out, size_t *used_r)
{
    EVP_CIPHER_CTX *context;
    int used = 0, result = -1;
    size_t size;

    if (length < 2 * PDFCRYPT_BLOCK || length > INT_MAX)
        return -1;
    size = (length - PDFCRYPT_BLOCK) / PDFCRYPT_BLOCK * PDFCRYPT_BLOCK;
    context = EVP_CIPHER_CTX_new();
    if (context != NULL && EVP_DecryptInit_ex(context, cipher, NULL, key, data) == 1 &&
        EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
        EVP_DecryptUpdate(context, out, &used, data + PDFCRYPT_BLOCK, (int)size) == 1 && used > 0) {
        uint8_t padding = out[used - 1];

        if (padding >= 1 && padding <= PDFCRYPT_BLOCK)
            used -= padding;
        *used_r = (size_t)used;
        result = 0;
    }
    EVP_CIPHER_CTX_free(context);
    return result;
}

/* The key of one object: the document's, with the object's number mixed in. */
static size_t pdfcrypt_object_key(const struct pdfcrypt_key *key, enum pdfcrypt_method method,
                                  uint32_t number, uint32_t generation,
                                  uint8_t object[EVP_MAX_MD_SIZE])
{
    uint8_t text[32 + 9];
    size_t used = key->length < 32 ? key->length : 32;
    unsigned size = 0;

    memcpy(text, key->bytes, used);
    text[used++] = (uint8_t)number;
    text[used++] = (uint8_t)(number >> 8);
    text[used++] = (uint8_t)(number >> 16);
    text[used++] = (uint8_t)generation;
    text[used++] = (uint8_t)(generation >> 8);
    if (method == PDFCRYPT_AESV2) {
        memcpy(text + used, "sAlT", 4);
        used += 4;
    }
    if (EVP_Digest(text, used, object, &size, EVP_md5(), NULL) != 1)
        return 0;
    return key->length + 5 < 16 ? key->length + 5 : 16;
}

int pdfcrypt_undo(const struct pdfcrypt_key *key, enum pdfcrypt_method method, uint32_t number,
                  uint32_t generation, const uint8_t *data, size_t length, struct buffer *buffer)
{
    uint8_t object[EVP_MAX_MD_SIZE], *room;
    size_t used = length, object_length;

    if (length == 0)
        return 0;
    room = buffer_room(buffer, length);
    if (room == NULL || key->length == 0)
        return -1;
    if (method == PDFCRYPT_AESV3) {
        if (key->length != 32 ||
            pdfcrypt_aes(EVP_aes_256_cbc(), key->bytes, data, length, room, &used) != 0)
            return -1;
    } else {
        object_length = pdfcrypt_object_key(key, method, number, generation, object);
        if (object_length == 0)
            return -1;
        if (method == PDFCRYPT_RC4)
            pdfcrypt_rc4(object, object_length, data, length, room);
        else if (object_length != 16 ||
                 pdfcrypt_aes(EVP_aes_128_cbc(), object, data, length, room, &used) != 0)
            return -1;
    }
    buffer->length += used;
    return 0;
}
