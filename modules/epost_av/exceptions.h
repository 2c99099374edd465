/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exceptions: what the operator wants skipped, blocked or allowed whatever a
 * scan would say.
 *
 * A file of lines "skip|block KIND VALUE" and "allow threat PATTERN":
 *
 *     skip  host    .example.com        this host and all below it
 *     skip  url     https://a.example/video/ *  (shell pattern)
 *     skip  type    video/mp4           by the content's first bytes
 *     block sha256  HEX
 *     skip  client  192.0.2.0/24
 *     skip  user    alice
 *     allow threat  Heuristics.Phishing.*   also of heuristic alerts
 *     block name    *.exe group=guests      what is inside; see rules.h
 *
 * Block goes before skip. Hosts are compared as browsers read them (host.h). A
 * URL is blocked if it fits as it is spelled or as host_normalise_url spells it,
 * and skipped only if it fits as it is spelled.
 * Owner: exceptions_load's caller holds the one reference, others take theirs;
 * the content is constant. Threads: any.
 */
#ifndef EPOST_AV_EXCEPTIONS_H
#define EPOST_AV_EXCEPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/wire.h"

#define EXCEPTIONS_FILE_MAX (4u * 1024u * 1024u) /* bytes */
#define EXCEPTIONS_MAX      50000                /* lines that say something */

struct exceptions;
struct ruleset;

enum exceptions_answer { EXCEPTIONS_NONE = 0, EXCEPTIONS_SKIP, EXCEPTIONS_BLOCK };

/* The facts that a transaction's headers tell; C strings, "" unknown. */
struct exceptions_subject {
    const char *host; /* may have a port, any letter case, and percent-encoding */
    const char *url, *client, *user;
};

/* Reads a file; "" gives an empty set. Returns it (exceptions_drop), or NULL
 * and err as "file:line: …". */
EPOST_MUST_CHECK struct exceptions *exceptions_load(const char *path, struct err *err);

/* One more reference. */
struct exceptions *exceptions_hold(struct exceptions *exceptions);

/* Drops a reference and nulls the caller's pointer; NULL is fine. */
void exceptions_drop(struct exceptions **exceptions);

/* The answer for a transaction; rule[size] gets the line that decided
 * ("host .example.com"). */
enum exceptions_answer exceptions_request(const struct exceptions *exceptions,
                                          const struct exceptions_subject *subject, char *rule,
                                          size_t size);

/* The same by the content's first bytes. */
enum exceptions_answer exceptions_type(const struct exceptions *exceptions, const void *head,
                                       size_t length, char *rule, size_t size);

/* 1 if any exception looks at the content's first bytes. */
int exceptions_want_type(const struct exceptions *exceptions);

/* The same by the body's SHA-256. */
enum exceptions_answer exceptions_sha256(const struct exceptions *exceptions,
                                         const uint8_t sha256[WIRE_SHA256], char *rule,
                                         size_t size);

/* 1 if a threat of that name is allowed. */
int exceptions_allow(const struct exceptions *exceptions, const char *threat, char *rule,
                     size_t size);

/* The rules about names and kinds of files (rules.h); NULL when there is none. */
const struct ruleset *exceptions_rules(const struct exceptions *exceptions);

/* Digest of the content, for the ISTag. */
const uint8_t *exceptions_digest(const struct exceptions *exceptions);

#endif
