/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/clamlog.h"

#include <clamav.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

static struct {
    int collecting;
    char errors[ERR_TEXT_MAX / 2];
    char warnings[ERR_TEXT_MAX / 2];
    char line[ERR_TEXT_MAX + 8];
} self;

static void clamlog_add(char *text, size_t size, const char *message)
{
    size_t used = strlen(text), length = strcspn(message, "\n");

    if (length == 0 || used + length + 3 > size)
        return;
    snprintf(text + used, size - used, "%s%.*s", used ? "; " : "", (int)length, message);
}

static void clamlog_message(enum cl_msg severity, const char *full, const char *message,
                            void *context)
{
    (void)full;
    (void)context;
    if (!self.collecting)
        return;
    if (severity == CL_MSG_ERROR)
        clamlog_add(self.errors, sizeof self.errors, message);
    else if (severity == CL_MSG_WARN)
        clamlog_add(self.warnings, sizeof self.warnings, message);
}

void clamlog_begin(void)
{
    self.collecting = 1;
    self.errors[0] = self.warnings[0] = '\0';
}

const char *clamlog_end(void)
{
    self.collecting = 0;
    snprintf(self.line, sizeof self.line, "%s%s%s", self.errors,
             self.errors[0] && self.warnings[0] ? "; " : "", self.warnings);
    return self.line;
}

void clamlog_init(void)
{
    cl_set_clcb_msg(clamlog_message);
}
