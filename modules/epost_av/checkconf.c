/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * checkconf: reads the service's directives out of c-icap's configuration as the
 * module will, and prints what is in force as "Name=value" lines; for epost-av-check.
 *
 *     checkconf FILE             "FILE:LINE: …" on standard error and status 1 if it is wrong
 *     checkconf --spool DIR      whether this user can make a file without a name there
 *     checkconf --namespaces     whether this user can make the namespaces of the sandbox
 */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modules/epost_av/settings.h"

#define CHECKCONF_DEPTH 5 /* of Include in Include, as in c-icap */
#define CHECKCONF_LINE  4096
#define CHECKCONF_VALUE 2100
#define CHECKCONF_LINES 100000 /* in all files */

static const char checkconf_prefix[] = "epost_av.";

struct checkconf {
    struct settings settings;
    unsigned lines;
    int failed;
};

/* Directives that c-icap gives to every service. */
static bool checkconf_is_cicaps(const char *name)
{
    static const char *const names[] = {"TransferPreview", "TransferIgnore", "TransferComplete",
                                        "PreviewSize",     "MaxConnections", "OptionsTTL",
                                        "Allow206"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The next word of a line, without its quotes. Returns what is behind it, or NULL at the end. */
static const char *checkconf_word(const char *line, char *word, size_t size)
{
    size_t used = 0;

    line += strspn(line, " \t\r\n");
    if (*line == '\0' || *line == '#')
        return NULL;
    char quote = *line == '"' || *line == '\'' ? *line++ : '\0';
    for (; *line && (quote ? *line != quote : !strchr(" \t\r\n", *line)); line++)
        if (used + 1 < size)
            word[used++] = *line;
    word[used] = '\0';
    return *line ? line + 1 : line;
}

static void checkconf_directive(struct checkconf *check, const char *path, unsigned number,
                                const char *name, const char *rest)
{
    char value[CHECKCONF_VALUE] = "", word[CHECKCONF_VALUE];
    struct err err;

    if (checkconf_is_cicaps(name))
        return;
    for (size_t used = 0; used < sizeof value && (rest = checkconf_word(rest, word, sizeof word));)
        used += (size_t)snprintf(value + used, sizeof value - used, "%s%s", used ? " " : "", word);
    if (settings_set(&check->settings, name, value, &err) == 0)
        return;
    fprintf(stderr, "%s:%u: %s\n", path, number, err.text);
    check->failed = 1;
}

static void checkconf_read(struct checkconf *check, const char *path, unsigned depth)
{
    char line[CHECKCONF_LINE], word[512], included[1100];
    unsigned number = 0;
    FILE *file = fopen(path, "re");

    if (!file) {
        fprintf(stderr, "%s: %m\n", path);
        check->failed = 1;
        return;
    }
    while (fgets(line, sizeof line, file) && check->lines++ < CHECKCONF_LINES) {
        const char *rest = checkconf_word(line, word, sizeof word);
        number++;
        if (!rest)
            continue;
        if (strncmp(word, checkconf_prefix, sizeof checkconf_prefix - 1) == 0) {
            checkconf_directive(check, path, number, word + sizeof checkconf_prefix - 1, rest);
        } else if (strcmp(word, "Include") == 0 && depth < CHECKCONF_DEPTH &&
                   checkconf_word(rest, word, sizeof word)) {
            const char *slash = strrchr(path, '/');
            snprintf(included, sizeof included, "%.*s%.511s",
                     word[0] == '/' || !slash ? 0 : (int)(slash + 1 - path), path, word);
            checkconf_read(check, included, depth + 1);
        }
    }
    fclose(file);
}

static void checkconf_print(const struct directive *rows, size_t count, const void *settings)
{
    char text[CHECKCONF_LINE];

    for (size_t i = 0; i < count; i++)
        if (directive_format(&rows[i], settings, text, sizeof text) == 0)
            puts(text);
}

static int checkconf_file(const char *path)
{
    struct checkconf check = {.failed = 0};
    struct err err;

    if (settings_init(&check.settings, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    checkconf_read(&check, path, 0);
    if (settings_finish(&check.settings, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        check.failed = 1;
    }
    checkconf_print(settings_rows, settings_count, &check.settings);
    checkconf_print(scannerconf_rows, scannerconf_count, &check.settings.scanner);
    settings_free(&check.settings);
    return check.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int checkconf_spool(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0) {
        close(fd);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "%m\n");
    return EXIT_FAILURE;
}

static int checkconf_namespaces(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "%m\n");
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--spool") == 0)
        return checkconf_spool(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--namespaces") == 0)
        return checkconf_namespaces();
    if (argc == 2 && argv[1][0] != '-')
        return checkconf_file(argv[1]);
    fputs("usage: checkconf FILE | --spool DIR | --namespaces\n", stderr);
    return 2;
}
