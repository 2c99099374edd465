/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/proxy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"

static const struct {
    const char *scheme;
    uint16_t port;
} proxy_schemes[] = {{"http", 3128},    {"https", 443},   {"socks4", 1080},
                     {"socks4a", 1080}, {"socks5", 1080}, {"socks5h", 1080}};

/* Decodes %XX. Returns 0, or -1: too long, or an escape that is none. */
static int proxy_decode(const char *from, size_t length, char *to, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char c = from[i];
        if (c == '%') {
            if (i + 2 >= length || !isxdigit((unsigned char)from[i + 1]) ||
                !isxdigit((unsigned char)from[i + 2]))
                return -1;
            c = (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]));
            i += 2;
        }
        if (used + 1 >= size || (unsigned char)c < 0x20)
            return -1;
        to[used++] = c;
    }
    to[used] = '\0';
    return 0;
}

/* "user:password" before the '@'. */
static int proxy_take_user(struct proxy *proxy, const char *text, size_t length, struct err *err)
{
    const char *colon = memchr(text, ':', length);
    size_t name = colon ? (size_t)(colon - text) : length;

    if (proxy_decode(text, name, proxy->user, sizeof proxy->user) < 0 || !proxy->user[0] ||
        (colon &&
         proxy_decode(colon + 1, length - name - 1, proxy->password, sizeof proxy->password) < 0))
        return err_set(err, "Proxy: the user or the password is empty, too long or has a %% that "
                            "does not begin an escape like %%40");
    return 0;
}

/* "host:port", "[address]:port", with a slash behind it or not. */
static int proxy_take_host(struct proxy *proxy, const char *scheme, const char *text,
                           struct err *err)
{
    size_t length = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":/");
    const char *rest = text + length;
    char *end = NULL;

    if (length < 1 || length > 255 || strcspn(text, "]") + 1 > strlen(text) + (*text != '['))
        return err_set(err, "Proxy: the host is missing or not complete");
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("-._[]:%", text[i]))
            return err_set(err, "Proxy: the host has a character that no host has");
    if (*rest == ':') {
        unsigned long port = strtoul(rest + 1, &end, 10);
        if (!isdigit((unsigned char)rest[1]) || port == 0 || port > 65535)
            return err_set(err, "Proxy: the port is not a number from 1 to 65535");
        proxy->port = (uint16_t)port;
        rest = end;
    }
    if (strcmp(rest, "") != 0 && strcmp(rest, "/") != 0)
        return err_set(err, "Proxy: nothing may stand behind the port");
    snprintf(proxy->server, sizeof proxy->server, "%s://%.*s", scheme, (int)length, text);
    return 0;
}

int proxy_parse(struct proxy *proxy, const char *text, struct err *err)
{
    const char *scheme = proxy_schemes[0].scheme;
    const char *rest = strstr(text, "://"), *at;
    size_t i;

    memset(proxy, 0, sizeof *proxy);
    if (!*text || strcmp(text, "none") == 0)
        return 0;
    proxy->port = proxy_schemes[0].port;
    if (rest) {
        size_t length = (size_t)(rest - text);
        for (i = 0; i < sizeof proxy_schemes / sizeof proxy_schemes[0]; i++)
            if (strlen(proxy_schemes[i].scheme) == length &&
                strncasecmp(proxy_schemes[i].scheme, text, length) == 0)
                break;
        if (i == sizeof proxy_schemes / sizeof proxy_schemes[0])
            return err_set(err, "Proxy: it begins with http://, https://, socks4://, socks4a://, "
                                "socks5:// or socks5h://");
        scheme = proxy_schemes[i].scheme;
        proxy->port = proxy_schemes[i].port;
    }
    rest = rest ? rest + 3 : text;
    if ((at = strrchr(rest, '@'))) {
        if (proxy_take_user(proxy, rest, (size_t)(at - rest), err) < 0)
            return -1;
        rest = at + 1;
    }
    return proxy_take_host(proxy, scheme, rest, err);
}

/* In a URL everything in front of its last @ is user and password, whatever it consists of. */
static void proxy_redact_urls(char *text)
{
    for (char *at = text; (at = strstr(at, "://"));) {
        char *start = at + 3, *end = start + strcspn(start, " \t\r\n");
        char *sign = memrchr(start, '@', (size_t)(end - start));
        if (sign && sign - start >= 3) {
            memcpy(start, "***", 3);
            memmove(start + 3, sign, strlen(sign) + 1);
        } else if (sign) {
            memset(start, '*', (size_t)(sign - start));
        }
        at = start;
    }
}

void proxy_redact(char *text)
{
    proxy_redact_urls(text);
    for (char *at = text; (at = strchr(at, '@')); at++) {
        char *start = at;
        while (start > text && !strchr(" \t\"'/=", start[-1]))
            start--;
        if (!memchr(start, ':', (size_t)(at - start)) && !(start > text && start[-1] == '/'))
            continue; /* an address of mail, perhaps */
        if (at - start < 3) {
            memset(start, '*', (size_t)(at - start));
            continue;
        }
        memcpy(start, "***", 3);
        memmove(start + 3, at, strlen(at) + 1);
        at = start + 3;
    }
}
