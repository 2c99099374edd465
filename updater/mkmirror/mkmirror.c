/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epost-mkmirror: makes a mirror directory from a directory of signature files and
 * signs it; checks one; makes keys. See doc/mirror-format.md.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/bases.h"
#include "common/directive.h"
#include "config.h"
#include "updater/mkmirror/mirrordir.h"
#include "updater/mkmirror/mkkey.h"
#include "updater/iso8601.h"

#define PASSWORD_MAX 1024

enum mkmirror_exit { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct mkmirror_settings {
    char *key, *public_key, *password_file, *name;
    int64_t serial, expires, keep;
};

#define AT(field) offsetof(struct mkmirror_settings, field)
static const struct directive rows[] = {
    {"key", DIRECTIVE_STRING, AT(key), "", 0, 4096, "", NULL, "file of the secret key", NULL},
    {"public-key", DIRECTIVE_STRING, AT(public_key), "", 0, 4096, "", NULL,
     "file of the public key (with --verify, --keygen)", NULL},
    {"password-file", DIRECTIVE_STRING, AT(password_file), "", 0, 4096, "", NULL,
     "file whose first line is the secret key's password", NULL},
    {"name", DIRECTIVE_STRING, AT(name), "bases", 1, INDEX_SET_NAME_MAX, "", NULL,
     "name of the set, [a-z0-9-]", NULL},
    {"serial", DIRECTIVE_INT, AT(serial), "0", 0, INT64_MAX - 1, "", NULL,
     "take at least this serial", NULL},
    {"expires", DIRECTIVE_SECONDS, AT(expires), "7d", 3600000, 365ll * 86400000, "", NULL,
     "readers refuse the index after this time", NULL},
    {"keep", DIRECTIVE_SECONDS, AT(keep), "2d", 86400000, 365ll * 86400000, "", NULL,
     "keep files that the index no longer lists for this time", NULL},
};
#define ROWS (sizeof rows / sizeof rows[0])

enum { OPT_HELP = 1, OPT_VERSION, OPT_VERIFY, OPT_KEYGEN, OPT_QUIET, OPT_ROW };

static void mkmirror_print_help(FILE *out)
{
    fprintf(out, "Usage: epost-mkmirror --key FILE [OPTION…] SOURCE MIRROR\n"
                 "       epost-mkmirror --verify --public-key FILE MIRROR\n"
                 "       epost-mkmirror --keygen --key FILE --public-key FILE\n"
                 "Makes or refreshes the directory MIRROR from the signature files in SOURCE.\n\n");
    for (size_t i = 0; i < ROWS; i++) {
        const char *value = rows[i].default_text;

        fprintf(out, "  --%-15s %s%s%s%s\n", rows[i].name, rows[i].doc, *value ? " [" : "", value,
                *value ? "]" : "");
    }
    fprintf(out, "  --%-15s %s\n  --%-15s %s\n  --%-15s %s\n  --%-15s %s\n  --%-15s %s\n", "verify",
            "check a mirror as a reader does, and every file in it", "keygen",
            "make a key pair (minisign's format, no password)", "quiet", "print errors only",
            "help", "this text", "version", "the version");
}

/* The first line of a file into `password`. 0 or -1 and err. */
static int mkmirror_read_password(const char *path, char password[PASSWORD_MAX], struct err *err)
{
    FILE *in = fopen(path, "re");
    int found = in && fgets(password, PASSWORD_MAX, in) != NULL;

    if (!found)
        err_sys(err, "cannot read the password in %s", path);
    else
        password[strcspn(password, "\r\n")] = '\0';
    if (in)
        fclose(in);
    return found ? 0 : -1;
}

static int mkmirror_read_secret(const struct mkmirror_settings *settings,
                                struct minisig_secret *secret, struct err *err)
{
    char password[PASSWORD_MAX];
    int protected = settings->password_file[0] != '\0';

    if (protected && mkmirror_read_password(settings->password_file, password, err) < 0)
        return -1;
    int result = minisig_secret_read(secret, settings->key, protected ? password : NULL, err);
    explicit_bzero(password, sizeof password);
    return result;
}

static void mkmirror_print_report(const struct mirrordir_report *report)
{
    char until[WHEN_TEXT];

    printf("serial %" PRIu64 ": %u files, %" PRIu64 " bytes, %u new, %u deleted, expires %s\n",
           report->serial, report->files, report->bytes, report->added, report->deleted,
           iso8601_format(report->expires, until));
    if (report->skipped)
        printf("skipped, since no signature file: %u\n", report->skipped);
}

/* The steps of a refresh, in order. 0 or -1 and err. */
static int mkmirror_refresh(const struct mkmirror_settings *settings, const char *source,
                            const char *target, struct mirrordir_report *report, struct err *err)
{
    struct mirrordir dir = MIRRORDIR_INIT;
    struct bases bases = {.lock_fd = -1};
    struct index index = {.count = 0}, previous = {.count = 0};
    struct minisig_secret secret;
    struct minisig_key key;
    int result = -1;

    if (mkmirror_read_secret(settings, &secret, err) < 0)
        return -1;
    if (minisig_public(&secret, &key, err) < 0 || bases_open(&bases, source, err) < 0 ||
        mirrordir_open(&dir, target, err) < 0 ||
        mirrordir_next_serial(&dir, &key, (uint64_t)settings->serial, &index.serial, &previous,
                              err) < 0 ||
        mirrordir_collect(&dir, bases.path, &index, report, err) < 0 ||
        mirrordir_compare(&previous, &index, err) < 0)
        goto out;
    snprintf(index.name, sizeof index.name, "%s", settings->name);
    index.created = time(NULL);
    index.expires = index.created + settings->expires / 1000;
    report->serial = index.serial;
    report->expires = index.expires;
    if (mirrordir_publish(&dir, &index, &secret, err) < 0)
        goto out;
    result = mirrordir_sweep(&dir, &index, index.created, settings->keep / 1000, report, err);
    if (result < 0)
        err_prefix(err, "serial %" PRIu64 " is published, but old objects stay", index.serial);
out:
    minisig_secret_wipe(&secret);
    index_free(&index);
    index_free(&previous);
    mirrordir_close(&dir);
    bases_close(&bases);
    return result;
}

static int mkmirror_verify(const struct mkmirror_settings *settings, const char *target,
                           struct mirrordir_report *report, struct err *err)
{
    struct minisig_key key;

