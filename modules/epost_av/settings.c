/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/eventlog.h"
#include "modules/epost_av/record.h"

#define KIB   1024ll
#define MIB   (1024 * KIB)
#define GIB   (1024 * MIB)
#define SEC   1000ll
#define AT(f) offsetof(struct settings, f)

#define ROW(name, type, f, deflt, min, max, unit, doc)                                             \
    {                                                                                              \
        name, DIRECTIVE_##type, AT(f), deflt, min, max, unit, NULL, doc, NULL                      \
    }

static int settings_parse_profile(void *settings, const char *value, struct err *err)
{
    return policy_parse(&((struct settings *)settings)->policies, value, err);
}

const struct directive settings_rows[] = {
    {"Profile", DIRECTIVE_CUSTOM, 0, NULL, 0, 0,
     "NAME [like=PROFILE] [timeout=SECONDS] [trickle=on|off] [not-kept=fail] "
     "verdict[:reason]=pass|block|fail[+quarantine] ...",
     NULL,
     "Changes a profile, or makes a new one, which begins as strict unless like= names another. "
     "With +quarantine a copy of the body is kept (see epost-quarantine(8)); with not-kept=fail "
     "the "
     "action is fail when that is not possible. "
     "With trickle=on the profile does as TrickleAfter says; only web does so unless told. "
     "May be given several times.",
     settings_parse_profile},
    ROW("DefaultProfile", STRING, profile, "web", 1, POLICY_NAME_MAX - 1, "",
        "The profile of requests whose service arguments name none."),
    ROW("StartScanner", BOOL, start_scanner, "on", 0, 0, "",
        "Start epostavs, keep it running and stop it with c-icap. Off: somebody else does."),
    ROW("Scanner", STRING, scanner_path, EPOST_SBINDIR "/epostavs", 1, 400, "",
        "The program to start."),
    ROW("ScannerPid", STRING, scanner_pid, "", 0, 400, "",
        "File that takes the process number of the started epostavs; empty: none."),
    ROW("ReadyWait", SECONDS, ready_wait, "2", 0, 60 * SEC, "seconds",
        "Longest time that a request waits for a scanner that is not there (it may be restarting) "
        "before it "
        "is answered with error/no-engine or error/unavailable."),
    ROW("MemoryBody", SIZE, memory_body, "16M", 64 * KIB, 2 * GIB, "",
        "Up to this size a body is kept in memory; a larger one goes to a file without a name in "
        "Spool."),
    ROW("MaxBodySize", SIZE, max_body_size, "512M", 64 * KIB, 16 * GIB, "",
        "Largest body that is taken for scanning. A larger one is unscannable/max-body-size: where "
        "the profile passes that, it streams through unscanned, marked and counted."),
    ROW("Spool", STRING, spool, "/var/tmp", 1, 400, "",
        "Directory for bodies larger than MemoryBody; its file system must know O_TMPFILE."),
    ROW("ReceiveTimeout", SECONDS, receive_timeout, "2h", 1 * SEC, 604800 * SEC, "seconds",
        "Longest time a client may take to send one body."),
    ROW("ReceiveRate", SIZE, receive_rate, "100", 0, 1 * GIB, "",
        "Bytes a second that a client must send on average, once a body is a minute old; slower "
        "ones are cut off. 0: no such limit."),
    {"RangePolicy", DIRECTIVE_CHOICE, AT(range_policy), "allow", 0, 0, "",
     "allow|strip|strip-risky",
     "Treatment of Range and If-Range in requests (REQMOD): allow leaves them; strip removes "
     "them, so that downloads come and are scanned whole; strip-risky removes them where the name "
     "in the URL ends like one of RiskyTypes.",
     NULL},
    ROW("RiskyTypes", STRING, range_risky,
        "exe msi dll scr com bat cmd ps1 vbs js jar apk dmg pkg deb rpm iso img zip rar 7z gz bz2 "
        "xz tar cab ace arj doc docx docm xls xlsx xlsm ppt pptx pptm rtf pdf swf lnk",
        0, 1000, "", "Endings of names for strip-risky, separated by blanks."),
    ROW("TrickleAfter", SECONDS, trickle_after, "10", 0, 3600 * SEC, "seconds",
        "After this time some original bytes of a download go to a client that still waits, so "
        "that it does not give up; a detection later breaks the connection. Only in profiles with "
        "trickle=on, and only to clients that sent a preview, as proxies do: others would take "
        "the beginning of an answer for its verdict. 0: never, nothing unscanned goes out."),
    ROW("TrickleInterval", SECONDS, trickle_interval, "5", 100, 600 * SEC, "seconds",
        "Time between two such drops."),
    ROW("TrickleBytes", SIZE, trickle_bytes, "128", 1, 4000, "", "Size of such a drop."),
    ROW("Exceptions", STRING, exceptions, SETTINGS_EXCEPTIONS, 0, 400, "",
        "File with the operator's exceptions: what is skipped, always blocked, and which threat "
        "names are allowed. Read again by epost_av:reload. The default file need not be there."),
    ROW("Templates", STRING, templates, EPOST_DATADIR "/templates", 0, 400, "",
        "Directory of block page templates, one directory a language. Empty: a plain built-in "
        "page."),
    ROW("Language", STRING, language, "en", 2, 15, "",
        "Language of the block page when the browser asks for none that is there."),
    ROW("Contact", STRING, contact, "", 0, 200, "",
        "Whom the block page names for questions: a name, an address, a telephone number."),
    ROW("Log", STRING, log, SETTINGS_LOG, 0, EVENTLOG_WORDS_MAX, "",
        "Destinations of one line a transaction and a service event: one or several with blanks "
        "between "
        "them: /FILE, syslog:FACILITY, journal. Empty: c-icap's server log, whatever its "
        "DebugLevel; so too where the default cannot be opened."),
    {"LogFormat", DIRECTIVE_CHOICE, AT(log_format), "keyvalue", 0, 0, "", EVENTTEXT_CHOICES,
     "The form of those lines: name=value pairs, JSON objects, or the Common Event Format.", NULL},
    {"LogQuery", DIRECTIVE_CHOICE, AT(log_query), "off", 0, 0, "", RECORD_CHOICES,
     "Part of a URL's query (behind the question mark) that is told in logs and to the monitor: "
     "nothing, a hash by which equal ones can be told, or all.",
     NULL},
    {"LogUser", DIRECTIVE_CHOICE, AT(log_user), "on", 0, 0, "", RECORD_CHOICES,
     "Part of the user's name that is told in logs and to the monitor: nothing, a hash by which "
     "equal "
     "ones can be told, or all.",
     NULL},
    ROW("UserEncoded", BOOL, user_encoded, "off", 0, 0, "",
        "X-Client-Username is base64, as Squid sends it with icap_client_username_encode on. Off "
        "(Squid's default): the name is taken as it stands."),
    ROW("Events", STRING, events, EPOST_MONITORDIR "/events.sock", 0, 100, "",
        "The socket of epost-monitord, which gets every event too. Nothing waits for it: an event "
        "that it does not take is counted. Empty: none."),
    ROW("Quarantine", STRING, quarantine, EPOST_MONITORDIR "/quarantine.sock", 0, 100, "",
        "The socket of epost-monitord that takes copies for quarantine, where a profile asks for "
        "them. Empty: none."),
    ROW("QuarantineWait", SECONDS, quarantine_wait, "10", 100, 600 * SEC, "seconds",
        "Longest time that a request waits until its copy is in quarantine; after that it is not "
        "kept."),
    ROW("Node", STRING, node, "", 0, 64, "",
        "The name of this machine in events; empty: its host name."),
    ROW("SignatureAge", SECONDS, signature_age, "7d", 0, 366 * 86400 * SEC, "seconds",
        "Signatures that were built longer ago than this are told as an event, signatures-old. "
        "0: never."),
};

