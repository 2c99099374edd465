/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/headers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "modules/epost_av/asker.h"
#include "modules/epost_av/disposition.h"
#include "modules/epost_av/fields.h"
#include "modules/epost_av/host.h"
#include "modules/epost_av/pieces.h"
#include "modules/epost_av/range.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define HEADERS_SEPARATORS " \t\r\n,"

/* The value on one line: folding becomes a blank. */
static void headers_add_unfolded(struct buf *buf, const char *value)
{
    size_t i = buf->length;

    buf_adds(buf, value);
    for (; i < buf->length; i++)
        if (buf->data[i] == '\r' || buf->data[i] == '\n')
            buf->data[i] = ' ';
}

/* Adds a list of codings, without those that change nothing: a list of any length of them is no
 * trouble. With `chunked` "chunked", which the proxy has undone, is left out too. */
static void headers_add_codings(struct buf *encoding, const char *value, bool chunked)
{
    for (value += strspn(value, HEADERS_SEPARATORS); *value;
         value += strspn(value, HEADERS_SEPARATORS)) {
        size_t length = strcspn(value, HEADERS_SEPARATORS), left = length;
        const char *token = value;

        if (left >= 2 && *token == '"' && token[left - 1] == '"') {
            token++;
            left -= 2;
        }
        value += length;
        if (left == 0 || (left == 8 && strncasecmp(token, "identity", 8) == 0) ||
            (left == 4 && strncasecmp(token, "none", 4) == 0) ||
            (chunked && left >= 7 && strncasecmp(token, "chunked", 7) == 0))
            continue;
        if (encoding->length)
            buf_adds(encoding, ", ");
        buf_add(encoding, token, left);
        /* a parameter or a comment, which no coding has, goes with the token before it */
        while (*value == ' ' && (value[1] == ';' || value[1] == '(')) {
            value++;
            value += strcspn(value, ",");
        }
    }
}

/* Fields that a client finds behind a bare carriage return or line feed in another one. */
static void headers_read_hidden_encoding(const ci_headers_list_t *list, struct buf *encoding)
{
    for (int i = 1; list && i < list->used; i++) {
        const char *line = list->headers[i];

        while (*(line += strcspn(line, "\r\n"))) {
            const char *value;

            line++;
            value = fields_value_of(line, "Content-Encoding");
            if (value)
                headers_add_codings(encoding, value, false);
        }
    }
}

/* The server says that the body is in signed chunks (S3): "aws-chunked", which is always the
 * outermost coding. */
static bool headers_is_aws_chunked(const ci_headers_list_t *list)
{
    const char *content = fields_first(list, "x-amz-content-sha256");

    return (content && strncasecmp(content, "STREAMING-", 10) == 0) ||
           fields_first(list, "x-amz-decoded-content-length");
}

/* All Content-Encoding lines are one list, in their order; a Transfer-Encoding that a proxy left
 * lies around them. */
static void headers_read_encoding(const ci_headers_list_t *list, struct buf *encoding)
{
    int at = 0;

    for (const char *value; (value = fields_next(list, "Content-Encoding", &at));)
        headers_add_codings(encoding, value, false);
    headers_read_hidden_encoding(list, encoding);
    at = 0;
    for (const char *value; (value = fields_next(list, "Transfer-Encoding", &at));)
        headers_add_codings(encoding, value, true);
    if (headers_is_aws_chunked(list))
        headers_add_codings(encoding, "aws-chunked", false);
}

/* All Content-Types, the one first that would make a receiver take the body apart: receivers
 * differ in which of them they take, and the scanner reads them all. */
static void headers_read_type(const ci_headers_list_t *list, struct buf *type)
{
    int at = 0;
    const char *chosen = NULL;

    for (const char *value; (value = fields_next(list, "Content-Type", &at));)
        if (!chosen || (strncasecmp(value, "multipart/", 10) == 0 &&
                        strncasecmp(chosen, "multipart/", 10) != 0))
            chosen = value;
    if (!chosen)
        return;
    headers_add_unfolded(type, chosen);
    at = 0;
    for (const char *value; (value = fields_next(list, "Content-Type", &at));)
        if (value != chosen) {
            buf_adds(type, ", ");
            headers_add_unfolded(type, value);
        }
}

/* ------------------------------------------------------------------------- URL */

