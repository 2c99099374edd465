/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: a transaction as an event (common/event.h), with only as much of the
 * persons in it as the operator wants to be told (LogQuery, LogUser).
 *
 * The texts that are made for it live in the struct; the others are the
 * transaction's. Threads: one at a time for each struct.
 */
#ifndef EPOST_AV_RECORD_H
#define EPOST_AV_RECORD_H

#include "common/event.h"

struct transaction;

#define RECORD_URL_MAX 2200 /* bytes with NUL: a URL and the hash of its query */

struct record {
    struct event event;
    char service[256];
    char url[RECORD_URL_MAX];
    char user[1024];
    char sha256[65], part_sha256[65];
    char sender[32], recipients[32]; /* hashes */
};

enum record_privacy { RECORD_OFF = 0, RECORD_HASH, RECORD_ON };

/* The choices of LogQuery and LogUser, in the order of enum record_privacy. */
#define RECORD_CHOICES "off|hash|on"

/* Fills the record. Not for OPTIONS. The transaction must outlive it. */
void record_fill(struct record *record, const struct transaction *t);

/* The URL as it is told: without name and password, and with its query as `query` says.
 * Fragments go. */
void record_url(char *out, size_t size, const char *url, enum record_privacy query);

/* "hash:" and 16 hexadecimal digits of the SHA-256 of the text, so that equal ones can be told. */
void record_hash(char *out, size_t size, const char *text, size_t length);

#endif
