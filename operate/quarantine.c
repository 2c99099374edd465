/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epost-quarantine: lists, shows, releases, exports, deletes and scans again the
 * copies that epost-monitord keeps in quarantine.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/client.h"
#include "common/eventtext.h"
#include "common/eventwire.h"
#include "common/hex.h"
#include "common/text.h"
#include "operate/allow.h"
#include "operate/copy.h"
#include "operate/copyprint.h"
#include "operate/deed.h"
#include "operate/mailout.h"

#define QUARANTINE_SCAN_MS 120000
#define QUARANTINE_UNTOLD  3 /* exit status: done, but the monitor does not know */

struct quarantine {
    struct conf conf;
    struct vault *vault;
    const char *key_file; /* --key */
    bool is_json, allows;
};

static void quarantine_say(const char *text)
{
    fprintf(stderr, "epost-quarantine: %s\n", text);
}

/* --------------------------------------------------------------------- reading */

static int quarantine_open(struct quarantine *q, const char *name, struct copy *copy,
                           struct err *err)
{
    char number[VAULT_NUMBER];
    struct seal_key key;
    const char *file = q->key_file ? q->key_file : q->conf.quarantine_key;

    memset(copy, 0, sizeof *copy);
    copy->fd = -1;
    if (!*file)
        return err_set(err, "which key? --key FILE, or QuarantineKey");
    if (copy_find(q->vault, name, number, err) < 0 || seal_key_load(&key, file, err) < 0)
        return -1;
    int status = key.kind == SEAL_AGE_PUBLIC
                     ? err_set(err, "%s only encrypts; give the age secret key with --key", file)
                     : copy_open(copy, q->vault, number, &key, err);
    seal_key_forget(&key);
    return status;
}

static int quarantine_list(struct quarantine *q, struct err *err)
{
    struct buf numbers, message;
    struct event event;
    int status;

    buf_init(&numbers, (size_t)VAULT_COPIES_MAX * VAULT_NUMBER);
    buf_init(&message, EVENTWIRE_MAX);
    status = vault_list(q->vault, &numbers, err);
    for (size_t at = 0; status == 0 && at < numbers.length; at += VAULT_NUMBER) {
        char *number = numbers.data + at;
        struct err why;
        number[VAULT_NUMBER - 1] = '\0';
        if (vault_event(q->vault, number, &message, &event, &why) < 0)
            quarantine_say(why.text);
        else if (q->is_json)
            copyprint_json(number, &event);
        else
            copyprint_row(number, &event);
    }
    buf_free(&numbers);
    buf_free(&message);
    return status;
}

static int quarantine_show(struct quarantine *q, const char *name, struct err *err)
{
    struct copy copy;
    size_t count;
    const struct event_row *rows = event_rows(&count);
    int status = quarantine_open(q, name, &copy, err);

    if (status == 0 && q->is_json)
        copyprint_json(copy.number, &copy.event);
    for (size_t i = 0; status == 0 && !q->is_json && i < count; i++) {
        const struct event_value *value = &copy.event.values[rows[i].field];
        if (!value->is_set)
            continue;
        printf("%-14s ", rows[i].name);
        if (rows[i].most)
            copyprint_text(value->text, value->length);
        else
            printf("%llu", (unsigned long long)value->number);
        putchar('\n');
    }
    if (status == 0 && !q->is_json)
        printf("%-14s %s\n%-14s %llu bytes, whole and unchanged\n", "copy", copy.number, "content",
               (unsigned long long)copy.length);
    copy_close(&copy);
    return status;
}

static int quarantine_export(struct quarantine *q, const char *name, const char *to,
                             struct err *err)
{
    struct copy copy;
    off_t at = 0;
    int status = quarantine_open(q, name, &copy, err), out = -1;

    if (status == 0) {
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (out < 0)
            status = err_sys(err, "cannot make %s", to);
    }
    while (status == 0 && (uint64_t)at < copy.length)
        if (sendfile(out, copy.fd, &at, (size_t)(copy.length - (uint64_t)at)) <= 0)
            status = err_sys(err, "cannot write %s", to);
    if (out >= 0)
        close(out);
    if (status < 0 && out >= 0)
        unlink(to);
    copy_close(&copy);
    return status;
}

