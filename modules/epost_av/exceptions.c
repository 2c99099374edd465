/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/exceptions.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "common/hex.h"
#include "modules/epost_av/host.h"
#include "modules/epost_av/magic.h"
#include "modules/epost_av/network.h"
#include "modules/epost_av/rules.h"

enum kind {
    KIND_HOST,
    KIND_URL,
    KIND_TYPE,
    KIND_SHA256,
    KIND_CLIENT,
    KIND_USER,
    KIND_THREAT,
    KINDS
};

static const char *const kind_names[KINDS] = {"host",   "url",  "type",  "sha256",
                                              "client", "user", "threat"};

struct rule {
    enum exceptions_answer answer;
    char *text;             /* lower case where case does not matter */
    struct network network; /* of KIND_CLIENT */
};

struct rules {
    struct rule *rule;
    size_t count, room;
};

struct exceptions {
    atomic_uint references;
    size_t count;
    struct ruleset *members;   /* about names and kinds of files; rules.h */
    struct rules rules[KINDS]; /* hosts, types, sums and users sorted by text */
    uint8_t digest[WIRE_SHA256];
};

/* --------------------------------------------------------------------- reading */

static int exceptions_check_sha256(const char *text)
{
    return strlen(text) == 2 * WIRE_SHA256 && strspn(text, "0123456789abcdef") == 2 * WIRE_SHA256;
}

static int exceptions_add_rule(struct exceptions *exceptions, enum exceptions_answer answer,
                               enum kind kind, const char *value, struct err *err)
{
    struct rules *rules = &exceptions->rules[kind];
    struct rule rule = {.answer = answer};

    if (exceptions->count == EXCEPTIONS_MAX)
        return err_set(err, "too many exceptions; allowed are %d", EXCEPTIONS_MAX);
    if (kind == KIND_CLIENT && network_parse(value, &rule.network) < 0)
        return err_set(err, "\"%.80s\" is no address or network (192.0.2.0/24)", value);
    rule.text = strdup(value);
    if (!rule.text)
        return err_set(err, "out of memory");
    if (kind == KIND_HOST || kind == KIND_TYPE || kind == KIND_SHA256)
        for (char *c = rule.text; *c; c++)
            *c = (char)tolower((unsigned char)*c);
    if (kind == KIND_SHA256 && !exceptions_check_sha256(rule.text)) {
        free(rule.text);
        return err_set(err, "\"%.80s\" is no SHA-256 in hexadecimal", value);
    }
    if (rules->count == rules->room) {
        size_t room = rules->room ? rules->room * 2 : 16;
        struct rule *more = realloc(rules->rule, room * sizeof *more);
        if (!more) {
            free(rule.text);
            return err_set(err, "out of memory");
        }
        rules->rule = more;
        rules->room = room;
    }
    rules->rule[rules->count++] = rule;
    exceptions->count++;
    return 0;
}

static int exceptions_parse_line(struct exceptions *exceptions, char *line, struct err *err)
{
    char *rest = NULL;
    enum exceptions_answer answer;
    enum kind kind;

    line[strcspn(line, "\r\n")] = '\0';
    const char *verb = strtok_r(line, " \t", &rest);
    if (!verb || *verb == '#')
        return 0;
    const char *name = strtok_r(NULL, " \t", &rest);
    const char *value = strtok_r(NULL, " \t", &rest);
    if (name && rules_is_kind(name))
        return rules_add(&exceptions->members, verb, name, value, rest, err);
    if (!name || !value || strtok_r(NULL, " \t", &rest))
        return err_set(err, "a line has three words: skip|block KIND VALUE, or allow threat NAME");
    for (kind = 0; kind < KINDS && strcmp(kind_names[kind], name) != 0; kind++)
        continue;
    if (strcmp(verb, "skip") == 0)
        answer = EXCEPTIONS_SKIP;
    else if (strcmp(verb, "block") == 0)
        answer = EXCEPTIONS_BLOCK;
    else if (strcmp(verb, "allow") == 0)
        answer = EXCEPTIONS_NONE;
    else
        return err_set(err, "\"%.40s\" is not known; allowed is skip, block or allow", verb);
    if (kind == KINDS || (answer == EXCEPTIONS_NONE) != (kind == KIND_THREAT))
        return err_set(err,
                       "\"%.20s %.40s\" is not known; skip and block take host, url, type, sha256, "
                       "client and user; allow takes threat; block, pass and mark take name and "
                       "kind",
                       verb, name);
    return exceptions_add_rule(exceptions, answer, kind, value, err);
}

