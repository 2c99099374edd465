/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <clamav.h>

#include "common/directive.h"
#include "common/scannerconf.h"
#include "engine/clam.h"
#include "engine/layout.h"
#include "engine/search.h"
#include "engine/settled.h"

#define SIGNATURES 6
#define BODY_MAX   65536
#define TEXT_MAX   4096
/* libclamav 1.4.6 reads in front of a body where a pattern begins with a choice at its start. */
#define BODY_FRONT 96

/* The input up to a 0xff is a set of signatures, the rest is a body in which runs are written
 * short. The search by anchors must find what libclamav's own finds, at the same places and as
 * often, and the whole engine must give the same verdict with all shortcuts and with none. */

struct reader {
    const uint8_t *at, *end;
};

static unsigned fuzz_search_next(struct reader *reader)
{
    return reader->at < reader->end ? *reader->at++ : 0;
}

static size_t fuzz_search_token(char *text, size_t room, struct reader *reader)
{
    unsigned kind = fuzz_search_next(reader), byte = fuzz_search_next(reader);

    switch (kind % 16) {
    case 0:
        return (size_t)snprintf(text, room, "??");
    case 1:
        return (size_t)snprintf(text, room, "{%u-%u}", byte % 16, byte % 16 + byte / 16);
    case 2:
        return (size_t)snprintf(text, room, "*");
    case 3:
        return (size_t)snprintf(text, room, "(%02x|%02x)", byte, fuzz_search_next(reader));
    case 4:
        return (size_t)snprintf(text, room, "?%x", byte % 16);
    case 5:
        return (size_t)snprintf(text, room, "%x?", byte % 16);
    case 6:
        return (size_t)snprintf(text, room, "!(%02x|%02x)", byte, fuzz_search_next(reader));
    case 8:
        return (size_t)snprintf(text, room, "00000000");
    default:
        return (size_t)snprintf(text, room, "%02x", byte);
    }
}

/* One subsignature. libclamav wants two fixed bytes in each part of it. */
static void fuzz_search_pattern(char text[TEXT_MAX], struct reader *reader)
{
    size_t used = (size_t)snprintf(text, TEXT_MAX, "%02x%02x", fuzz_search_next(reader),
                                   fuzz_search_next(reader));

    for (unsigned n = fuzz_search_next(reader) % 12; n > 0 && used + 32 < TEXT_MAX; n--) {
        used += fuzz_search_token(text + used, TEXT_MAX - used, reader);
        if (text[used - 1] == '}' || text[used - 1] == '*')
            used += (size_t)snprintf(text + used, TEXT_MAX - used, "%02x%02x",
                                     fuzz_search_next(reader), fuzz_search_next(reader));
    }
}

static void fuzz_search_set(const char *directory, struct reader *reader)
{
    static const char *const modes[] = {"", "", "::i", "::w", "::f", "::a"};
    char path[128], one[TEXT_MAX], two[TEXT_MAX];

    snprintf(path, sizeof path, "%s/fuzz.ldb", directory);
    FILE *logical = fopen(path, "w");
    snprintf(path, sizeof path, "%s/fuzz.ndb", directory);
    FILE *plain = fopen(path, "w");
    if (logical)
        fprintf(logical, "F.Any;Engine:51-255,Target:0;0&1;66757a7a;6c6f676963\n");
    if (plain)
        fprintf(plain, "F.Fixed:0:*:66757a7a706c61696e\n");
    for (unsigned i = 0; logical && plain && i < SIGNATURES && reader->at < reader->end; i++) {
        unsigned kind = fuzz_search_next(reader);

        fuzz_search_pattern(one, reader);
        if (kind % 3 == 0) {
            fprintf(plain, "F.Plain%u:0:%s:%s\n", i, kind & 4 ? "*" : "4,9", one);
            continue;
        }
        fuzz_search_pattern(two, reader);
        fprintf(logical, "F.Logical%u;Engine:81-255,Target:0;%s;%s%s;%s\n", i,
                kind & 4   ? "0&1"
                : kind & 8 ? "0>3|1"
                           : "0=0&1",
                one, modes[kind / 16 % 6], two);
    }
    if (logical)
        fclose(logical);
    if (plain)
        fclose(plain);
}

