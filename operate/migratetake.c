/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/migratetake.h"

#include <stdio.h>
#include <string.h>

#include "common/value.h"
#include "operate/migratesquid.h"

void migratetake_nothing(struct migration *m, const struct migratetake_row *row, char **values)
{
    (void)values;
    migration_remark(m, "no equivalent: %s", row->becomes);
}

void migratetake_number(struct migration *m, const struct migratetake_row *row, char **values)
{
    char text[32];
    int64_t number;

    if (value_size(values[0], &number) < 0 || number < 0) {
        migration_remark(m, "left out: the value is no number or size");
        return;
    }
    if (number == 0) {
        migration_unset(m, row->ours);
        migration_remark(m, "no equivalent for \"no limit\": epost_av.%s keeps its default",
                         row->ours);
        return;
    }
    if (number < row->min || number > row->max) {
        number = number < row->min ? row->min : row->max;
        migration_remark(m, "the nearest that is allowed here is taken");
    }
    if (row->min < MIGRATETAKE_K) /* a count takes no suffix */
        snprintf(text, sizeof text, "%lld", (long long)number);
    else
        value_format_size(number, text, sizeof text);
    migration_set(m, row->ours, text);
}

void migratetake_depth(struct migration *m, const struct migratetake_row *row, char **values)
{
    int64_t number;

    if (value_integer(values[0], 10, &number) == 0 && number > 0 && number <= row->min)
        migration_remark(m, "no equivalent: 20 stays, since the profile web blocks what is nested "
                            "deeper than the limit");
    else
        migratetake_number(m, row, values);
}

/* Whether the value is on; 0 and 1 are squidclamav's. One that is neither is off, and told. */
static bool migratetake_is_on(struct migration *m, char **values)
{
    int on = 0;

    if (value_bool(values[0], &on) < 0)
        migration_remark(m, "taken as off: the value is neither on nor off");
    return on;
}

void migratetake_alert(struct migration *m, const struct migratetake_row *row, char **values)
{
    bool on = migratetake_is_on(m, values);

    /* There each alert was blocked, and one of these options switched all alerts on. */
    m->blocks_heuristics |= on;
    if (*row->ours)
        migration_set(m, row->ours, on ? "on" : "off");
}

void migratetake_encrypted(struct migration *m, const struct migratetake_row *row, char **values)
{
    (void)row;
    m->blocks_encrypted = migratetake_is_on(m, values);
}

void migratetake_error(struct migration *m, const struct migratetake_row *row, char **values)
{
    enum migration_error error =
        strcmp(row->ours, "pass") == 0 ? MIGRATION_ERROR_PASS : MIGRATION_ERROR_BLOCK;

    if (migratetake_is_on(m, values))
        m->error = error;
    else if (m->error == error)
        m->error = MIGRATION_ERROR_AS_IS;
}

void migratetake_no_204(struct migration *m, const struct migratetake_row *row, char **values)
{
    (void)row;
    m->never_204 = !migratetake_is_on(m, values);
}

void migratetake_percent(struct migration *m, const struct migratetake_row *row, char **values)
{
    int64_t percent;

    if (value_integer(values[0], 10, &percent) < 0 || percent < 0 || percent > 100) {
        migration_remark(m, "left out: the value is no percentage");
        return;
    }
    migration_set(m, row->ours, percent ? "10" : "0");
    if (percent)
        migration_remark(m, "the nearest is taken: 10 seconds after its begin a download gets 128 "
                            "bytes every 5 seconds, and no percentage");
}

void migratetake_pua(struct migration *m, const struct migratetake_row *row, char **values)
{
    char pattern[80];

    for (; *values; values++) {
        if (strlen(*values) > 40 || strpbrk(*values, "*?[]\\")) {
            migration_remark(m, "left out: this is no category");
            continue;
        }
        snprintf(pattern, sizeof pattern, "PUA.%s.*", *values);
        migration_exception(m, row->ours, pattern);
    }
}

void migratetake_url(struct migration *m, const struct migratetake_row *row, char **values)
{
    migratesquid_url(m, row->ours, values[0]);
}

void migratetake_regex(struct migration *m, const struct migratetake_row *row, char **values)
{
    if (strcmp(row->ours, "skip host") == 0)
        migratesquid_whitelist(m, values[0]);
    else if (strcmp(row->ours, "skip type") == 0)
        migratesquid_type(m, values[0]);
    else if (strcmp(row->ours, "skip client") == 0)
        migratesquid_client(m, values[0]);
    else if (strcmp(row->ours, "skip user") == 0)
        migratesquid_user(m, values[0]);
    else
        migratesquid_name(m, values[0]);
}

void migratetake_mode(struct migration *m, const struct migratetake_row *row, char **values)
{
    (void)row;
    m->scans_nothing = strcmp(values[0], "ScanNothingExcept") == 0;
    if (m->scans_nothing)
        migration_remark(m, "no equivalent: everything is scanned here");
}

void migratetake_archives(struct migration *m, const struct migratetake_row *row, char **values)
{
    (void)row;
    m->bans_archives = migratetake_is_on(m, values);
    if (m->bans_archives)
        migration_remark(m,
                         "rules about names hold for single files too, and not in archives only");
}

static bool migratetake_is_scanner(const char *path)
{
    static const char *const scanners[] = {"virus_scan", "srv_clamav", "squidclamav",
                                           "clamav_mod", "clamd_mod",  "antivirus_module"};
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t length = strcspn(name, ".?");

    for (size_t i = 0; i < sizeof scanners / sizeof scanners[0]; i++)
        if (strlen(scanners[i]) == length && strncmp(scanners[i], name, length) == 0)
            return true;
    return false;
}

void migratetake_service(struct migration *m, const struct migratetake_row *row, char **values)
{
    if (values[1] && migratetake_is_scanner(values[1]))
        migration_remark(m, "take this line out where c-icap reads it: %s", row->becomes);
    else
        migration_remark(m, "left as it is: this is another module of c-icap");
}

void migratetake_alias(struct migration *m, const struct migratetake_row *row, char **values)
{
    const char *target = values[1] ? values[1] : "";
    const char *arguments = strchr(target, '?');

    (void)row;
    if (!migratetake_is_scanner(target)) {
        migration_remark(m, "left as it is: this name belongs to another module of c-icap");
        return;
    }
    migration_alias(m, values[0]);
    if (!arguments)
        return;
    m->never_204 |= strstr(arguments, "allow204=off") != NULL;
    if (strstr(arguments, "sizelimit=off")) {
        m->has_no_size_limit = true;
        migration_remark(m, "no equivalent for sizelimit=off: epost_av.MaxBodySize holds for every "
                            "name, so it keeps its default");
    }
    if (strstr(arguments, "engine=") || strstr(arguments, "mode=vir") ||
        strstr(arguments, "mode=mixed") || strstr(arguments, "mode=streamed"))
        migration_remark(m, "no equivalent for engine= and mode=: there is one engine, and nothing "
                            "goes out before the scan (see epost_av.TrickleAfter)");
}
