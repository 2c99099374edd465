/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void err_format(struct err *err, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void err_format(struct err *err, const char *format, va_list args)
{
    vsnprintf(err->text, sizeof err->text, format, args);
    for (char *c = err->text; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
}

int err_set(struct err *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    err_format(err, format, args);
    va_end(args);
    return -1;
}

int err_sys(struct err *err, const char *format, ...)
{
    int saved = errno;
    char reason[128];
    va_list args;

    va_start(args, format);
    err_format(err, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s",
             strerror_r(saved, reason, sizeof reason));
    errno = saved;
    return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
    struct err inner = *err;
    va_list args;

    va_start(args, format);
    err_format(err, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", inner.text);
    return -1;
}
