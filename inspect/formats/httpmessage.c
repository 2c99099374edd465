/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/httpmessage.h"

#include <string.h>

#include "inspect/decode.h"
#include "inspect/field.h"
#include "inspect/inspection.h"

#define HTTPMESSAGE_METHOD   16u    /* letters of the longest method */
#define HTTPMESSAGE_LINE     8192u  /* bytes of a request's line */
#define HTTPMESSAGE_HEAD     65536u /* bytes of the line and the fields */
#define HTTPMESSAGE_ENCODING 1024u  /* bytes of Content-Encoding with NUL */

bool httpmessage_is_request(const uint8_t *data, size_t length)
{
    const size_t most = length < HTTPMESSAGE_LINE ? length : HTTPMESSAGE_LINE;
    const uint8_t *newline, *version;
    size_t method = 0;

    while (method < most && method < HTTPMESSAGE_METHOD && data[method] >= 'A' &&
           data[method] <= 'Z')
        method++;
    if (method < 3 || method >= most || data[method] != ' ')
        return false;
    newline = memchr(data, '\n', most);
    if (!newline)
        return false;
    version = memmem(data + method, (size_t)(newline - data) - method, " HTTP/1.", 8);
    return version && newline - version <= 12;
}

/* The bytes in front of the body, or 0. */
static size_t httpmessage_head(const struct object *message)
{
    const uint8_t *data = message->data, *at = data, *end;

    end = data + (message->length < HTTPMESSAGE_HEAD ? message->length : HTTPMESSAGE_HEAD);
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        at++;
        if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
            return (size_t)(at - data) + 2;
        if (end - at >= 1 && at[0] == '\n')
            return (size_t)(at - data) + 1;
    }
    return 0;
}

/* The body, as the fields say that it is coded. Who stored the message may have decoded it, and
 * kept the fields: what does not decode is taken as it is, and is no trouble. */
static void httpmessage_body(struct inspection *in, const struct object *body, const char *fields,
                             size_t size)
{
    const struct finding before = in->finding;
    char encoding[HTTPMESSAGE_ENCODING];
    size_t length = 0;
    const char *value = field_find(fields, size, "Content-Encoding", &length);

    if (!value) {
        inspection_guess(in, body);
    } else if (length >= sizeof encoding) {
        inspection_note(in, body, REASON_ENCODING, "a long Content-Encoding");
    } else {
        memcpy(encoding, value, length);
        encoding[length] = '\0';
        inspection_encoded(in, body, encoding);
        if (in->finding.reason != before.reason && in->finding.reason == REASON_ENCODING)
            in->finding = before;
    }
}

void httpmessage_open(struct inspection *in, const struct object *message)
{
    const char *fields = (const char *)message->data;
    const size_t size = httpmessage_head(message);
    struct object body = inspection_inner(message, message->data + size, message->length - size);
    struct decoded decoded = {.out = BUFFER_INIT};
    size_t length = 0;

    body.name = NULL;
    if (size == 0 || body.length == 0)
        return; /* a head only */
    if (field_find(fields, size, "Transfer-Encoding", &length)) {
        if (decode_aws_chunked(body.data, body.length, &decoded) == REASON_MEMORY)
            inspection_note(in, message, REASON_MEMORY, NULL);
        if (decoded.out.length > 0) {
            body.data = decoded.out.data;
            body.length = decoded.out.length;
        }
    }
    httpmessage_body(in, &body, fields, size);
    buffer_free(&decoded.out);
}
