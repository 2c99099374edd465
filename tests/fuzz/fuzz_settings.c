/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives of the service, "Name value" a line, and a file of them as directive_read_file reads
 * it for the other programs. */
#include <stdlib.h>
#include <string.h>

#include "modules/epost_av/settings.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
        if (settings_set(&settings, line, value ? value : "", &err) < 0 && !err.text[0])
            abort();
    }
    if (settings_finish(&settings, &err) < 0 && !err.text[0])
        abort();
    settings_free(&settings);
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
