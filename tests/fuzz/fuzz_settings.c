/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives of the service, "Name value" a line, and a file of them as directive_read_file reads
 * it for the other programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/epost_av/settings.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void fuzz_settings_start(void);

static void settings_lines(char *text)
{
    struct settings settings;
    struct err err;
    char *line;

    memset(&settings, 0, sizeof settings);
    if (settings_init(&settings, &err) < 0)
        abort();
    while ((line = strsep(&text, "\n"))) {
        char *value = strchr(line, ' ');
        if (value)
            *value++ = '\0';
        err.text[0] = '\0';
        int status = settings_set(&settings, line, value ? value : "", &err);
        if (status < 0 ? !err.text[0] : !settings_known(line))
            abort();
    }
    err.text[0] = '\0';
    if (settings_finish(&settings, &err) < 0
            ? !err.text[0]
            : settings.memory_body > settings.max_body_size || !settings.node[0])
        abort();
    settings_free(&settings);
}

/* Texts of the sample and the manual: each directive of the sample, taken as it stands, is
 * accepted. */
void fuzz_settings_start(void)
{
    char *sample = NULL, *manual = NULL, *rest, *line;
    size_t length;
    FILE *out = open_memstream(&sample, &length);
    struct settings settings;
    struct err err;

    if (!out || settings_init(&settings, &err) < 0)
        abort();
    settings_print_sample(out);
    fclose(out);
    for (rest = sample; (line = strsep(&rest, "\n"));)
        if (strncmp(line, "# epost_av.", 11) == 0) {
            char *value = line + 11, *name = strsep(&value, " ");
            if (!settings_known(name) || !value)
                abort();
            if (*value == '"')
                value = strsep(&(char *){value + 1}, "\"");
            if (strcmp(name, "Profile") != 0 && settings_set(&settings, name, value, &err) < 0)
                abort();
        }
    out = open_memstream(&manual, &length);
    if (!out)
        abort();
    settings_print_manual(out);
    fclose(out);
    settings_free(&settings);
    free(sample);
    free(manual);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scanner_settings scanner;
    char *text = place_text(data, size);
    struct err err;

    settings_lines(text);
    free(text);
    memset(&scanner, 0, sizeof scanner);
    if (directive_defaults(scannerconf_rows, scannerconf_count, &scanner, &err) < 0)
        abort();
    if (directive_read_file(scannerconf_rows, scannerconf_count, &scanner,
                            place_file("conf", data, size), "", (int)(size & 1), &err) < 0 &&
        !err.text[0])
        abort(); /* a refusal without words */
    directive_release(scannerconf_rows, scannerconf_count, &scanner);
    return 0;
}
