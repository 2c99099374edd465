/* SPDX-License-Identifier: GPL-2.0-or-later */
/* epost-autoupdate: options, settings, and which of its verbs to do. */
#include <config.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/oldplace.h"
#include "updater/owner.h"
#include "updater/run.h"
#include "updater/status.h"
#include "updater/update.h"

#define CONFIG EPOST_CONFDIR "/epost-autoupdate.conf"

enum verb { VERB_UPDATE, VERB_STATUS, VERB_ROLLBACK, VERB_PRINT_CONFIG };

struct options {
    enum verb verb;
    const char *config; /* NULL: the installed one, if it is there */
    uint64_t rollback;  /* 0: the one before */
    uint64_t seed;
    int json;
};

static const char usage[] =
    "Usage: epost-autoupdate [option…]            bring Bases up to date\n"
    "       epost-autoupdate --check              tell what would be done\n"
    "       epost-autoupdate --status [--json]    tell how things are\n"
    "       epost-autoupdate --rollback [N]       go back to the generation before, or to N\n"
    "\n"
    "  -c, --config FILE     settings [" CONFIG "]\n"
    "  -s, --set NAME=VALUE  one setting; may be repeated\n"
    "      --from DIR        take the mirror from a directory or a USB stick\n"
    "      --source NAME     ask this source only\n"
    "  -f, --force           ask now: no interval, no back-off, and what was set aside too\n"
    "  -q, --quiet           only what went wrong\n"
    "  -v, --verbose         each step\n"
    "      --seed N          repeat a choice of mirrors\n"
    "      --print-config    all settings with their defaults\n"
    "      --version\n"
    "  -h, --help\n"
    "\n"
    "See epost-autoupdate(8) for the exit codes.\n";

enum {
    OPTION_CHECK = 256,
    OPTION_STATUS,
    OPTION_JSON,
    OPTION_ROLLBACK,
    OPTION_FROM,
    OPTION_SOURCE,
    OPTION_SEED,
    OPTION_PRINT,
    OPTION_VERSION
};

static const struct option long_options[] = {{"config", required_argument, NULL, 'c'},
                                             {"set", required_argument, NULL, 's'},
                                             {"force", no_argument, NULL, 'f'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {"verbose", no_argument, NULL, 'v'},
                                             {"check", no_argument, NULL, OPTION_CHECK},
                                             {"status", no_argument, NULL, OPTION_STATUS},
                                             {"json", no_argument, NULL, OPTION_JSON},
                                             {"rollback", optional_argument, NULL, OPTION_ROLLBACK},
                                             {"from", required_argument, NULL, OPTION_FROM},
                                             {"source", required_argument, NULL, OPTION_SOURCE},
                                             {"seed", required_argument, NULL, OPTION_SEED},
                                             {"print-config", no_argument, NULL, OPTION_PRINT},
                                             {"version", no_argument, NULL, OPTION_VERSION},
                                             {"help", no_argument, NULL, 'h'},
                                             {NULL, 0, NULL, 0}};

static const char short_options[] = "c:s:fqvh";

/* A positive number, or 0 and a message. */
static uint64_t autoupdate_need_number(const char *option, const char *text)
{
    uint64_t number = state_number(text);

    if (number == 0)
        fprintf(stderr, "epost-autoupdate: %s wants a number above 0, not \"%s\"\n", option, text);
    return number;
}

static int autoupdate_set_setting(struct settings *settings, const char *argument)
{
    char name[64];
    const char *equals = strchr(argument, '=');
    struct err err;

    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - argument) : 0, argument);
    if (!equals)
        err_set(&err, "--set wants NAME=VALUE, not \"%s\"", argument);
    else if (directive_set(settings_rows, settings_count, settings, name, equals + 1, &err) == 0)
        return 0;
    fprintf(stderr, "epost-autoupdate: %s\n", err.text);
    return -1;
}

/* One option. Returns 0; 1 to end well; -1 after a message. */
static int autoupdate_take_option(int option, struct options *options, struct run *run)
{
    switch (option) {
    case 'c':
    case 's': /* read before and after the settings file */
        return 0;
    case 'f':
        run->force = 1;
        return 0;
    case 'q':
        run->quiet = 1;
        return 0;
    case 'v':
        run->verbose = 1;
        return 0;
    case OPTION_CHECK:
        run->check = 1;
        return 0;
    case OPTION_STATUS:
        options->verb = VERB_STATUS;
        return 0;
    case OPTION_JSON:
        options->json = 1;
        return 0;
    case OPTION_ROLLBACK:
        options->verb = VERB_ROLLBACK;
        return optarg && (options->rollback = autoupdate_need_number("--rollback", optarg)) == 0
                   ? -1
                   : 0;
    case OPTION_FROM:
        run->from = optarg;
        return 0;
    case OPTION_SOURCE:
        run->only_source = optarg;
        return 0;
    case OPTION_SEED:
        return (options->seed = autoupdate_need_number("--seed", optarg)) == 0 ? -1 : 0;
    case OPTION_PRINT:
        options->verb = VERB_PRINT_CONFIG;
        return 0;
    case OPTION_VERSION:
        puts("epost-autoupdate " PACKAGE_VERSION);
        return 1;
    case 'h':
        fputs(usage, stdout);
        return 1;
    default:
        fputs("epost-autoupdate: --help shows what it understands\n", stderr);
        return -1;
    }
}

