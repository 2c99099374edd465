/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/headers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "modules/epost_av/range.h"
#include "modules/epost_av/transaction.h"

#define FIELD_MAX 4096 /* bytes of Content-Type or Content-Encoding that are kept */

/* The value if the line is a header of that name, else NULL. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncasecmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    line += length + 1;
    return line + strspn(line, " \t");
}

/* The next value of a header that may come several times; *at starts at 0. */
static const char *next_value(const ci_headers_list_t *list, const char *name, int *at)
{
    while (list && *at < list->used) {
        const char *value = value_of(list->headers[(*at)++], name);
        if (value)
            return value;
    }
    return NULL;
}

static const char *first_value(const ci_headers_list_t *list, const char *name)
{
    int at = 0;

    return next_value(list, name, &at);
}

static void copy(char *field, size_t size, const char *value, const char *stop)
{
    size_t length = value ? strcspn(value, stop) : 0;

    if (length >= size)
        length = size - 1;
    if (length)
        memcpy(field, value, length);
    field[length] = '\0';
}

/* The value on one line: folding becomes a blank. */
static void add_unfolded(struct buf *buf, const char *value)
{
    buf_adds(buf, value);
    for (size_t i = 0; i < buf->length; i++)
        if (buf->data[i] == '\r' || buf->data[i] == '\n')
            buf->data[i] = ' ';
}

/* All Content-Encoding lines are one list, in their order. */
static void read_encoding(const ci_headers_list_t *list, struct buf *encoding)
{
    int at = 0;

    for (const char *value; (value = next_value(list, "Content-Encoding", &at));) {
        if (encoding->length)
            buf_adds(encoding, ", ");
        add_unfolded(encoding, value);
    }
}

/* Of several Content-Types the one that would make a receiver take the body apart. */
static void read_type(const ci_headers_list_t *list, struct buf *type)
{
    int at = 0;
    const char *chosen = NULL;

    for (const char *value; (value = next_value(list, "Content-Type", &at));)
        if (!chosen || (strncasecmp(value, "multipart/", 10) == 0 &&
                        strncasecmp(chosen, "multipart/", 10) != 0))
            chosen = value;
    if (chosen)
        add_unfolded(type, chosen);
}

/* ------------------------------------------------------------------------- URL */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The last segment of the path, percent-decoded. */
static void read_name(const char *url, char *name, size_t size)
{
    const char *path = strstr(url, "://");
    size_t out = 0;

    path = path ? path + 3 : url;
    size_t length = strcspn(path, "?#");
    size_t start = length;
    while (start && path[start - 1] != '/')
        start--;
    if (start == 0 && path != url)
        start = length; /* "http://host": no path at all */
    for (size_t i = start; i < length && out + 1 < size; i++) {
        int high = i + 2 < length && path[i] == '%' ? hex(path[i + 1]) : -1;
        int low = high >= 0 ? hex(path[i + 2]) : -1;
        if (low >= 0) {
            name[out++] = (char)(high << 4 | low);
            i += 2;
        } else {
            name[out++] = path[i];
        }
        if (name[out - 1] == '\0')
            name[out - 1] = '_';
    }
    name[out] = '\0';
}

/* "GET http://host/path HTTP/1.1": method, URL, host. */
static void read_request_line(const ci_headers_list_t *list, struct transaction_headers *headers)
{
    const char *line = list && list->used ? list->headers[0] : NULL;
    const char *host = first_value(list, "Host");

    copy(headers->host, sizeof headers->host, host, " \t\r\n");
    if (!line)
        return;
    copy(headers->method, sizeof headers->method, line, " \t\r\n");
    line += strcspn(line, " \t\r\n");
    line += strspn(line, " \t");
    int relative = *line == '/' && headers->host[0];
    int at = relative ? snprintf(headers->url, sizeof headers->url, "http://%s", headers->host) : 0;
    copy(headers->url + at, sizeof headers->url - (size_t)at, line, " \t\r\n");
    const char *authority = strstr(headers->url, "://");
    if (!relative && authority) {
        authority += 3;
        size_t length = strcspn(authority, "/?#");
        const char *user = memrchr(authority, '@', length);
        copy(headers->host, sizeof headers->host, user ? user + 1 : authority, "/?#");
    }
    read_name(headers->url, headers->name, sizeof headers->name);
}

/* The status of "HTTP/1.1 206 …"; rspamd 3.7 puts a Content-Type line before it. */
static int read_status(const ci_headers_list_t *list)
{
    for (int i = 0; list && i < list->used && i < 2; i++)
        if (strncasecmp(list->headers[i], "HTTP/", 5) == 0) {
            const char *blank = strchr(list->headers[i], ' ');
            return blank ? atoi(blank) : 0;
        }
    return 0;
}

/* ------------------------------------------------------------- who asks */

/* X-Authenticated-User is "Local://user" in base64, or the bare name. */
static void read_user(ci_request_t *request, char *user, size_t size)
{
    const char *value = first_value(request->request_header, "X-Authenticated-User");
    char encoded[256], decoded[256];

    if (!value) {
        copy(user, size, request->user, "\r\n");
        return;
    }
    copy(encoded, sizeof encoded, value, " \t\r\n");
    memset(decoded, 0, sizeof decoded);
    int length = ci_base64_decode(encoded, decoded, (int)sizeof decoded - 1);
    const char *name = length > 0 ? strstr(decoded, "://") : NULL;
    copy(user, size, name ? name + 3 : encoded, "\r\n");
}

static void read_client(ci_request_t *request, char *client, size_t size)
{
    const char *value = first_value(request->request_header, "X-Client-IP");

    if (value)
        copy(client, size, value, " \t\r\n,");
    else if (!request->connection ||
             !ci_sockaddr_t_to_ip(&request->connection->claddr, client, (int)size))
        client[0] = '\0';
}

/* Two ranges contradict each other, or one of them is for somebody else: nobody knows what the
 * client will make of it. */
static void read_range(const ci_headers_list_t *about, struct transaction_headers *headers)
{
    int at = 0;
    const char *range = next_value(about, "Content-Range", &at);

    headers->part =
        range_is_part(headers->status, range, buf_text(&headers->type), &headers->whole);
    if (range && next_value(about, "Content-Range", &at))
        headers->part = 1;
}

void headers_read(ci_request_t *request, struct transaction_headers *headers)
{
    const ci_headers_list_t *asked = ci_http_request_headers(request);
    const ci_headers_list_t *given = ci_http_response_headers(request);
    const ci_headers_list_t *about = ci_req_type(request) == ICAP_RESPMOD ? given : asked;

    buf_init(&headers->type, FIELD_MAX);
    buf_init(&headers->encoding, FIELD_MAX);
    read_request_line(asked, headers);
    read_type(about, &headers->type);
    read_encoding(about, &headers->encoding);
    read_user(request, headers->user, sizeof headers->user);
    read_client(request, headers->client, sizeof headers->client);
    copy(headers->language, sizeof headers->language, first_value(asked, "Accept-Language"),
         "\r\n");
    if (about == given)
        headers->status = read_status(given);
    read_range(about, headers);
}