const size_t settings_count = sizeof settings_rows / sizeof settings_rows[0];
_Static_assert(sizeof settings_rows / sizeof settings_rows[0] <= SETTINGS_ROWS,
               "c-icap's table has room for all directives");

int settings_init(struct settings *settings, struct err *err)
{
    memset(settings, 0, sizeof *settings);
    policy_init(&settings->policies);
    if (directive_defaults(settings_rows, settings_count, settings, err) < 0)
        return -1;
    return directive_defaults(scannerconf_rows, scannerconf_count, &settings->scanner, err);
}

static int settings_has_row(const struct directive *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(rows[i].name, name) == 0) /* as directive_set compares them */
            return 1;
    return 0;
}

int settings_set(struct settings *settings, const char *name, const char *value, struct err *err)
{
    if (settings_has_row(scannerconf_rows, scannerconf_count, name))
        return directive_set(scannerconf_rows, scannerconf_count, &settings->scanner, name, value,
                             err);
    return directive_set(settings_rows, settings_count, settings, name, value, err);
}

int settings_known(const char *name)
{
    return settings_has_row(settings_rows, settings_count, name) ||
           settings_has_row(scannerconf_rows, scannerconf_count, name);
}

static int settings_name_node(struct settings *settings, struct err *err)
{
    char name[65] = "";

    if (settings->node[0])
        return 0;
    if (gethostname(name, sizeof name - 1) < 0)
        return err_sys(err, "Node: this machine has no name");
    char *node = strdup(name);
    if (!node)
        return err_set(err, "out of memory");
    free(settings->node);
    settings->node = node;
    return 0;
}

int settings_finish(struct settings *settings, struct err *err)
{
    if (scannerconf_finish(&settings->scanner, err) < 0)
        return -1;
    if (!policy_find(&settings->policies, settings->profile))
        return err_set(err, "DefaultProfile: there is no profile %s", settings->profile);
    if (settings->memory_body > settings->max_body_size)
        settings->memory_body = settings->max_body_size;
    return settings_name_node(settings, err);
}

void settings_free(struct settings *settings)
{
    directive_release(settings_rows, settings_count, settings);
    directive_release(scannerconf_rows, scannerconf_count, &settings->scanner);
}

void settings_print_sample(FILE *out)
{
    fputs("\n# ---- the service ------------------------------------------------------\n", out);
    directive_print_sample(out, settings_rows, settings_count, "epost_av.");
    fputs("\n# ---- the scanner ------------------------------------------------------\n", out);
    directive_print_sample(out, scannerconf_rows, scannerconf_count, "epost_av.");
}

static void settings_print_items(FILE *out, const struct directive *rows, size_t count)
{
    char allowed[256];

    for (size_t i = 0; i < count; i++) {
        const char *shown = rows[i].default_text ? rows[i].default_text : "none";
        directive_allowed(&rows[i], allowed, sizeof allowed);
        fprintf(out, ".It Cm epost_av.%s\n%s\n.Pp\nAllowed: %s.\n", rows[i].name, rows[i].doc,
                allowed);
        fprintf(out, "Default: %s.\n", *shown ? shown : "empty");
    }
}

void settings_print_manual(FILE *out)
{
    fputs(".Ss The service\n.Bl -tag -width Ds\n", out);
    settings_print_items(out, settings_rows, settings_count);
    fputs(".El\n.Ss The scanner\n.Bl -tag -width Ds\n", out);
    settings_print_items(out, scannerconf_rows, scannerconf_count);
    fputs(".El\n", out);
}
