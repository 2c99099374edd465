/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epost-report: what happened in a day or a week, as text, HTML, JSON or CSV; and
 * forgets a user.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/event.h"
#include "common/text.h"
#include "operate/conf.h"
#include "operate/digest.h"
#include "operate/store.h"

#define REPORT_DAY_MS 86400000ull
#define REPORT_MAX    (4u << 20) /* bytes */

enum report_format { REPORT_TEXT, REPORT_HTML, REPORT_JSON, REPORT_CSV };

struct report {
    struct conf conf;
    struct digest digest;
    struct buf out;
    char since[40], until[40]; /* local time, for persons */
};

static void report_say(const char *text)
{
    fprintf(stderr, "epost-report: %s\n", text);
}

static void report_date(char text[40], uint64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm local;

    localtime_r(&seconds, &local);
    strftime(text, 40, "%Y-%m-%d %H:%M %Z", &local);
}

/* ------------------------------------------------------------------------- forms */

static void report_text(struct report *r)
{
    const struct digest *d = &r->digest;

    buf_addf(&r->out, "epost-av on %s, %s to %s\n", r->conf.node, r->since, r->until);
    for (unsigned table = 0; table < DIGEST_TABLES; table++) {
        buf_addf(&r->out, "\n%s (%s)\n", digest_title(table), digest_unit(table));
        for (unsigned i = 0; i < d->count[table]; i++)
            buf_addf(&r->out, "%12llu  %s\n", (unsigned long long)d->row[table][i].value,
                     d->row[table][i].label);
        if (!d->count[table])
            buf_adds(&r->out, "              nothing\n");
    }
}

/* Mail programs read attributes and simple styles, and nothing from outside. */
static void report_html(struct report *r)
{
    const struct digest *d = &r->digest;

    buf_adds(&r->out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<title>epost-av</title></head>\n<body style=\"font-family:sans-serif;"
                      "color:#1a1a1a;background:#ffffff;max-width:42em\">\n<h1 "
                      "style=\"font-size:1.3em\">epost-av on ");
    text_html(&r->out, r->conf.node, strlen(r->conf.node));
    buf_addf(&r->out, "</h1>\n<p>%s to %s</p>\n", r->since, r->until);
    for (unsigned table = 0; table < DIGEST_TABLES; table++) {
        buf_addf(&r->out, "<h2 style=\"font-size:1.05em;margin:1.4em 0 .3em\">%s</h2>\n",
                 digest_title(table));
        if (!d->count[table]) {
            buf_adds(&r->out, "<p style=\"margin:0\">Nothing.</p>\n");
            continue;
        }
        buf_adds(&r->out, "<table style=\"border-collapse:collapse;width:100%\">\n");
        for (unsigned i = 0; i < d->count[table]; i++) {
            buf_addf(&r->out,
                     "<tr><td style=\"border-top:1px solid #cccccc;padding:.25em .8em .25em 0;"
                     "text-align:right;width:7em\">%llu %s</td><td style=\"border-top:1px solid "
                     "#cccccc;padding:.25em 0;word-break:break-word\">",
                     (unsigned long long)d->row[table][i].value,
                     strcmp(digest_unit(table), "ms") == 0 ? "ms" : "");
            text_html(&r->out, d->row[table][i].label, strlen(d->row[table][i].label));
            buf_adds(&r->out, "</td></tr>\n");
        }
        buf_adds(&r->out, "</table>\n");
    }
    buf_adds(&r->out, "</body></html>\n");
}

static void report_json(struct report *r)
{
    const struct digest *d = &r->digest;

    buf_adds(&r->out, "{\"node\":");
    text_json(&r->out, r->conf.node, strlen(r->conf.node));
    buf_addf(&r->out, ",\"since\":%llu,\"until\":%llu", (unsigned long long)(d->since_ms / 1000),
             (unsigned long long)(d->until_ms / 1000));
    for (unsigned table = 0; table < DIGEST_TABLES; table++) {
        buf_addf(&r->out, ",\n\"%s\":[", digest_name(table));
        for (unsigned i = 0; i < d->count[table]; i++) {
            buf_addf(&r->out, "%s{\"value\":%llu,\"label\":", i ? "," : "",
                     (unsigned long long)d->row[table][i].value);
            text_json(&r->out, d->row[table][i].label, strlen(d->row[table][i].label));
            buf_adds(&r->out, "}");
        }
        buf_adds(&r->out, "]");
    }
    buf_adds(&r->out, "}\n");
}

