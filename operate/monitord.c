/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epost-monitord: takes the service's events, keeps them, counts, and tells over
 * HTTP. The service runs the same without it.
 */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "operate/access.h"
#include "operate/confine.h"
#include "operate/keeper.h"
#include "operate/listener.h"
#include "operate/notifyguard.h"
#include "operate/receive.h"
#include "operate/web.h"
#include "operate/writer.h"

#define MONITORD_TELL_S 60 /* between two events of lost events */

struct monitord {
    struct conf conf;
    struct access access;
    struct monitor monitor;
    struct receive *receive;
    struct keeper *keeper; /* NULL without a quarantine */
    struct web *web;
    pthread_t receiver, writer, keeping;
    bool has_receiver, has_writer, has_keeping;
    uint64_t told_lost;
};

static void monitord_say(const char *text)
{
    fprintf(stderr, "epost-monitord: %s\n", text);
}

/* An event of the monitor's own. */
static void monitord_tell(struct monitord *m, enum event_kind kind, uint64_t count,
                          const char *detail)
{
    struct event event;

    event_init(&event, kind, event_now());
    event_set_text(&event, EVENT_FIELD_DETAIL, detail);
    if (count)
        event_set_number(&event, EVENT_FIELD_COUNT, count);
    monitor_tell(&m->monitor, &event);
}

static void monitord_tell_lost(struct monitord *m)
{
    struct metrics_view *view = malloc(sizeof *view);

    if (!view)
        return;
    metrics_read(m->monitor.metrics, view);
    uint64_t lost = view->counter[METRICS_MISSED] + view->counter[METRICS_DROPPED] +
                    view->counter[METRICS_UNSTORED];
    free(view);
    if (lost > m->told_lost)
        monitord_tell(m, EVENT_KIND_EVENTS_LOST, lost - m->told_lost, "");
    m->told_lost = lost;
}

/* ------------------------------------------------------------------- beginning */

/* The rules, as far as the configuration has any; NULL with an empty err when not. */
static struct notifyrules *monitord_rules(const struct conf *conf, struct err *err)
{
    err_set(err, "%s", "");
    if (!*conf->notifications)
        return NULL;
    if (strcmp(conf->notifications, CONF_NOTIFICATIONS) == 0 &&
        access(conf->notifications, F_OK) < 0 && errno == ENOENT)
        return NULL;
    return notifyrules_load(conf->notifications, err);
}

/* Before the database and the keys are open: the notifier has none of them. */
static int monitord_open_notifier(struct monitord *m, struct err *err)
{
    struct notifyrules *rules = monitord_rules(&m->conf, err);
    int status = -1;

    if (!rules)
        return *err->text ? -1 : 0;
    if (notifyfeed_open(&m->monitor.notify, err) == 0)
        status =
            notifyguard_fork(&m->monitor.notify, &rules, m->conf.notifications, m->conf.node, err);
    notifyrules_free(&rules);
    return status;
}

static int monitord_open(struct monitord *m, struct err *err)
{
    const struct conf *conf = &m->conf;
    struct store_options options = {.path = conf->database,
                                    .keep_clean = conf->keep_clean,
                                    .keep_ms = (uint64_t)conf->keep_time,
                                    .keep_bytes = (uint64_t)conf->keep_size};
    bool is_aside = false;
    gid_t events, http, quarantine;

    m->monitor.conf = conf;
    if (monitord_open_notifier(m, err) < 0)
        return -1;
    m->monitor.metrics = metrics_new();
    m->monitor.backlog = backlog_new((size_t)conf->backlog);
    if (!m->monitor.metrics || !m->monitor.backlog)
        return err_set(err, "out of memory");
    if (access_load(&m->access, conf->token_file, conf->listen, conf->hosts, err) < 0)
        return -1;
    if (listener_group(conf->events_group, &events, err) < 0 ||
        listener_group(conf->socket_group, &http, err) < 0 ||
        listener_group(conf->quarantine_group, &quarantine, err) < 0)
        return -1;
    m->monitor.store = store_open(&options, &is_aside, err);
    if (!m->monitor.store)
        return -1;
    if (is_aside)
        monitord_say("the database was damaged; it was put aside, and a new one begun");
    m->receive = receive_open(conf->events, events, &m->monitor, err);
    if (!m->receive)
        return -1;
    m->keeper = keeper_open(&m->monitor, events, quarantine, err);
    if (!m->keeper && *err->text)
        return -1;
    /* The last: whoever gets an answer finds the other sockets too. */
    m->web = web_open(&m->monitor, &m->access, http, err);
    return m->web ? 0 : -1;
}

/* The directory of a file, or with `up` the one around it; into place[size]. */
static const char *monitord_directory(const char *path, bool up, char *place, size_t size)
{
    snprintf(place, size, "%s", path);
    char *directory = dirname(place);
    return up ? dirname(directory) : directory;
}

