/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Splits "12.5ms" into number and suffix. Returns 0 or -1. */
static int value_number_and_suffix(const char *value, double *number_r, const char **suffix_r)
{
    char *end;

    errno = 0;
    *number_r = strtod(value, &end);
    if (end == value || errno == ERANGE || !isdigit((unsigned char)value[value[0] == '-']))
        return -1;
    while (*end == ' ')
        end++;
    *suffix_r = end;
    return 0;
}

int value_integer(const char *value, int base, int64_t *number_r)
{
    char *end;

    errno = 0;
    long long number = strtoll(value, &end, base);
    if (end == value || *end != '\0' || errno == ERANGE)
        return -1;
    *number_r = number;
    return 0;
}

static int value_parse_scaled(const char *value, const char *const suffixes[],
                              const double factors[], int64_t *number_r)
{
    double number;
    const char *suffix;

    if (value_number_and_suffix(value, &number, &suffix) < 0)
        return -1;
    for (size_t i = 0; suffixes[i]; i++) {
        if (strcasecmp(suffix, suffixes[i]) != 0)
            continue;
        number *= factors[i];
        if (number < -9e18 || number > 9e18)
            return -1;
        *number_r = (int64_t)(number + (number < 0 ? -0.5 : 0.5));
        return 0;
    }
    return -1;
}

int value_size(const char *value, int64_t *number_r)
{
    static const char *const suffixes[] = {"", "B", "K", "M", "G", "KB", "MB", "GB", NULL};
    static const double factors[] = {1, 1, 1024, 1048576, 1073741824, 1024, 1048576, 1073741824};

    return value_parse_scaled(value, suffixes, factors, number_r);
}

int value_seconds(const char *value, int64_t *number_r)
{
    static const char *const suffixes[] = {"", "s", "ms", "m", "min", "h", "d", NULL};
    static const double factors[] = {1000, 1000, 1, 60000, 60000, 3600000, 86400000};

    return value_parse_scaled(value, suffixes, factors, number_r);
}

int value_bool(const char *value, int *number_r)
{
    static const char *const words[] = {"off", "on", "no", "yes", "false", "true", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(value, words[i]) == 0) {
            *number_r = (int)(i & 1);
            return 0;
        }
    return -1;
}

int value_choice(const char *choices, const char *value, int *index_r)
{
    size_t length = strlen(value);
    int index = 0;

    for (const char *c = choices; *c; index++) {
        size_t word = strcspn(c, "|");
        if (word == length && strncasecmp(c, value, word) == 0) {
            *index_r = index;
            return 0;
        }
        c += word + (c[word] == '|');
    }
    return -1;
}

void value_format_size(int64_t number, char *text, size_t size)
{
    const char *unit = "";

    if (number && number % 1073741824 == 0) {
        number /= 1073741824;
        unit = "G";
    } else if (number && number % 1048576 == 0) {
        number /= 1048576;
        unit = "M";
    } else if (number && number % 1024 == 0) {
        number /= 1024;
        unit = "K";
    }
    snprintf(text, size, "%lld%s", (long long)number, unit);
}
