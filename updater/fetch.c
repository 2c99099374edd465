/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/fetch.h"

#include <config.h>
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include "common/clock.h"
#include "common/writeall.h"

#define REDIRECTS_MAX 3
#define HEADERS_MAX   65536 /* bytes of an answer's headers */
#define PACE_MAX_MS   1000
#define IDLE_BODY_MAX 65536 /* bytes of a body that nobody wants (of an error) */

struct transfer {
    const struct fetch_request *request;
    struct fetch_reply *reply;
    CURL *curl;
    size_t headers;       /* bytes so far */
    uint64_t range_start; /* of a 206's Content-Range */
    int began;            /* the body has begun */
    uint64_t began_ms;
    int64_t rate;      /* bytes a second, 0: as fast as it goes */
    uint64_t unwanted; /* bytes of a body nobody wants */
    int is_enough;     /* the first bytes are there, which is all that was wanted */
};

enum result fetch_result(enum fetch_end end)
{
    switch (end) {
    case FETCH_DONE:
    case FETCH_SAME:
        return RESULT_CURRENT;
    case FETCH_BUSY:
        return RESULT_COOLING;
    case FETCH_TOO_LARGE:
    case FETCH_REDIRECT:
        return RESULT_REFUSED;
    case FETCH_DISK:
        return RESULT_DISK;
    case FETCH_LOCAL:
        return RESULT_FAILED;
    default:
        return RESULT_NETWORK;
    }
}

/* Ends the transfer from a callback, with the reason. Returns what makes libcurl stop. */
__attribute__((format(printf, 3, 4))) static size_t
transfer_stop(struct transfer *transfer, enum fetch_end end, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    transfer->reply->end = end;
    err_set(&transfer->reply->err, "%s", text);
    return 0;
}

static void fetch_take_field(char *field, size_t size, const char *value, size_t length)
{
    while (length > 0 &&
           (value[length - 1] == '\r' || value[length - 1] == '\n' || value[length - 1] == ' '))
        length--;
    while (length > 0 && *value == ' ') {
        value++;
        length--;
    }
    field[0] = '\0';
    if (length >= size)
        return;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value[i] < ' ')
            return; /* it is sent back, and stands on a line of the state: no line end, no tab */
    memcpy(field, value, length);
    field[length] = '\0';
}

static size_t fetch_on_header(char *data, size_t unit, size_t count, void *user)
{
    struct transfer *transfer = user;
    struct fetch_reply *reply = transfer->reply;
    size_t length = unit * count;

    transfer->headers += length;
    if (transfer->headers > HEADERS_MAX)
        return transfer_stop(transfer, FETCH_TOO_LARGE, "its headers do not end");
    if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* after a redirect: forget */
        reply->etag[0] = reply->modified[0] = '\0';
        transfer->range_start = UINT64_MAX;
    } else if (length > 5 && strncasecmp(data, "etag:", 5) == 0) {
        fetch_take_field(reply->etag, sizeof reply->etag, data + 5, length - 5);
    } else if (length > 14 && strncasecmp(data, "last-modified:", 14) == 0) {
        fetch_take_field(reply->modified, sizeof reply->modified, data + 14, length - 14);
    } else if (length > 14 && strncasecmp(data, "content-range:", 14) == 0) {
        char text[64];
        unsigned long long start;

        fetch_take_field(text, sizeof text, data + 14, length - 14);
        if (sscanf(text, "bytes %llu-", &start) == 1)
            transfer->range_start = start;
    }
    return length;
}

/* The first byte of a body: does it go on from where we are, or begin anew? Returns 1, or 0
 * with the transfer stopped. */
static size_t fetch_body_begins(struct transfer *transfer)
{
    const struct fetch_request *request = transfer->request;
    struct fetch_reply *reply = transfer->reply;
    curl_off_t announced = -1;

    transfer->began = 1;
    transfer->began_ms = clock_now_ms();
    curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (reply->status == 206) {
        if (transfer->range_start != reply->length)
            return transfer_stop(transfer, FETCH_STATUS,
                                 "it sent another part of the file than was asked for");
    } else if (reply->length > 0) {
        reply->length = 0;
        if (request->fd >= 0 && ftruncate(request->fd, 0) < 0)
            return transfer_stop(transfer, FETCH_DISK, "cannot empty the file: %s",
                                 strerror(errno));
    }
    if (!request->only_first && announced > 0 &&
        (uint64_t)announced > request->ceiling - reply->length)
        return transfer_stop(transfer, FETCH_TOO_LARGE,
                             "it announces %" PRIu64 " bytes where %" PRIu64 " are expected",
                             (uint64_t)announced + reply->length, request->ceiling);
    return 1;
}

