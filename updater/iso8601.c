/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/iso8601.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WHEN_LAST 253402300799ll /* 9999-12-31T23:59:59Z */

int iso8601_parse(const char *text, int64_t *iso8601_r)
{
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    struct tm tm, check;
    char again[WHEN_TEXT];

    if (strlen(text) != sizeof form - 1)
        return -1;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return -1;

    memset(&tm, 0, sizeof tm);
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec) != 6)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t when = timegm(&tm);
    /* timegm turns February 30 into March 2: what does not come back the same was no date. */
    if (when < 0 || !gmtime_r(&when, &check) || strcmp(iso8601_format(when, again), text) != 0)
        return -1;
    *iso8601_r = when;
    return 0;
}

const char *iso8601_format(int64_t when, char text[WHEN_TEXT])
{
    time_t clock = when < 0 ? 0 : when > WHEN_LAST ? WHEN_LAST : when;
    struct tm tm;

    gmtime_r(&clock, &tm);
    strftime(text, WHEN_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return text;
}

const char *iso8601_span(int64_t seconds, char text[WHEN_TEXT])
{
    if (seconds < 0)
        seconds = 0;
    if (seconds < 120)
        snprintf(text, WHEN_TEXT, "%lld s", (long long)seconds);
    else if (seconds < 120 * 60)
        snprintf(text, WHEN_TEXT, "%lld min", (long long)(seconds / 60));
    else if (seconds < 48 * 3600)
        snprintf(text, WHEN_TEXT, "%lld h", (long long)(seconds / 3600));
    else
        snprintf(text, WHEN_TEXT, "%lld days", (long long)(seconds / 86400));
    return text;
}
