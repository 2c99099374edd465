/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/freshclam.h"

#include <libfreshclam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FRESHCLAM_LOG_LINES 10000 /* of its log that are looked through */

static enum result freshclam_result_of(fc_error_t code)
{
    switch (code) {
    case FC_SUCCESS:
    case FC_UPTODATE:
    case FC_EMIRRORNOTSYNC: /* it kept the newest there was */
        return RESULT_CURRENT;
    case FC_EFORBIDDEN:
    case FC_ERETRYLATER:
        return RESULT_COOLING;
    case FC_EBADCVD:
    case FC_EEMPTYFILE:
    case FC_ETESTFAIL:
        return RESULT_REFUSED;
    case FC_EDIRECTORY:
    case FC_EFILE:
    case FC_EDBDIRACCESS:
        return RESULT_DISK;
    case FC_ECONFIG:
    case FC_EARG:
        return RESULT_CONFIG;
    case FC_EMEM:
    case FC_EINIT:
    case FC_ELOGGING:
        return RESULT_FAILED;
    default:
        return RESULT_NETWORK;
    }
}

/* libfreshclam keeps the pointers. */
static void freshclam_set_proxy(const struct proxy *proxy, fc_config *config)
{
    if (!proxy->server[0])
        return;
    config->proxyServer = proxy->server;
    config->proxyPort = proxy->port;
    if (proxy->user[0]) {
        config->proxyUsername = proxy->user;
        config->proxyPassword = proxy->password;
    }
}

/* libcurl inside libfreshclam looks at these too. */
static void freshclam_forget_environment(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

static fc_error_t freshclam_start(const struct freshclam_work *work)
{
    const struct settings *settings = work->settings;
    fc_config config = {.msgFlags = FC_CONFIG_MSG_STDOUT,
                        .maxAttempts = 1,
                        .connectTimeout = (uint32_t)((settings->connect_timeout + 999) / 1000),
                        .requestTimeout = (uint32_t)((settings->low_speed_time + 999) / 1000),
                        .databaseDirectory = work->directory,
                        .tempDirectory = work->temporary};

    freshclam_set_proxy(&settings->proxy_parts, &config);
    if (*settings->proxy)
        freshclam_forget_environment();
    if (*settings->ca_file)
        setenv("CURL_CA_BUNDLE", settings->ca_file, 1);
    return fc_initialize(&config);
}

/* libfreshclam wants addresses without a slash at their end. */
static fc_error_t freshclam_update_from(const struct source *source, const char *database,
                                        const char *address, const char *dns)
{
    char server[MIRROR_URL_MAX], name[INDEX_NAME_MAX + 1];
    char *servers[] = {server}, *databases[] = {name};
    uint32_t updated = 0;

    snprintf(server, sizeof server, "%s", address);
    server[strlen(server) - 1] = '\0';
    snprintf(name, sizeof name, "%s", database);
    return fc_update_databases(databases, 1, servers, 1, source->is_private, dns, source->cdiff,
                               NULL, &updated);
}

void freshclam_update(void *context, void *out)
{
    const struct freshclam_work *work = context;
    struct freshclam_report *report = out;
    char *dns = NULL, *newer = NULL;

    memset(report, 0, sizeof *report);
    if (freshclam_start(work) != FC_SUCCESS)
        return;
    report->started = 1;
    /* Only a hint that saves a question: without it the headers are asked for over HTTP. */
    if (*work->source->dns)
        fc_dns_query_update_info(work->source->dns, &dns, &newer);
    for (size_t i = 0; i < work->source->database_count; i++) {
        fc_error_t code = FC_ECONNECTION;

        for (size_t m = 0; m < work->source->mirror_count; m++) {
            code = freshclam_update_from(work->source, work->source->databases[i],
                                         work->source->mirrors[m], dns);
            if (freshclam_result_of(code) == RESULT_CURRENT ||
                freshclam_result_of(code) == RESULT_COOLING)
                break;
        }
        report->codes[i] = (int)code;
        report->results[i] = freshclam_result_of(code);
        snprintf(report->words[i], sizeof report->words[i], "%s", fc_strerror(code));
        if (report->results[i] == RESULT_COOLING) {
            for (size_t rest = i + 1; rest < work->source->database_count; rest++)
                report->results[rest] = RESULT_COOLING;
            break;
        }
    }
    free(dns);
    free(newer);
    fc_cleanup();
}

void freshclam_reason(const char *log, char *why, size_t size)
{
    static const char mark[] = "Message: ";
    char line[1024];
    FILE *file = fopen(log, "re");

    *why = '\0';
    if (!file)
        return;
    for (unsigned i = 0; i < FRESHCLAM_LOG_LINES && fgets(line, sizeof line, file); i++) {
        const char *found = strstr(line, mark);
        const char *failed = strstr(line, "Download failed (");
        line[strcspn(line, "\r\n")] = '\0';
        if (found)
            snprintf(why, size, "%s", found + sizeof mark - 1);
        else if (failed && !*why)
            snprintf(why, size, "%s", failed);
    }
    fclose(file);
    proxy_redact(why);
}
