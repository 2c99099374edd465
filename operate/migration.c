/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/migration.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

#define PATTERN_MAX 1000 /* bytes; the reader of exceptions takes lines below 2048 */

/* The names of the sample configuration; a test compares. */
static const struct {
    const char *name, *profile;
} names[] = {{"avscan", "web"},      {"virus_scan", "web"}, {"srv_clamav", "web"},
             {"squidclamav", "web"}, {"web", "web"},        {"req", "web"},
             {"resp", "web"},        {"mail", "mail"},      {"strict", "strict"}};

#define NAMES (sizeof names / sizeof names[0])

void migration_init(struct migration *m)
{
    memset(m, 0, sizeof *m);
    buf_init(&m->exceptions, MIGRATION_TEXT_MAX);
    buf_init(&m->skips, MIGRATION_TEXT_MAX);
    buf_init(&m->bans, MIGRATION_TEXT_MAX);
    buf_init(&m->remarks, MIGRATION_TEXT_MAX);
    buf_init(&m->sources, MIGRATION_TEXT_MAX);
}

void migration_free(struct migration *m)
{
    buf_free(&m->exceptions);
    buf_free(&m->skips);
    buf_free(&m->bans);
    buf_free(&m->remarks);
    buf_free(&m->sources);
}

void migration_at(struct migration *m, const char *file, unsigned line, const char *text)
{
    text_copy(m->file, sizeof m->file, file, strlen(file));
    text_copy(m->text, sizeof m->text, text, strlen(text));
    m->line = line;
}

const char *migration_get(const struct migration *m, const char *name, const char *otherwise)
{
    for (size_t i = 0; i < m->settings; i++)
        if (strcmp(m->setting[i].name, name) == 0)
            return m->setting[i].value;
    return otherwise;
}

void migration_unset(struct migration *m, const char *name)
{
    for (size_t i = 0; i < m->settings; i++)
        if (strcmp(m->setting[i].name, name) == 0) {
            memmove(&m->setting[i], &m->setting[i + 1], (--m->settings - i) * sizeof m->setting[0]);
            return;
        }
}

void migration_set(struct migration *m, const char *name, const char *value)
{
    char origin[sizeof m->file + 16], copy[sizeof m->setting[0].value];

    text_fit(copy, sizeof copy, value); /* it may be that of another setting, which moves */
    snprintf(origin, sizeof origin, "%s:%u", m->file, m->line);
    migration_unset(m, name);
    if (m->settings == MIGRATION_SETTINGS_MAX) {
        m->overflow = true;
        return;
    }
    struct migration_setting *setting = &m->setting[m->settings++];
    text_fit(setting->name, sizeof setting->name, name);
    text_fit(setting->value, sizeof setting->value, copy);
    text_fit(setting->origin, sizeof setting->origin, origin);
}

