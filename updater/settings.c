/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB 1024ll
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define SEC 1000ll
#define DAY (86400 * SEC)

#define ROW(name, type, f, deflt, min, max, unit, choices, doc)                                    \
    {                                                                                              \
        name, DIRECTIVE_##type, offsetof(struct settings, f), deflt, min, max, unit, choices, doc, \
            NULL                                                                                   \
    }

const struct directive settings_rows[] = {
    ROW("Bases", STRING, bases, EPOST_STATEDIR "/Bases", 1, 400, "", NULL,
        "The link that is switched to each new generation. A plain directory of that name becomes "
        "generation 1."),
    ROW("State", STRING, state, "", 0, 400, "", NULL,
        "The directory that remembers serials, versions, mirrors' health and results; empty: a "
        "directory "
        "\"update\" beside Bases."),
    ROW("Sources", STRING, sources, EPOST_CONFDIR "/sources.xml", 1, 400, "", NULL,
        "The source list, see sources.xml(5)."),
    ROW("Log", STRING, log, "", 0, 400, "", NULL,
        "One line an update; empty: log/autoupdate.log beside Bases."),
    ROW("ScannerConfig", STRING, scanner_config, EPOST_CONFDIR "/epost_av.conf", 0, 400, "", NULL,
        "The scanner's configuration, so that the test-load loads as the scanner will; it need "
        "not be there."),
    ROW("CleanSamples", STRING, clean_samples, "", 0, 400, "", NULL,
        "A directory of files in which a new set must find nothing, besides the built-in ones."),
    ROW("User", STRING, user, "", 0, 64, "", NULL,
        "The user to become when started as root; it must own Bases and State. Empty: the owner of "
        "the directory that Bases lies in."),
    ROW("Control", STRING, control, "", 0, 400, "", NULL,
        "c-icap's control pipe (its CommandsSocket): \"epost_av:reload\" is written there."),
    ROW("Socket", STRING, socket, "", 0, 100, "", NULL,
        "The scanner's socket, asked to reload when there is no control pipe; empty: as in "
        "ScannerConfig."),
    ROW("Board", STRING, board, "", 0, 400, "", NULL,
        "The scanner's status page, on which the reload is confirmed; empty: as in "
        "ScannerConfig."),
    ROW("ConfirmTimeout", SECONDS, confirm_timeout, "10m", 1 * SEC, 7200 * SEC, "seconds", NULL,
        "Longest time for the scanner to serve the new generation; after it, it is taken back."),
    ROW("Proxy", STRING, proxy, "", 0, 400, "", NULL,
        "A proxy for all transfers, as http://user:password@host:port, with what is special in the "
        "user or the password as %40; empty: the environment's http_proxy and https_proxy; "
        "\"none\": none."),
    ROW("CAFile", STRING, ca_file, "", 0, 400, "", NULL,
        "Certificates (PEM) that servers must be signed by, instead of the system's."),
    ROW("RateLimit", SIZE, rate, "0", 0, 16 * GIB, "a second", NULL,
        "Bandwidth that a transfer may use at most; 0: as much as there is."),
    ROW("ConnectTimeout", SECONDS, connect_timeout, "20", 100, 600 * SEC, "seconds", NULL,
        "Longest time to make a connection."),
    ROW("LowSpeed", SIZE, low_speed, "1K", 1, GIB, "a second", NULL,
        "A transfer slower than this over LowSpeedTime is given up, and another mirror asked."),
    ROW("LowSpeedTime", SECONDS, low_speed_time, "30", 1 * SEC, 3600 * SEC, "seconds", NULL,
        "See LowSpeed."),
    ROW("FileTimeout", SECONDS, file_timeout, "1h", 1 * SEC, 86400 * SEC, "seconds", NULL,
        "Longest time for one file; the part that arrived is kept, and resumed the next time."),
    ROW("RunTimeout", SECONDS, run_timeout, "3h", 1 * SEC, 86400 * SEC, "seconds", NULL,
        "Longest time for all transfers of one run together."),
    ROW("StartJitter", SECONDS, start_jitter, "0", 0, 86400 * SEC, "seconds", NULL,
        "Sleep up to so long at the start, by chance, so that a thousand machines with the same "
        "crontab do not come at once. Not with --force."),
    ROW("TestLoad", CHOICE, test_load, "auto", 0, 0, "", "never|auto|always",
        "Load a new set and scan with it before it is activated. auto: skipped, with a warning, "
        "when memory is short."),
    ROW("LoadTimeout", SECONDS, load_timeout, "10m", 1 * SEC, 7200 * SEC, "seconds", NULL,
        "Longest time for the test-load."),
    ROW("LoadMemory", SIZE, load_memory, "6G", 64 * MIB, 256 * GIB, "", NULL,
        "Address space that the test-load may use."),
    ROW("DiskReserve", SIZE, disk_reserve, "32M", 0, 1024 * GIB, "", NULL,
        "Free space that an update must leave on the disk of Bases."),
    ROW("Keep", INT, keep, "3", 2, 20, "generations", NULL,
        "Number of generations that are kept, the serving one included."),
    ROW("WarnAge", SECONDS, warn_age, "3d", 60 * SEC, 365 * DAY, "seconds", NULL,
        "Without fresh signatures for so long, status and exit code become \"stale\"."),
    ROW("AlarmAge", SECONDS, alarm_age, "7d", 60 * SEC, 365 * DAY, "seconds", NULL,
        "Without fresh signatures for so long, status and exit code become \"alarm\"."),
};

