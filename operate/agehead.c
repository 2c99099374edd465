/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/agehead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>

#include "operate/derive.h"

#define AGEHEAD_INTRO    "age-encryption.org/v1\n"
#define AGEHEAD_STANZA   "-> X25519 "
#define AGEHEAD_END      "--- "
#define AGEHEAD_LABEL    "age-encryption.org/v1/X25519"
#define AGEHEAD_FILE_KEY 16
#define AGEHEAD_NONCE    16
#define AGEHEAD_WRAPPED  (AGEHEAD_FILE_KEY + 16) /* with its tag */
#define AGEHEAD_BASE64   43                      /* digits of 32 bytes, without padding */

/* ---------------------------------------------------------------------- base64 */

static void agehead_encode(char text[AGEHEAD_BASE64 + 2], const uint8_t bytes[32])
{
    EVP_EncodeBlock((unsigned char *)text, bytes, 32); /* 44 with one '=' */
    text[AGEHEAD_BASE64] = '\0';
}

/* The only spelling of those bytes is taken. */
static bool agehead_decode(uint8_t bytes_r[32], const char *text)
{
    unsigned char padded[AGEHEAD_BASE64 + 2], out[33];
    char again[AGEHEAD_BASE64 + 2];

    memcpy(padded, text, AGEHEAD_BASE64);
    padded[AGEHEAD_BASE64] = '=';
    if (EVP_DecodeBlock(out, padded, AGEHEAD_BASE64 + 1) != 33)
        return false;
    memcpy(bytes_r, out, 32);
    agehead_encode(again, bytes_r);
    return memcmp(again, text, AGEHEAD_BASE64) == 0;
}

/* ----------------------------------------------------------------- the file key */

/* The key that wraps the file key. */
static int agehead_wrapping(uint8_t key_r[32], const uint8_t secret[32], const uint8_t peer[32],
                            const uint8_t share[32], const uint8_t recipient[32])
{
    uint8_t shared[32], salt[64];

    memcpy(salt, share, 32);
    memcpy(salt + 32, recipient, 32);
    int status = derive_x25519(shared, secret, peer) < 0
                     ? -1
                     : derive_hkdf(key_r, shared, sizeof shared, salt, sizeof salt, AGEHEAD_LABEL);
    OPENSSL_cleanse(shared, sizeof shared);
    return status;
}

/* ChaCha20-Poly1305 with a nonce of zeros: the key is used once. */
static int agehead_wrap(uint8_t *out, const uint8_t *in, const uint8_t key[32], bool is_wrapping)
{
    static const uint8_t nonce[12];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t tag[16];
    int done = 0, rest = 0, status = -1;

    if (!is_wrapping)
        memcpy(tag, in + AGEHEAD_FILE_KEY, sizeof tag);
    if (context &&
        EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), NULL, key, nonce, is_wrapping) == 1 &&
        EVP_CipherUpdate(context, out, &done, in, AGEHEAD_FILE_KEY) == 1 &&
        (is_wrapping || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag) == 1) &&
        EVP_CipherFinal_ex(context, out + done, &rest) == 1 &&
        (!is_wrapping ||
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + AGEHEAD_FILE_KEY) == 1))
        status = 0;
    EVP_CIPHER_CTX_free(context);
    return status;
}

static int agehead_sum(uint8_t sum_r[32], const uint8_t *file_key, const char *head, size_t length)
{
    uint8_t key[32];
    int status = derive_hkdf(key, file_key, AGEHEAD_FILE_KEY, NULL, 0, "header");

    if (status == 0)
        status = derive_hmac(sum_r, key, head, length);
    OPENSSL_cleanse(key, sizeof key);
    return status;
}

/* --------------------------------------------------------------------- writing */

static int agehead_add(struct buf *out, const uint8_t recipient[32], const uint8_t *file_key)
{
    uint8_t secret[32], share[32], key[32], wrapped[AGEHEAD_WRAPPED], sum[32];
    char text[AGEHEAD_BASE64 + 2], body[AGEHEAD_BASE64 + 2];
    size_t start = out->length;
    int status = -1;

    if (RAND_bytes(secret, sizeof secret) == 1 && derive_x25519_public(share, secret) == 0 &&
        agehead_wrapping(key, secret, recipient, share, recipient) == 0 &&
        agehead_wrap(wrapped, file_key, key, true) == 0) {
        agehead_encode(text, share);
        agehead_encode(body, wrapped);
        status = buf_addf(out, AGEHEAD_INTRO AGEHEAD_STANZA "%s\n%s\n---", text, body);
    }
    if (status == 0)
        status = agehead_sum(sum, file_key, out->data + start, out->length - start);
    if (status == 0) {
        agehead_encode(text, sum);
        status = buf_addf(out, " %s\n", text);
    }
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(key, sizeof key);
    return status;
}

