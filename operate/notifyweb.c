/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyweb.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTIFYWEB_CONNECTIONS 16 /* kept open at most */

struct notifyweb {
    CURLM *multi;
    struct notifyweb_transfer *transfers; /* all on their way */
};

struct notifyweb_transfer {
    struct notifyweb_transfer *next;
    const struct notifyrules_target *target;
    CURL *curl;
    struct curl_slist *headers, *recipients;
    struct buf content;
    size_t at; /* of the content, sent */
    void *owner;
    char reason[CURL_ERROR_SIZE];
};

struct notifyweb *notifyweb_new(struct err *err)
{
    struct notifyweb *web = calloc(1, sizeof *web);

    if (web && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        web->multi = curl_multi_init();
    if (!web || !web->multi) {
        free(web);
        err_set(err, "libcurl does not start");
        return NULL;
    }
    curl_multi_setopt(web->multi, CURLMOPT_MAXCONNECTS, (long)NOTIFYWEB_CONNECTIONS);
    return web;
}

static void notifyweb_end(struct notifyweb *web, struct notifyweb_transfer *transfer)
{
    struct notifyweb_transfer **at = &web->transfers;

    while (*at && *at != transfer)
        at = &(*at)->next;
    if (*at)
        *at = transfer->next;
    if (transfer->curl) {
        curl_multi_remove_handle(web->multi, transfer->curl);
        curl_easy_cleanup(transfer->curl);
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->recipients);
    buf_free(&transfer->content);
    free(transfer);
}

void notifyweb_free(struct notifyweb **web)
{
    if (!*web)
        return;
    while ((*web)->transfers)
        notifyweb_end(*web, (*web)->transfers);
    curl_multi_cleanup((*web)->multi);
    curl_global_cleanup();
    free(*web);
    *web = NULL;
}

/* -------------------------------------------------------------------- beginning */

/* The answer's content says nothing to us. */
static size_t notifyweb_ignore(char *data, size_t size, size_t count, void *user)
{
    (void)data, (void)user;
    return size * count;
}

static size_t notifyweb_give(char *data, size_t size, size_t count, void *user)
{
    struct notifyweb_transfer *transfer = user;
    size_t left = transfer->content.length - transfer->at;
    size_t length = size * count < left ? size * count : left;

    if (length)
        memcpy(data, transfer->content.data + transfer->at, length);
    transfer->at += length;
    return length;
}

static int notifyweb_header(struct curl_slist **list, const char *text, struct err *err)
{
    struct curl_slist *more = curl_slist_append(*list, text);

    if (!more)
        return err_set(err, "out of memory");
    *list = more;
    return 0;
}

/* The receiver computes it over the body with the same key, and knows who sent it. */
static int notifyweb_sign(struct notifyweb_transfer *transfer, struct err *err)
{
    const char *key = transfer->target->key;
    char line[128] = "X-Epost-Signature: sha256=";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (!*key)
        return 0;
    if (!HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)transfer->content.data,
              transfer->content.length, sum, &length))
        return err_set(err, "HMAC failed");
    for (unsigned i = 0; i < length; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%02x", sum[i]);
    return notifyweb_header(&transfer->headers, line, err);
}

static void notifyweb_protocols(CURL *curl, const char *names, long bits)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    (void)bits;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, names);
#else
    (void)names;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, bits);
#endif
}

static int notifyweb_webhook(struct notifyweb_transfer *transfer, struct err *err)
{
    const struct notifyrules_target *target = transfer->target;
    char line[NOTIFYRULES_SECRET + 32];

    if (notifyweb_header(&transfer->headers, "Content-Type: application/json", err) < 0 ||
        notifyweb_header(&transfer->headers, "Expect:", err) < 0 ||
        notifyweb_sign(transfer, err) < 0)
        return -1;
    snprintf(line, sizeof line, "Authorization: Bearer %s", target->token);
    if (*target->token && notifyweb_header(&transfer->headers, line, err) < 0)
        return -1;
    notifyweb_protocols(transfer->curl, "http,https", CURLPROTO_HTTP | CURLPROTO_HTTPS);
    curl_easy_setopt(transfer->curl, CURLOPT_URL, target->place);
    curl_easy_setopt(transfer->curl, CURLOPT_PROXY, target->proxy);
    curl_easy_setopt(transfer->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, transfer->content.data);
    curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDSIZE, (long)transfer->content.length);
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(transfer->curl, CURLOPT_USERAGENT, "epost-monitord/" PACKAGE_VERSION);
    return 0;
}

