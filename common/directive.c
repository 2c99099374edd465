/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/directive.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/value.h"

#define DIRECTIVE_FILE_MAX (1024u * 1024u) /* bytes of one configuration file */
#define DIRECTIVE_LINE_MAX 8192u

static void *directive_field(const struct directive *row, void *settings)
{
    return (char *)settings + row->offset;
}

static const void *directive_field_const(const struct directive *row, const void *settings)
{
    return (const char *)settings + row->offset;
}

/* -------------------------------------------------------------- value to text */

static void directive_format_number(enum directive_type type, int64_t number, char *text,
                                    size_t size)
{
    if (type == DIRECTIVE_SIZE)
        value_format_size(number, text, size);
    else if (type == DIRECTIVE_SECONDS && number % 1000 == 0)
        snprintf(text, size, "%lld", (long long)(number / 1000));
    else if (type == DIRECTIVE_SECONDS)
        snprintf(text, size, "%lldms", (long long)number);
    else if (type == DIRECTIVE_MODE)
        snprintf(text, size, "%04llo", (long long)number);
    else
        snprintf(text, size, "%lld", (long long)number);
}

void directive_allowed(const struct directive *row, char *text, size_t size)
{
    char low[32], high[32];

    switch (row->type) {
    case DIRECTIVE_BOOL:
        snprintf(text, size, "on or off");
        return;
    case DIRECTIVE_CHOICE:
        snprintf(text, size, "one of %s", row->choices);
        return;
    case DIRECTIVE_STRING:
        snprintf(text, size, "text of up to %lld bytes", (long long)row->max);
        return;
    case DIRECTIVE_CUSTOM:
        snprintf(text, size, "%s", row->unit && row->unit[0] ? row->unit : "see the manual");
        return;
    case DIRECTIVE_INT:
    case DIRECTIVE_SIZE:
    case DIRECTIVE_SECONDS:
    case DIRECTIVE_MODE:
        break;
    }
    directive_format_number(row->type, row->min, low, sizeof low);
    directive_format_number(row->type, row->max, high, sizeof high);
    snprintf(text, size, "%s to %s%s%s", low, high, row->unit && row->unit[0] ? " " : "",
             row->unit ? row->unit : "");
}

int directive_format(const struct directive *row, const void *settings, char *text, size_t size)
{
    const void *at = directive_field_const(row, settings);
    char value[64];
    const char *shown = value;

    switch (row->type) {
    case DIRECTIVE_CUSTOM:
        return -1;
    case DIRECTIVE_STRING:
        shown = *(char *const *)at ? *(char *const *)at : "";
        break;
    case DIRECTIVE_BOOL:
        shown = *(const int *)at ? "on" : "off";
        break;
    case DIRECTIVE_CHOICE: {
        const char *c = row->choices;
        for (int i = 0; i < *(const int *)at; i++)
            c += strcspn(c, "|") + 1;
        snprintf(value, sizeof value, "%.*s", (int)strcspn(c, "|"), c);
        break;
    }
    case DIRECTIVE_INT:
    case DIRECTIVE_SIZE:
    case DIRECTIVE_SECONDS:
    case DIRECTIVE_MODE:
        directive_format_number(row->type, *(const int64_t *)at, value, sizeof value);
        break;
    }
    int length = snprintf(text, size, "%s=%s", row->name, shown);
    return length >= 0 && (size_t)length < size ? 0 : -1;
}

/* -------------------------------------------------------------------- setting */

static int directive_refuse(const struct directive *row, const char *value, struct err *err)
{
    char allowed[256];

    directive_allowed(row, allowed, sizeof allowed);
    return err_set(err, "%s: \"%.100s\" is not allowed here; allowed is %s", row->name, value,
                   allowed);
}

static int directive_set_number(const struct directive *row, void *at, const char *value,
                                struct err *err)
{
    int64_t number = 0;
    int bad = 0;

    if (row->type == DIRECTIVE_SIZE)
        bad = value_size(value, &number);
    else if (row->type == DIRECTIVE_SECONDS)
        bad = value_seconds(value, &number);
    else
        bad = value_integer(value, row->type == DIRECTIVE_MODE ? 8 : 10, &number);
    if (bad || number < row->min || number > row->max)
        return directive_refuse(row, value, err);
    *(int64_t *)at = number;
    return 0;
}

static int directive_set_row(const struct directive *row, void *settings, const char *value,
                             struct err *err)
{
    void *at = directive_field(row, settings);

    switch (row->type) {
    case DIRECTIVE_BOOL:
        return value_bool(value, at) < 0 ? directive_refuse(row, value, err) : 0;
    case DIRECTIVE_CHOICE:
        return value_choice(row->choices, value, at) < 0 ? directive_refuse(row, value, err) : 0;
    case DIRECTIVE_CUSTOM:
        if (row->parse(settings, value, err) < 0)
            return err_prefix(err, "%s", row->name);
        return 0;
    case DIRECTIVE_STRING: {
        if ((int64_t)strlen(value) > row->max)
            return directive_refuse(row, value, err);
        char *copy = strdup(value);
        if (!copy)
            return err_set(err, "%s: out of memory", row->name);
        free(*(char **)at);
        *(char **)at = copy;
        return 0;
    }
    case DIRECTIVE_INT:
    case DIRECTIVE_SIZE:
    case DIRECTIVE_SECONDS:
    case DIRECTIVE_MODE:
        return directive_set_number(row, at, value, err);
    }
    return err_set(err, "%s: unknown type of directive", row->name);
}

