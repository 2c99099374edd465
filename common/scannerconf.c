/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/scannerconf.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB   1024ll
#define MIB   (1024 * KIB)
#define GIB   (1024 * MIB)
#define SEC   1000ll
#define AT(f) offsetof(struct scanner_settings, f)

#define ROW(name, type, f, deflt, min, max, unit, doc)                                             \
    {                                                                                              \
        name, DIRECTIVE_##type, AT(f), deflt, min, max, unit, NULL, doc, NULL                      \
    }

const struct directive scannerconf_rows[] = {
    ROW("Bases", STRING, bases, EPOST_STATEDIR "/Bases", 0, 400, "",
        "The directory of signatures, or the link to it that epost-autoupdate switches."),
    ROW("Socket", STRING, socket, EPOST_RUNDIR "/epostavs.sock", 0, 100, "",
        "The socket on which epostavs takes scans; kasp connects to it too."),
    ROW("Board", STRING, board, "", 0, 400, "",
        "The status page that epostavs keeps for others to read; empty: the socket's name with "
        "\".board\" behind it."),
    ROW("Temp", STRING, temp, "", 0, 400, "",
        "The directory for libclamav's temporary files. Empty: a private tmpfs that nobody else "
        "sees, or, "
        "where the kernel refuses one, a private directory on /dev/shm."),
    ROW("ScannerLog", STRING, log, SCANNERCONF_LOG, 0, 400, "",
        "The log of epostavs; its errors go to standard error too, which the service puts into "
        "c-icap's server log and the journal. Empty: all lines go there. The directory of the "
        "default need not be there."),
    ROW("SocketMode", MODE, socket_mode, "0660", 0600, 0777, "",
        "Mode of the socket, octal: the users that it lets write may connect."),
    ROW("SocketGroup", STRING, socket_group, "", 0, 32, "",
        "The group the socket belongs to; empty: the group that c-icap runs with."),
    ROW("Workers", INT, workers, "0", 0, 128, "processes",
        "Number of scans at the same time. More than there are cores is right: they share the "
        "engine, and the kernel lets light scans pass heavy ones. 0: eight a core."),
    ROW("Queue", INT, queue, "1024", 1, 65536, "scans",
        "Most scans that may wait for a worker; one more is answered with error/busy."),
    ROW("HeavyAfter", SECONDS, heavy_after, "100ms", 0, 60 * SEC, "seconds",
        "A scan that has used this much CPU goes on at lower priority, so that light ones pass "
        "it. 0: never."),
    ROW("HeavyNice", INT, heavy_nice, "10", 1, 19, "nice levels",
        "The priority of such a scan is lowered by this. At 10 it still gets about a tenth of a "
        "busy core."),
    ROW("WorkerScans", INT, worker_scans, "10000", 1, 100000000, "scans",
        "A worker is replaced by a fresh one after this many scans."),
    ROW("WorkerMemory", SIZE, worker_memory, "1G", 64 * MIB, 64 * GIB, "",
        "Most memory of one worker beside the shared engine; a scan that wants more is "
        "unscannable/max-memory."),
    ROW("ScanMemory", SIZE, scan_memory, "0", 0, 1024 * GIB, "",
        "Most memory of all scans together beside the engine, temporary files included (a third of "
        "it is for them). A scan that would go beyond that is unscannable/max-memory. 0: a quarter "
        "of the machine's memory, or of its cgroup's if that is less."),
    ROW("TempSize", SIZE, temp_size, "2G", 64 * MIB, 256 * GIB, "",
        "Ceiling of the temporary files of all workers together, below a third of ScanMemory."),
    ROW("CacheEntries", INT, cache_entries, "65536", 0, 4194304, "verdicts",
        "Number of verdicts that are remembered, by SHA-256 and signature set. 0: none."),
    {"RequireSandbox", DIRECTIVE_CHOICE, AT(require_sandbox), "seccomp", 0, 0, "",
     "none|seccomp|all",
     "Confinement that workers need before anything is scanned: seccomp, the filter of system "
     "calls; all, also namespaces with a tmpfs of their own, and Landlock; none scans with what "
     "the kernel grants. The missing parts are in the log and on the board.",
     NULL},
    ROW("LoadTimeout", SECONDS, load_timeout, "600", 5 * SEC, 7200 * SEC, "seconds",
        "Longest time to load a signature set; after it the load is given up."),
    ROW("ReloadMemory", SIZE, reload_memory, "256M", 0, 64 * GIB, "",
        "Memory that must stay free beside a second engine during a reload. With less, the old "
        "engine finishes and goes first, and requests wait for the new one."),
    ROW("Shortcuts", STRING, shortcuts, "all", 0, 80, "",
        "Shortcuts that make scans cheaper: all, none, or a list of jit (regular expressions as "
        "machine "
        "code), untouched (logical signatures without a match cost nothing), aconly (one search "
        "for all fixed patterns), anchors (patterns are looked for by their rarest bytes), members "
        "(what a worker found clean inside one body is not scanned again in the next), names (of "
        "members, by machine code for the signatures that look at them), tiny (what has too few "
        "bytes for libclamav to look at is not given to it) and "
        "hugepages (the engine's memory in pages of 2 MiB; takes time at each load and is not in "
        "\"all\"). Verdicts are the same with each."),
    ROW("MaxScanTime", SECONDS, max_scan_time, "90", 100, 3600 * SEC, "seconds",
        "Longest time one scan may take; over it the content is unscannable/max-scan-time, which "
        "is remembered until the next reload. Where the profile's own timeout is shorter, the "
        "client is told error/pending when that is over, and the scan goes on in the background "
        "up to this time, so that a later request for the same bytes has its verdict."),
    ROW("MaxScanCpu", SECONDS, max_scan_cpu, "8", 100, 3600 * SEC, "seconds",
        "CPU time that the scan of a small body may use; over it the content is "
        "unscannable/max-scan-time. A large body gets one second more for each 2 MB beyond 4 MB, "
        "and one for each 8 MB that is unpacked from it, up to twenty times its size: honest "
        "content of that size needs it. MaxScanTime is the ceiling of that: no scan lasts longer, "
        "and each uses one core."),
    ROW("MaxScanSize", SIZE, max_scan_size, "1G", 1 * MIB, 16 * GIB, "",
        "Most bytes scanned for one body, everything unpacked from it included."),
    ROW("MaxFileSize", SIZE, max_file_size, "512M", 1 * MIB, 2047 * MIB, "",
        "Largest single file scanned, on its own or inside a container."),
    ROW("MaxFiles", INT, max_files, "10000", 1, 1000000, "files",
        "Most files scanned inside one body."),
    ROW("MaxRecursion", INT, max_recursion, "20", 1, 100, "levels",
        "Most containers inside one another."),
    ROW("MaxEncodings", INT, max_encodings, "5", 0, 16, "encodings",
        "Most content encodings on top of one another."),
    ROW("MaxRatio", INT, max_ratio, "1000", 10, 1000000, "",
        "Most times that content may be larger than its packed form, once it is over "
        "16 MiB."),
    ROW("DetectPUA", BOOL, detect_pua, "off", 0, 0, "",
        "Load signatures of potentially unwanted applications. Their matches are heuristic "
        "alerts: the profile decides on unscannable:heuristic."),
    ROW("DetectMacros", BOOL, detect_macros, "off", 0, 0, "",
        "Report every document with VBA macros as a heuristic alert."),
    ROW("DetectBroken", BOOL, detect_broken, "off", 0, 0, "",
        "Report broken executables and pictures as a heuristic alert."),
    ROW("DetectPhishing", BOOL, detect_phishing, "on", 0, 0, "",
        "Look for phishing in mail with libclamav's heuristics. Their finding is a heuristic "
        "alert and no threat."),
    ROW("DetectPhishingSSL", BOOL, detect_phishing_ssl, "off", 0, 0, "",
        "With DetectPhishing: report links to http behind a text that says https. Many newsletters "
        "have such links."),
    ROW("DetectPhishingCloak", BOOL, detect_phishing_cloak, "off", 0, 0, "",
        "With DetectPhishing: report links whose address hides another host."),
    ROW("JsonBase64", BOOL, json_base64, "on", 0, 0, "",
        "Decode long base64 strings and data: URIs in JSON bodies and scan them as files."),
    ROW("Bytecode", BOOL, bytecode, "on", 0, 0, "", "Use signed bytecode signatures."),
};

