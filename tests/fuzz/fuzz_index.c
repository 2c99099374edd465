/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_index: bytes that pretend to be a mirror's index, its signature file or
 * the signature's comment. What is accepted must obey the format: written out
 * and read again it is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "updater/index.h"
#include "updater/minisig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_claim(const char *text)
{
    struct index_claim claim, again;
    struct index index = {.count = 0};
    char written[INDEX_COMMENT_MAX];
    struct err err;

    if (index_claim_parse(&claim, text, &err) < 0)
        return;
    index.serial = claim.serial;
    index.created = claim.created;
    index.expires = claim.expires;
    index_claim_format(&index, written);
    if (index_claim_parse(&again, written, &err) < 0 || again.serial != claim.serial ||
        again.created != claim.created || again.expires != claim.expires)
        abort();
}

static void fuzz_document(const uint8_t *data, size_t size)
{
    struct index index, again;
    struct buf text;
    struct err err;

    if (index_parse(&index, data, size, &err) < 0)
        return;
    buf_init(&text, 4 * INDEX_SIZE_MAX);
    if (index_write(&index, &text, &err) < 0 ||
        index_parse(&again, buf_text(&text), text.length, &err) < 0 || again.count != index.count ||
        again.serial != index.serial ||
        memcmp(again.files, index.files, index.count * sizeof *index.files) != 0)
        abort();
    index_free(&again);
    index_free(&index);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct minisig sig;
    struct err err;
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    fuzz_claim(text);
    if (minisig_parse(&sig, text, size, &err) == 0)
        fuzz_claim(sig.trusted);
    free(text);
    fuzz_document(data, size);
    return 0;
}
