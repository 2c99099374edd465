/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/hex.h"
#include "common/writeall.h"
#include "operate/agehead.h"
#include "operate/bech32.h"
#include "operate/derive.h"

#define SEAL_KEY_FILE_MAX 4096
#define SEAL_SALT         32
#define SEAL_LABEL        "epost-av quarantine 1"

/* ------------------------------------------------------------------------ keys */

static bool seal_parse_hex(uint8_t bytes_r[32], const char *text)
{
    if (strlen(text) != 64)
        return false;
    for (size_t i = 0; i < 32; i++) {
        const int byte = hex_byte(text[2 * i], text[2 * i + 1]);

        if (byte < 0)
            return false;
        bytes_r[i] = (uint8_t)byte;
    }
    return true;
}

static bool seal_parse_line(struct seal_key *key, const char *line)
{
    if (seal_parse_hex(key->bytes, line))
        key->kind = SEAL_AES;
    else if (bech32_read(line, "age", key->bytes) == 0)
        key->kind = SEAL_AGE_PUBLIC;
    else if (bech32_read(line, "age-secret-key-", key->bytes) == 0)
        key->kind = SEAL_AGE_SECRET;
    else
        return false;
    return true;
}

static int seal_parse_file(struct seal_key *key, char *text, const char *path, struct err *err)
{
    char *rest = NULL;
    bool is_found = false;

    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        line += strspn(line, " \t");
        line[strcspn(line, " \t")] = '\0';
        if (*line == '#' || !*line)
            continue;
        if (is_found)
            return err_set(err, "%s holds more than one key", path);
        if (!seal_parse_line(key, line))
            return err_set(err,
                           "%s holds no key: one line of 64 hexadecimal digits, of an age public "
                           "key (age1...) or of an age secret key is expected",
                           path);
        is_found = true;
    }
    return is_found ? 0 : err_set(err, "%s holds no key", path);
}

static int seal_check_file(const struct stat *st, bool is_secret, const char *path, struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, "%s is not a file", path);
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(err, "%s belongs to somebody else than root and the user of this program",
                       path);
    if (st->st_mode & 022)
        return err_set(err, "%s can be written by others: chmod go-w", path);
    if (is_secret && st->st_mode & 07)
        return err_set(err, "%s can be read by others: chmod 640 or less", path);
    return 0;
}

int seal_key_load(struct seal_key *key, const char *path, struct err *err)
{
    char text[SEAL_KEY_FILE_MAX + 1];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status = -1;

    memset(key, 0, sizeof *key);
    if (fd < 0)
        return err_sys(err, "cannot read the key file %s", path);
    ssize_t got = read(fd, text, sizeof text - 1);
    if (got < 0 || fstat(fd, &st) < 0) {
        err_sys(err, "cannot read the key file %s", path);
    } else if (got == sizeof text - 1) {
        err_set(err, "%s is too large for a key file", path);
    } else {
        text[got] = '\0';
        status = seal_parse_file(key, text, path, err);
    }
    if (status == 0)
        status = seal_check_file(&st, key->kind != SEAL_AGE_PUBLIC, path, err);
    OPENSSL_cleanse(text, sizeof text);
    close(fd);
    if (status < 0)
        seal_key_forget(key);
    return status;
}

void seal_key_forget(struct seal_key *key)
{
    OPENSSL_cleanse(key, sizeof *key);
}

/* --------------------------------------------------------------------- writing */

static int seal_head(const struct seal_key *key, struct buf *head, uint8_t content_key[32],
                     struct err *err)
{
    uint8_t salt[SEAL_SALT];

    if (key->kind == SEAL_AGE_PUBLIC)
        return agehead_write(head, key->bytes, content_key, err);
    if (key->kind != SEAL_AES)
        return err_set(err, "this key does not encrypt");
    if (RAND_bytes(salt, sizeof salt) != 1 || buf_adds(head, SEAL_INTRO) < 0 ||
        buf_add(head, salt, sizeof salt) < 0 ||
        derive_hkdf(content_key, key->bytes, sizeof key->bytes, salt, sizeof salt, SEAL_LABEL) < 0)
        return err_set(err, "no key can be derived");
    return 0;
}

int seal_write(const struct seal_key *key, const struct chunks_input *input, int out,
               uint8_t sha256_r[32], struct err *err)
{
    struct buf head;
    uint8_t content_key[32];

    buf_init(&head, AGEHEAD_MAX);
    int status = seal_head(key, &head, content_key, err);
    if (status == 0 && writeall(out, head.data, head.length) < 0)
        status = err_sys(err, "the copy cannot be written");
    if (status == 0)
        status = chunks_seal(key->kind == SEAL_AES ? CHUNKS_AES_256_GCM : CHUNKS_CHACHA20_POLY1305,
                             content_key, input, out, sha256_r, err);
    OPENSSL_cleanse(content_key, sizeof content_key);
    buf_free(&head);
    return status;
}

/* --------------------------------------------------------------------- reading */

static int seal_read_aes(const struct seal_key *key, const char *head, size_t length, int in,
                         chunks_take *take, void *data, struct err *err)
{
    const size_t intro = strlen(SEAL_INTRO);
    uint8_t content_key[32];

    if (length < intro + SEAL_SALT)
        return err_set(err, "the copy is cut off");
    if (derive_hkdf(content_key, key->bytes, sizeof key->bytes, (const uint8_t *)head + intro,
                    SEAL_SALT, SEAL_LABEL) < 0)
        return err_set(err, "no key can be derived");
    int status =
        chunks_open(CHUNKS_AES_256_GCM, content_key, in, intro + SEAL_SALT, take, data, err);
    OPENSSL_cleanse(content_key, sizeof content_key);
    return status;
}

static int seal_read_age(const struct seal_key *key, const char *head, size_t length, int in,
                         chunks_take *take, void *data, struct err *err)
{
    uint8_t content_key[32];
    size_t head_length;

    if (agehead_read(head, length, key->bytes, content_key, &head_length, err) < 0)
        return -1;
    int status =
        chunks_open(CHUNKS_CHACHA20_POLY1305, content_key, in, head_length, take, data, err);
    OPENSSL_cleanse(content_key, sizeof content_key);
    return status;
}

int seal_read(const struct seal_key *key, int in, chunks_take *take, void *data, struct err *err)
{
    const size_t intro = strlen(SEAL_INTRO);
    char head[AGEHEAD_MAX];
    ssize_t got = pread(in, head, sizeof head, 0);

    if (got < 0)
        return err_sys(err, "the copy cannot be read");
    bool is_aes = (size_t)got >= intro && memcmp(head, SEAL_INTRO, intro) == 0;
    if (is_aes && key->kind == SEAL_AES)
        return seal_read_aes(key, head, (size_t)got, in, take, data, err);
    if (!is_aes && key->kind == SEAL_AGE_SECRET)
        return seal_read_age(key, head, (size_t)got, in, take, data, err);
    return err_set(err, is_aes ? "this copy needs the key file of AES-256-GCM"
                               : "this copy needs the age secret key (--key FILE)");
}
