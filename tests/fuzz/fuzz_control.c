/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the scanner as "Name=value" lines. What is accepted lies in its range: written out
 * and read again it is the same. */
#include <stdlib.h>
#include <string.h>

#include "common/scannerconf.h"
#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *control_copy(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static void control_again(const struct scanner_settings *settings)
{
    static char text[WIRE_SETTINGS_MAX], other[WIRE_SETTINGS_MAX];
    struct scanner_settings again = {0};
    struct err err;

    if (scannerconf_export(settings, text, sizeof text) < 0)
        return;
    char *copy = control_copy((const uint8_t *)text, strlen(text));
    if (directive_defaults(scannerconf_rows, scannerconf_count, &again, &err) < 0 ||
        scannerconf_parse(&again, copy, &err) < 0 ||
        scannerconf_export(&again, other, sizeof other) < 0 || strcmp(text, other) != 0)
        abort();
    free(copy);
    directive_release(scannerconf_rows, scannerconf_count, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scanner_settings settings = {0};
    struct err err;

    if (size > WIRE_SETTINGS_MAX)
        return 0;
    char *text = control_copy(data, size);
    if (directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err) < 0)
        abort();
    if (scannerconf_parse(&settings, text, &err) == 0 && scannerconf_finish(&settings, &err) == 0)
        control_again(&settings);
    directive_release(scannerconf_rows, scannerconf_count, &settings);
    free(text);
    return 0;
}