static size_t fetch_body_store(struct transfer *transfer, const char *data, size_t length)
{
    const struct fetch_request *request = transfer->request;
    struct fetch_reply *reply = transfer->reply;

    if (request->memory) {
        if (buf_add(request->memory, data, length) < 0)
            return transfer_stop(transfer, FETCH_LOCAL, "not enough memory");
        reply->length += length;
        return length;
    }
    if (writeall_at(request->fd, data, length, reply->length) < 0)
        return transfer_stop(transfer, FETCH_DISK, "cannot write: %s", strerror(errno));
    reply->length += length;
    return length;
}

/* libcurl's own limit lets the first seconds pass at full speed; this one holds from the first
 * byte. The bytes that wait in the socket's buffer make the sender slow down. */
static void fetch_keep_pace(const struct transfer *transfer)
{
    uint64_t due = transfer->reply->received * 1000 / (uint64_t)transfer->rate;
    uint64_t passed = clock_now_ms() - transfer->began_ms;

    if (due > passed) {
        uint64_t wait = due - passed > PACE_MAX_MS ? PACE_MAX_MS : due - passed;
        struct timespec time = {(time_t)(wait / 1000), (long)(wait % 1000) * 1000000};

        nanosleep(&time, NULL);
    }
}

static size_t fetch_on_body(char *data, size_t unit, size_t count, void *user)
{
    struct transfer *transfer = user;
    struct fetch_reply *reply = transfer->reply;
    size_t length = unit * count;

    if (!transfer->began)
        curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    if (reply->status != 200 && reply->status != 206) {
        transfer->unwanted += length;
        return transfer->unwanted > IDLE_BODY_MAX ? 0 : length;
    }
    if (!transfer->began && !fetch_body_begins(transfer))
        return 0;
    reply->received += length;
    if (transfer->request->only_first && length >= transfer->request->ceiling - reply->length) {
        fetch_body_store(transfer, data, transfer->request->ceiling - reply->length);
        transfer->is_enough = 1;
        return 0;
    }
    if (length > transfer->request->ceiling - reply->length)
        return transfer_stop(transfer, FETCH_TOO_LARGE,
                             "it sends more than the %" PRIu64 " bytes expected",
                             transfer->request->ceiling);
    size_t stored = fetch_body_store(transfer, data, length);
    if (transfer->rate > 0)
        fetch_keep_pace(transfer);
    return stored;
}

static int fetch_on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                             curl_off_t up_now)
{
    const struct transfer *transfer = user;

    (void)total;
    (void)now;
    (void)up_total;
    (void)up_now;
    if (transfer->began && transfer->request->progress)
        transfer->request->progress(transfer->request->what, transfer->reply->length,
                                    transfer->request->ceiling);
    return 0;
}

static struct curl_slist *fetch_add_header(struct curl_slist *list, const char *name,
                                           const char *value, int *failed)
{
    char line[FETCH_TAG_MAX + 64];

    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer)
        *failed = 1;
    return longer ? longer : list;
}

/* Range by hand: CURLOPT_RESUME_FROM makes an error of a server that answers 200. */
static int fetch_request_headers(const struct fetch_request *request, struct curl_slist **list_r)
{
    struct curl_slist *list = NULL;
    char range[48];
    int failed = 0;

    if (request->offset > 0) {
        snprintf(range, sizeof range, "bytes=%" PRIu64 "-", request->offset);
        list = fetch_add_header(list, "Range", range, &failed);
        if (request->if_range)
            list = fetch_add_header(list, "If-Range", request->if_range, &failed);
    }
    if (request->only_first) {
        snprintf(range, sizeof range, "bytes=0-%" PRIu64, request->ceiling - 1);
        list = fetch_add_header(list, "Range", range, &failed);
    }
    if (request->etag && *request->etag)
        list = fetch_add_header(list, "If-None-Match", request->etag, &failed);
    if (request->modified && *request->modified)
        list = fetch_add_header(list, "If-Modified-Since", request->modified, &failed);
    *list_r = list;
    return failed ? -1 : 0;
}

static long fetch_time_left(const struct settings *settings, const struct fetch_request *request)
{
    uint64_t now = clock_now_ms();
    uint64_t left = request->deadline_ms > now ? request->deadline_ms - now : 1;

    return left < (uint64_t)settings->file_timeout ? (long)left : (long)settings->file_timeout;
}