static int autoupdate_take_options(int argc, char **argv, struct options *options, struct run *run)
{
    int option, result = 0;

    while (result == 0 &&
           (option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        if (option == 'c')
            options->config = optarg;
        result = autoupdate_take_option(option, options, run);
    }
    if (result != 0)
        return result;
    /* "--rollback 5" too, although a long option's own argument is written "--rollback=5" */
    if (options->verb == VERB_ROLLBACK && options->rollback == 0 && optind < argc)
        return (options->rollback = autoupdate_need_number("--rollback", argv[optind])) == 0 ? -1
                                                                                             : 0;
    if (optind < argc) {
        fprintf(stderr, "epost-autoupdate: \"%s\" is not understood; see --help\n", argv[optind]);
        return -1;
    }
    return 0;
}

/* A default place where nothing is gives way to that of version 1.0. Returns 0 or -1. */
static int autoupdate_take_old_place(char **place, struct err *err)
{
    struct err warning;
    const char *old = oldplace_find(*place, &warning);
    char *copy = old ? strdup(old) : NULL;

    if (!old)
        return 0;
    if (!copy)
        return err_set(err, "not enough memory");
    fprintf(stderr, "epost-autoupdate: %s\n", warning.text);
    free(*place);
    *place = copy;
    return 0;
}

/* Settings file first, then --set in order: the command line has the last word. */
static int autoupdate_take_settings(int argc, char **argv, const struct options *options,
                                    struct settings *settings)
{
    const char *path = options->config ? options->config : CONFIG;
    struct err err, warning;
    int option;

    const char *old = options->config ? NULL : oldplace_find(CONFIG, &warning);
    if (old) {
        fprintf(stderr, "epost-autoupdate: %s\n", warning.text);
        path = old;
    }
    if ((options->config || access(path, F_OK) == 0) &&
        directive_read_file(settings_rows, settings_count, settings, path, "", 0, &err) < 0) {
        fprintf(stderr, "epost-autoupdate: %s%s\n", err.text,
                access(path, R_OK) < 0 && errno == EACCES
                    ? ": run this as root or as the user that c-icap runs as"
                    : "");
        return -1;
    }
    optind = 0;
    while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1)
        if (option == 's' && autoupdate_set_setting(settings, optarg) < 0)
            return -1;
    if (autoupdate_take_old_place(&settings->sources, &err) < 0 ||
        autoupdate_take_old_place(&settings->scanner_config, &err) < 0 ||
        settings_finish(settings, &err) < 0) {
        fprintf(stderr, "epost-autoupdate: %s\n", err.text);
        return -1;
    }
    return 0;
}

static int autoupdate_become_owner(const struct settings *settings)
{
    struct err err;

    if (owner_become(settings->user, settings->bases, &err) == 0)
        return 0;
    fprintf(stderr, "epost-autoupdate: %s\n", err.text);
    return -1;
}

/* --from needs a source that a directory can take the place of. */
static int autoupdate_check_from(const struct run *run)
{
    for (size_t i = 0; i < run->sources.count; i++)
        if (run->sources.list[i].type == SOURCE_MANIFEST &&
            (!run->only_source || strcmp(run->sources.list[i].name, run->only_source) == 0))
            return 0;
    fprintf(
        stderr,
        "epost-autoupdate: --from takes the place of a mirror, and %s%s is no <manifest> source "
        "in %s\n",
        run->only_source ? "" : "there", run->only_source ? run->only_source : "",
        run->settings->sources);
    return -1;
}

static void autoupdate_sleep_jitter(struct run *run)
{
    uint64_t ms = rng_below(&run->rng, (uint64_t)run->settings->start_jitter + 1);
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    if (ms > 0 && !run->force && !run->check && !run->from)
        nanosleep(&time, NULL);
}

static enum result autoupdate_do_verb(const struct options *options, struct run *run)
{
    struct err err;

    if (options->verb == VERB_PRINT_CONFIG) {
        directive_print_sample(stdout, settings_rows, settings_count, "");
        return RESULT_UPDATED;
    }
    if (sources_read(&run->sources, run->settings->sources, &err) < 0) {
        fprintf(stderr, "epost-autoupdate: %s\n", err.text);
        return RESULT_CONFIG;
    }
    if (run->only_source && !sources_find(&run->sources, run->only_source)) {
        fprintf(stderr, "epost-autoupdate: there is no source \"%s\" in %s\n", run->only_source,
                run->settings->sources);
        return RESULT_CONFIG;
    }
    if (run->from && autoupdate_check_from(run) < 0)
        return RESULT_CONFIG;
    if (options->verb == VERB_STATUS)
        return status_print(run, options->json);
    if (options->verb == VERB_ROLLBACK)
        return update_rollback(run, options->rollback);
    autoupdate_sleep_jitter(run);
    return update_run(run);
}

int main(int argc, char **argv)
{
    struct options options = {.verb = VERB_UPDATE};
    struct settings settings;
    struct run *run = calloc(1, sizeof *run);
    enum result result = RESULT_CONFIG;
    struct err err;

    umask(022);
    signal(SIGPIPE, SIG_IGN);
    if (!run || settings_init(&settings, &err) < 0) {
        fputs("epost-autoupdate: not enough memory\n", stderr);
        free(run);
        return RESULT_FAILED;
    }
    run->settings = &settings;
    run->store.lock_fd = -1;
    int taken = autoupdate_take_options(argc, argv, &options, run);
    if (taken > 0)
        result = RESULT_UPDATED;
    if (taken == 0 && autoupdate_take_settings(argc, argv, &options, &settings) == 0 &&
        (options.verb == VERB_PRINT_CONFIG || autoupdate_become_owner(&settings) == 0)) {
        rng_init(&run->rng, options.seed);
        result = autoupdate_do_verb(&options, run);
    }
    sources_free(&run->sources);
    settings_release(&settings);
    free(run);
    return (int)result;
}
