/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/minisig.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED   "trusted comment: "

#define BLOB_MAX       192 /* bytes of the longest decoded line: a secret key is 158 */
#define PUBLIC_SIZE    42  /* "Ed" id point */
#define SIGNATURE_SIZE 74  /* "Ed" or "ED", id, signature */

/* A secret key file: signature, key derivation and checksum algorithms, then salt and
 * limits of the derivation, then what it protects. */
#define SECRET_SIZE   158
#define SECRET_KDF    2
#define SECRET_SALT   6
#define SECRET_OPS    38
#define SECRET_MEMORY 46
#define SECRET_BOX    54
#define SECRET_BOXED  104 /* id, seed, point, checksum */
#define SALT_SIZE     32

/* Strict base64 without line breaks. Returns the bytes written, or -1. */
static int minisig_blob_decode(const char *text, size_t length, uint8_t *out, size_t size)
{
    uint8_t whole[BLOB_MAX + 3];
    size_t padding = 0;

    if (length == 0 || length % 4 != 0 || length / 4 * 3 > sizeof whole)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '=' && i + 2 >= length)
            padding++;
        else if (padding ||
                 !memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                         text[i], 64))
            return -1;
    }
    int decoded = EVP_DecodeBlock(whole, (const unsigned char *)text, (int)length);
    if (decoded < 0 || (size_t)decoded - padding > size)
        return -1;
    memcpy(out, whole, (size_t)decoded - padding);
    OPENSSL_cleanse(whole, sizeof whole);
    return decoded - (int)padding;
}

static int minisig_blob_encode(struct buf *out, const uint8_t *data, size_t length)
{
    unsigned char text[BLOB_MAX / 3 * 4 + 8];
    int written = EVP_EncodeBlock(text, data, (int)length);

    return buf_add(out, text, (size_t)written);
}

/* Cuts the next line out of *text; a missing last newline and CR LF are fine. */
static int minisig_next_line(const char **text, size_t *left, const char **line_r, size_t *length_r)
{
    if (*left == 0)
        return -1;
    const char *end = memchr(*text, '\n', *left);
    size_t length = end ? (size_t)(end - *text) : *left;

    *line_r = *text;
    *length_r = length > 0 && (*text)[length - 1] == '\r' ? length - 1 : length;
    size_t used = end ? length + 1 : length;
    *text += used;
    *left -= used;
    return 0;
}

static int minisig_starts_with(const char *line, size_t length, const char *start)
{
    size_t want = strlen(start);

    return length >= want && memcmp(line, start, want) == 0;
}

const char *minisig_id_text(const uint8_t id[MINISIG_KEY_ID], char text[17])
{
    for (int i = 0; i < MINISIG_KEY_ID; i++)
        snprintf(text + 2 * i, 3, "%02X", id[MINISIG_KEY_ID - 1 - i]);
    return text;
}

static int minisig_read_file(const char *path, char *text, size_t size, size_t *length_r,
                             struct err *err)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return err_sys(err, "cannot open %s", path);
    *length_r = fread(text, 1, size, file);
    int failed = ferror(file);
    fclose(file);
    if (failed)
        return err_set(err, "cannot read %s", path);
    return 0;
}

/* The base64 line of a key file: the one behind the comment, or the only one. */
static int minisig_key_line(const char *text, size_t length, const char **line_r, size_t *length_r)
{
    if (minisig_next_line(&text, &length, line_r, length_r) < 0)
        return -1;
    if (minisig_starts_with(*line_r, *length_r, UNTRUSTED))
        return minisig_next_line(&text, &length, line_r, length_r);
    return 0;
}

static int minisig_key_decode(struct minisig_key *key, const char *line, size_t length,
                              struct err *err)
{
    uint8_t blob[BLOB_MAX];

    if (minisig_blob_decode(line, length, blob, sizeof blob) != PUBLIC_SIZE ||
        memcmp(blob, "Ed", 2) != 0)
        return err_set(err,
                       "not a minisign public key (a line of %d characters that starts with RW)",
                       MINISIG_KEY_TEXT);
    memcpy(key->id, blob + 2, sizeof key->id);
    memcpy(key->point, blob + 10, sizeof key->point);
    return 0;
}

int minisig_key_parse(struct minisig_key *key, const char *base64, struct err *err)
{
    return minisig_key_decode(key, base64, strlen(base64), err);
}

int minisig_key_read(struct minisig_key *key, const char *path, struct err *err)
{
    char text[MINISIG_TEXT_MAX];
    const char *line;
    size_t length;

    if (minisig_read_file(path, text, sizeof text, &length, err) < 0)
        return -1;
    if (minisig_key_line(text, length, &line, &length) < 0)
        return err_set(err, "%s is empty", path);
    if (minisig_key_decode(key, line, length, err) < 0)
        return err_prefix(err, "%s", path);
    return 0;
}