static void fetch_set_protocols(CURL *curl, int secure)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS,
                     (long)(secure ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void fetch_set_proxy(CURL *curl, const struct proxy *proxy)
{
    curl_easy_setopt(curl, CURLOPT_PROXY, proxy->server);
    curl_easy_setopt(curl, CURLOPT_PROXYPORT, (long)proxy->port);
    if (proxy->user[0]) {
        curl_easy_setopt(curl, CURLOPT_PROXYUSERNAME, proxy->user);
        curl_easy_setopt(curl, CURLOPT_PROXYPASSWORD, proxy->password);
    }
}

static void fetch_set_options(CURL *curl, const struct settings *settings,
                              struct transfer *transfer)
{
    const struct fetch_request *request = transfer->request;

    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    fetch_set_protocols(curl, strncasecmp(request->url, "https:", 6) == 0);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "epost-autoupdate/" PACKAGE_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, fetch_time_left(settings, request));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)settings->low_speed);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)(settings->low_speed_time / 1000));
    if (strcmp(settings->proxy, "none") == 0)
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    else if (*settings->proxy)
        fetch_set_proxy(curl, &settings->proxy_parts);
    if (*settings->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, fetch_on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, fetch_on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, fetch_on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static enum fetch_end fetch_end_of_status(long status)
{
    switch (status) {
    case 200:
    case 206:
        return FETCH_DONE;
    case 304:
        return FETCH_SAME;
    case 401:
    case 403:
    case 407:
        return FETCH_FORBIDDEN;
    case 404:
    case 410:
        return FETCH_MISSING;
    case 429:
    case 503:
        return FETCH_BUSY;
    default:
        return FETCH_STATUS;
    }
}

static enum fetch_end fetch_end_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_SLOW;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM:
        return FETCH_TRUNCATED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return FETCH_TLS;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
        return FETCH_LOCAL;
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return FETCH_REDIRECT;
    default:
        return FETCH_NETWORK;
    }
}

static void fetch_judge(struct transfer *transfer, CURLcode code, const char *reason, int64_t now)
{
    struct fetch_reply *reply = transfer->reply;
    curl_off_t wait = 0;

    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &wait);
    if (wait > 0)
        reply->retry_at = now + (wait > 366 * 86400 ? 366 * 86400 : wait);
    if (reply->end != FETCH_DONE || transfer->is_enough)
        return; /* a callback has said why */

    int unwanted = reply->status >= 400 || reply->status == 304;
    if (code == CURLE_OK || (unwanted && transfer->unwanted > 0)) {
        reply->end = fetch_end_of_status(reply->status);
        if (reply->end != FETCH_DONE && reply->end != FETCH_SAME)
            err_set(&reply->err, "HTTP status %ld", reply->status);
        return;
    }
    reply->end = fetch_end_of_curl(code);
    err_set(&reply->err, "%s", *reason ? reason : curl_easy_strerror(code));
    proxy_redact(reply->err.text); /* of one in the environment */
}

enum fetch_end fetch_get(const struct settings *settings, const struct fetch_request *request,
                         struct fetch_reply *reply)
{
    static int initialised;
    struct transfer transfer = {
        .request = request, .reply = reply, .range_start = UINT64_MAX, .rate = settings->rate};
    struct curl_slist *headers = NULL;
    char reason[CURL_ERROR_SIZE] = "";

    memset(reply, 0, sizeof *reply);
    reply->length = request->offset;
    if (!initialised)
        initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    transfer.curl = initialised ? curl_easy_init() : NULL;
    if (!transfer.curl || fetch_request_headers(request, &headers) < 0) {
        reply->end = FETCH_LOCAL;
        err_set(&reply->err, "libcurl could not be started");
        goto out;
    }
    fetch_set_options(transfer.curl, settings, &transfer);
    curl_easy_setopt(transfer.curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(transfer.curl, CURLOPT_ERRORBUFFER, reason);

    fetch_judge(&transfer, curl_easy_perform(transfer.curl), reason, request->now);
    if (reply->end == FETCH_TOO_LARGE && request->fd >= 0 && !request->memory) {
        reply->length = 0;
        if (ftruncate(request->fd, 0) < 0)
            reply->end = FETCH_DISK;
    }
out:
    curl_slist_free_all(headers);
    if (transfer.curl)
        curl_easy_cleanup(transfer.curl);
    return reply->end;
}
