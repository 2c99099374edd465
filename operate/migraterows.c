/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/migraterows.h"

#include <string.h>
#include <strings.h>

#include "common/value.h"
#include "operate/migratetake.h"

#define VALUES_MAX 64

#define K MIGRATETAKE_K
#define M MIGRATETAKE_M
#define G MIGRATETAKE_G

static const char all_scanned[] = "everything is scanned, whatever its type is";
static const char progress[] = "no page tells the progress of a download";
static const char no_clamd[] = "epostavs takes clamd's place; limits of clamd.conf have directives "
                               "of the same meaning";
static const char old_module[] = "it would go on answering to its names";
static const char obsolete[] = "squidclamav itself does not use it any more";
static const char only_except[] = "everything is scanned";
static const char a_copy[] = "a copy is kept with +quarantine in epost_av.Profile, see "
                             "epost-quarantine(8)";

static const struct migratetake_row rows[] = {
    {"c-icap", "Service", migratetake_service, "", 0, 0, old_module},
    {"c-icap", "Module", migratetake_service, "", 0, 0, "nothing here uses it"},
    {"c-icap", "ServiceAlias", migratetake_alias, "", 0, 0,
     "`ServiceAlias`; names of the sample are there already"},
    {"c-icap", "Include", migratetake_nothing, "", 0, 0,
     "included files are not followed: name that file on the command line too"},

    {"virus_scan", "ScanFileTypes", migratetake_nothing, "", 0, 0, all_scanned},
    {"virus_scan", "SendPercentData", migratetake_percent, "TrickleAfter", 0, 0,
     "`TrickleAfter 10`, by time and not by percentage; 0 is `TrickleAfter 0`"},
    {"virus_scan", "StartSendPercentDataAfter", migratetake_nothing, "", 0, 0,
     "epost_av.TrickleAfter counts seconds"},
    {"virus_scan", "StartSendingDataAfter", migratetake_nothing, "", 0, 0,
     "epost_av.TrickleAfter counts seconds"},
    {"virus_scan", "Allow204Responces", migratetake_no_204, "", 0, 0,
     "off: `allow204=off` behind each name"},
    {"virus_scan", "PassOnError", migratetake_error, "pass", 0, 0,
     "on: `Profile web error=pass`; off: an error fails the request"},
    {"virus_scan", "MaxObjectSize", migratetake_number, "MaxBodySize", 64 * K, 16 * G,
     "`MaxBodySize`, unless a name has `sizelimit=off`"},
    {"virus_scan", "DefaultEngine", migratetake_nothing, "", 0, 0,
     "there is one engine, libclamav"},
    {"virus_scan", "Profile", migratetake_nothing, "", 0, 0,
     "a profile belongs to a name: ServiceAlias NAME epost_av?profile=PROFILE"},
    {"virus_scan", "ProfileAccess", migratetake_nothing, "", 0, 0,
     "a profile belongs to a name, which the client asks for"},
    {"virus_scan", "VirSaveDir", migratetake_nothing, "", 0, 0, progress},
    {"virus_scan", "VirHTTPServer", migratetake_nothing, "", 0, 0, progress},
    {"virus_scan", "VirHTTPUrl", migratetake_nothing, "", 0, 0, progress},
    {"virus_scan", "VirUpdateTime", migratetake_nothing, "", 0, 0, progress},
    {"virus_scan", "VirScanFileTypes", migratetake_nothing, "", 0, 0, progress},

    {"clamav_mod", "TmpDir", migratetake_nothing, "", 0, 0,
     "temporary files are on a private tmpfs; see epost_av.Temp"},
    {"clamav_mod", "ClamAvTmpDir", migratetake_nothing, "", 0, 0,
     "temporary files are on a private tmpfs; see epost_av.Temp"},
    {"clamav_mod", "MaxFilesInArchive", migratetake_number, "MaxFiles", 1, 1000000, "`MaxFiles`"},
    {"clamav_mod", "ClamAvMaxFilesInArchive", migratetake_number, "MaxFiles", 1, 1000000,
     "`MaxFiles`"},
    {"clamav_mod", "MaxFileSizeInArchive", migratetake_number, "MaxFileSize", M, 2047 * M,
     "`MaxFileSize`"},
    {"clamav_mod", "ClamAvMaxFileSizeInArchive", migratetake_number, "MaxFileSize", M, 2047 * M,
     "`MaxFileSize`"},
    {"clamav_mod", "MaxScanSize", migratetake_number, "MaxScanSize", M, 16 * G, "`MaxScanSize`"},
    {"clamav_mod", "ClamAvMaxScanSize", migratetake_number, "MaxScanSize", M, 16 * G,
     "`MaxScanSize`"},
    {"clamav_mod", "MaxRecLevel", migratetake_depth, "MaxRecursion", 20, 100,
     "`MaxRecursion`, where it is over 20"},
    {"clamav_mod", "ClamAvMaxRecLevel", migratetake_depth, "MaxRecursion", 20, 100,
     "`MaxRecursion`, where it is over 20"},
    {"clamav_mod", "DetectPUA", migratetake_alert, "DetectPUA", 0, 0,
     "`DetectPUA`; on: also `Profile web unscannable:heuristic=block`"},
    {"clamav_mod", "ExcludePUA", migratetake_pua, "allow threat", 0, 0,
     "`allow threat PUA.CATEGORY.*`"},
    {"clamav_mod", "IncludePUA", migratetake_nothing, "", 0, 0,
     "exclude the others with \"allow threat PUA.CATEGORY.*\" in the exceptions"},
    {"clamav_mod", "OfficialDatabaseOnly", migratetake_nothing, "", 0, 0,
     "sources.xml decides which signatures there are"},
    {"clamav_mod", "ArchiveBlockEncrypted", migratetake_encrypted, "", 0, 0,
     "on: `Profile web unscannable:encrypted=block`"},
    {"clamav_mod", "DetectBrokenExecutables", migratetake_alert, "DetectBroken", 0, 0,
     "`DetectBroken`; on: also `Profile web unscannable:heuristic=block`"},
    {"clamav_mod", "HeuristicScanPrecedence", migratetake_nothing, "", 0, 0,
     "all findings of a body are told, and the worst decides"},
    {"clamav_mod", "OLE2BlockMacros", migratetake_alert, "DetectMacros", 0, 0,
     "`DetectMacros`; on: also `Profile web unscannable:heuristic=block`"},
    {"clamav_mod", "PhishingAlwaysBlockSSLMismatch", migratetake_alert, "DetectPhishingSSL", 0, 0,
     "`DetectPhishingSSL`; on: also `Profile web unscannable:heuristic=block`"},
    {"clamav_mod", "PhishingAlwaysBlockCloak", migratetake_alert, "DetectPhishingCloak", 0, 0,
     "`DetectPhishingCloak`; on: also `Profile web unscannable:heuristic=block`"},
    {"clamav_mod", "ReportVirusOnFailure", migratetake_error, "block", 0, 0,
     "on: `Profile web error=block`"},

    {"clamd_mod", "ClamdSocket", migratetake_nothing, "", 0, 0, no_clamd},
    {"clamd_mod", "ClamdHost", migratetake_nothing, "", 0, 0, no_clamd},
    {"clamd_mod", "ClamdPort", migratetake_nothing, "", 0, 0, no_clamd},
    {"clamd_mod", "ReportVirusOnFailure", migratetake_error, "block", 0, 0,
     "on: `Profile web error=block`"},
    {"clamd_mod", "SessionReuse", migratetake_nothing, "", 0, 0, no_clamd},
    {"clamd_mod", "SessionTimeout", migratetake_nothing, "", 0, 0, no_clamd},
    {"clamd_mod", "MaxConnections", migratetake_nothing, "", 0, 0, "see epost_av.Workers"},

    {"squidclamav", "maxsize", migratetake_number, "MaxBodySize", 64 * K, 16 * G, "`MaxBodySize`"},
    {"squidclamav", "redirect", migratetake_nothing, "", 0, 0,
     "a block page takes the content's place; see epost_av.Templates and epost_av.Contact"},
    {"squidclamav", "clamd_local", migratetake_nothing, "", 0, 0, no_clamd},
    {"squidclamav", "clamd_ip", migratetake_nothing, "", 0, 0, no_clamd},
    {"squidclamav", "clamd_port", migratetake_nothing, "", 0, 0, no_clamd},
    {"squidclamav", "timeout", migratetake_nothing, "", 0, 0, no_clamd},
    {"squidclamav", "logredir", migratetake_nothing, "", 0, 0,
     "each detection is in the log and an event"},
    {"squidclamav", "dnslookup", migratetake_nothing, "", 0, 0, "names are never looked up"},
    {"squidclamav", "safebrowsing", migratetake_nothing, "", 0, 0, "URLs are not judged"},
    {"squidclamav", "multipart", migratetake_nothing, "", 0, 0,
     "each part of an upload is always scanned"},
    {"squidclamav", "scan_mode", migratetake_mode, "", 0, 0,
     "everything is scanned; with `ScanNothingExcept` the next six were not in force and are left "
     "out"},
    {"squidclamav", "abort", migratetake_url, "skip url", 0, 0, "`skip url`, one line a pattern"},
    {"squidclamav", "abortcontent", migratetake_regex, "skip type", 0, 0,
     "`skip type`, by the content's first bytes and not by its header"},
    {"squidclamav", "whitelist", migratetake_regex, "skip host", 0, 0,
     "`skip host` or `skip url`; a file is read"},
    {"squidclamav", "trustuser", migratetake_regex, "skip user", 0, 0, "`skip user`"},
    {"squidclamav", "trustclient", migratetake_regex, "skip client", 0, 0, "`skip client`"},
    {"squidclamav", "scan", migratetake_nothing, "", 0, 0, only_except},
    {"squidclamav", "scancontent", migratetake_nothing, "", 0, 0, only_except},
    {"squidclamav", "blacklist", migratetake_nothing, "", 0, 0, only_except},
    {"squidclamav", "untrustuser", migratetake_nothing, "", 0, 0, only_except},
    {"squidclamav", "untrustclient", migratetake_nothing, "", 0, 0, only_except},
    {"squidclamav", "reject_url", migratetake_url, "block url", 0, 0,
     "`block url`, one line a pattern"},
    {"squidclamav", "enable_libarchive", migratetake_archives, "", 0, 0,
     "archives are always looked into; without it `ban_archive_entry` is left out"},
    {"squidclamav", "ban_archive_entry", migratetake_regex, "block name", 0, 0,
     "`block name`, for single files too"},
    {"squidclamav", "ban_max_entries", migratetake_nothing, "", 0, 0,
     "one name that fits is enough"},
    {"squidclamav", "ban_max_matched_entries", migratetake_nothing, "", 0, 0,
     "one name that fits is enough"},
    {"squidclamav", "banmaxsize", migratetake_nothing, "", 0, 0,
     "names in archives are looked at up to epost_av.MaxFileSize"},
    {"squidclamav", "recoverpath", migratetake_nothing, "", 0, 0, a_copy},
    {"squidclamav", "recovervirus", migratetake_nothing, "", 0, 0, a_copy},
    {"squidclamav", "stat", migratetake_nothing, "", 0, 0, "see doc/monitoring.md"},
    {"squidclamav", "squid_ip", migratetake_nothing, "", 0, 0, obsolete},
    {"squidclamav", "squid_port", migratetake_nothing, "", 0, 0, obsolete},
    {"squidclamav", "maxredir", migratetake_nothing, "", 0, 0, obsolete},
    {"squidclamav", "useragent", migratetake_nothing, "", 0, 0, obsolete},
    {"squidclamav", "trust_cache", migratetake_nothing, "", 0, 0, obsolete},
};