/* Block before skip among equals, so that a lookup that takes the first finds it. */
static int exceptions_compare_rules(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    return order ? order : (int)y->answer - (int)x->answer;
}

static int exceptions_read_file(struct exceptions *exceptions, const char *path, EVP_MD_CTX *digest,
                                struct err *err)
{
    char line[2048];
    unsigned number = 0;
    size_t total = 0;
    int result = -1;
    FILE *file = fopen(path, "re");

    if (!file)
        return err_sys(err, "cannot read Exceptions %s", path);
    while (fgets(line, sizeof line, file)) {
        size_t length = strlen(line);
        number++;
        total += length;
        if (length + 1 == sizeof line || total > EXCEPTIONS_FILE_MAX) {
            err_set(err, "%s:%u: the line or the file is too long", path, number);
            goto out;
        }
        EVP_DigestUpdate(digest, line, length);
        if (exceptions_parse_line(exceptions, line, err) < 0) {
            err_prefix(err, "%s:%u", path, number);
            goto out;
        }
    }
    if (ferror(file)) {
        err_sys(err, "cannot read Exceptions %s", path);
        goto out;
    }
    result = 0;
out:
    fclose(file);
    return result;
}

struct exceptions *exceptions_load(const char *path, struct err *err)
{
    struct exceptions *exceptions = calloc(1, sizeof *exceptions);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();

    if (!exceptions || !digest || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        err_set(err, "out of memory");
        goto fail;
    }
    atomic_init(&exceptions->references, 1);
    if (*path && exceptions_read_file(exceptions, path, digest, err) < 0)
        goto fail;
    EVP_DigestFinal_ex(digest, exceptions->digest, NULL);
    EVP_MD_CTX_free(digest);
    for (unsigned kind = 0; kind < KINDS; kind++)
        if (exceptions->rules[kind].count)
            qsort(exceptions->rules[kind].rule, exceptions->rules[kind].count, sizeof(struct rule),
                  exceptions_compare_rules);
    return exceptions;
fail:
    EVP_MD_CTX_free(digest);
    exceptions_drop(&exceptions);
    return NULL;
}

struct exceptions *exceptions_hold(struct exceptions *exceptions)
{
    atomic_fetch_add(&exceptions->references, 1);
    return exceptions;
}

void exceptions_drop(struct exceptions **exceptions)
{
    struct exceptions *e = *exceptions;

    *exceptions = NULL;
    /* A set that failed to load was never shared and holds no reference yet or one. */
    if (!e || atomic_fetch_sub(&e->references, 1) > 1)
        return;
    rules_free(&e->members);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < e->rules[kind].count; i++)
            free(e->rules[kind].rule[i].text);
        free(e->rules[kind].rule);
    }
    free(e);
}

/* -------------------------------------------------------------------- matching */

/* Keeps the stronger answer and the line that gave it. */
static void exceptions_take(enum exceptions_answer *best, const struct rule *rule, enum kind kind,
                            char *text, size_t size)
{
    if (rule && rule->answer > *best) {
        *best = rule->answer;
        snprintf(text, size, "%s %s", kind_names[kind], rule->text);
    }
}