const size_t settings_count = sizeof settings_rows / sizeof settings_rows[0];

int settings_init(struct settings *settings, struct err *err)
{
    memset(settings, 0, sizeof *settings);
    if (directive_defaults(scannerconf_rows, scannerconf_count, &settings->scanner, err) < 0)
        return -1;
    return directive_defaults(settings_rows, settings_count, settings, err);
}

/* "NAME beside Bases" for a place that was left empty. */
static int settings_beside(const struct settings *settings, char **place, const char *name,
                           struct err *err)
{
    const char *slash = strrchr(settings->bases, '/');

    if (*place && **place)
        return 0;
    free(*place);
    if (asprintf(place, "%.*s/%s", (int)(slash - settings->bases), settings->bases, name) < 0) {
        *place = NULL;
        return err_set(err, "not enough memory");
    }
    return 0;
}

static int settings_copy(char **place, const char *text, struct err *err)
{
    if (*place && **place)
        return 0;
    free(*place);
    *place = strdup(text);
    return *place ? 0 : err_set(err, "not enough memory");
}

/* libfreshclam changes the working directory, so every place must be absolute. */
static int settings_absolute(struct settings *settings, struct err *err)
{
    char **const places[] = {&settings->bases, &settings->state, &settings->log};
    char here[512];

    if (!getcwd(here, sizeof here))
        return err_sys(err, "cannot find the current directory");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *whole;

        if (**places[i] == '/' || **places[i] == '\0')
            continue;
        if (asprintf(&whole, "%s/%s", here, *places[i]) < 0)
            return err_set(err, "not enough memory");
        free(*places[i]);
        *places[i] = whole;
    }
    size_t length = strlen(settings->bases);
    while (length > 1 && settings->bases[length - 1] == '/')
        settings->bases[--length] = '\0';
    return length > 1 ? 0 : err_set(err, "Bases cannot be /");
}

int settings_finish(struct settings *settings, struct err *err)
{
    if (proxy_parse(&settings->proxy_parts, settings->proxy, err) < 0)
        return -1;
    if (settings->warn_age >= settings->alarm_age)
        return err_set(err, "WarnAge must be less than AlarmAge");
    if (settings->rate > 0 && settings->rate <= settings->low_speed)
        return err_set(err, "RateLimit must be more than LowSpeed, or every transfer is too slow");
    if (*settings->ca_file && access(settings->ca_file, R_OK) < 0)
        return err_sys(err, "CAFile %s cannot be read", settings->ca_file);
    if (settings_absolute(settings, err) < 0 ||
        settings_beside(settings, &settings->state, "update", err) < 0 ||
        settings_beside(settings, &settings->log, "log/autoupdate.log", err) < 0)
        return -1;
    if (*settings->scanner_config && access(settings->scanner_config, R_OK) == 0 &&
        directive_read_file(scannerconf_rows, scannerconf_count, &settings->scanner,
                            settings->scanner_config, "epost_av.", 1, err) < 0)
        return -1;
    if (settings_copy(&settings->socket, settings->scanner.socket, err) < 0)
        return -1;
    if (*settings->board == '\0' && *settings->scanner.board == '\0') {
        free(settings->board);
        if (asprintf(&settings->board, "%s.board", settings->socket) < 0) {
            settings->board = NULL;
            return err_set(err, "not enough memory");
        }
    }
    return settings_copy(&settings->board, settings->scanner.board, err);
}

void settings_release(struct settings *settings)
{
    directive_release(scannerconf_rows, scannerconf_count, &settings->scanner);
    directive_release(settings_rows, settings_count, settings);
}
