/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/clamwords.h"

#include <clamav.h>
#include <string.h>

#include "engine/clam.h"

void clam_kind(char *kind, size_t size, const char *type)
{
    static const struct {
        const char *type, *kind;
    } kinds[] = {
        {"CL_TYPE_POSIX_TAR", "tar"},     {"CL_TYPE_OLD_TAR", "tar"},
        {"CL_TYPE_GZ", "gzip"},           {"CL_TYPE_BZ", "bzip2"},
        {"CL_TYPE_MSCAB", "cab"},         {"CL_TYPE_MSEXE", "exe"},
        {"CL_TYPE_MSOLE2", "ole2"},       {"CL_TYPE_MSCHM", "chm"},
        {"CL_TYPE_LHA_LZH", "lha"},       {"CL_TYPE_NULSFT", "nsis"},
        {"CL_TYPE_TEXT_ASCII", "text"},   {"CL_TYPE_TEXT_UTF8", "text"},
        {"CL_TYPE_TEXT_UTF16LE", "text"}, {"CL_TYPE_TEXT_UTF16BE", "text"},
        {"CL_TYPE_BINARY_DATA", "data"},
    };
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].type, type) == 0)
            type = kinds[i].kind;
    if (strncmp(type, "CL_TYPE_", 8) == 0)
        type += 8;
    for (i = 0; type[i] != '\0' && i + 1 < size; i++)
        kind[i] = (char)(type[i] >= 'A' && type[i] <= 'Z' ? type[i] - 'A' + 'a' : type[i]);
    kind[i] = '\0';
}

enum reason clamwords_alert(const char *name)
{
    static const struct {
        const char *prefix;
        enum reason reason;
    } alerts[] = {
        {"Heuristics.Limits.Exceeded.MaxScanSize", REASON_LIMIT_SCAN_SIZE},
        {"Heuristics.Limits.Exceeded.MaxFileSize", REASON_LIMIT_FILE_SIZE},
        {"Heuristics.Limits.Exceeded.MaxFiles", REASON_LIMIT_FILES},
        {"Heuristics.Limits.Exceeded.MaxRecursion", REASON_LIMIT_RECURSION},
        {"Heuristics.Limits.Exceeded.MaxScanTime", REASON_LIMIT_TIME},
        {"Heuristics.Limits.Exceeded", REASON_LIMIT_OTHER},
        {"Heuristics.XZ.DicSizeLimit", REASON_LIMIT_OTHER},
        {"Heuristics.Encrypted.", REASON_ENCRYPTED},
        {"Heuristics.Zip.OverlappingFiles", REASON_LIMIT_RATIO}, /* libclamav leaves it closed */
        {"Heuristics.W32.", REASON_SIGNATURE},
        {"Heuristics.Worm.", REASON_SIGNATURE},
        {"Heuristics.Trojan.", REASON_SIGNATURE},
        {"Heuristics.Exploit.", REASON_SIGNATURE},
        {"Heuristics.", REASON_HEURISTIC},
        {"BC.Heuristics.", REASON_HEURISTIC},
        {"PUA.", REASON_HEURISTIC},
    };
    size_t i;

    for (i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
        if (strncmp(name, alerts[i].prefix, strlen(alerts[i].prefix)) == 0)
            return alerts[i].reason;
    return REASON_SIGNATURE;
}

enum reason clamwords_code(int code)
{
    switch (code) {
    case CL_CLEAN:
        return REASON_NONE;
    case CL_VIRUS: /* every alert was a limit or an encryption, but none was reported */
        return REASON_INTERNAL;
    case CL_ETIMEOUT:
        return REASON_LIMIT_TIME;
    case CL_EMAXREC:
        return REASON_LIMIT_RECURSION;
    case CL_EMAXSIZE:
        return REASON_LIMIT_SCAN_SIZE;
    case CL_EMAXFILES:
        return REASON_LIMIT_FILES;
    case CL_EFORMAT:
    case CL_EPARSE:
    case CL_EUNPACK:
        return REASON_MALFORMED;
    case CL_EMEM:
    case CL_EWRITE: /* no room for temporary files, which are memory too */
        return REASON_LIMIT_MEMORY;
    case CL_EOPEN:
    case CL_ECREAT:
    case CL_EUNLINK:
    case CL_ESTAT:
    case CL_EREAD:
    case CL_ESEEK:
    case CL_EDUP:
    case CL_EACCES:
    case CL_ETMPFILE:
    case CL_ETMPDIR:
    case CL_EMAP:
        return REASON_IO;
    default:
        return REASON_INTERNAL;
    }
}
