/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_sample: prints the sample configuration (conf/epost_av.conf.in), or with
 * --man the manual's list of directives, from the tables. The places that
 * ./configure decides are written as @NAME@. "make update-sample" runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/epost_av/settings.h"

static const struct {
    const char *path, *name;
} places[] = {
    {EPOST_STATEDIR, "@EPOST_STATEDIR@"},     {EPOST_RUNDIR, "@EPOST_RUNDIR@"},
    {EPOST_MONITORDIR, "@EPOST_MONITORDIR@"}, {EPOST_SBINDIR, "@EPOST_SBINDIR@"},
    {EPOST_DATADIR, "@EPOST_DATADIR@"},       {EPOST_CONFDIR, "@EPOST_CONFDIR@"},
    {EPOST_LOGDIR, "@EPOST_LOGDIR@"},
};

static const char head[] =
    "# epost_av: the antivirus service of c-icap.\n"
    "#\n"
    "# epost-av-enable takes it into c-icap.conf with the line\n"
    "#     Include @EPOST_CONFDIR@/epost_av.conf\n"
    "# Each directive stands here with its default; remove the '#' to change it.\n"
    "# See epost_av.conf(5).\n"
    "\n"
    "Service epost_av @EPOST_MODULE@\n"
    "\n"
    "# The names that clients ask for, and the profile each gets.\n"
    "ServiceAlias avscan epost_av?profile=web\n"
    "ServiceAlias virus_scan epost_av?profile=web\n"
    "ServiceAlias srv_clamav epost_av?profile=web\n"
    "ServiceAlias squidclamav epost_av?profile=web\n"
    "ServiceAlias web epost_av?profile=web\n"
    "ServiceAlias req epost_av?profile=web\n"
    "ServiceAlias resp epost_av?profile=web\n"
    "ServiceAlias mail epost_av?profile=mail\n"
    "ServiceAlias strict epost_av?profile=strict\n";

/* Prints text with the configured places as @NAME@. */
static void print_portable(const char *text)
{
    while (*text) {
        size_t i, count = sizeof places / sizeof places[0];
        for (i = 0; i < count; i++)
            if (strncmp(text, places[i].path, strlen(places[i].path)) == 0)
                break;
        if (i < count) {
            fputs(places[i].name, stdout);
            text += strlen(places[i].path);
        } else {
            putchar(*text++);
        }
    }
}

int main(int argc, char **argv)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return 1;
    if (argc > 1 && strcmp(argv[1], "--man") == 0) {
        settings_print_manual(out);
    } else {
        fputs(head, out);
        settings_print_sample(out);
    }
    fclose(out);
    print_portable(text);
    free(text);
    return 0;
}
