/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make_conf: prints the monitor's sample configuration, or with --man the
 * manual's list, with the places that ./configure decides as @NAME@.
 * "make update-monitor-sample" runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operate/conf.h"

static const struct {
    const char *path, *name;
} make_conf_places[] = {
    {EPOST_MONITORSTATEDIR, "@EPOST_MONITORSTATEDIR@"},
    {EPOST_MONITORDIR, "@EPOST_MONITORDIR@"},
    {EPOST_RUNDIR, "@EPOST_RUNDIR@"},
    {EPOST_CONFDIR, "@EPOST_CONFDIR@"},
    {EPOST_STATEDIR, "@EPOST_STATEDIR@"},
};
#define MAKE_CONF_PLACES (sizeof make_conf_places / sizeof make_conf_places[0])

int main(int argc, char **argv)
{
    char *text = NULL;
    size_t size = 0, i;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return EXIT_FAILURE;
    if (argc == 2 && strcmp(argv[1], "--man") == 0)
        conf_print_manual(out);
    else
        conf_print_sample(out);
    if (fclose(out) != 0)
        return EXIT_FAILURE;
    for (const char *c = text; *c;) {
        for (i = 0; i < MAKE_CONF_PLACES; i++)
            if (strncmp(c, make_conf_places[i].path, strlen(make_conf_places[i].path)) == 0)
                break;
        if (i < MAKE_CONF_PLACES) {
            fputs(make_conf_places[i].name, stdout);
            c += strlen(make_conf_places[i].path);
        } else {
            putchar(*c++);
        }
    }
    free(text);
    return fclose(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
