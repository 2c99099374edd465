/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/migratesquid.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "operate/migratefile.h"
#include "operate/regexglob.h"

/* The types that our service tells by the first bytes; a test compares with its list. */
static const char *const types[] = {
    "image/png",         "image/gif",          "image/jpeg",
    "image/webp",        "image/tiff",         "image/avif",
    "image/heic",        "video/mp4",          "video/quicktime",
    "video/webm",        "video/x-msvideo",    "audio/mpeg",
    "audio/ogg",         "audio/flac",         "audio/wav",
    "font/woff",         "font/woff2",         "application/pdf",
    "application/zip",   "application/gzip",   "application/x-7z-compressed",
    "application/x-elf", "application/vnd.rar"};
static const char *const groups[] = {"image", "video", "audio", "font"};

/* Moves over one of the words, the longest first. Returns whether one was there. */
static bool migratesquid_eat(const char **p, const char *const *words)
{
    for (; *words; words++)
        if (strncmp(*p, *words, strlen(*words)) == 0) {
            *p += strlen(*words);
            return true;
        }
    return false;
}

static bool migratesquid_is(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* Copies the labels of a host's name; returns what follows them. */
static const char *migratesquid_labels(const char *p, char *host, size_t size)
{
    size_t length = 0;

    while (length + 2 < size) {
        const char *dot = *p == '\\' && p[1] == '.' ? p + 2 : *p == '.' ? p + 1 : NULL;
        if (isalnum((unsigned char)*p) || *p == '-')
            host[length++] = (char)tolower((unsigned char)*p++);
        else if (dot && length && isalnum((unsigned char)*dot)) {
            host[length++] = '.';
            p = dot;
        } else
            break;
    }
    host[length] = '\0';
    return p;
}

/* Whether the expression is about one host, and perhaps those below it. */
static bool migratesquid_host(const char *regex, char *rule, size_t size)
{
    static const char *const schemes[] = {"https?:\\/\\/", "https?://",    "http:\\/\\/",
                                          "http://",       "https:\\/\\/", "https://",
                                          ".*:\\/\\/",     ".*://",        NULL};
    static const char *const below[] = {".*\\.", "[^/]*\\.", "[^/]+\\.", ".*", "\\.", NULL};
    static const char *const rest[] = {"", "/", "\\/", "/.*", "\\/.*", "/.*$", "\\/.*$", NULL};
    const char *p = regex;
    char host[254];

    bool anchored = *p == '^';
    p += anchored;
    bool has_scheme = migratesquid_eat(&p, schemes);
    bool is_below = migratesquid_eat(&p, below) || (!anchored && !has_scheme);
    if (!has_scheme && !is_below)
        return false;
    const char *behind = migratesquid_labels(p, host, sizeof host);
    const char *last = strrchr(host, '.');
    if (!last || !isalpha((unsigned char)last[1]) || !last[2] || *host == '-' ||
        !migratesquid_is(behind, rest))
        return false;
    /* Without a slash behind it "http://host" begins other names too; here it is this one. */
    return (size_t)snprintf(rule, size, "%s%s", is_below ? "." : "", host) < size;
}

/* A pattern that fits nearly everything would switch scanning off. */
static bool migratesquid_fits_all(const char *pattern)
{
    return strlen(pattern) == strspn(pattern, "*?") || strcmp(pattern, "[hH][tT][tT][pP]*") == 0;
}

void migratesquid_url(struct migration *m, const char *rule, const char *regex)
{
    static struct regexglob globs;
    struct err err;

    if (regexglob_translate(regex, true, &globs, &err) < 0) {
        migration_remark(m, "no equivalent: %.200s; write shell patterns into the exceptions",
                         err.text);
        return;
    }
    for (size_t i = 0; i < globs.count; i++)
        if (migratesquid_fits_all(globs.pattern[i])) {
            migration_remark(m, "no equivalent: it fits every URL; nothing would be scanned");
            return;
        }
    for (size_t i = 0; i < globs.count; i++)
        migration_exception(m, rule, globs.pattern[i]);
}

static void migratesquid_site(struct migration *m, const char *regex)
{
    char host[260];

    if (migratesquid_host(regex, host, sizeof host))
        migration_exception(m, "skip host", host);
    else
        migratesquid_url(m, "skip url", regex);
}

/* A line of a file of sites. */
static void migratesquid_site_line(struct migration *m, char *line)
{
    char *rest = NULL;
    const char *word = strtok_r(line, " \t\r\n", &rest);

    if (word && *word != '#')
        migratesquid_site(m, word);
}

void migratesquid_whitelist(struct migration *m, const char *regex)
{
    struct err err;

    if (*regex != '/')
        migratesquid_site(m, regex);
    else if (migratefile_each(m, regex, migratesquid_site_line, &err) < 0)
        migration_remark(m, "no equivalent: %.200s", err.text);
}

void migratesquid_name(struct migration *m, const char *regex)
{
    static struct regexglob globs;
    struct err err;

    if (regexglob_translate(regex, false, &globs, &err) < 0) {
        migration_remark(m, "no equivalent: %.200s; write \"block name PATTERN\" yourself",
                         err.text);
        return;
    }
    for (size_t i = 0; i < globs.count; i++)
        if (strchr(globs.pattern[i], '/') || migratesquid_fits_all(globs.pattern[i])) {
            migration_remark(m, "no equivalent: a rule here is about the last part of a name, and "
                                "not about every name");
            return;
        }
    for (size_t i = 0; i < globs.count; i++)
        migration_exception(m, "block name", globs.pattern[i]);
}

/* The type or the group that the pattern means, or NULL. */
static const char *migratesquid_known_type(char *pattern)
{
    static char group[32];
    char *end = pattern + strlen(pattern);

    while (end > pattern && end[-1] == '*')
        *--end = '\0';
    pattern += strspn(pattern, "*");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!strchr(pattern, '*') && fnmatch(pattern, types[i], 0) == 0)
            return types[i];
    if (end > pattern && end[-1] == '/')
        *--end = '\0';
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (strcmp(pattern, groups[i]) == 0) {
            snprintf(group, sizeof group, "%s/*", groups[i]);
            return group;
        }
    return NULL;
}