static int quarantine_rescan(struct quarantine *q, const char *name, struct err *err)
{
    struct copy copy;
    struct client client = CLIENT_INIT;
    struct wire_reply reply;
    char file[513], type[257];
    int status = quarantine_open(q, name, &copy, err);

    if (status == 0) {
        event_copy(&copy.event, EVENT_FIELD_NAME, file, sizeof file);
        event_copy(&copy.event, EVENT_FIELD_TYPE, type, sizeof type);
        struct client_body body = {.fd = copy.fd,
                                   .length = copy.length,
                                   .sha256 = copy.sha256,
                                   .name = file,
                                   .type = type,
                                   .client = "epost-quarantine",
                                   .flags = WIRE_NO_CACHE};
        err->text[0] = '\0';
        if (client_start(&client, q->conf.scanner, &body, QUARANTINE_SCAN_MS, &reply, err) == 0)
            client_wait(&client, -1, &reply, err);
        printf("%s  %s  %s  ", copy.number, verdict_name(reply.verdict), reason_name(reply.reason));
        const char *threat = reply.threat[0] ? reply.threat : "-";
        copyprint_text(threat, strlen(threat));
        putchar('\n');
        if (err->text[0])
            status = -1;
    }
    copy_close(&copy);
    return status;
}

/* ----------------------------------------------------------------------- deeds */

static int quarantine_told(struct quarantine *q, const struct event *deed)
{
    if (deed_tell(&q->conf, deed) == 0)
        return EXIT_SUCCESS;
    quarantine_say("done, but the monitor was not told; syslog has the event");
    return QUARANTINE_UNTOLD;
}

static int quarantine_allow(struct quarantine *q, const struct copy *copy, struct err *err)
{
    char hex[65], why[128];
    struct event deed;
    bool is_new;

    hex_encode(copy->sha256, 32, hex);
    snprintf(why, sizeof why, "epost-quarantine release --allow %s", copy->number);
    if (allow_sha256(&q->conf, hex, why, &is_new, err) < 0)
        return -1;
    deed_begin(&deed, EVENT_KIND_ALLOWED, &q->conf, &copy->event);
    event_set_text(&deed, EVENT_FIELD_KEPT, copy->number);
    char rule[96];
    snprintf(rule, sizeof rule, "skip sha256 %s", hex);
    event_set_text(&deed, EVENT_FIELD_RULE, rule);
    return quarantine_told(q, &deed);
}

static int quarantine_deliver(struct quarantine *q, const struct copy *copy, struct buf *accepted,
                              struct buf *refused, struct err *err)
{
    char sender[321];
    static char recipients[2049];
    struct mailout_envelope envelope = {.sender = sender, .recipients = recipients};

    event_copy(&copy->event, EVENT_FIELD_SENDER, sender, sizeof sender);
    event_copy(&copy->event, EVENT_FIELD_RECIPIENTS, recipients, sizeof recipients);
    if (!*q->conf.release_to)
        return err_set(err, "ReleaseTo does not say where mails are given");
    return mailout_send(q->conf.release_to, &envelope, copy->fd, accepted, refused, err);
}

/* Returns the exit status, or -1 and err. */
static int quarantine_release(struct quarantine *q, const char *name, struct err *err)
{
    struct copy copy;
    struct buf accepted, refused;
    struct event deed;
    int status = -1;

    if (!deed_can_be_told(&q->conf))
        return err_set(err,
                       "epost-monitord does not take events from here (%s); a release is "
                       "always an event",
                       q->conf.events);
    buf_init(&accepted, 65536);
    buf_init(&refused, 262144);
    if (quarantine_open(q, name, &copy, err) == 0 &&
        quarantine_deliver(q, &copy, &accepted, &refused, err) == 0) {
        deed_begin(&deed, EVENT_KIND_RELEASED, &q->conf, &copy.event);
        event_set_text(&deed, EVENT_FIELD_KEPT, copy.number);
        event_set_bytes(&deed, EVENT_FIELD_RECIPIENTS, buf_text(&accepted),
                        accepted.length ? accepted.length - 1 : 0);
        status = quarantine_told(q, &deed);
        if (accepted.length) {
            puts("released to:");
            fputs(buf_text(&accepted), stdout);
        }
        if (refused.length)
            fprintf(stderr, "epost-quarantine: refused:\n%s", buf_text(&refused));
    }
    if (status == EXIT_SUCCESS && q->allows)
        status = quarantine_allow(q, &copy, err);
    copy_close(&copy);
    buf_free(&accepted);
    buf_free(&refused);
    return status;
}