static int notifyweb_mail(struct notifyweb_transfer *transfer, struct err *err)
{
    const struct notifyrules_target *target = transfer->target;
    char host[256] = "localhost", url[NOTIFYRULES_PLACE + sizeof host + 1],
         login[NOTIFYRULES_SECRET + 2];

    gethostname(host, sizeof host - 1);
    if (host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")])
        snprintf(host, sizeof host, "localhost");
    snprintf(url, sizeof url, "%s/%s", target->place, host); /* the path is the name for EHLO */
    for (unsigned i = 0; i < target->recipients; i++) {
        char address[NOTIFYRULES_ADDRESS + 2];
        snprintf(address, sizeof address, "<%s>", target->to[i]);
        if (notifyweb_header(&transfer->recipients, address, err) < 0)
            return -1;
    }
    notifyweb_protocols(transfer->curl, "smtp,smtps", CURLPROTO_SMTP | CURLPROTO_SMTPS);
    curl_easy_setopt(transfer->curl, CURLOPT_URL, url);
    curl_easy_setopt(transfer->curl, CURLOPT_PROXY, "");
    snprintf(login, sizeof login, "<%s>", target->from);
    curl_easy_setopt(transfer->curl, CURLOPT_MAIL_FROM, login);
    curl_easy_setopt(transfer->curl, CURLOPT_MAIL_RCPT, transfer->recipients);
    curl_easy_setopt(transfer->curl, CURLOPT_USE_SSL,
                     (long)(target->is_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (*target->login) {
        size_t length = strcspn(target->login, ":");
        snprintf(login, sizeof login, "%.*s", (int)length, target->login);
        curl_easy_setopt(transfer->curl, CURLOPT_USERNAME, login);
        curl_easy_setopt(transfer->curl, CURLOPT_PASSWORD, target->login + length + 1);
    }
    curl_easy_setopt(transfer->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(transfer->curl, CURLOPT_READFUNCTION, notifyweb_give);
    curl_easy_setopt(transfer->curl, CURLOPT_READDATA, transfer);
    curl_easy_setopt(transfer->curl, CURLOPT_INFILESIZE, (long)transfer->content.length);
    return 0;
}

static int notifyweb_begin(struct notifyweb *web, struct notifyweb_transfer *transfer,
                           struct err *err)
{
    const struct notifyrules_target *target = transfer->target;
    CURL *curl = transfer->curl = curl_easy_init();

    if (!curl)
        return err_set(err, "out of memory");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)target->deadline_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)target->deadline_ms);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, notifyweb_ignore);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    if (*target->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, target->ca_file);
    int status = target->channel == NOTIFYRULES_MAIL ? notifyweb_mail(transfer, err)
                                                     : notifyweb_webhook(transfer, err);
    if (status < 0)
        return -1;
    return curl_multi_add_handle(web->multi, curl) == CURLM_OK
               ? 0
               : err_set(err, "libcurl does not begin");
}

int notifyweb_start(struct notifyweb *web, const struct notifyrules_target *target,
                    struct buf *content, void *owner, struct err *err)
{
    struct notifyweb_transfer *transfer = calloc(1, sizeof *transfer);

    if (!transfer) {
        buf_free(content);
        return err_set(err, "out of memory");
    }
    transfer->target = target;
    transfer->owner = owner;
    transfer->content = *content;
    buf_init(content, 0);
    transfer->next = web->transfers;
    web->transfers = transfer;
    if (notifyweb_begin(web, transfer, err) == 0)
        return 0;
    notifyweb_end(web, transfer);
    return -1;
}

/* ----------------------------------------------------------------------- ending */

void notifyweb_wait(struct notifyweb *web, const int *fds, unsigned count, int wait_ms)
{
    struct curl_waitfd wait[NOTIFYWEB_WAIT];
    unsigned used = 0;

    for (; used < count && used < NOTIFYWEB_WAIT; used++)
        wait[used] = (struct curl_waitfd){.fd = fds[used], .events = CURL_WAIT_POLLIN};
    curl_multi_poll(web->multi, wait, used, wait_ms, NULL);
}

/* The outcome by the answer: a server that is busy or broken now may take it later. */
static enum notifyslot_outcome notifyweb_judge(const struct notifyweb_transfer *transfer,
                                               CURLcode code, char why[CURL_ERROR_SIZE + 64])
{
    long answer = 0;

    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &answer);
    if (transfer->target->channel == NOTIFYRULES_WEBHOOK && code == CURLE_OK) {
        snprintf(why, CURL_ERROR_SIZE + 64, "the answer is %ld", answer);
        if (answer >= 200 && answer < 300)
            return NOTIFYSLOT_SENT;
        return answer >= 500 || answer == 408 || answer == 425 || answer == 429
                   ? NOTIFYSLOT_RETRY
                   : NOTIFYSLOT_REFUSED;
    }
    snprintf(why, CURL_ERROR_SIZE + 64, "%s",
             *transfer->reason ? transfer->reason : curl_easy_strerror(code));
    if (code == CURLE_OK)
        return NOTIFYSLOT_SENT;
    /* 5yz: the mail server will say so the next time too. */
    return transfer->target->channel == NOTIFYRULES_MAIL && answer >= 500 && answer < 600 &&
                   code != CURLE_OPERATION_TIMEDOUT
               ? NOTIFYSLOT_REFUSED
               : NOTIFYSLOT_RETRY;
}

void notifyweb_collect(struct notifyweb *web,
                       void (*each)(void *data, void *owner, enum notifyslot_outcome outcome,
                                    const char *why),
                       void *data)
{
    int running, left;
    CURLMsg *message;

    curl_multi_perform(web->multi, &running);
    while ((message = curl_multi_info_read(web->multi, &left))) {
        struct notifyweb_transfer *transfer = NULL;
        char why[CURL_ERROR_SIZE + 64];
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        enum notifyslot_outcome outcome = notifyweb_judge(transfer, message->data.result, why);
        void *owner = transfer->owner;
        notifyweb_end(web, transfer);
        each(data, owner, outcome, why);
    }
}
