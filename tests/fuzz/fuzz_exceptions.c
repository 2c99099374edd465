/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of exceptions, and the facts of a transaction that it is asked about: the file is what
 * comes before the first NUL, then host, URL, client, user and threat, each up to a NUL. */
#include <string.h>

#include "modules/epost_av/exceptions.h"
#include "modules/epost_av/rules.h"
#include "tests/fuzz/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next text; a copy that the following call overwrites is not possible: one each. */
static const char *exceptions_text(const uint8_t **data, size_t *size, char *text, size_t room)
{
    size_t length = strnlen((const char *)*data, *size), used = length < room ? length : room - 1;

    memcpy(text, *data, used);
    text[used] = '\0';
    length += length < *size;
    *data += length;
    *size -= length;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char host[600], url[2000], client[100], user[200], threat[300], rule[300];
    const uint8_t *rest = data;
    size_t file = size ? strnlen((const char *)data, size) : 0, left = size - file;
    struct exceptions_subject subject;
    struct err err;

    struct exceptions *set = exceptions_load(place_file("exceptions", data, file), &err);
    if (!set)
        return 0;
    rest += file + (left > 0);
    left -= left > 0;
    subject.host = exceptions_text(&rest, &left, host, sizeof host);
    subject.url = exceptions_text(&rest, &left, url, sizeof url);
    subject.client = exceptions_text(&rest, &left, client, sizeof client);
    subject.user = exceptions_text(&rest, &left, user, sizeof user);
    exceptions_request(set, &subject, rule, sizeof rule);
    exceptions_allow(set, exceptions_text(&rest, &left, threat, sizeof threat), rule, sizeof rule);
    exceptions_type(set, rest, left, rule, sizeof rule);
    struct rules_subject asks = {.name = url,
                                 .host = host,
                                 .client = client,
                                 .groups = user,
                                 .members = threat,
                                 .now = 1700000000};
    rules_decide(exceptions_rules(set), &asks, rule, sizeof rule);
    exceptions_drop(&set);
    return 0;
}