void migratesquid_type(struct migration *m, const char *regex)
{
    static struct regexglob globs;
    char lower[REGEXGLOB_LENGTH] = "", *c;
    struct err err;

    if (strlen(regex) < sizeof lower)
        text_fit(lower, sizeof lower, regex);
    for (c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!*lower || regexglob_translate(lower, false, &globs, &err) < 0) {
        migration_remark(m, "no equivalent: such content is scanned");
        return;
    }
    for (size_t i = 0; i < globs.count; i++) {
        char pattern[REGEXGLOB_LENGTH];
        text_fit(pattern, sizeof pattern, globs.pattern[i]);
        const char *type = migratesquid_known_type(pattern);
        if (type)
            migration_exception(m, "skip type", type);
        else
            migration_remark(m,
                             "no equivalent for %.80s: the first bytes do not tell it, it is "
                             "scanned",
                             globs.pattern[i]);
    }
}

void migratesquid_client(struct migration *m, const char *regex)
{
    static const char *const rest[] = {"",       ".*",      ".*$",        "[0-9]+",      "[0-9]+$",
                                       "[0-9]*", "[0-9]*$", "[0-9]{1,3}", "[0-9]{1,3}$", NULL};
    static const char *const whole[] = {"", "$", NULL};
    const char *p = regex + (*regex == '^');
    unsigned octet[4] = {0};
    unsigned count = 0;
    bool has_dot = false;
    char network[40];

    while (count < 4 && isdigit((unsigned char)*p)) {
        char *end;
        unsigned long number = strtoul(p, &end, 10);
        if (number > 255 || end - p > 3)
            break;
        octet[count++] = (unsigned)number;
        has_dot = end[0] == '\\' && end[1] == '.';
        /* A dot without a backslash is one only where a digit follows. */
        p = end + (has_dot ? 2 : *end == '.' && isdigit((unsigned char)end[1]) ? 1 : 0);
        if (p == end)
            break;
    }
    if (!(count == 4 ? migratesquid_is(p, whole) && !has_dot
                     : count && has_dot && migratesquid_is(p, rest))) {
        migration_remark(m, "no equivalent: a client is an address or a network here, names are "
                            "not looked up; write \"skip client 192.0.2.0/24\" yourself");
        return;
    }
    snprintf(network, sizeof network, "%u.%u.%u.%u/%u", octet[0], octet[1], octet[2], octet[3],
             count * 8);
    migration_exception(m, "skip client", network);
}

void migratesquid_user(struct migration *m, const char *regex)
{
    char name[128];
    size_t length = 0;
    const char *p = regex + (*regex == '^');

    for (; *p && !(*p == '$' && !p[1]) && length + 1 < sizeof name; p++) {
        if (*p == '\\' && p[1] && strchr(".@_-", p[1]))
            p++;
        else if (!isalnum((unsigned char)*p) && !strchr("_@-.", *p))
            break;
        name[length++] = *p;
    }
    name[length] = '\0';
    if (!length || (*p && strcmp(p, "$") != 0))
        migration_remark(m, "no equivalent: a user is one name here, compared exactly; write "
                            "\"skip user NAME\" yourself");
    else
        migration_exception(m, "skip user", name);
}