void migration_remark(struct migration *m, const char *format, ...)
{
    char words[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (buf_addf(&m->remarks, "%s:%u: %s: ", m->file, m->line, m->text) < 0 ||
        text_plain(&m->remarks, words, strlen(words)) < 0 || buf_adds(&m->remarks, "\n") < 0)
        m->overflow = true;
    m->remark_count++;
}

void migration_exception(struct migration *m, const char *rule, const char *pattern)
{
    for (const char *c = pattern; *c; c++)
        if (!isgraph((unsigned char)*c)) {
            migration_remark(m, "no equivalent: a pattern here is plain ASCII without blanks");
            return;
        }
    if (!*pattern || strlen(pattern) > PATTERN_MAX) {
        migration_remark(m, "no equivalent: the pattern is empty or too long");
        return;
    }
    struct buf *to = strncmp(rule, "skip ", 5) == 0         ? &m->skips
                     : strncmp(rule, "block name", 10) == 0 ? &m->bans
                                                            : &m->exceptions;
    if (m->exception_count == MIGRATION_EXCEPTIONS_MAX ||
        buf_addf(to, "%s %s\n", rule, pattern) < 0)
        m->overflow = true;
    else
        m->exception_count++;
}

static size_t migration_lines(const struct buf *text)
{
    size_t lines = 0;

    for (const char *c = buf_text(text); *c; c++)
        lines += *c == '\n';
    return lines;
}

void migration_finish(struct migration *m)
{
    bool skips = !m->scans_nothing;

    if (m->bans.length && !m->bans_archives) {
        migration_at(m, "ban_archive_entry", 0, "all of them");
        migration_remark(m, "left out: enable_libarchive is not 1, they were not in force");
    }
    if (m->skips.length && !skips) {
        migration_at(m, "scan_mode", 0, "abort, abortcontent, whitelist, trustuser, trustclient");
        migration_remark(m, "left out: with ScanNothingExcept they were not in force");
    }
    if ((m->bans_archives && buf_adds(&m->exceptions, buf_text(&m->bans)) < 0) ||
        (skips && buf_adds(&m->exceptions, buf_text(&m->skips)) < 0))
        m->overflow = true;
    m->exception_count = migration_lines(&m->exceptions);
}

void migration_alias(struct migration *m, const char *name)
{
    if (!*name || strlen(name) >= sizeof m->alias[0] ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")]) {
        migration_remark(m, "no equivalent: this is no name of a service here");
        return;
    }
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(name, names[i].name) == 0)
            return;
    for (size_t i = 0; i < m->aliases; i++)
        if (strcmp(name, m->alias[i]) == 0)
            return;
    if (m->aliases == MIGRATION_ALIASES_MAX)
        m->overflow = true;
    else
        text_fit(m->alias[m->aliases++], sizeof m->alias[0], name);
}

/* Text of several lines as comments. */
static void migration_print_comment(struct buf *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        buf_addf(out, "# %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void migration_print_profile(const struct migration *m, struct buf *out)
{
    if (m->error == MIGRATION_ERROR_AS_IS && !m->blocks_encrypted && !m->blocks_heuristics)
        return;
    buf_adds(out, "epost_av.Profile web");
    if (m->error != MIGRATION_ERROR_AS_IS)
        buf_addf(out, " error=%s", m->error == MIGRATION_ERROR_PASS ? "pass" : "block");
    if (m->blocks_encrypted)
        buf_adds(out, " unscannable:encrypted=block");
    if (m->blocks_heuristics)
        buf_adds(out, " unscannable:heuristic=block");
    buf_adds(out, "\n");
}

int migration_print(struct migration *m, const char *exceptions, struct buf *out, struct err *err)
{
    const char *arguments = m->never_204 ? "&allow204=off" : "";

    buf_adds(out,
             "# epost_av: the antivirus service of c-icap. epost-av-migrate(8) made this from\n");
    migration_print_comment(out, buf_text(&m->sources));
    buf_adds(out,
             "# Directives that do not stand here have their defaults; see epost_av.conf(5).\n\n"
             "Service epost_av " EPOST_MODULE "\n\n");
    for (size_t i = 0; i < NAMES; i++)
        buf_addf(out, "ServiceAlias %s epost_av?profile=%s%s\n", names[i].name, names[i].profile,
                 arguments);
    for (size_t i = 0; i < m->aliases; i++)
        buf_addf(out, "ServiceAlias %s epost_av?profile=web%s\n", m->alias[i], arguments);
    buf_adds(out, "\n");
    migration_print_profile(m, out);
    if (exceptions && m->exception_count)
        buf_addf(out, "epost_av.Exceptions \"%s\"\n", exceptions);
    for (size_t i = 0; i < m->settings; i++)
        buf_addf(out, "# %s\nepost_av.%s %s\n", m->setting[i].origin, m->setting[i].name,
                 m->setting[i].value);
    if (m->remark_count) {
        buf_adds(out, "\n# Lines without an equivalent, and what to know about others:\n");
        migration_print_comment(out, buf_text(&m->remarks));
    }
    if (m->overflow || out->failed)
        return err_set(err, "this is more than fits into our files (%u exceptions, %u bytes)",
                       MIGRATION_EXCEPTIONS_MAX, MIGRATION_TEXT_MAX);
    return 0;
}
