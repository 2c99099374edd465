/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asker: names of users and groups as ICAP clients write them: plain, in base64, or as
 * "SCHEME://NAME" in base64.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_ASKER_H
#define EPOST_AV_ASKER_H

#include <stdbool.h>
#include <stddef.h>

/* Of X-Client-Username (Squid): plain, or with `is_encoded` base64; what is none then is taken as
 * it stands. A plain name can look like base64, so that nothing is guessed. Returns 0, or -1 when
 * it does not fit into name[size]. */
int asker_client_username(const char *value, bool is_encoded, char *name, size_t size);

/* Of X-Authenticated-User: base64 of "SCHEME://NAME", or the bare name. Returns as above. */
int asker_authenticated_user(const char *value, char *name, size_t size);

/* Of X-Authenticated-Groups: as the user, several with commas between them; groups[size] takes one
 * a line. Returns 0, or -1 when one did not fit and is left out. */
int asker_groups(const char *value, char *groups, size_t size);

#endif
