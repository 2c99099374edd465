/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventtext: an event as a line of text.
 *
 * All forms come from the table in common/event.h. Untrusted text is escaped
 * for the form; no line holds a line break.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_EVENTTEXT_H
#define EPOST_COMMON_EVENTTEXT_H

#include "common/buf.h"
#include "common/event.h"

enum eventtext_format { EVENTTEXT_KEYVALUE = 0, EVENTTEXT_JSON, EVENTTEXT_CEF };

/* The choices of a directive LogFormat, in the order of enum eventtext_format. */
#define EVENTTEXT_CHOICES "keyvalue|json|cef"

#define EVENTTEXT_MAX 65536u /* bytes of one line, whatever the format */

/* Appends the event in that form, without a newline. Returns 0; or -1 when it does not fit,
 * and nothing was added. */
int eventtext_add(struct buf *out, const struct event *event, enum eventtext_format format);

/* Each of the forms by itself; result as above. */
int eventtext_keyvalue(struct buf *out, const struct event *event); /* time=… event=… id=… */
int eventtext_json(struct buf *out, const struct event *event);     /* one JSON object */
int eventtext_cef(struct buf *out, const struct event *event);      /* CEF:0|… */

/* Appends one value as it stands in the key=value form, but not quoted: for people. */
int eventtext_value(struct buf *out, const struct event *event, enum event_field field);

/* Appends a time in milliseconds since 1970 as RFC 3339 with milliseconds, UTC. */
int eventtext_time(struct buf *out, uint64_t time_ms);

#endif
