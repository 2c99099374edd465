/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/range.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

static int range_parse_number(const char **text, unsigned long long *number_r)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return -1;
    errno = 0;
    *number_r = strtoull(*text, &end, 10);
    *text = end;
    return errno ? -1 : 0;
}

/* "bytes 0-9/10" and nothing else is a whole. */
static int range_is_whole(const char *value, uint64_t *whole_r)
{
    unsigned long long first, last, total;

    value += strspn(value, BLANKS);
    if (strncasecmp(value, "bytes", 5) != 0)
        return 0;
    value += 5;
    value += strspn(value, BLANKS);
    if (range_parse_number(&value, &first) < 0 || *value++ != '-' ||
        range_parse_number(&value, &last) < 0 || *value++ != '/' ||
        range_parse_number(&value, &total) < 0)
        return 0;
    value += strspn(value, BLANKS);
    if (*value != '\0' || first != 0 || total == 0 || last != total - 1)
        return 0;
    *whole_r = total;
    return 1;
}

int range_is_part(int status, const char *content_range, const char *content_type,
                  uint64_t *whole_r)
{
    *whole_r = 0;
    if (content_type) {
        content_type += strspn(content_type, BLANKS);
        if (strncasecmp(content_type, "multipart/byteranges", 20) == 0)
            return 1;
    }
    if (content_range)
        return !range_is_whole(content_range, whole_r);
    return status == 206;
}

int range_is_risky(const char *url, const char *endings)
{
    const char *path = strstr(url, "://");

    path = path ? path + 3 : url;
    size_t length = strcspn(path, "?#;");
    size_t start = length;
    while (start && path[start - 1] != '.' && path[start - 1] != '/')
        start--;
    if (!start || path[start - 1] != '.' || start == length)
        return 0;
    for (const char *e = endings; *e;) {
        e += strspn(e, " \t,");
        size_t ending = strcspn(e, " \t,");
        if (ending == length - start && strncasecmp(path + start, e, ending) == 0)
            return 1;
        e += ending;
    }
    return 0;
}