int minisig_parse(struct minisig *sig, const char *text, size_t length, struct err *err)
{
    uint8_t blob[BLOB_MAX];
    const char *line;
    size_t n;

    memset(sig, 0, sizeof *sig);
    if (length > MINISIG_TEXT_MAX)
        return err_set(err, "the signature file is longer than %d bytes", MINISIG_TEXT_MAX);
    if (memchr(text, 0, length))
        return err_set(err, "the signature file holds a NUL");
    if (minisig_next_line(&text, &length, &line, &n) < 0 ||
        !minisig_starts_with(line, n, UNTRUSTED))
        return err_set(err, "not a minisign signature file");
    if (minisig_next_line(&text, &length, &line, &n) < 0 ||
        minisig_blob_decode(line, n, blob, sizeof blob) != SIGNATURE_SIZE || blob[0] != 'E' ||
        (blob[1] != 'D' && blob[1] != 'd'))
        return err_set(err, "the signature file's signature line is malformed");
    sig->prehashed = blob[1] == 'D';
    memcpy(sig->id, blob + 2, sizeof sig->id);
    memcpy(sig->signature, blob + 10, sizeof sig->signature);

    if (minisig_next_line(&text, &length, &line, &n) < 0 || !minisig_starts_with(line, n, TRUSTED))
        return err_set(err, "the signature file has no trusted comment");
    n -= sizeof TRUSTED - 1;
    if (n >= sizeof sig->trusted)
        return err_set(err, "the trusted comment is longer than %zu bytes",
                       sizeof sig->trusted - 1);
    memcpy(sig->trusted, line + sizeof TRUSTED - 1, n);

    if (minisig_next_line(&text, &length, &line, &n) < 0 ||
        minisig_blob_decode(line, n, sig->global, sizeof sig->global) != (int)sizeof sig->global)
        return err_set(err, "the signature of the trusted comment is missing or malformed");
    return 0;
}

/* 1 when `signature` over `data` is by `key`, else 0. */
static int minisig_ed25519_holds(const struct minisig_key *key, const uint8_t signature[64],
                                 const void *data, size_t length)
{
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->point, sizeof key->point);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int holds = pkey && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
                EVP_DigestVerify(context, signature, 64, data, length) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return holds;
}

static int minisig_blake2b(const void *data, size_t length, uint8_t digest[64], struct err *err)
{
    if (EVP_Digest(data, length, digest, NULL, EVP_blake2b512(), NULL) != 1)
        return err_set(err, "OpenSSL has no BLAKE2b-512");
    return 0;
}

int minisig_verify(const struct minisig *sig, const struct minisig_key *keys, size_t key_count,
                   const void *data, size_t length, struct err *err)
{
    uint8_t digest[64], both[64 + MINISIG_COMMENT_MAX];
    const struct minisig_key *key = NULL;
    char id[17];

    for (size_t i = 0; i < key_count && !key; i++)
        if (memcmp(keys[i].id, sig->id, sizeof sig->id) == 0)
            key = &keys[i];
    if (!key)
        return err_set(err, "it is signed by the key %s, which is not one of the source's keys",
                       minisig_id_text(sig->id, id));

    if (sig->prehashed) {
        if (minisig_blake2b(data, length, digest, err) < 0)
            return -1;
        data = digest;
        length = sizeof digest;
    }
    if (!minisig_ed25519_holds(key, sig->signature, data, length))
        return err_set(err, "the signature by the key %s does not match the content",
                       minisig_id_text(sig->id, id));

    size_t comment = strnlen(sig->trusted, sizeof sig->trusted);
    memcpy(both, sig->signature, sizeof sig->signature);
    memcpy(both + sizeof sig->signature, sig->trusted, comment);
    if (!minisig_ed25519_holds(key, sig->global, both, sizeof sig->signature + comment))
        return err_set(err, "the trusted comment was altered: its signature does not match");
    return 0;
}