const size_t scannerconf_count = sizeof scannerconf_rows / sizeof scannerconf_rows[0];
_Static_assert(sizeof scannerconf_rows / sizeof scannerconf_rows[0] <= SCANNERCONF_ROWS,
               "c-icap's table has room for all directives");

int scannerconf_parse(struct scanner_settings *settings, char *text, struct err *err)
{
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n"))) {
        char *value = strchr(line, '=');
        if (line[0] == '\0')
            continue;
        if (!value)
            return err_set(err, "\"%.100s\" is not Name=value", line);
        *value++ = '\0';
        if (directive_set(scannerconf_rows, scannerconf_count, settings, line, value, err) < 0)
            return -1;
    }
    return 0;
}

int scannerconf_finish(struct scanner_settings *settings, struct err *err)
{
    if (!settings->bases[0] || !settings->socket[0])
        return err_set(err, "Bases and Socket must not be empty");
    if (!settings->board[0]) {
        char *board = NULL;
        if (asprintf(&board, "%s.board", settings->socket) < 0)
            return err_set(err, "out of memory");
        free(settings->board);
        settings->board = board;
    }
    if (settings->workers == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        settings->workers = cores > 0 ? cores * 8 : 8;
        if (settings->workers > 128)
            settings->workers = 128;
    }
    if (settings->max_file_size > settings->max_scan_size)
        return err_set(err, "MaxFileSize must not be larger than MaxScanSize");
    return 0;
}

int scannerconf_export(const struct scanner_settings *settings, char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < scannerconf_count; i++) {
        if (used >= size ||
            directive_format(&scannerconf_rows[i], settings, text + used, size - used) < 0)
            return -1;
        used += strlen(text + used);
        if (used + 2 > size)
            return -1;
        text[used++] = '\n';
        text[used] = '\0';
    }
    return 0;
}