int directive_defaults(const struct directive *rows, size_t count, void *settings, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].default_text &&
            directive_set_row(&rows[i], settings, rows[i].default_text, err) < 0)
            return err_prefix(err, "default");
    return 0;
}

/* How far two names are apart: the classic edit distance, names are short. */
static unsigned directive_distance(const char *a, const char *b)
{
    unsigned row[65];
    size_t length = strlen(b);

    if (length > 64 || strlen(a) > 64)
        return 65;
    for (size_t j = 0; j <= length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= length; j++) {
            unsigned same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            unsigned best = diagonal + !same;
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[length];
}

static const struct directive *directive_find_row(const struct directive *rows, size_t count,
                                                  const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static int directive_unknown(const struct directive *rows, size_t count, const char *name,
                             struct err *err)
{
    const char *closest = NULL;
    unsigned best = 5;

    for (size_t i = 0; i < count; i++) {
        unsigned d = directive_distance(name, rows[i].name);
        if (d < best) {
            best = d;
            closest = rows[i].name;
        }
    }
    if (closest)
        return err_set(err, "there is no directive %.64s; is %s meant?", name, closest);
    return err_set(err, "there is no directive %.64s", name);
}

int directive_set(const struct directive *rows, size_t count, void *settings, const char *name,
                  const char *value, struct err *err)
{
    const struct directive *row = directive_find_row(rows, count, name);

    return row ? directive_set_row(row, settings, value, err)
               : directive_unknown(rows, count, name, err);
}

/* ----------------------------------------------------------------------- file */

/* Cuts leading and trailing blanks and one pair of double quotes, in place. */
static char *directive_trim_value(char *value)
{
    while (isspace((unsigned char)*value))
        value++;
    size_t length = strlen(value);
    while (length && isspace((unsigned char)value[length - 1]))
        value[--length] = '\0';
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value[length - 1] = '\0';
        value++;
    }
    return value;
}

static int directive_read_line(const struct directive *rows, size_t count, void *settings,
                               char *line, const char *prefix, int skip_foreign, struct err *err)
{
    char *name = line + strspn(line, " \t");
    size_t prefixed = strlen(prefix);

    if (*name == '\0' || *name == '#' || *name == '\n' || *name == '\r')
        return 0;
    if (strncasecmp(name, prefix, prefixed) != 0) {
        if (skip_foreign)
            return 0;
        return err_set(err, "a directive here begins with \"%s\"", prefix);
    }
    name += prefixed;
    char *end = name + strcspn(name, " \t\r\n");
    int more = *end != '\0';
    *end = '\0';
    if (skip_foreign && !directive_find_row(rows, count, name))
        return 0;
    return directive_set(rows, count, settings, name, directive_trim_value(more ? end + 1 : end),
                         err);
}

int directive_read_file(const struct directive *rows, size_t count, void *settings,
                        const char *path, const char *prefix, int skip_foreign, struct err *err)
{
    char line[DIRECTIVE_LINE_MAX];
    size_t total = 0;
    unsigned number = 0;
    int result = -1;
    FILE *file = fopen(path, "re");

    if (!file)
        return err_sys(err, "cannot read %s", path);
    while (fgets(line, sizeof line, file)) {
        size_t length = strlen(line);
        number++;
        total += length;
        if (length + 1 == sizeof line || total > DIRECTIVE_FILE_MAX) {
            err_set(err, "%s:%u: the line or the file is too long", path, number);
            goto out;
        }
        if (directive_read_line(rows, count, settings, line, prefix, skip_foreign, err) < 0) {
            err_prefix(err, "%s:%u", path, number);
            goto out;
        }
    }
    if (ferror(file)) {
        err_sys(err, "cannot read %s", path);
        goto out;
    }
    result = 0;
out:
    fclose(file);
    return result;
}

/* --------------------------------------------------------------------- sample */

/* Writes text as comment lines of at most 78 characters. */
static void directive_print_wrapped(FILE *out, const char *text)
{
    while (*text) {
        size_t length = strlen(text);
        if (length > 76) {
            length = 76;
            while (length && text[length] != ' ')
                length--;
            if (!length)
                length = strcspn(text, " ");
        }
        fprintf(out, "# %.*s\n", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

void directive_print_sample(FILE *out, const struct directive *rows, size_t count,
                            const char *prefix)
{
    char allowed[256], line[512];

    for (size_t i = 0; i < count; i++) {
        const struct directive *row = &rows[i];
        fputs("\n", out);
        directive_print_wrapped(out, row->doc);
        directive_allowed(row, allowed, sizeof allowed);
        snprintf(line, sizeof line, "Allowed: %s.", allowed);
        directive_print_wrapped(out, line);
        const char *shown = row->default_text ? row->default_text : "";
        int quote = row->type == DIRECTIVE_STRING && (!*shown || strchr(shown, ' '));
        fprintf(out, "# %s%s %s%s%s\n", prefix, row->name, quote ? "\"" : "", shown,
                quote ? "\"" : "");
    }
}

void directive_release(const struct directive *rows, size_t count, void *settings)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == DIRECTIVE_STRING) {
            char **at = directive_field(&rows[i], settings);
            free(*at);
            *at = NULL;
        }
}
