/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "modules/epost_av/host.h"

#include <ctype.h>
#include <string.h>

#include "common/hex.h"

/* One byte of percent-encoded text, and *at behind it. */
static char host_next_byte(const char **at, const char *end)
{
    int high = end - *at > 2 && **at == '%' ? hex_digit((*at)[1]) : -1;
    int low = high >= 0 ? hex_digit((*at)[2]) : -1;
    char byte = **at;

    if (low >= 0) {
        byte = (char)(high << 4 | low);
        *at += 2;
    }
    (*at)++;
    return byte;
}

/* U+3002, U+FF0E and U+FF61 are dots in a host name (RFC 3490). Replaces the three bytes at the
 * end of the text if they are one; returns the text's length. */
static size_t host_fold_dot(char *host, size_t used)
{
    static const char *const dots[] = {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};

    for (size_t i = 0; i < sizeof dots / sizeof dots[0]; i++)
        if (used >= 3 && memcmp(host + used - 3, dots[i], 3) == 0) {
            host[used - 3] = '.';
            return used - 2;
        }
    return used;
}

/* Where the host ends and a port begins. */
static size_t host_length(const char *host, size_t length)
{
    const char *end = length && host[0] == '[' ? memchr(host, ']', length) : NULL;

    if (end)
        return (size_t)(end + 1 - host);
    end = memchr(host, ':', length);
    return end ? (size_t)(end - host) : length;
}

static const char *host_behind_user(const char *authority, size_t *length)
{
    const char *user = memrchr(authority, '@', *length);

    if (!user)
        return authority;
    *length -= (size_t)(user + 1 - authority);
    return user + 1;
}

int host_normalise(char host[HOST_MAX], const char *authority, size_t length)
{
    const char *at = host_behind_user(authority, &length);
    const char *end = at + host_length(at, length);
    size_t used = 0;

    host[0] = '\0';
    while (at < end) {
        char byte = host_next_byte(&at, end);
        if (used + 1 == HOST_MAX) {
            host[0] = '\0';
            return -1;
        }
        host[used++] = byte ? (char)tolower((unsigned char)byte) : '_';
        used = host_fold_dot(host, used);
    }
    while (used && host[used - 1] == '.')
        used--;
    host[used] = '\0';
    return 0;
}

/* Adds a path or query, decoded where that does not change its parts. */
static int host_add_path(struct buf *out, const char *path)
{
    const char *end = path + strlen(path);
    int status = 0;

    while (path < end && status == 0) {
        const char *before = path;
        char byte = host_next_byte(&path, end);
        if (path - before == 1 || isalnum((unsigned char)byte) || (byte && strchr("-._~", byte)))
            status = buf_add(out, &byte, 1);
        else
            status = buf_add(out, before, (size_t)(path - before));
    }
    return status;
}

int host_normalise_url(struct buf *out, const char *url)
{
    const char *authority = strstr(url, "://");
    char host[HOST_MAX];

    if (!authority || memchr(url, '?', (size_t)(authority - url)) ||
        memchr(url, '/', (size_t)(authority - url)))
        return host_add_path(out, url);
    authority += 3;
    size_t length = strcspn(authority, "/?#");
    const char *path = authority + length;
    const char *name = host_behind_user(authority, &length);
    size_t size = host_length(name, length);

    for (; url < authority; url++) {
        char byte = (char)tolower((unsigned char)*url);
        if (buf_add(out, &byte, 1) < 0)
            return -1;
    }
    if (host_normalise(host, name, length) < 0 || buf_adds(out, host) < 0 ||
        buf_add(out, name + size, length - size) < 0)
        return -1;
    return host_add_path(out, path);
}
