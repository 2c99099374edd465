/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/active_content.h"

#include <string.h>
#include <strings.h>

int active_content_by_type(const char *type, size_t length)
{
    static const char *const types[] = {
        "text/html",       "application/xhtml+xml",  "image/svg+xml",
        "text/xml",        "application/xml",        "text/javascript",
        "text/ecmascript", "application/javascript", "application/x-javascript",
    };
    size_t blanks = 0, size, i;

    while (blanks < length && (type[blanks] == ' ' || type[blanks] == '\t'))
        blanks++;
    type += blanks;
    length -= blanks;
    for (size = 0; size < length && !strchr("; \t,", type[size]);)
        size++;
    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strlen(types[i]) == size && strncasecmp(type, types[i], size) == 0)
            return 1;
    return 0;
}

int active_content_by_name(const char *name, size_t length)
{
    static const char *const ends[] = {".html", ".htm", ".xhtml", ".shtml", ".svg", ".hta",
                                       ".js",   ".jse", ".mjs",   ".vbs",   ".vbe", ".wsf",
                                       ".bat",  ".cmd", ".ps1",   ".php",   ".xml"};
    size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);

        if (length > end && strncasecmp(name + length - end, ends[i], end) == 0)
            return 1;
    }
    return 0;
}
