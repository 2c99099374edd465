/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/conf_location.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WHERE_DEPTH_MAX 5 /* as c-icap's own limit of Include in Include */

/* Looks at one line; returns 1 to stop. */
typedef int conf_location_look(void *data, const char *path, unsigned number, const char *line);

static int conf_location_walk(const char *path, unsigned depth, conf_location_look *look,
                              void *data)
{
    char line[4096], included[512];
    unsigned number = 0;
    int found = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return 0;
    while (!found && fgets(line, sizeof line, file)) {
        number++;
        if (look(data, path, number, line))
            found = 1;
        else if (depth < WHERE_DEPTH_MAX && sscanf(line, " Include %511s", included) == 1)
            found = conf_location_walk(included, depth + 1, look, data);
    }
    fclose(file);
    return found;
}

struct search {
    const char *name, *value;
    char *where;
    size_t size;
};

/* The line sets NAME (behind any service name) and holds the value. */
static int conf_location_look_for_directive(void *data, const char *path, unsigned number,
                                            const char *line)
{
    const struct search *search = data;

    line += strspn(line, " \t");
    size_t length = strcspn(line, " \t\r\n");
    const char *dot = memchr(line, '.', length);
    if (*line == '#' || !dot)
        return 0;
    size_t rest = length - (size_t)(dot + 1 - line);
    if (rest != strlen(search->name) || strncasecmp(dot + 1, search->name, rest) != 0 ||
        !strstr(line + length, search->value))
        return 0;
    snprintf(search->where, search->size, "%s:%u", path, number);
    return 1;
}

void conf_location_directive(const char *file, const char *name, const char *value, char *where,
                             size_t size)
{
    struct search search = {.name = name, .value = value, .where = where, .size = size};

    where[0] = '\0';
    if (file)
        conf_location_walk(file, 0, conf_location_look_for_directive, &search);
}

struct unknown {
    const char *prefix;
    int (*known)(const char *name);
    struct err *err;
};

static int conf_location_look_for_unknown(void *data, const char *path, unsigned number,
                                          const char *line)
{
    const struct unknown *unknown = data;
    char name[128];

    line += strspn(line, " \t");
    if (strncmp(line, unknown->prefix, strlen(unknown->prefix)) != 0)
        return 0;
    line += strlen(unknown->prefix);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " \t\r\n"), line);
    if (unknown->known(name))
        return 0;
    err_set(unknown->err, "%s:%u: unknown directive %s%s", path, number, unknown->prefix, name);
    return 1;
}

int conf_location_unknown(const char *file, const char *prefix, int (*known)(const char *name),
                          struct err *err)
{
    struct unknown unknown = {.prefix = prefix, .known = known, .err = err};

    return file && conf_location_walk(file, 0, conf_location_look_for_unknown, &unknown) ? -1 : 0;
}
