/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operate/vault.h"

#define MIB   1048576ll
#define GIB   (1024 * MIB)
#define SEC   1000ll
#define DAY   (86400 * SEC)
#define AT(f) offsetof(struct conf, f)

#define ROW(name, type, f, deflt, min, max, unit, doc)                                             \
    {                                                                                              \
        name, DIRECTIVE_##type, AT(f), deflt, min, max, unit, NULL, doc, NULL                      \
    }

const struct directive conf_rows[] = {
    ROW("Events", STRING, events, EPOST_MONITORDIR "/events.sock", 1, 100, "",
        "The socket on which events are taken; the service's directive epost_av.Events names it "
        "too."),
    ROW("EventsGroup", STRING, events_group, "", 0, 32, "",
        "Members of this group, root and the monitor's own user may send events; empty: the "
        "monitor's own group."),
    ROW("Backlog", SIZE, backlog, "64M", 1 * MIB, 4 * GIB, "",
        "Events that may wait in memory for the database; over it they are counted as lost."),
    ROW("Board", STRING, board, EPOST_RUNDIR "/epostavs.sock.board", 0, 400, "",
        "The scanner's status page (see Board in epost_av.conf(5)). Empty: none."),
    ROW("SignatureAge", SECONDS, signature_age, "7d", 0, 366 * DAY, "seconds",
        "Signatures that were built longer ago than this are shown as old. 0: never."),
    ROW("Database", STRING, database, EPOST_MONITORSTATEDIR "/events.db", 1, 400, "",
        "The file in which events are kept (SQLite); two more lie beside it while it is open."),
    ROW("KeepClean", BOOL, keep_clean, "off", 0, 0, "",
        "Keep requests too in which nothing was found. Counted they are anyway."),
    ROW("KeepTime", SECONDS, keep_time, "30d", DAY, 3660 * DAY, "seconds",
        "Events are kept for so long."),
    ROW("KeepSize", SIZE, keep_size, "2G", 4 * MIB, 1024 * GIB, "",
        "Largest size of the database; over it the oldest events go."),
    ROW("Quarantine", STRING, quarantine, EPOST_MONITORDIR "/quarantine.sock", 0, 100, "",
        "The socket on which bodies are taken for quarantine; the service's directive "
        "epost_av.Quarantine names it too. EventsGroup may send. Empty: none."),
    ROW("QuarantineDirectory", STRING, quarantine_directory, EPOST_MONITORSTATEDIR "/quarantine", 1,
        400, "", "The directory of the copies, each encrypted and under a number."),
    ROW("QuarantineKey", STRING, quarantine_key, "", 0, 400, "",
        "File with the key that encrypts copies: 64 hexadecimal digits (AES-256-GCM), or an age "
        "public key (age1...), so that this machine cannot read them. Empty: nothing is kept."),
    ROW("QuarantineGroup", STRING, quarantine_group, "", 0, 32, "",
        "Members of this group, and root, may list, release and delete copies; empty: the "
        "monitor's own group."),
    ROW("QuarantineItem", SIZE, quarantine_item, "64M", 1024, 16 * GIB, "",
        "Largest body of which a copy is kept."),
    ROW("QuarantineSize", SIZE, quarantine_size, "2G", MIB, 1024 * GIB, "",
        "Size of all copies; over it the oldest go."),
    ROW("QuarantineCopies", INT, quarantine_copies, "10000", 1, VAULT_COPIES_MAX, "copies",
        "Number of copies; over it the oldest go."),
    ROW("QuarantineTime", SECONDS, quarantine_time, "30d", 60 * SEC, 3660 * DAY, "seconds",
        "Copies are kept for so long."),
    ROW("ReleaseTo", STRING, release_to, "", 0, 200, "",
        "The server that takes a released mail: smtp://HOST:PORT, lmtp://HOST:PORT or "
        "lmtp:/SOCKET. It "
        "must be behind the scanner, or the mail comes back. Empty: no mail is released."),
    ROW("Exceptions", STRING, exceptions, EPOST_CONFDIR "/exceptions", 1, 400, "",
        "The service's file of exceptions, to which epost-av-allow and release --allow add."),
    ROW("Control", STRING, control, "", 0, 400, "",
        "c-icap's control pipe (its CommandsSocket), by which the service is told to read the "
        "exceptions again. Empty: it is not told."),
    ROW("Scanner", STRING, scanner, EPOST_RUNDIR "/epostavs.sock", 0, 100, "",
        "The scanner's socket, for epost-quarantine rescan."),
    ROW("Notifications", STRING, notifications, CONF_NOTIFICATIONS, 0, 400, "",
        "File with the rules by which somebody is told of events: by a program, a webhook or a "
        "mail (see below). SIGHUP reads it again. Empty, or this default where there is no such "
        "file: nobody is told."),
    ROW("Listen", STRING, listen, "127.0.0.1:9344", 0, 64, "",
        "Address and port for HTTP, as 127.0.0.1:9344 or [::1]:9344. Empty: none."),
    ROW("Hosts", STRING, hosts, "", 0, 400, "",
        "Further names, separated by blanks, by which browsers may call the monitor (the header "
        "Host); Listen's own address and localhost may always be used."),
    ROW("TokenFile", STRING, token_file, "", 0, 400, "",
        "File with the token that opens the pages, as password of any user name or as Bearer "
        "token: one line of at least 16 characters, that nobody but its owner and group may read. "
        "Empty: over TCP there are only /metrics, /healthz and /readyz."),
    ROW("Socket", STRING, socket, EPOST_MONITORDIR "/http.sock", 0, 100, "",
        "Unix socket for HTTP; whoever may connect to it needs no token. Empty: none."),
    ROW("SocketGroup", STRING, socket_group, "", 0, 32, "",
        "The group that may connect to it; empty: the monitor's own group."),
    ROW("Node", STRING, node, "", 0, 64, "",
        "The name of this machine on the pages; empty: its host name."),
    {"Language", DIRECTIVE_STRING, AT(language), "en", 2, 2, "", NULL,
     "Language of the pages for browsers that ask for none that is there: en or ja.", NULL},
};