static size_t fuzz_search_body(uint8_t *body, struct reader *reader)
{
    size_t length = BODY_FRONT;

    memset(body, 0xf5, BODY_FRONT);
    while (reader->at < reader->end && length < BODY_MAX) {
        uint8_t byte = (uint8_t)fuzz_search_next(reader);
        size_t more = 1;

        if (byte == 0xfe) { /* a run */
            byte = (uint8_t)fuzz_search_next(reader);
            more = fuzz_search_next(reader) * 8u;
        }
        more = more > BODY_MAX - length ? BODY_MAX - length : more;
        memset(body + length, byte, more);
        length += more;
    }
    return length;
}

static void fuzz_search_compare(const struct layout_root *root, const uint8_t *body, size_t length)
{
    extern int cli_ac_scanbuff(const unsigned char *, uint32_t, const char **, void **, void **,
                               const struct layout_root *, struct layout_acdata *, uint32_t, int,
                               void **, unsigned, void *);
    const struct layout_calls *calls = layout_calls();
    const char *names[2] = {NULL, NULL};
    struct layout_acdata data[2];
    int codes[2];

    for (int i = 0; i < 2; i++)
        if (calls->initdata(&data[i], root->partsigs, root->lsigs, root->reloff_num, 8) != 0)
            abort();
    codes[1] = calls->scanbuff(body, (uint32_t)length, &names[1], NULL, NULL, root, &data[1], 0, 0,
                               NULL, LAYOUT_SEARCH_SIGNATURES, NULL);
    codes[0] = cli_ac_scanbuff(body, (uint32_t)length, &names[0], NULL, NULL, root, &data[0], 0, 0,
                               NULL, LAYOUT_SEARCH_SIGNATURES, NULL);
    if (codes[0] != codes[1] || names[0] != names[1])
        abort();
    for (uint32_t i = 0; i < root->lsigs; i++)
        if (memcmp(data[0].lsigcnt[i], data[1].lsigcnt[i], LAYOUT_ROW * sizeof(uint32_t)) != 0 ||
            memcmp(data[0].last[i], data[1].last[i], LAYOUT_ROW * sizeof(uint32_t)) != 0 ||
            memcmp(data[0].first[i], data[1].first[i], LAYOUT_ROW * sizeof(uint32_t)) != 0)
            abort();
    calls->freedata(&data[0]);
    calls->freedata(&data[1]);
}

/* The whole engine: states, answers and short tables too. */
static void fuzz_search_scan(struct clam *clam, const uint8_t *body, size_t length)
{
    struct clam_result with, without;

    clam_scan(clam, body, length, NULL, CLAM_ALL, &with);
    shortcuts_use(0);
    clam_scan(clam, body, length, NULL, CLAM_ALL, &without);
    shortcuts_use(SHORTCUT_ALL);
    if (with.reason != without.reason || strcmp(with.threat, without.threat) != 0 ||
        strcmp(with.facts, without.facts) != 0 || with.layers != without.layers)
        abort();
}

/* Engines come and go: what ASan keeps of them would soon be more than the limit for memory. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=16";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char directory[] = "/tmp/epost-fuzz-search-XXXXXX";
    static struct scanner_settings settings;
    static bool ready;
    static uint8_t body[BODY_MAX];
    const uint8_t *middle = memchr(data, 0xff, size);
    struct clam_info info;
    struct err err;

    if (!ready && (!mkdtemp(directory) ||
                   directive_defaults(scannerconf_rows, scannerconf_count, &settings, &err) < 0))
        abort();
    ready = true;
    if (!middle)
        return 0;
    struct reader set = {.at = data, .end = middle}, rest = {.at = middle + 1, .end = data + size};
    fuzz_search_set(directory, &set);
    struct clam *clam = clam_load(directory, directory, &settings, &info, &err);
    if (!clam) /* no signature that libclamav takes */
        return 0;
    size_t length = fuzz_search_body(body, &rest);
    for (unsigned n = 0; search_anchors(n); n++)
        fuzz_search_compare(search_root(n), body, length);
    fuzz_search_scan(clam, body, length);
    clam_free(&clam);
    return 0;
}