static uint64_t minisig_little_endian(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

/* Undoes the password: the box is XORed with scrypt's output. The parameters follow from
 * the two limits as libsodium picks them, for that is how the key was made. */
static int minisig_secret_unlock(const uint8_t *blob, uint8_t *box, const char *password,
                                 struct err *err)
{
    uint64_t ops = minisig_little_endian(blob + SECRET_OPS),
             memory = minisig_little_endian(blob + SECRET_MEMORY);
    uint64_t n = 2, r = 8, p = 1, most;
    uint8_t stream[SECRET_BOXED];

    if (ops < 32768)
        ops = 32768;
    if (ops > 1ull << 32 || memory > 4ull << 30)
        return err_set(err, "its password asks for more work than is sane");
    most = ops < memory / 32 ? ops / (r * 4) : memory / (r * 128);
    while (n <= most / 2)
        n *= 2;
    if (ops >= memory / 32)
        p = (ops / 4 / n > 0x3fffffff ? 0x3fffffff : ops / 4 / n) / r;
    if (p == 0)
        p = 1;
    if (EVP_PBE_scrypt(password, strlen(password), blob + SECRET_SALT, SALT_SIZE, n, r, p,
                       5ull << 30, stream, sizeof stream) != 1)
        return err_set(err, "the password could not be tried (not enough memory?)");
    for (size_t i = 0; i < SECRET_BOXED; i++)
        box[i] ^= stream[i];
    OPENSSL_cleanse(stream, sizeof stream);
    return 0;
}

static int minisig_secret_decode(struct minisig_secret *secret, const char *line, size_t length,
                                 const char *password, struct err *err)
{
    uint8_t blob[BLOB_MAX], box[SECRET_BOXED];
    struct minisig_key public;
    int result = -1;

    if (minisig_blob_decode(line, length, blob, sizeof blob) != SECRET_SIZE ||
        memcmp(blob, "Ed", 2) != 0)
        return err_set(err, "not a minisign secret key");
    memcpy(box, blob + SECRET_BOX, sizeof box);
    if (memcmp(blob + SECRET_KDF, "Sc", 2) == 0) {
        if (!password) {
            err_set(err, "protected by a password, and none was given");
            goto out;
        }
        if (minisig_secret_unlock(blob, box, password, err) < 0)
            goto out;
    } else if (memcmp(blob + SECRET_KDF, "\0\0", 2) != 0) {
        err_set(err, "its password is kept in a way that is not known here");
        goto out;
    }
    memcpy(secret->id, box, sizeof secret->id);
    memcpy(secret->seed, box + 8, sizeof secret->seed);
    if (minisig_public(secret, &public, err) < 0)
        goto out;
    /* A wrong password leaves noise, whose halves do not fit; so does damage. */
    if (memcmp(public.point, box + 40, sizeof public.point) != 0) {
        err_set(err,
                password ? "wrong password" : "damaged: its two halves do not belong together");
        goto out;
    }
    result = 0;
out:
    OPENSSL_cleanse(blob, sizeof blob);
    OPENSSL_cleanse(box, sizeof box);
    return result;
}

int minisig_secret_read(struct minisig_secret *secret, const char *path, const char *password,
                        struct err *err)
{
    char text[MINISIG_TEXT_MAX];
    const char *line;
    size_t length;

    if (minisig_read_file(path, text, sizeof text, &length, err) < 0)
        return -1;
    int result = minisig_key_line(text, length, &line, &length) < 0
                     ? err_set(err, "it is empty")
                     : minisig_secret_decode(secret, line, length, password, err);
    OPENSSL_cleanse(text, sizeof text);
    return result < 0 ? err_prefix(err, "%s", path) : 0;
}

static int minisig_ed25519_sign(const struct minisig_secret *secret, const void *data,
                                size_t length, uint8_t signature[64], struct err *err)
{
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->seed, sizeof secret->seed);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = 64;
    int done = pkey && context && EVP_DigestSignInit(context, NULL, NULL, NULL, pkey) == 1 &&
               EVP_DigestSign(context, signature, &size, data, length) == 1 && size == 64;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return done ? 0 : err_set(err, "OpenSSL could not sign");
}

int minisig_sign(const struct minisig_secret *secret, const void *data, size_t length,
                 const char *trusted_comment, struct buf *out, struct err *err)
{
    uint8_t digest[64], blob[SIGNATURE_SIZE], both[64 + MINISIG_COMMENT_MAX], global[64];
    size_t comment = strlen(trusted_comment);

    if (comment >= MINISIG_COMMENT_MAX || strpbrk(trusted_comment, "\r\n"))
        return err_set(err, "the trusted comment is longer than %d bytes or has a line break",
                       MINISIG_COMMENT_MAX - 1);
    memcpy(blob, "ED", 2);
    memcpy(blob + 2, secret->id, sizeof secret->id);
    if (minisig_blake2b(data, length, digest, err) < 0 ||
        minisig_ed25519_sign(secret, digest, sizeof digest, blob + 10, err) < 0)
        return -1;
    memcpy(both, blob + 10, 64);
    memcpy(both + 64, trusted_comment, comment);
    if (minisig_ed25519_sign(secret, both, 64 + comment, global, err) < 0)
        return -1;

    if (buf_adds(out, UNTRUSTED "signature from minisign secret key\n") < 0 ||
        minisig_blob_encode(out, blob, sizeof blob) < 0 ||
        buf_addf(out, "\n" TRUSTED "%s\n", trusted_comment) < 0 ||
        minisig_blob_encode(out, global, sizeof global) < 0 || buf_adds(out, "\n") < 0)
        return err_set(err, "the signature file does not fit");
    return 0;
}

int minisig_public(const struct minisig_secret *secret, struct minisig_key *key, struct err *err)
{
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->seed, sizeof secret->seed);
    size_t size = sizeof key->point;
    int done = pkey && EVP_PKEY_get_raw_public_key(pkey, key->point, &size) == 1;

    EVP_PKEY_free(pkey);
    memcpy(key->id, secret->id, sizeof key->id);
    return done ? 0 : err_set(err, "OpenSSL could not derive the public key");
}

void minisig_secret_wipe(struct minisig_secret *secret)
{
    OPENSSL_cleanse(secret, sizeof *secret);
}
