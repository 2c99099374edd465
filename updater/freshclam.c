/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/freshclam.h"

#include <libfreshclam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* "http://user:password@host:port" into the fields that libfreshclam wants. */
static void freshclam_set_proxy(const char *proxy, fc_config *config)
{
    static char host[256], user[128], password[128];
    const char *rest = strstr(proxy, "://");
    const char *at;

    rest = rest ? rest + 3 : proxy;
    if (*proxy == '\0' || strcmp(proxy, "none") == 0)
        return;
    if ((at = strchr(rest, '@')) != NULL) {
        size_t name = strcspn(rest, ":@");

        snprintf(user, sizeof user, "%.*s", (int)name, rest);
        if (rest[name] == ':')
            snprintf(password, sizeof password, "%.*s", (int)(at - rest - (long)name - 1),
                     rest + name + 1);
        config->proxyUsername = user;
        config->proxyPassword = password;
        rest = at + 1;
    }
    size_t length = strcspn(rest, ":/");
    snprintf(host, sizeof host, "%.*s", (int)length, rest);
    config->proxyServer = host;
    if (rest[length] == ':')
        config->proxyPort = (uint16_t)strtoul(rest + length + 1, NULL, 10);
}

static fc_error_t freshclam_start(const struct freshclam_work *work)
{
    const struct settings *settings = work->settings;
    fc_config config = {.msgFlags = FC_CONFIG_MSG_STDOUT,
                        .maxAttempts = 1,
                        .connectTimeout = (uint32_t)((settings->connect_timeout + 999) / 1000),
                        .requestTimeout = (uint32_t)((settings->low_speed_time + 999) / 1000),
                        .databaseDirectory = work->folder,
                        .tempDirectory = work->temporary};

    freshclam_set_proxy(settings->proxy, &config);
    if (strcmp(settings->proxy, "none") == 0) {
        unsetenv("http_proxy");
        unsetenv("https_proxy");
        unsetenv("all_proxy");
    }
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