#define ROWS (sizeof rows / sizeof rows[0])

/* ------------------------------------------------------------------ one line */

/* Is the word before the dot at `dot` the row's module? srv_clamav was one module for two. */
static bool migraterows_is_module(const struct migratetake_row *row, const char *word,
                                  const char *dot)
{
    size_t length = (size_t)(dot - word);

    if (length == strlen("srv_clamav") && strncmp(word, "srv_clamav", length) == 0)
        return strcmp(row->module, "virus_scan") == 0 || strcmp(row->module, "clamav_mod") == 0;
    return length == strlen(row->module) && strncmp(word, row->module, length) == 0;
}

/* Does a module that is migrated read this line, be it a line that nobody knows? */
static bool migraterows_is_theirs(const char *word)
{
    const char *dot = strchr(word, '.');

    for (size_t i = 0; dot && i < ROWS; i++) {
        if (migraterows_is_module(&rows[i], word, dot))
            return true;
    }
    return false;
}

/* "virus_scan.MaxObjectSize" has its module in front. A word without a dot is c-icap's own or
 * squidclamav's. */
static bool migraterows_fits(const struct migratetake_row *row, const char *word)
{
    const char *dot = strchr(word, '.');
    bool is_c_icap = strcmp(row->module, "c-icap") == 0;
    bool is_squid = strcmp(row->module, "squidclamav") == 0;

    if (!dot)
        return (is_c_icap && strcasecmp(word, row->name) == 0) ||
               (is_squid && strcmp(word, row->name) == 0);
    return !is_c_icap && !is_squid && strcasecmp(dot + 1, row->name) == 0 &&
           migraterows_is_module(row, word, dot);
}

