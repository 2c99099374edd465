/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/urls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "updater/mirror.h"

int urls_check(const char *url, struct err *err)
{
    size_t length = strlen(url);
    const char *host = strncasecmp(url, "https://", 8) == 0  ? url + 8
                       : strncasecmp(url, "http://", 7) == 0 ? url + 7
                                                             : NULL;

    if (length + 2 > MIRROR_URL_MAX)
        return err_set(err, "the URL %.60s… is longer than %d bytes", url, MIRROR_URL_MAX - 2);
    if (!host || strcspn(host, "/?#") == 0)
        return err_set(err, "\"%.100s\" is not an address like https://host/path", url);
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"<>\\^`|{}", *c))
            return err_set(err, "\"%.100s\" holds a character that a URL cannot have", url);
    if (memchr(host, '@', strcspn(host, "/?#")))
        return err_set(err, "the URL holds a user or password, which would end up in logs");
    return 0;
}

static int urls_add(const char *url, char **list, size_t max, size_t *count_r, struct err *err)
{
    char whole[MIRROR_URL_MAX];

    if (urls_check(url, err) < 0)
        return -1;
    snprintf(whole, sizeof whole, "%s%s", url, url[strlen(url) - 1] == '/' ? "" : "/");
    for (size_t i = 0; i < *count_r; i++)
        if (strcmp(list[i], whole) == 0)
            return err_set(err, "%s is there twice", whole);
    if (*count_r == max)
        return err_set(err, "more than %zu addresses", max);
    if (!(list[*count_r] = strdup(whole)))
        return err_set(err, "not enough memory");
    ++*count_r;
    return 0;
}

int urls_expand(const char *url, char **list, size_t max, size_t *count_r, struct err *err)
{
    static const char digits[] = "0123456789";
    char one[MIRROR_URL_MAX];
    const char *open = strchr(url, '{');

    if (!open)
        return urls_add(url, list, max, count_r, err);

    size_t first = strspn(open + 1, digits);
    const char *dots = open + 1 + first;
    size_t last = strncmp(dots, "..", 2) == 0 ? strspn(dots + 2, digits) : 0;
    if (first == 0 || first > 4 || last == 0 || last > 4 || dots[2 + last] != '}' ||
        strchr(dots + 2 + last, '{'))
        return err_set(err, "\"%.100s\": a range is written like {00..19}, one in an address", url);
    unsigned long from = strtoul(open + 1, NULL, 10), to = strtoul(dots + 2, NULL, 10);
    if (from > to)
        return err_set(err, "\"%.100s\": the range runs backwards", url);
    if (to - from >= max)
        return err_set(err, "\"%.100s\": more than %zu addresses", url, max);
    for (unsigned long n = from; n <= to; n++) {
        if ((size_t)snprintf(one, sizeof one, "%.*s%0*lu%s", (int)(open - url), url, (int)first, n,
                             dots + 3 + last) >= sizeof one)
            return err_set(err, "the URL %.60s… is too long", url);
        if (urls_add(one, list, max, count_r, err) < 0)
            return -1;
    }
    return 0;
}
