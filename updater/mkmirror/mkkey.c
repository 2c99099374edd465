/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/mkmirror/mkkey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* minisign's secret key: algorithm "Ed", no key derivation, checksum by BLAKE2b; salt and limits
 * (48 bytes, zero without a password), key number, seed and point, a checksum that only protected
 * keys fill. */
#define SECRET_SIZE (2 + 2 + 2 + 48 + MINISIG_KEY_ID + 64 + 32)
#define SECRET_TEXT (4 * ((SECRET_SIZE + 2) / 3))

const char *mkkey_text(const struct minisig_key *key, char text[MINISIG_KEY_TEXT + 1])
{
    uint8_t raw[2 + sizeof key->id + sizeof key->point] = "Ed";

    memcpy(raw + 2, key->id, sizeof key->id);
    memcpy(raw + 2 + sizeof key->id, key->point, sizeof key->point);
    EVP_EncodeBlock((unsigned char *)text, raw, sizeof raw);
    return text;
}

static void mkkey_secret_text(const struct minisig_secret *secret, const struct minisig_key *key,
                              char text[SECRET_TEXT + 1])
{
    uint8_t raw[SECRET_SIZE] = {'E', 'd', 0, 0, 'B', '2'};
    uint8_t *at = raw + 54;

    memcpy(at, secret->id, sizeof secret->id);
    memcpy(at + sizeof secret->id, secret->seed, sizeof secret->seed);
    memcpy(at + sizeof secret->id + sizeof secret->seed, key->point, sizeof key->point);
    EVP_EncodeBlock((unsigned char *)text, raw, sizeof raw);
    OPENSSL_cleanse(raw, sizeof raw);
}

/* A new file of two lines; on failure there is none. 0 or -1 and err. */
static int mkkey_write_lines(const char *path, mode_t mode, const char *comment, const char *line,
                             struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

    if (fd < 0)
        return err_sys(err, "cannot make %s", path);
    int failed = dprintf(fd, "untrusted comment: %s\n%s\n", comment, line) < 0 || fsync(fd) < 0;
    if (failed)
        err_sys(err, "cannot write %s", path);
    close(fd);
    if (failed)
        unlink(path);
    return failed ? -1 : 0;
}

int mkkey_generate(const char *secret_path, const char *public_path, struct minisig_key *key,
                   struct err *err)
{
    struct minisig_secret secret;
    char text[SECRET_TEXT + 1], number[17], comment[64];
    int result = -1;

    if (getrandom(&secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return err_sys(err, "no random numbers");
    if (minisig_public(&secret, key, err) < 0)
        goto out;
    mkkey_secret_text(&secret, key, text);
    if (mkkey_write_lines(secret_path, 0600, "minisign secret key of a mirror, keep it secret",
                          text, err) < 0)
        goto out;
    snprintf(comment, sizeof comment, "minisign public key %s", minisig_id_text(key->id, number));
    char line[MINISIG_KEY_TEXT + 1];
    if (mkkey_write_lines(public_path, 0644, comment, mkkey_text(key, line), err) < 0) {
        unlink(secret_path);
        goto out;
    }
    result = 0;
out:
    OPENSSL_cleanse(text, sizeof text);
    minisig_secret_wipe(&secret);
    return result;
}