static int quarantine_delete(struct quarantine *q, const char *name, struct err *err)
{
    char number[VAULT_NUMBER];
    struct buf message;
    struct event event, deed;
    struct err ignored;
    int status = -1;

    buf_init(&message, EVENTWIRE_MAX);
    if (copy_find(q->vault, name, number, err) == 0) {
        bool is_known = vault_event(q->vault, number, &message, &event, &ignored) == 0;
        if (vault_remove(q->vault, number, err) == 0) {
            deed_begin(&deed, EVENT_KIND_DELETED, &q->conf, is_known ? &event : NULL);
            event_set_text(&deed, EVENT_FIELD_KEPT, number);
            status = quarantine_told(q, &deed);
        }
    }
    buf_free(&message);
    return status;
}

/* ------------------------------------------------------------------------ main */

static int quarantine_usage(FILE *out)
{
    fputs("usage: epost-quarantine [--config FILE] [--json] list\n"
          "       epost-quarantine [--config FILE] [--key FILE] [--json] show NUMBER\n"
          "       epost-quarantine [--config FILE] [--key FILE] [--allow] release NUMBER\n"
          "       epost-quarantine [--config FILE] [--key FILE] export NUMBER FILE\n"
          "       epost-quarantine [--config FILE] [--key FILE] rescan NUMBER\n"
          "       epost-quarantine [--config FILE] delete NUMBER\n"
          "       epost-quarantine --version | --help\n",
          out);
    return out == stdout ? EXIT_SUCCESS : 2;
}

/* The exit status, or -1 and err; -2 for a use that is none. */
static int quarantine_do(struct quarantine *q, int count, char **words, struct err *err)
{
    const char *verb = words[0];

    if (count == 1 && strcmp(verb, "list") == 0)
        return quarantine_list(q, err);
    if (count == 2 && strcmp(verb, "show") == 0)
        return quarantine_show(q, words[1], err);
    if (count == 2 && strcmp(verb, "release") == 0)
        return quarantine_release(q, words[1], err);
    if (count == 3 && strcmp(verb, "export") == 0)
        return quarantine_export(q, words[1], words[2], err);
    if (count == 2 && strcmp(verb, "rescan") == 0)
        return quarantine_rescan(q, words[1], err);
    if (count == 2 && strcmp(verb, "delete") == 0)
        return quarantine_delete(q, words[1], err);
    return -2;
}

static int quarantine_run(struct quarantine *q, const char *config, int count, char **words)
{
    struct err err;
    int status = -1;

    umask(077);
    if (conf_load(&q->conf, config, strcmp(config, CONF_FILE) != 0, &err) == 0 &&
        (q->vault = vault_open_reader(q->conf.quarantine_directory, &err)))
        status = quarantine_do(q, count, words, &err);
    if (status == -1)
        quarantine_say(err.text);
    vault_close(&q->vault);
    conf_free(&q->conf);
    return status == -2 ? quarantine_usage(stderr) : status == -1 ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"allow", no_argument, NULL, 'a'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct quarantine q;
    const char *config = CONF_FILE;

    memset(&q, 0, sizeof q);
    for (int option; (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 'k':
            q.key_file = optarg;
            break;
        case 'j':
            q.is_json = true;
            break;
        case 'a':
            q.allows = true;
            break;
        case 'V':
            puts("epost-quarantine " PACKAGE_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            return quarantine_usage(stdout);
        default:
            return quarantine_usage(stderr);
        }
    }
    return optind < argc ? quarantine_run(&q, config, argc - optind, argv + optind)
                         : quarantine_usage(stderr);
}