/* Cuts a line into words; double quotes are taken off. */
static size_t migraterows_words(char *line, char **words)
{
    size_t count = 0;
    char *p = line;

    while (count < VALUES_MAX) {
        p += strspn(p, " \t\r");
        if (!*p)
            break;
        bool is_quoted = *p == '"';
        p += is_quoted;
        words[count++] = p;
        p += strcspn(p, is_quoted ? "\"" : " \t\r");
        if (*p)
            *p++ = '\0';
    }
    words[count] = NULL;
    return count;
}

void migraterows_line(struct migration *m, char *line)
{
    char *words[VALUES_MAX + 1];

    if (!migraterows_words(line, words) || *words[0] == '#')
        return;
    for (size_t i = 0; i < ROWS; i++) {
        if (!migraterows_fits(&rows[i], words[0]))
            continue;
        m->known++;
        if (words[1])
            rows[i].take(m, &rows[i], words + 1);
        else
            migration_remark(m, "left out: the value is missing");
        return;
    }
    if (migraterows_is_theirs(words[0]))
        m->known++;
    else
        m->unknown++;
    migration_remark(m,
                     "left out: virus_scan, clamav_mod, clamd_mod and squidclamav do not know it");
}

void migraterows_finish(struct migration *m)
{
    int64_t file, scan;

    if (m->has_no_size_limit)
        migration_unset(m, "MaxBodySize");
    /* c-icap refuses to start where one file may be larger than all that is scanned. */
    if (value_size(migration_get(m, "MaxScanSize", "1G"), &scan) == 0 &&
        value_size(migration_get(m, "MaxFileSize", "512M"), &file) == 0 && file > scan) {
        migration_at(m, "MaxFileSize", 0, migration_get(m, "MaxFileSize", "512M"));
        migration_remark(m, "lowered to MaxScanSize, which is smaller");
        migration_set(m, "MaxFileSize", migration_get(m, "MaxScanSize", "1G"));
    }
    migration_finish(m);
}

void migraterows_print(FILE *out)
{
    const char *module = "";

    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(module, rows[i].module) != 0)
            fprintf(out, "%s## %s\n\n| line | here |\n|---|---|\n", *module ? "\n" : "",
                    rows[i].module);
        module = rows[i].module;
        fprintf(out, "| `%s` | %s%s |\n", rows[i].name,
                rows[i].take == migratetake_nothing ? "no equivalent: " : "", rows[i].becomes);
    }
}
