/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epost-av-migrate: reads the configuration of virus_scan, clamav_mod, clamd_mod and
 * squidclamav, and writes ours. See epost-av-migrate(8).
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "operate/migratefile.h"
#include "operate/migraterows.h"

#define FILES_MAX 64

struct plan {
    const char *directory; /* NULL: print */
    bool replace;
    char configuration[PATH_MAX], exceptions[PATH_MAX];
};

static void migrate_say(const char *text)
{
    fprintf(stderr, "epost-av-migrate: %s\n", text);
}

static int migrate_usage(FILE *out)
{
    fputs("usage: epost-av-migrate [--output DIRECTORY [--replace]] FILE ...\n"
          "       epost-av-migrate --table | --version | --help\n"
          "\n"
          "FILE is a virus_scan.conf, clamav_mod.conf, clamd_mod.conf or squidclamav.conf.\n"
          "\n"
          "  --output DIRECTORY  write epost_av.conf and exceptions there; without it they are "
          "printed\n"
          "  --replace           keep files that are there as NAME.before-migrate\n"
          "  --table             print which line becomes what\n"
          "  --version\n"
          "  --help\n",
          out);
    return out == stdout ? EXIT_SUCCESS : 2;
}

/* The places of both files, the directory without links. */
static int migrate_places(struct plan *plan, struct err *err)
{
    char real[PATH_MAX];

    if (!realpath(plan->directory, real))
        return err_sys(err, "cannot write into %.400s", plan->directory);
    if (strpbrk(real, "\"\n") || strlen(real) > 380)
        return err_set(err, "%.400s cannot stand in a configuration", real);
    snprintf(plan->configuration, PATH_MAX, "%s/epost_av.conf", real);
    snprintf(plan->exceptions, PATH_MAX, "%s/exceptions", real);
    return 0;
}

static int migrate_write(struct plan *plan, struct migration *m, const struct buf *configuration,
                         const struct buf *exceptions, struct err *err)
{
    /* Both are looked at before one is written. */
    if (migratefile_check(plan->configuration, plan->replace, err) < 0 ||
        (m->exception_count && migratefile_check(plan->exceptions, plan->replace, err) < 0))
        return -1;
    if (m->exception_count &&
        migratefile_write(plan->exceptions, buf_text(exceptions), plan->replace, err) < 0)
        return -1;
    if (migratefile_write(plan->configuration, buf_text(configuration), plan->replace, err) < 0)
        return -1;
    printf("%s written\n", plan->configuration);
    if (m->exception_count)
        printf("%s written\n", plan->exceptions);
    return 0;
}

static int migrate_finish(struct plan *plan, struct migration *m, struct err *err)
{
    struct buf configuration, exceptions;
    int result = -1;

    buf_init(&configuration, MIGRATION_TEXT_MAX);
    buf_init(&exceptions, MIGRATION_TEXT_MAX);
    migraterows_finish(m);
    if (plan->directory && migrate_places(plan, err) < 0)
        goto out;
    bool is_default =
        !plan->directory || strcmp(plan->exceptions, EPOST_CONFDIR "/exceptions") == 0;
    buf_adds(&exceptions, "# Exceptions of the operator; epost-av-migrate(8) made this file.\n");
    buf_adds(&exceptions, buf_text(&m->exceptions));
    if (migration_print(m, is_default ? NULL : plan->exceptions, &configuration, err) < 0)
        goto out;
    if (exceptions.failed) {
        err_set(err, "the exceptions are over %u bytes", MIGRATION_TEXT_MAX);
        goto out;
    }
    if (!plan->directory) {
        printf("---- epost_av.conf\n%s", buf_text(&configuration));
        if (m->exception_count)
            printf("---- exceptions\n%s", buf_text(&exceptions));
    } else if (migrate_write(plan, m, &configuration, &exceptions, err) < 0) {
        goto out;
    } else {
        fputs(buf_text(&m->remarks), stdout);
    }
    fprintf(stderr, "epost-av-migrate: %zu settings, %zu exceptions, %zu remarks%s\n", m->settings,
            m->exception_count, m->remark_count,
            plan->directory ? "" : "; nothing was written, see --output");
    result = 0;
out:
    buf_free(&configuration);
    buf_free(&exceptions);
    return result;
}

/* A file of which no line is known is another service's, or no configuration. */
static int migrate_read(struct migration *m, const char *file, struct err *err)
{
    size_t known = m->known, unknown = m->unknown;

    if (migratefile_each(m, file, migraterows_line, err) < 0)
        return -1;
    if (m->known == known && m->unknown > unknown)
        return err_set(err,
                       "%.400s has no line of virus_scan, clamav_mod, clamd_mod or squidclamav: "
                       "name the configuration of one of them; --table lists their lines",
                       file);
    return 0;
}

static int migrate_run(struct plan *plan, char **files, int count)
{
    struct migration m;
    struct err err = {""};
    int result = count > FILES_MAX ? err_set(&err, "more than %d files", FILES_MAX) : 0;

    migration_init(&m);
    for (int i = 0; i < count && result == 0; i++) {
        buf_adds(&m.sources, "    ");
        text_plain(&m.sources, files[i], strlen(files[i]));
        buf_adds(&m.sources, "\n");
        result = migrate_read(&m, files[i], &err);
    }
    if (result == 0)
        result = migrate_finish(plan, &m, &err);
    migration_free(&m);
    if (result < 0)
        migrate_say(err.text);
    else if (fflush(stdout) != 0 || ferror(stdout)) {
        migrate_say("cannot write to standard output");
        result = -1;
    }
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"replace", no_argument, NULL, 'r'},
        {"table", no_argument, NULL, 't'},        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct plan plan;

    memset(&plan, 0, sizeof plan);
    for (int option; (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1;) {
        switch (option) {
        case 'o':
            plan.directory = optarg;
            break;
        case 'r':
            plan.replace = true;
            break;
        case 't':
            migraterows_print(stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("epost-av-migrate " PACKAGE_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            return migrate_usage(stdout);
        default:
            return migrate_usage(stderr);
        }
    }
    if (optind == argc || (plan.replace && !plan.directory))
        return migrate_usage(stderr);
    return migrate_run(&plan, argv + optind, argc - optind);
}
