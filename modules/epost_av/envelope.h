/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * envelope: whose mail it is: sender, recipients and Message-ID out of the head of a message,
 * for the log. Nothing is decoded, and nothing is decided by it.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_ENVELOPE_H
#define EPOST_AV_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#define ENVELOPE_HEAD_MAX       32768u /* bytes of the message that are looked at */
#define ENVELOPE_SENDER_MAX     321
#define ENVELOPE_RECIPIENTS_MAX 2049 /* bytes with NUL, one a line; the rest is left out */
#define ENVELOPE_ID_MAX         321

struct envelope {        /* "" unknown */
    bool has_sender;     /* the mail filter named it; "" is then the empty one of a bounce */
    bool has_recipients; /* the mail filter named them, and all of them are here */
    char sender[ENVELOPE_SENDER_MAX];
    char recipients[ENVELOPE_RECIPIENTS_MAX];
    char message_id[ENVELOPE_ID_MAX];
};

/* True if the bytes may begin a mail. Cheap. */
bool envelope_may_be_mail(const void *head, size_t length);

/* Fills what is empty of the envelope out of the message's header fields. Leaves all as it is when
 * it is no mail: without Message-ID, or without From and another field of mails. */
void envelope_read(struct envelope *envelope, const void *head, size_t length);

/* Adds the addresses of a header field's value ("A <a@b>, c@d") to a list of lines. Returns whether
 * all of them are in it now. */
bool envelope_add_addresses(char *list, size_t size, const char *value, size_t length);

#endif
