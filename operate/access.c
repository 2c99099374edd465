/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/access.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "operate/trustedfile.h"

#define ACCESS_HEADER_MAX 1024 /* bytes of an Authorization field */

static int access_read_token(struct access *access, const char *path, struct err *err)
{
    char text[ACCESS_TOKEN_MAX + 2];
    int fd = trustedfile_open(path, TRUSTEDFILE_SECRET, err), result = -1;

    if (fd < 0) {
        err_prefix(err, "TokenFile: ");
        return -1;
    }
    ssize_t got = read(fd, text, sizeof text - 1);
    if (got < 0) {
        err_sys(err, "cannot read TokenFile %s", path);
        goto out;
    }
    text[got] = '\0';
    size_t length = strcspn(text, "\r\n");
    if (length < ACCESS_TOKEN_MIN || length >= ACCESS_TOKEN_MAX || strlen(text) > length + 2 ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=") <
            length) {
        err_set(err, "TokenFile %s: one line of %d to %d letters, digits and -._~+/= is expected",
                path, ACCESS_TOKEN_MIN, ACCESS_TOKEN_MAX - 1);
        goto out;
    }
    memcpy(access->token, text, length);
    result = 0;
out:
    OPENSSL_cleanse(text, sizeof text);
    close(fd);
    return result;
}

static int access_add_host(struct access *access, const char *name, size_t length, struct err *err)
{
    if (access->count == ACCESS_HOSTS || length >= sizeof access->host[0])
        return err_set(err, "Hosts: too many names, or one too long");
    snprintf(access->host[access->count++], sizeof access->host[0], "%.*s", (int)length, name);
    return 0;
}

int access_load(struct access *access, const char *token_file, const char *listen,
                const char *hosts, struct err *err)
{
    const char *colon = strrchr(listen, ':');

    memset(access, 0, sizeof *access);
    if (*token_file && access_read_token(access, token_file, err) < 0)
        return -1;
    if (access_add_host(access, "localhost", 9, err) < 0)
        return -1;
    if (colon) {
        snprintf(access->port, sizeof access->port, "%.7s", colon + 1);
        if (access_add_host(access, listen, (size_t)(colon - listen), err) < 0)
            return -1;
    }
    while (*(hosts += strspn(hosts, " \t"))) {
        size_t length = strcspn(hosts, " \t");
        if (access_add_host(access, hosts, length, err) < 0)
            return -1;
        hosts += length;
    }
    return 0;
}

bool access_host(const struct access *access, const char *host)
{
    if (!host)
        return false;
    const char *end = *host == '[' ? strchr(host, ']') : host;
    const char *colon = end ? strchr(end, ':') : NULL;
    size_t length = colon ? (size_t)(colon - host) : strlen(host);

    if (colon && strcmp(colon + 1, access->port) != 0)
        return false;
    for (unsigned i = 0; i < access->count; i++)
        if (strlen(access->host[i]) == length && strncasecmp(access->host[i], host, length) == 0)
            return true;
    return false;
}

/* Takes the same time whatever is given, but for its length. */
static bool access_is_token(const struct access *access, const char *text, size_t length)
{
    char given[ACCESS_TOKEN_MAX];

    if (!access->token[0] || length >= sizeof given)
        return false;
    memset(given, 0, sizeof given);
    memcpy(given, text, length);
    return CRYPTO_memcmp(given, access->token, sizeof given) == 0;
}

static bool access_basic(const struct access *access, const char *encoded)
{
    unsigned char text[ACCESS_HEADER_MAX + 4];
    size_t length = strlen(encoded);

    if (length == 0 || length % 4 || length > ACCESS_HEADER_MAX)
        return false;
    int got = EVP_DecodeBlock(text, (const unsigned char *)encoded, (int)length);
    if (got < 0)
        return false;
    /* EVP_DecodeBlock counts the padding. */
    for (size_t i = length; i > length - 2 && encoded[i - 1] == '='; i--)
        got--;
    const unsigned char *colon = memchr(text, ':', (size_t)got);
    return colon &&
           access_is_token(access, (const char *)colon + 1, (size_t)(text + got - colon - 1));
}

bool access_token(const struct access *access, const char *authorization)
{
    if (!authorization || strlen(authorization) > ACCESS_HEADER_MAX)
        return false;
    if (strncasecmp(authorization, "Bearer ", 7) == 0) {
        const char *token = authorization + 7 + strspn(authorization + 7, " ");
        return access_is_token(access, token, strlen(token));
    }
    if (strncasecmp(authorization, "Basic ", 6) == 0)
        return access_basic(access, authorization + 6 + strspn(authorization + 6, " "));
    return false;
}