int agehead_write(struct buf *out, const uint8_t recipient[32], uint8_t key_r[32], struct err *err)
{
    uint8_t file_key[AGEHEAD_FILE_KEY], nonce[AGEHEAD_NONCE];
    int status = -1;

    if (RAND_bytes(file_key, sizeof file_key) != 1 || RAND_bytes(nonce, sizeof nonce) != 1 ||
        agehead_add(out, recipient, file_key) < 0 || buf_add(out, nonce, sizeof nonce) < 0 ||
        derive_hkdf(key_r, file_key, sizeof file_key, nonce, sizeof nonce, "payload") < 0)
        err_set(err, "no key can be encrypted to the age public key");
    else
        status = 0;
    OPENSSL_cleanse(file_key, sizeof file_key);
    return status;
}

/* --------------------------------------------------------------------- reading */

/* One stanza of X25519: does it hold the file key for us? */
static bool agehead_try(const char *share_text, const char *body_text, const uint8_t identity[32],
                        uint8_t *file_key_r)
{
    uint8_t share[32], wrapped[AGEHEAD_WRAPPED], recipient[32], key[32];
    bool is_ours = agehead_decode(share, share_text) && agehead_decode(wrapped, body_text) &&
                   derive_x25519_public(recipient, identity) == 0 &&
                   agehead_wrapping(key, identity, share, share, recipient) == 0 &&
                   agehead_wrap(file_key_r, wrapped, key, false) == 0;

    OPENSSL_cleanse(key, sizeof key);
    return is_ours;
}

/* Goes through the lines up to the one that ends the head. Returns that line, or NULL. */
static const char *agehead_find(const char *text, const char *end, const uint8_t identity[32],
                                uint8_t *file_key_r, bool *is_found_r)
{
    const size_t stanza = strlen(AGEHEAD_STANZA);
    const char *line = text + strlen(AGEHEAD_INTRO);

    *is_found_r = false;
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        if (!next || memcmp(line, AGEHEAD_END, 3) == 0)
            return next ? line : NULL;
        if (!*is_found_r && (size_t)(next - line) == stanza + AGEHEAD_BASE64 &&
            memcmp(line, AGEHEAD_STANZA, stanza) == 0 && end - next > AGEHEAD_BASE64 + 1 &&
            next[1 + AGEHEAD_BASE64] == '\n')
            *is_found_r = agehead_try(line + stanza, next + 1, identity, file_key_r);
        line = next + 1;
    }
    return NULL;
}

int agehead_read(const char *text, size_t length, const uint8_t identity[32], uint8_t key_r[32],
                 size_t *length_r, struct err *err)
{
    const char *end = text + (length < AGEHEAD_MAX ? length : AGEHEAD_MAX);
    uint8_t file_key[AGEHEAD_FILE_KEY], sum[32], stated[32];
    bool is_found;
    int status = -1;

    if (length < strlen(AGEHEAD_INTRO) || memcmp(text, AGEHEAD_INTRO, strlen(AGEHEAD_INTRO)) != 0)
        return err_set(err, "not an age file of version 1");
    const char *last = agehead_find(text, end, identity, file_key, &is_found);
    const char *nonce = last ? last + 4 + AGEHEAD_BASE64 + 1 : NULL;
    if (!last || end - last < 4 + AGEHEAD_BASE64 + 1 + AGEHEAD_NONCE || nonce[-1] != '\n' ||
        last[3] != ' ' || !agehead_decode(stated, last + 4))
        err_set(err, "the head of the age file is damaged");
    else if (!is_found)
        err_set(err, "the copy is not encrypted to this key");
    else if (agehead_sum(sum, file_key, text, (size_t)(last + 3 - text)) < 0 ||
             CRYPTO_memcmp(sum, stated, sizeof sum) != 0)
        err_set(err, "the head of the age file was changed");
    else if (derive_hkdf(key_r, file_key, sizeof file_key, (const uint8_t *)nonce, AGEHEAD_NONCE,
                         "payload") < 0)
        err_set(err, "no key can be derived");
    else
        status = 0;
    if (status == 0)
        *length_r = (size_t)(nonce + AGEHEAD_NONCE - text);
    OPENSSL_cleanse(file_key, sizeof file_key);
    return status;
}
