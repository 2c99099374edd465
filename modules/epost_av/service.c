/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * service: what c-icap calls. Each callback hands over to the step that does
 * the work; nothing else happens here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/oldplace.h"
#include "modules/epost_av/compat.h"
#include "modules/epost_av/intake.h"
#include "modules/epost_av/istag.h"
#include "common/client.h"
#include "modules/epost_av/launch.h"
#include "modules/epost_av/stopped.h"
#include "modules/epost_av/log.h"
#include "modules/epost_av/places.h"
#include "modules/epost_av/preview.h"
#include "modules/epost_av/respond.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/stats.h"
#include "modules/epost_av/tell.h"
#include "modules/epost_av/transaction.h"
#include "modules/epost_av/conf_location.h"
#include "modules/epost_av/words.h"

#define SERVICE_NAME    "epost_av"
#define SERVICE_PREVIEW 0   /* bytes: headers decide before a slow body has come */
#define SERVICE_TTL     600 /* seconds a client may keep our OPTIONS */

static int service_init(ci_service_xdata_t *data, struct ci_server_conf *conf);
static int service_post_init(ci_service_xdata_t *data, struct ci_server_conf *conf);
static void service_close(void);
static void *service_new(ci_request_t *request);
static void service_release(void *data);
static int service_preview(char *data, int length, ci_request_t *request);
static int service_end_of_data(ci_request_t *request);
static int service_io(char *out, int *out_length, char *in, int *in_length, int complete,
                      ci_request_t *request);

static struct ci_conf_entry conf_table[SETTINGS_ROWS + SCANNERCONF_ROWS + 1];
static const char *conf_file; /* c-icap's, for messages */

__attribute__((visibility("default"))) ci_service_module_t service = {
    .mod_name = SERVICE_NAME,
    .mod_short_descr = "epost-av antivirus service",
    .mod_type = ICAP_RESPMOD | ICAP_REQMOD,
    .mod_init_service = service_init,
    .mod_post_init_service = service_post_init,
    .mod_close_service = service_close,
    .mod_init_request_data = service_new,
    .mod_release_request_data = service_release,
    .mod_check_preview_handler = service_preview,
    .mod_end_of_data_handler = service_end_of_data,
    .mod_service_io = service_io,
    .mod_conf_table = conf_table,
};

/* ---------------------------------------------------------------- configuration */

/* c-icap splits the line into words; a value is all of them. */
static int service_set_directive(const char *name, const char **words, void *data)
{
    char value[2048] = "", where[600];
    struct err err;
    size_t used = 0;

    (void)data;
    for (; words && *words && used < sizeof value; words++)
        used +=
            (size_t)snprintf(value + used, sizeof value - used, "%s%s", used ? " " : "", *words);
    if (settings_set(&state_settings, name, value, &err) == 0)
        return 1;
    conf_location_directive(conf_file, name, words && words[-1] ? words[-1] : "", where,
                            sizeof where);
    err_prefix(&err, "%s%s" SERVICE_NAME ".%s", where, *where ? ": " : "", name);
    tell_operator("%s", err.text);
    return 0;
}

/* The service's own directives, and those that c-icap gives to every service. */
static int service_is_directive(const char *name)
{
    static const char *const cicap[] = {"TransferPreview", "TransferIgnore", "TransferComplete",
                                        "PreviewSize",     "MaxConnections", "OptionsTTL",
                                        "Allow206"};

    for (size_t i = 0; i < sizeof cicap / sizeof cicap[0]; i++)
        if (strcmp(cicap[i], name) == 0)
            return 1;
    return settings_known(name);
}

static void service_add_rows(const struct directive *rows, size_t count, size_t *used)
{
    for (size_t i = 0; i < count; i++)
        conf_table[(*used)++] = (struct ci_conf_entry){
            .name = rows[i].name, .action = service_set_directive, .msg = rows[i].doc};
}

/* ------------------------------------------------------------- c-icap's master */

static void service_child_ended(const char *name, process_pid_t pid, int reason, void *data)
{
    struct err err;

    (void)name, (void)reason, (void)data;
    words_read(tell);
    if (launch_child_ended(pid, &err))
        tell(err.text);
}

static void service_tick(const char *name, int type, void *data)
{
    struct err err;

    (void)type, (void)data;
    words_read(tell);
    if (launch_tick(&err))
        tell(err.text);
    if (stopped_continue(&err))
        tell(err.text);
    log_scanner();
    ci_command_schedule(name, NULL, 1);
}

/* Runs in the master (new signatures) and in each child (exceptions, log). */
static void service_reload(const char *name, int type, const char **arguments)
{
    struct err err;

    (void)name, (void)arguments;
    if (type == CI_CMD_MONITOR_PROC && launch_control(WIRE_RELOAD, &err) < 0)
        tell(err.text);
    if (state_reload(&err) < 0)
        tell(err.text);
    else
        istag_policy();
    if (log_open_all(&err) < 0)
        tell(err.text);
}

/* Runs in the master (the scanner's log too) and in each child: the files were rotated. */
static void service_reopen(const char *name, int type, const char **arguments)
{
    struct err err;

    (void)name, (void)arguments;
    if (type == CI_CMD_MONITOR_PROC && launch_control(WIRE_REOPEN, &err) < 0)
        tell(err.text);
    if (log_open_all(&err) < 0)
        tell(err.text);
}

