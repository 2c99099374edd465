/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and signatures as files, and a key as a line. Nothing here verifies: no input is signed. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/place.h"
#include "updater/minisig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct minisig_key stranger = {.id = "strange"};
    struct minisig_key key = stranger;
    struct minisig_secret secret;
    struct minisig sig;
    char *text = place_text(data, size), id[17];
    const char *path = place_file("key", data, size);
    struct err err;

    if (minisig_key_parse(&key, text, &err) == 0 || minisig_key_read(&key, path, &err) == 0)
        minisig_id_text(key.id, id);
    if (minisig_secret_read(&secret, path, NULL, &err) == 0)
        minisig_secret_wipe(&secret);
    if (minisig_parse(&sig, text, size, &err) == 0) {
        if (strnlen(sig.trusted, sizeof sig.trusted) == sizeof sig.trusted)
            abort();
        memcpy(key.id, sig.id, sizeof key.id);
        if (minisig_verify(&sig, &key, 1, "content", 7, &err) == 0)
            abort();
    }
    free(text);
    return 0;
}