const size_t conf_count = sizeof conf_rows / sizeof conf_rows[0];

static int conf_finish(struct conf *conf, struct err *err)
{
    char name[65] = "";

    if (strcmp(conf->language, "en") != 0 && strcmp(conf->language, "ja") != 0)
        return err_set(err, "Language: there are en and ja");
    if (conf->node[0])
        return 0;
    if (gethostname(name, sizeof name - 1) < 0)
        return err_sys(err, "Node: this machine has no name");
    return directive_set(conf_rows, conf_count, conf, "Node", name, err);
}

int conf_load(struct conf *conf, const char *path, int must, struct err *err)
{
    memset(conf, 0, sizeof *conf);
    if (directive_defaults(conf_rows, conf_count, conf, err) < 0)
        return -1;
    if (must || access(path, F_OK) == 0 || errno != ENOENT)
        if (directive_read_file(conf_rows, conf_count, conf, path, "", 0, err) < 0)
            return -1;
    return conf_finish(conf, err);
}

void conf_free(struct conf *conf)
{
    directive_release(conf_rows, conf_count, conf);
}

void conf_print_sample(FILE *out)
{
    fputs("# epost-monitord: observes the antivirus service. See epost-monitord(8).\n"
          "# Each directive stands here with its default; remove the '#' to change it.\n",
          out);
    directive_print_sample(out, conf_rows, conf_count, "");
}

void conf_print_manual(FILE *out)
{
    char allowed[256];

    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < conf_count; i++) {
        const char *shown = conf_rows[i].default_text ? conf_rows[i].default_text : "none";
        directive_allowed(&conf_rows[i], allowed, sizeof allowed);
        fprintf(out, ".It Cm %s\n%s\n.Pp\nAllowed: %s.\nDefault: %s.\n", conf_rows[i].name,
                conf_rows[i].doc, allowed, *shown ? shown : "empty");
    }
    fputs(".El\n", out);
}
