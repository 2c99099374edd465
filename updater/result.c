/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/result.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
} rows[RESULT_COUNT] = {
#define RESULT_ROW(number, identifier, token, sentence) [number] = {token, sentence},
    RESULT_TABLE(RESULT_ROW)
#undef RESULT_ROW
};

const char *result_name(int result)
{
    return result >= 0 && result < RESULT_COUNT ? rows[result].name : "unknown";
}

const char *result_text(int result)
{
    return result >= 0 && result < RESULT_COUNT ? rows[result].text : "unknown";
}

int result_from_name(const char *token)
{
    for (int i = 0; i < RESULT_COUNT; i++)
        if (strcmp(rows[i].name, token) == 0)
            return i;
    return -1;
}

enum result result_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EROFS:
    case EMLINK:
        return RESULT_DISK;
    case EACCES:
    case EPERM:
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return RESULT_CONFIG;
    default:
        return RESULT_FAILED;
    }
}

int fault_set(struct fault *fault, enum result result, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fault->result = result;
    return err_set(&fault->err, "%s", text);
}

int fault_sys(struct fault *fault, const char *format, ...)
{
    int saved = errno;
    char text[ERR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fault->result = result_of_errno(saved);
    errno = saved;
    return err_sys(&fault->err, "%s", text);
}

int fault_as(struct fault *fault, enum result result)
{
    fault->result = result;
    return -1;
}
