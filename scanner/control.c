/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/control.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bases.h"
#include "common/peer.h"
#include "scanner/boardwriter.h"
#include "scanner/connections.h"
#include "scanner/estate.h"
#include "scanner/log.h"

/* The whole message, which comes from a trusted user. Returns the body as a string to be freed. */
static char *control_receive_settings(int fd, struct err *err)
{
    char *message = malloc(WIRE_MESSAGE_MAX + 1), *text = NULL;
    struct wire_view view;
    ssize_t got = message ? recv(fd, message, WIRE_MESSAGE_MAX + 1, MSG_DONTWAIT) : -1;

    if (got < 0)
        err_sys(err, "cannot receive the settings");
    else if (wire_request_check(message, (size_t)got, 0, &view, err) == 0) {
        if (view.request->flags & WIRE_BODY_FD)
            err_set(err, "settings travel inline");
        else if (!(text = strndup((const char *)view.body, (size_t)view.request->length)))
            err_set(err, "out of memory");
    }
    free(message);
    return text;
}

/* Where we live cannot change while we live there. */
static int control_keep_places(const struct supervisor *supervisor,
                               struct scanner_settings *settings, struct err *err)
{
    const struct scanner_settings *now = &supervisor->settings;

    if (strcmp(settings->socket, now->socket) != 0 || strcmp(settings->board, now->board) != 0)
        return err_set(err, "Socket and Board cannot change without a restart of the scanner");
    return 0;
}

static int control_propose(struct supervisor *supervisor, char *text, struct err *err)
{
    struct scanner_settings settings;

    memset(&settings, 0, sizeof settings);
    if (directive_defaults(scannerconf_rows, scannerconf_count, &settings, err) < 0 ||
        scannerconf_parse(&settings, text, err) < 0 || scannerconf_finish(&settings, err) < 0 ||
        control_keep_places(supervisor, &settings, err) < 0) {
        directive_release(scannerconf_rows, scannerconf_count, &settings);
        return -1;
    }
    if (supervisor->is_proposed)
        directive_release(scannerconf_rows, scannerconf_count, &supervisor->proposed);
    supervisor->proposed = settings;
    supervisor->is_proposed = 1;
    supervisor->proposals++;
    estate_note_settings(supervisor);
    return 0;
}

static int control_new_settings(struct supervisor *supervisor, int fd, struct err *err)
{
    char *text = control_receive_settings(fd, err);
    int result = text ? control_propose(supervisor, text, err) : -1;

    free(text);
    return result;
}

/* Whether a load would bring nothing but what serves, or is being loaded, already. */
static bool control_is_current(const struct supervisor *supervisor)
{
    const struct generation *last = supervisor->loading ? supervisor->loading : supervisor->serving;

    return last && last->pid && last->stamp && !last->is_fallback && !supervisor->is_proposed &&
           !supervisor->drain_until_ns && !supervisor->reload_wanted &&
           last->stamp == bases_stamp_known(supervisor->settings.bases);
}

static void control_reload(struct supervisor *supervisor)
{
    if (!control_is_current(supervisor)) {
        log_info("reload asked for");
        supervisor->reload_wanted = 1;
        return;
    }
    log_info("reload asked for: nothing has changed in %s, so nothing is loaded",
             supervisor->settings.bases);
    if (!supervisor->loading)
        boardwriter_failure(supervisor->board, 0, ""); /* what failed in between is gone */
}

static void control_reopen(const struct supervisor *supervisor)
{
    struct err err;

    if (log_open(supervisor->settings.log, &err) < 0)
        log_error("%s", err.text);
    else
        log_info("the log was opened anew");
}

void control_request(struct supervisor *supervisor, struct connection *connection,
                     const struct wire_view *view)
{
    struct err err;
    int kind = view->request->kind;

    if (kind != WIRE_PING && !peer_is_trusted(connection->fd)) {
        connections_reply(supervisor, connection, REASON_PROTOCOL,
                          "only the scanner's own user and root may ask for that");
        return;
    }
    if (kind == WIRE_SETTINGS && control_new_settings(supervisor, connection->fd, &err) < 0) {
        connections_reply(supervisor, connection, REASON_PROTOCOL, err.text);
        return;
    }
    if (kind == WIRE_SETTINGS) {
        log_info("reload asked for, with settings");
        supervisor->reload_wanted = 1;
    }
    if (kind == WIRE_RELOAD)
        control_reload(supervisor);
    if (kind == WIRE_REOPEN)
        control_reopen(supervisor);
    connections_reply(supervisor, connection, supervisor->serving ? REASON_NONE : REASON_NO_ENGINE,
                      "");
}
