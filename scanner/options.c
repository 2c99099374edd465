/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/meminfo.h"
#include "common/text.h"
#include "engine/clam.h"

#define PREFIX "epost_av."

enum { OPT_LIFELINE = 256, OPT_SETTINGS_FD, OPT_MEMINFO, OPT_PID_FILE, OPT_PRINT };

static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                      {"set", required_argument, NULL, 's'},
                                      {"settings-fd", required_argument, NULL, OPT_SETTINGS_FD},
                                      {"foreground", no_argument, NULL, 'f'},
                                      {"lifeline", required_argument, NULL, OPT_LIFELINE},
                                      {"pid-file", required_argument, NULL, OPT_PID_FILE},
                                      {"meminfo", required_argument, NULL, OPT_MEMINFO},
                                      {"print-config", no_argument, NULL, OPT_PRINT},
                                      {"help", no_argument, NULL, 'h'},
                                      {"version", no_argument, NULL, 'V'},
                                      {NULL, 0, NULL, 0}};

static const char usage[] =
    "Usage: epostavs [options]\n"
    "The resident scanner of epost-av. c-icap's epost_av service starts it by itself.\n\n"
    "  -c, --config FILE       read the \"epost_av.Name value\" lines of a file\n"
    "  -s, --set Name=value    set one of them; repeatable\n"
    "      --settings-fd FD    read \"Name=value\" lines from a descriptor\n"
    "  -f, --foreground        stay in the foreground\n"
    "      --lifeline FD       stop when this pipe ends\n"
    "      --pid-file FILE     write the process number there\n"
    "      --meminfo FILE      read MemAvailable there (default /proc/meminfo)\n"
    "      --print-config      print all settings with their defaults and ranges\n"
    "  -h, --help   -V, --version\n";

static int options_parse_fd(const char *text, const char *option, int *fd_r, struct err *err)
{
    char *end;
    long fd = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || fd < 0 || fd > 65535 || fcntl((int)fd, F_GETFD) < 0)
        return err_set(err, "%s: \"%.32s\" is not an open descriptor", option, text);
    fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    *fd_r = (int)fd;
    return 0;
}

static int options_set_one(struct scanner_settings *settings, const char *text, struct err *err)
{
    char line[1024];

    if (strlen(text) >= sizeof line)
        return err_set(err, "--set: too long");
    text_fit(line, sizeof line, text);
    return scannerconf_parse(settings, line, err);
}

static int options_read_settings(struct scanner_settings *settings, const char *number,
                                 struct err *err)
{
    char text[WIRE_SETTINGS_MAX + 1];
    size_t used = 0;
    ssize_t got;
    int fd;

    if (options_parse_fd(number, "--settings-fd", &fd, err) < 0)
        return -1;
    while (used < sizeof text && (got = read(fd, text + used, sizeof text - used)) != 0) {
        if (got < 0 && errno != EINTR)
            return err_sys(err, "--settings-fd");
        used += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (used == sizeof text)
        return err_set(err, "--settings-fd: more than %u bytes", WIRE_SETTINGS_MAX);
    text[used] = '\0';
    return scannerconf_parse(settings, text, err);
}

static int options_apply(struct options *options, int option, const char *value, struct err *err)
{
    switch (option) {
    case 'c':
        return directive_read_file(scannerconf_rows, scannerconf_count, &options->settings, value,
                                   PREFIX, 1, err);
    case 's':
        return options_set_one(&options->settings, value, err);
    case OPT_SETTINGS_FD:
        return options_read_settings(&options->settings, value, err);
    case 'f':
        options->foreground = 1;
        return 0;
    case OPT_LIFELINE:
        return options_parse_fd(value, "--lifeline", &options->supervisor.lifeline, err);
    case OPT_PID_FILE:
        options->pid_file = value;
        return 0;
    case OPT_MEMINFO:
        options->supervisor.meminfo = value;
        return 0;
    case OPT_PRINT:
        directive_print_sample(stdout, scannerconf_rows, scannerconf_count, PREFIX);
        options->is_done = 1;
        return 0;
    case 'h':
        fputs(usage, stdout);
        options->is_done = 1;
        return 0;
    case 'V':
        printf("epostavs %s, libclamav %s\n", PACKAGE_VERSION, clam_version());
        options->is_done = 1;
        return 0;
    }
    return err_set(err, "see epostavs --help");
}

int options_parse(struct options *options, int argc, char **argv, struct err *err)
{
    int option;

    memset(options, 0, sizeof *options);
    options->supervisor.lifeline = -1;
    options->supervisor.meminfo = MEMINFO_FILE;
    if (directive_defaults(scannerconf_rows, scannerconf_count, &options->settings, err) < 0)
        return -1;
    while ((option = getopt_long(argc, argv, "c:s:fhV", known, NULL)) != -1)
        if (options_apply(options, option, optarg, err) < 0)
            return -1;
    if (optind < argc)
        return err_set(err, "unexpected argument \"%.100s\" (see epostavs --help)", argv[optind]);
    return options->is_done ? 0 : scannerconf_finish(&options->settings, err);
}