/* The directory of the board is made anew when the scanner's service starts: the one around it. */
static int monitord_confine(struct monitord *m, struct err *err)
{
    char database[512], events[128], http[128], keep[128], board[512], summary[128], text[200];
    const char *writable[] = {
        monitord_directory(m->conf.database, false, database, sizeof database),
        monitord_directory(m->conf.events, false, events, sizeof events),
        monitord_directory(*m->conf.socket ? m->conf.socket : m->conf.events, false, http,
                           sizeof http),
        m->keeper ? monitord_directory(m->conf.quarantine, false, keep, sizeof keep) : NULL,
        m->conf.quarantine_directory,
        NULL};
    const char *readable[] = {
        *m->conf.board ? monitord_directory(m->conf.board, true, board, sizeof board) : NULL, NULL};

    tzset();
    if (confine_enter(writable, readable, summary, sizeof summary, err) < 0)
        return -1;
    snprintf(text, sizeof text, "confined by %s", summary);
    monitord_say(text);
    return 0;
}

/* Tells systemd (Type=notify), if it wants to know. */
static void monitord_notify(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (*path == '@')
        address.sun_path[0] = '\0';
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    close(fd);
}

static void *monitord_receive(void *data)
{
    receive_run(data);
    return NULL;
}

static void *monitord_keep(void *data)
{
    keeper_run(data);
    return NULL;
}

static int monitord_start(struct monitord *m, struct err *err)
{
    monitord_notify("READY=1");
    if (monitord_confine(m, err) < 0)
        return -1;
    m->has_writer = pthread_create(&m->writer, NULL, writer_run, &m->monitor) == 0;
    m->has_receiver = pthread_create(&m->receiver, NULL, monitord_receive, m->receive) == 0;
    m->has_keeping = m->keeper && pthread_create(&m->keeping, NULL, monitord_keep, m->keeper) == 0;
    if (!m->has_writer || !m->has_receiver || (m->keeper && !m->has_keeping))
        return err_set(err, "cannot start a thread");
    return web_start(m->web, err);
}

/* ------------------------------------------------------------------------- end */

static void monitord_close(struct monitord *m)
{
    web_close(&m->web);
    if (m->has_receiver) {
        receive_stop(m->receive);
        pthread_join(m->receiver, NULL);
    }
    if (m->has_keeping) {
        keeper_stop(m->keeper);
        pthread_join(m->keeping, NULL);
    }
    if (m->has_writer) {
        monitord_tell(m, EVENT_KIND_MONITOR, 0, "stopped");
        backlog_end(m->monitor.backlog);
        pthread_join(m->writer, NULL);
    }
    notifyfeed_close(&m->monitor.notify);
    receive_close(&m->receive);
    keeper_close(&m->keeper);
    vault_close(&m->monitor.vault);
    store_close(&m->monitor.store);
    const struct board *board = atomic_exchange(&m->monitor.board, NULL);
    board_close_reader(&board);
    backlog_free(&m->monitor.backlog);
    metrics_free(&m->monitor.metrics);
    conf_free(&m->conf);
}

static void monitord_wait(struct monitord *m, const sigset_t *signals)
{
    struct timespec tick = {.tv_sec = MONITORD_TELL_S};

    for (;;) {
        int number = sigtimedwait(signals, NULL, &tick);
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGHUP)
            notifyfeed_reload(&m->monitor.notify);
        monitord_tell_lost(m);
    }
}

static int monitord_check(struct monitord *m)
{
    const struct conf *conf = &m->conf;
    struct notifyrules *rules = NULL;
    struct err err;

    if (access_load(&m->access, conf->token_file, conf->listen, conf->hosts, &err) == 0)
        rules = monitord_rules(conf, &err);
    monitord_say(*err.text ? err.text : "the configuration is good");
    notifyrules_free(&rules);
    return *err.text ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int monitord_run(const char *config, bool is_check)
{
    struct monitord m;
    struct err err;
    sigset_t signals;
    int status = EXIT_FAILURE;

    memset(&m, 0, sizeof m);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* threads inherit it */
    signal(SIGPIPE, SIG_IGN);
    umask(027);
    if (conf_load(&m.conf, config, strcmp(config, CONF_FILE) != 0, &err) < 0) {
        monitord_say(err.text);
    } else if (is_check) {
        status = monitord_check(&m);
    } else if (monitord_open(&m, &err) < 0 || monitord_start(&m, &err) < 0) {
        monitord_say(err.text);
    } else {
        monitord_tell(&m, EVENT_KIND_MONITOR, 0, "started");
        monitord_wait(&m, &signals);
        status = EXIT_SUCCESS;
    }
    monitord_close(&m);
    return status;
}

static int monitord_usage(FILE *out)
{
    fputs("usage: epost-monitord [--config FILE] [--check]\n"
          "       epost-monitord --sample | --manual | --version | --help\n",
          out);
    return out == stdout ? EXIT_SUCCESS : 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"check", no_argument, NULL, 'k'},
                                            {"sample", no_argument, NULL, 's'},
                                            {"manual", no_argument, NULL, 'm'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *config = CONF_FILE;
    bool is_check = false;

    for (int option; (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 'k':
            is_check = true;
            break;
        case 's':
            conf_print_sample(stdout);
            return EXIT_SUCCESS;
        case 'm':
            conf_print_manual(stdout);
            return EXIT_SUCCESS;
        case 'V':
            puts("epost-monitord " PACKAGE_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            return monitord_usage(stdout);
        default:
            return monitord_usage(stderr);
        }
    }
    return optind == argc ? monitord_run(config, is_check) : monitord_usage(stderr);
}