static int service_options_ready(ci_request_t *request)
{
    char line[96];
    struct board_view view = {.state = BOARD_DOWN};

    istag_refresh();
    /* e2guardian reads this header only where it was announced. */
    ci_icap_add_xheader(request, "X-Allow-Out: X-Infection-Found");
    /* The board of a scanner that was killed a moment ago still looks alive. */
    if (state_ready() && client_reaches(state_settings.scanner.socket))
        return CI_OK;
    if (state_board())
        board_read(state_board(), &view);
    size_t used =
        (size_t)snprintf(line, sizeof line, "X-Response-Info: the scanner is not ready (%s",
                         board_state_name(view.state));
    if (view.state == BOARD_LOADING)
        used += (size_t)snprintf(line + used, sizeof line - used, ", %u s so far", view.loading_s);
    snprintf(line + used, sizeof line - used, ")");
    ci_icap_add_xheader(request, line);
    return CI_ERROR;
}

static int service_init(ci_service_xdata_t *data, struct ci_server_conf *conf)
{
    struct err err;
    size_t used = 0;

    if (settings_init(&state_settings, &err) < 0) {
        tell_operator("%s", err.text);
        return CI_ERROR;
    }
    conf_file = conf->cfg_file;
    if (places_make(conf->RUN_USER, conf->RUN_GROUP, &err) < 0)
        tell_operator("%s", err.text);
    if (oldplace_find(EPOST_CONFDIR "/" SERVICE_NAME ".conf", &err))
        tell_operator("%s", err.text);
    service_add_rows(settings_rows, settings_count, &used);
    service_add_rows(scannerconf_rows, scannerconf_count, &used);
    /* c-icap stops by itself at a directive that nobody knows, but does not say so. */
    if (conf_location_unknown(conf_file, SERVICE_NAME ".", service_is_directive, &err) < 0)
        tell_operator("%s", err.text);
    ci_service_set_preview(data, SERVICE_PREVIEW);
    ci_service_enable_204(data);
    ci_service_set_transfer_preview(data, "*");
    ci_service_set_options_ttl(data, SERVICE_TTL);
    ci_service_set_xopts(data, CI_XCLIENTIP | CI_XAUTHENTICATEDUSER | CI_XAUTHENTICATEDGROUPS);
    ci_service_add_option_handler(data, "scanner_not_ready", service_options_ready);
    stats_register();
    istag_init(data);
    return CI_OK;
}

/* find_command compares whole lines: with and without the newline of a plain echo. */
static void service_add_commands(void)
{
    static const struct {
        const char *name;
        void (*action)(const char *name, int type, const char **arguments);
    } commands[] = {{SERVICE_NAME ":reload", service_reload},
                    {SERVICE_NAME ":reload\n", service_reload},
                    {SERVICE_NAME ":reopen", service_reopen},
                    {SERVICE_NAME ":reopen\n", service_reopen}};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        ci_command_register_ctl_cmd(commands[i].name, CI_CMD_MONITOR_PROC | CI_CMD_CHILDS_PROC,
                                    commands[i].action);
}

static int service_post_init(ci_service_xdata_t *data, struct ci_server_conf *conf)
{
    struct err err;

    (void)data, (void)conf;
    if (settings_finish(&state_settings, &err) < 0 || state_load(&err) < 0 ||
        log_open_all(&err) < 0) {
        tell_operator("%s", err.text);
        /* c-icap would go on without us, and clients with bypass would not notice. */
        if (!launch_is_takeover())
            exit(EXIT_FAILURE);
        return CI_ERROR;
    }
    istag_policy();
    if (places_check(&state_settings, &err) < 0)
        tell_operator("%s", err.text);
    service_add_commands();
    ci_command_register_child_cleanup(SERVICE_NAME ":child", NULL, service_child_ended);
    ci_command_register_action(SERVICE_NAME ":tick", CI_CMD_MONITOR_ONDEMAND, NULL, service_tick);
    ci_command_schedule(SERVICE_NAME ":tick", NULL, 1);
    if (launch_begin(&state_settings, &err) < 0)
        tell_operator("%s", err.text);
    return CI_OK;
}

static void service_close(void)
{
    launch_end();
    log_close_all();
    state_free();
}

/* ------------------------------------------------------------------ requests */

static void *service_new(ci_request_t *request)
{
    return transaction_new(request);
}

static void service_release(void *data)
{
    transaction_free(data);
}

static int service_preview(char *data, int length, ci_request_t *request)
{
    struct transaction *t = ci_service_data(request);
    int inside = ci_req_preview_size(request) >= 0;

    if (!t)
        return CI_MOD_ERROR;
    switch (preview_begin(t, data, length > 0 ? (size_t)length : 0, inside)) {
    case PREVIEW_204:
        respond_mark_204(t);
        return CI_MOD_ALLOW204;
    case PREVIEW_FAIL:
        respond_mark_fail(t);
        return CI_MOD_ERROR;
    case PREVIEW_CONTINUE:
        break;
    }
    return CI_MOD_CONTINUE;
}

static int service_end_of_data(ci_request_t *request)
{
    struct transaction *t = ci_service_data(request);

    return t ? respond_end_of_data(t) : CI_MOD_ERROR;
}

static int service_io(char *out, int *out_length, char *in, int *in_length, int complete,
                      ci_request_t *request)
{
    struct transaction *t = ci_service_data(request);

    if (!t) {
        if (out_length)
            *out_length = CI_ERROR;
        return CI_ERROR;
    }
    if (in && in_length && *in_length > 0) {
        /* c-icap sends what was begun only when it has something left to give, or more comes. */
        int held = respond_trickle(t) ? 1 : 0;
        *in_length = *in_length > held ? intake_take(t, in, (size_t)(*in_length - held)) : 0;
        if (*in_length < 0)
            return CI_ERROR;
    }
    if (out && out_length && *out_length > 0) {
        *out_length = respond_give(t, out, *out_length, complete);
        if (*out_length == CI_ERROR)
            return CI_ERROR;
    }
    return CI_OK;
}
