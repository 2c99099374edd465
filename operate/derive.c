/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/derive.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <string.h>

int derive_hkdf(uint8_t key_r[DERIVE_KEY], const uint8_t *secret, size_t secret_length,
                const uint8_t *salt, size_t salt_length, const char *info)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t size = DERIVE_KEY;
    int status = -1;

    if (context && EVP_PKEY_derive_init(context) == 1 &&
        EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1 &&
        (salt_length == 0 || EVP_PKEY_CTX_set1_hkdf_salt(context, salt, (int)salt_length) == 1) &&
        EVP_PKEY_CTX_set1_hkdf_key(context, secret, (int)secret_length) == 1 &&
        EVP_PKEY_CTX_add1_hkdf_info(context, (const unsigned char *)info, (int)strlen(info)) == 1 &&
        EVP_PKEY_derive(context, key_r, &size) == 1 && size == DERIVE_KEY)
        status = 0;
    EVP_PKEY_CTX_free(context);
    return status;
}

int derive_hmac(uint8_t sum_r[DERIVE_KEY], const uint8_t key[DERIVE_KEY], const void *data,
                size_t length)
{
    unsigned size = DERIVE_KEY;

    return HMAC(EVP_sha256(), key, DERIVE_KEY, data, length, sum_r, &size) ? 0 : -1;
}

int derive_x25519_public(uint8_t public_r[DERIVE_KEY], const uint8_t secret[DERIVE_KEY])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, DERIVE_KEY);
    size_t size = DERIVE_KEY;
    int status = key && EVP_PKEY_get_raw_public_key(key, public_r, &size) == 1 ? 0 : -1;

    EVP_PKEY_free(key);
    return status;
}

int derive_x25519(uint8_t shared_r[DERIVE_KEY], const uint8_t secret[DERIVE_KEY],
                  const uint8_t public_key[DERIVE_KEY])
{
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, DERIVE_KEY);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, DERIVE_KEY);
    EVP_PKEY_CTX *context = own && peer ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    size_t size = DERIVE_KEY;
    int status = -1;

    /* OpenSSL refuses a shared secret of zeros by itself. */
    if (context && EVP_PKEY_derive_init(context) == 1 &&
        EVP_PKEY_derive_set_peer(context, peer) == 1 &&
        EVP_PKEY_derive(context, shared_r, &size) == 1 && size == DERIVE_KEY)
        status = 0;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    return status;
}
