/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that OpenPGP signed in the clear: what gpg hands out of them. */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"

#define PGPCLEAR_BEGIN "-----BEGIN PGP SIGNED MESSAGE-----"
#define PGPCLEAR_END   "-----BEGIN PGP SIGNATURE"
#define PGPCLEAR_REACH 65536u /* bytes in front of the message that are looked at */
#define PGPCLEAR_HEADS 16u    /* lines in front of its text */

static const uint8_t *pgpclear_line(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *close = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

    return close ? close + 1 : end;
}

static bool pgpclear_is_empty(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at == end || *at == '\n';
}

/* Lines that begin with a dash have "- " in front. */
static int pgpclear_copy(const uint8_t *at, const uint8_t *end, struct buffer *buffer)
{
    while (at < end) {
        const uint8_t *next = pgpclear_line(at, end);

        if (next - at >= (ptrdiff_t)sizeof PGPCLEAR_END - 1 &&
            memcmp(at, PGPCLEAR_END, sizeof PGPCLEAR_END - 1) == 0)
            return 0;
        if (next - at > 2 && at[0] == '-' && at[1] == ' ')
            at += 2;
        if (buffer_add(buffer, at, (size_t)(next - at)) != 0)
            return -1;
        at = next;
    }
    return 0;
}

void pgpclear_open(struct inspection *in, const struct object *text)
{
    const uint8_t *at, *end = text->data + text->length;
    struct buffer buffer = BUFFER_INIT;
    struct object inner;
    unsigned i;

    at = memmem(text->data, text->length < PGPCLEAR_REACH ? text->length : PGPCLEAR_REACH,
                PGPCLEAR_BEGIN, sizeof PGPCLEAR_BEGIN - 1);
    if (!at)
        return;
    for (i = 0; i < PGPCLEAR_HEADS && at < end && !pgpclear_is_empty(at, end); i++)
        at = pgpclear_line(at, end);
    if (pgpclear_copy(pgpclear_line(at, end), end, &buffer) != 0)
        inspection_note(in, text, REASON_MEMORY, NULL);
    inner = inspection_inner(text, buffer.data, buffer.length);
    inner.shown = 0;
    if (inner.length > 0)
        inspection_object(in, &inner);
    buffer_free(&buffer);
}
