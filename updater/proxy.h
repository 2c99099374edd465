/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proxy: the setting Proxy taken apart, once for libcurl and for libfreshclam, and
 * what keeps passwords of proxies out of messages.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_UPDATER_PROXY_H
#define EPOST_UPDATER_PROXY_H

#include <stdint.h>

#include "common/err.h"

struct proxy {
    char server[300]; /* "http://host", "http://[::1]", "socks5h://host"; "" none */
    uint16_t port;
    char user[128], password[128]; /* as they are meant, not as they are escaped; "" none */
};

/* Takes "[scheme://][user[:password]@]host[:port][/]" apart; %XX in user and password is what it
 * stands for; "" and "none" are no proxy. Returns 0; or -1 and err, which never shows the text. */
EPOST_MUST_CHECK int proxy_parse(struct proxy *proxy, const char *text, struct err *err);

/* Replaces "user:password@" in a message by "***@", wherever one stands. */
void proxy_redact(char *text);

#endif