/* A cell is quoted; one that a spreadsheet would take for a formula gets a quote in front. */
static void report_cell(struct buf *out, const char *text)
{
    buf_adds(out, "\"");
    if (*text && strchr("=+-@\t\r", *text))
        buf_adds(out, "'");
    for (; *text; text++)
        buf_addf(out, *text == '"' ? "\"%c" : "%c", *text);
    buf_adds(out, "\"");
}

static void report_csv(struct report *r)
{
    const struct digest *d = &r->digest;

    buf_adds(&r->out, "table,value,unit,label\r\n");
    for (unsigned table = 0; table < DIGEST_TABLES; table++)
        for (unsigned i = 0; i < d->count[table]; i++) {
            buf_addf(&r->out, "%s,%llu,%s,", digest_name(table),
                     (unsigned long long)d->row[table][i].value, digest_unit(table));
            report_cell(&r->out, d->row[table][i].label);
            buf_adds(&r->out, "\r\n");
        }
}

static int report_write(struct report *r, enum report_format format, unsigned days, struct err *err)
{
    static void (*const forms[])(struct report *) = {report_text, report_html, report_json,
                                                     report_csv};
    uint64_t now = event_now();

    if (digest_read(&r->digest, r->conf.database, now - days * REPORT_DAY_MS, now, err) < 0)
        return -1;
    report_date(r->since, r->digest.since_ms);
    report_date(r->until, r->digest.until_ms);
    forms[format](r);
    if (r->out.failed)
        return err_set(err, "the report is too large");
    return fwrite(r->out.data, 1, r->out.length, stdout) == r->out.length && fflush(stdout) == 0
               ? 0
               : err_sys(err, "the report cannot be written");
}

/* ------------------------------------------------------------------------ forget */

static int report_forget(struct report *r, const char *user, struct err *err)
{
    struct store_options options = {.path = r->conf.database,
                                    .keep_clean = r->conf.keep_clean,
                                    .keep_ms = (uint64_t)r->conf.keep_time,
                                    .keep_bytes = (uint64_t)r->conf.keep_size};
    bool is_aside;
    struct store *store = store_open(&options, &is_aside, err);

    if (!store)
        return -1;
    long gone = store_forget(store, user, err);
    store_close(&store);
    if (gone < 0)
        return -1;
    printf("%ld events of that user were removed\n", gone);
    return 0;
}

/* -------------------------------------------------------------------------- main */

static int report_usage(FILE *out)
{
    fputs("usage: epost-report [--config FILE] [--day | --week] [--format text|html|json|csv]\n"
          "       epost-report [--config FILE] --forget USER\n"
          "       epost-report --version | --help\n",
          out);
    return out == stdout ? EXIT_SUCCESS : 2;
}

static int report_format_of(const char *word)
{
    static const char *const words[] = {"text", "html", "json", "csv"};

    for (int i = 0; i < 4; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static int report_run(const char *config, int format, unsigned days, const char *user)
{
    struct report r;
    struct err err;
    int status = -1;

    memset(&r, 0, sizeof r);
    buf_init(&r.out, REPORT_MAX);
    if (conf_load(&r.conf, config, strcmp(config, CONF_FILE) != 0, &err) == 0)
        status = user ? report_forget(&r, user, &err)
                      : report_write(&r, (enum report_format)format, days, &err);
    if (status < 0)
        report_say(err.text);
    digest_free(&r.digest);
    buf_free(&r.out);
    conf_free(&r.conf);
    return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"day", no_argument, NULL, 'd'},
        {"week", no_argument, NULL, 'w'},         {"format", required_argument, NULL, 'f'},
        {"forget", required_argument, NULL, 'g'}, {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    const char *config = CONF_FILE, *user = NULL;
    unsigned days = 1;
    int format = REPORT_TEXT;

    for (int option; (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            config = optarg;
            break;
        case 'd':
            days = 1;
            break;
        case 'w':
            days = 7;
            break;
        case 'f':
            format = report_format_of(optarg);
            break;
        case 'g':
            user = optarg;
            break;
        case 'V':
            puts("epost-report " PACKAGE_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            return report_usage(stdout);
        default:
            return report_usage(stderr);
        }
    }
    return optind == argc && format >= 0 && (!user || *user)
               ? report_run(config, format, days, user)
               : report_usage(stderr);
}