/* The last segment of the path, percent-decoded. */
static void headers_read_name(const char *url, struct buf *name)
{
    const char *path = strstr(url, "://");

    path = path ? path + 3 : url;
    size_t length = strcspn(path, "?#");
    size_t start = length;
    while (start && path[start - 1] != '/')
        start--;
    if (start == 0 && path != url)
        start = length; /* "http://host": no path at all */
    for (size_t i = start; i < length; i++) {
        int high = i + 2 < length && path[i] == '%' ? hex_digit(path[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(path[i + 2]) : -1;
        char byte = path[i];
        if (low >= 0) {
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if (byte == '\0' || byte == '\n')
            byte = '_';
        buf_add(name, &byte, 1);
    }
}

/* The names that the header gives, beside the URL's: receivers differ in which of them they take.
 */
static void headers_read_disposition(const ci_headers_list_t *list,
                                     struct transaction_headers *headers)
{
    int at = 0;

    for (const char *value; (value = fields_next(list, "Content-Disposition", &at));)
        if (disposition_add_names(&headers->name, value) != 0)
            fields_note_overlong(headers, "the names in Content-Disposition", DISPOSITION_NAMES);
}

/* "GET http://host/path HTTP/1.1": method, URL, host. */
static void headers_read_request_line(const ci_headers_list_t *list,
                                      struct transaction_headers *headers)
{
    const char *line = list && list->used ? list->headers[0] : NULL;
    const char *host = fields_first(list, "Host");
    char plain[HOST_MAX];

    fields_take(headers, headers->host, sizeof headers->host, host, " \t\r\n", "Host");
    if (!line)
        return;
    fields_copy(headers->method, sizeof headers->method, line, " \t\r\n");
    line += strcspn(line, " \t\r\n");
    line += strspn(line, " \t");
    int relative = *line == '/' && headers->host[0];
    if (relative)
        buf_addf(&headers->url, "http://%s", headers->host);
    buf_add(&headers->url, line, strcspn(line, " \t\r\n"));
    const char *url = buf_text(&headers->url), *authority = strstr(url, "://");
    if (!relative && authority) {
        authority += 3;
        size_t length = strcspn(authority, "/?#");
        const char *user = memrchr(authority, '@', length);
        fields_take(headers, headers->host, sizeof headers->host, user ? user + 1 : authority,
                    "/?#", "the URL's host");
    }
    if (host_normalise(plain, headers->host, strlen(headers->host)) < 0)
        fields_note_overlong(headers, "the host", HOST_MAX - 1);
    headers_read_name(url, &headers->name);
    fields_copy(headers->shown_url, sizeof headers->shown_url, url, "");
    fields_copy(headers->shown_name, sizeof headers->shown_name, buf_text(&headers->name), "");
}

/* The status of "HTTP/1.1 206 …"; rspamd 3.7 puts a Content-Type line before it. */
static int headers_read_status(const ci_headers_list_t *list)
{
    for (int i = 0; list && i < list->used && i < 2; i++)
        if (strncasecmp(list->headers[i], "HTTP/", 5) == 0) {
            const char *blank = strchr(list->headers[i], ' ');
            return blank ? (int)strtol(blank, NULL, 10) : 0;
        }
    return 0;
}

/* ------------------------------------------------------------- who asks */

static void headers_read_user(ci_request_t *request, struct transaction_headers *headers)
{
    const ci_headers_list_t *icap = request->request_header;
    const char *authenticated = fields_first(icap, "X-Authenticated-User");
    const char *squids = fields_first(icap, "X-Client-Username");
    const size_t size = sizeof headers->user;
    int fits = 0;

    if (authenticated)
        fits = asker_authenticated_user(authenticated, headers->user, size);
    else if (squids)
        fits = asker_client_username(squids, state_settings.user_encoded, headers->user, size);
    else
        fields_take(headers, headers->user, size, request->user, "\r\n", "the user's name");
    if (fits < 0)
        fields_note_overlong(headers, authenticated ? "X-Authenticated-User" : "X-Client-Username",
                             size - 1);
}

/* The mail's envelope, as a mail filter tells it. */
static void headers_read_envelope(ci_request_t *request, struct envelope *envelope)
{
    const ci_headers_list_t *icap = request->request_header;
    const char *sender = fields_first(icap, "X-Mail-From");
    bool all = true;
    int at = 0;

    if (sender)
        envelope->has_sender = envelope_add_addresses(envelope->sender, sizeof envelope->sender,
                                                      sender, strcspn(sender, "\r\n"));
    for (const char *value; (value = fields_next(icap, "X-Rcpt-To", &at));) {
        size_t length = strcspn(value, "\r\n");
        all &= memchr(value, '@', length) != NULL &&
               envelope_add_addresses(envelope->recipients, sizeof envelope->recipients, value,
                                      length);
    }
    envelope->has_recipients = all && envelope->recipients[0];
}

/* Groups of all the fields, one a line. Rules go by them: none may be missing in silence. */
static void headers_read_groups(ci_request_t *request, struct transaction_headers *headers)
{
    static const char *const fields[] = {"X-Authenticated-Groups", "X-Authenticated-Group"};
    const size_t size = sizeof headers->groups;
    size_t used = 0;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        int at = 0;
        for (const char *value; (value = fields_next(request->request_header, fields[i], &at));) {
            size_t begin = used > 0 ? used + 1 : 0; /* behind a line break */
            if (begin >= size || asker_groups(value, headers->groups + begin, size - begin) < 0) {
                fields_note_overlong(headers, fields[i], size - 1);
                return;
            }
            size_t length = strlen(headers->groups + begin);
            if (length > 0 && begin > 0)
                headers->groups[used] = '\n';
            used = length > 0 ? begin + length : used;
        }
    }
}

static void headers_read_client(ci_request_t *request, struct transaction_headers *headers)
{
    const char *value = fields_first(request->request_header, "X-Client-IP");
    const size_t size = sizeof headers->client;

    if (value)
        fields_take(headers, headers->client, size, value, " \t\r\n,", "X-Client-IP");
    else if (!request->connection ||
             !ci_sockaddr_t_to_ip(&request->connection->claddr, headers->client, (int)size))
        headers->client[0] = '\0';
}

/* Two ranges contradict each other, or one of them is for somebody else: nobody knows what the
 * client will make of it. */
static void headers_read_range(const ci_headers_list_t *about, struct transaction_headers *headers)
{
    int at = 0;
    const char *range = fields_next(about, "Content-Range", &at);

    headers->part =
        range_is_part(headers->status, range, buf_text(&headers->type), &headers->whole);
    if (range && fields_next(about, "Content-Range", &at))
        headers->part = 1;
}

/* A request that carries a piece of an upload. */
static void headers_read_pieces(const ci_headers_list_t *list, struct transaction_headers *headers)
{
    struct pieces pieces = {0};
    const char *method = fields_first(list, "X-HTTP-Method-Override");

    for (int i = 1; list && i < list->used; i++) {
        const char *line = list->headers[i] + strspn(list->headers[i], " \t");
        size_t length = strcspn(line, ": \t");
        const char *value = strchr(line, ':');

        if (value)
            pieces_add_field(&pieces, line, length, value + 1);
    }
    pieces_finish(&pieces, method ? method : headers->method, buf_text(&headers->url),
                  buf_text(&headers->type));
    if (pieces.is_piece)
        headers->part = 1;
    else if (pieces.whole && !headers->whole)
        headers->whole = pieces.whole;
}

/* An answer without an end and without a name: what gives a receiver a file is no stream. */
static bool headers_may_stream(const ci_headers_list_t *given,
                               const struct transaction_headers *headers)
{
    static const char *const of_files[] = {"Content-Disposition", "Content-Encoding",
                                           "Content-Length", "Content-Range"};

    for (size_t i = 0; i < sizeof of_files / sizeof of_files[0]; i++)
        if (fields_first(given, of_files[i]))
            return false;
    return headers->status == 200 && !headers->encoding.length &&
           stream_is_type(buf_text(&headers->type));
}

/* Something did not fit, or there was no memory for it. */
static void headers_note_failed(struct transaction_headers *headers, const struct buf *field,
                                const char *name)
{
    if (field->failed)
        fields_note_overlong(headers, name, field->ceiling);
}

void headers_read(ci_request_t *request, struct transaction_headers *headers)
{
    const ci_headers_list_t *asked = ci_http_request_headers(request);
    const ci_headers_list_t *given = ci_http_response_headers(request);
    const ci_headers_list_t *about = ci_req_type(request) == ICAP_RESPMOD ? given : asked;

    buf_init(&headers->url, TRANSACTION_URL_MAX);
    buf_init(&headers->name, WIRE_NAME_MAX);
    buf_init(&headers->type, WIRE_TYPE_MAX);
    buf_init(&headers->encoding, WIRE_ENCODING_MAX);
    headers_read_request_line(asked, headers);
    headers_read_disposition(about, headers);
    headers_read_type(about, &headers->type);
    headers_read_encoding(about, &headers->encoding);
    headers_read_user(request, headers);
    headers_read_groups(request, headers);
    headers_read_client(request, headers);
    headers_read_envelope(request, &headers->envelope);
    fields_copy(headers->language, sizeof headers->language, fields_first(asked, "Accept-Language"),
                "\r\n");
    if (about == given)
        headers->status = headers_read_status(given);
    headers_read_range(about, headers);
    if (about == asked)
        headers_read_pieces(asked, headers);
    else
        headers->may_stream = headers_may_stream(given, headers);
    headers_note_failed(headers, &headers->url, "the URL");
    headers_note_failed(headers, &headers->name, "the file's names");
    headers_note_failed(headers, &headers->type, "Content-Type");
    headers_note_failed(headers, &headers->encoding, "Content-Encoding");
}