/* The first rule of exactly that text. */
static const struct rule *exceptions_find(const struct rules *rules, const char *text)
{
    size_t low = 0, high = rules->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rules->rule[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rules->count && strcmp(rules->rule[low].text, text) == 0 ? &rules->rule[low]
                                                                          : NULL;
}

static void exceptions_match_host(const struct exceptions *e, const char *host,
                                  enum exceptions_answer *best, char *text, size_t size)
{
    char lower[HOST_MAX + 1] = ".";

    if (!e->rules[KIND_HOST].count || host_normalise(lower + 1, host, strlen(host)) < 0 ||
        !lower[1])
        return;
    exceptions_take(best, exceptions_find(&e->rules[KIND_HOST], lower + 1), KIND_HOST, text, size);
    for (const char *dot = lower; dot; dot = strchr(dot + 1, '.'))
        exceptions_take(best, exceptions_find(&e->rules[KIND_HOST], dot), KIND_HOST, text, size);
}

static void exceptions_match_url(const struct exceptions *e, const char *url,
                                 enum exceptions_answer *best, char *text, size_t size)
{
    const struct rules *rules = &e->rules[KIND_URL];
    struct buf plain;

    if (!rules->count)
        return;
    buf_init(&plain, strlen(url));
    int is_plain = host_normalise_url(&plain, url) == 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (fnmatch(rule->text, url, 0) == 0 || (rule->answer == EXCEPTIONS_BLOCK && is_plain &&
                                                 fnmatch(rule->text, buf_text(&plain), 0) == 0))
            exceptions_take(best, rule, KIND_URL, text, size);
    }
    buf_free(&plain);
}

enum exceptions_answer exceptions_request(const struct exceptions *e,
                                          const struct exceptions_subject *subject, char *rule,
                                          size_t size)
{
    enum exceptions_answer best = EXCEPTIONS_NONE;
    struct network client;

    if (!e->count)
        return best;
    exceptions_match_host(e, subject->host, &best, rule, size);
    if (*subject->user)
        exceptions_take(&best, exceptions_find(&e->rules[KIND_USER], subject->user), KIND_USER,
                        rule, size);
    exceptions_match_url(e, subject->url, &best, rule, size);
    if (e->rules[KIND_CLIENT].count && network_parse_address(subject->client, &client) == 0)
        for (size_t i = 0; i < e->rules[KIND_CLIENT].count; i++)
            if (network_has(&e->rules[KIND_CLIENT].rule[i].network, &client))
                exceptions_take(&best, &e->rules[KIND_CLIENT].rule[i], KIND_CLIENT, rule, size);
    return best;
}

int exceptions_want_type(const struct exceptions *e)
{
    return e->rules[KIND_TYPE].count != 0;
}

enum exceptions_answer exceptions_type(const struct exceptions *e, const void *head, size_t length,
                                       char *rule, size_t size)
{
    enum exceptions_answer best = EXCEPTIONS_NONE;
    char group[64];
    const char *type = magic_type(head, length);

    if (!*type)
        return best;
    exceptions_take(&best, exceptions_find(&e->rules[KIND_TYPE], type), KIND_TYPE, rule, size);
    snprintf(group, sizeof group, "%.*s*", (int)(strcspn(type, "/") + 1), type);
    exceptions_take(&best, exceptions_find(&e->rules[KIND_TYPE], group), KIND_TYPE, rule, size);
    return best;
}

enum exceptions_answer exceptions_sha256(const struct exceptions *e,
                                         const uint8_t sha256[WIRE_SHA256], char *rule, size_t size)
{
    enum exceptions_answer best = EXCEPTIONS_NONE;
    char hex[2 * WIRE_SHA256 + 1];

    if (!e->rules[KIND_SHA256].count)
        return best;
    hex_encode(sha256, WIRE_SHA256, hex);
    exceptions_take(&best, exceptions_find(&e->rules[KIND_SHA256], hex), KIND_SHA256, rule, size);
    return best;
}

int exceptions_allow(const struct exceptions *e, const char *threat, char *rule, size_t size)
{
    for (size_t i = 0; i < e->rules[KIND_THREAT].count; i++)
        if (fnmatch(e->rules[KIND_THREAT].rule[i].text, threat, 0) == 0) {
            snprintf(rule, size, "threat %s", e->rules[KIND_THREAT].rule[i].text);
            return 1;
        }
    return 0;
}

const struct ruleset *exceptions_rules(const struct exceptions *e)
{
    return e->members;
}

const uint8_t *exceptions_digest(const struct exceptions *e)
{
    return e->digest;
}