    if (minisig_key_read(&key, settings->public_key, err) < 0)
        return -1;
    return mirrordir_verify(target, &key, time(NULL), report, err);
}

static int mkmirror_keygen(const struct mkmirror_settings *settings, int quiet, struct err *err)
{
    struct minisig_key key;
    char text[MINISIG_KEY_TEXT + 1];

    if (mkkey_generate(settings->key, settings->public_key, &key, err) < 0)
        return -1;
    if (!quiet)
        printf("public key for sources.xml: %s\n", mkkey_text(&key, text));
    return 0;
}

/* Fills settings and mode from the command line. Returns OPT_HELP, OPT_VERSION, OPT_VERIFY,
 * OPT_KEYGEN or 0 for a refresh; -1 and err on wrong usage. */
static int mkmirror_read_options(int argc, char **argv, struct mkmirror_settings *settings,
                                 int *quiet_r, struct err *err)
{
    struct option options[ROWS + 6] = {
        {"help", 0, NULL, OPT_HELP},     {"version", 0, NULL, OPT_VERSION},
        {"verify", 0, NULL, OPT_VERIFY}, {"keygen", 0, NULL, OPT_KEYGEN},
        {"quiet", 0, NULL, OPT_QUIET},
    };
    int mode = 0, option;

    for (size_t i = 0; i < ROWS; i++)
        options[5 + i] = (struct option){rows[i].name, 1, NULL, OPT_ROW + (int)i};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return err_set(err, "see epost-mkmirror --help");
        if (option >= OPT_ROW) {
            if (directive_set(rows, ROWS, settings, rows[option - OPT_ROW].name, optarg, err) < 0)
                return -1;
        } else if (option == OPT_QUIET) {
            *quiet_r = 1;
        } else {
            mode = option;
        }
    }
    if (mode == OPT_HELP || mode == OPT_VERSION)
        return mode;
    if (argc - optind != (mode == OPT_VERIFY ? 1 : mode == OPT_KEYGEN ? 0 : 2))
        return err_set(err, "wrong number of arguments: see epost-mkmirror --help");
    if (mode != OPT_VERIFY && !settings->key[0])
        return err_set(err, mode == OPT_KEYGEN
                                ? "--key is missing: the file that gets the secret key"
                                : "--key is missing (epost-mkmirror --keygen makes one)");
    if (mode && !settings->public_key[0])
        return err_set(err, "--public-key is missing: the file %s the public key",
                       mode == OPT_KEYGEN ? "that gets" : "of");
    return mode;
}

int main(int argc, char **argv)
{
    struct mkmirror_settings settings = {0};
    struct mirrordir_report report = {0};
    struct err err;
    int quiet = 0, result = -1;

    if (directive_defaults(rows, ROWS, &settings, &err) < 0) {
        fprintf(stderr, "epost-mkmirror: %s\n", err.text);
        return EXIT_FAILED;
    }
    int mode = mkmirror_read_options(argc, argv, &settings, &quiet, &err);
    if (mode == OPT_HELP)
        mkmirror_print_help(stdout);
    else if (mode == OPT_VERSION)
        printf("epost-mkmirror %s\n", PACKAGE_VERSION);
    else if (mode == OPT_VERIFY)
        result = mkmirror_verify(&settings, argv[optind], &report, &err);
    else if (mode == OPT_KEYGEN)
        result = mkmirror_keygen(&settings, quiet, &err);
    else if (mode == 0)
        result = mkmirror_refresh(&settings, argv[optind], argv[optind + 1], &report, &err);

    if (mode == OPT_HELP || mode == OPT_VERSION)
        result = 0;
    else if (result < 0)
        fprintf(stderr, "epost-mkmirror: %s\n", err.text);
    else if (!quiet && mode != OPT_KEYGEN)
        mkmirror_print_report(&report);
    directive_release(rows, ROWS, &settings);
    return result == 0 ? EXIT_DONE : mode < 0 ? EXIT_USAGE : EXIT_FAILED;
}
