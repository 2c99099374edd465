/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kasp/kaspout.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/text.h"

#define LINE_MAX_BYTES 65536

/* "arj" of "/tmp/arj.ppl": what stands in the brackets. */
static void kaspout_add_base(struct buf *out, const char *file)
{
    const char *name = strrchr(file, '/');

    if (strcmp(file, "-") == 0)
        file = "stdin";
    name = name && name[1] ? name + 1 : file;
    const char *dot = strrchr(name, '.');
    text_plain(out, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static void kaspout_print_line(const char *file, const char *before, const char *text,
                               const char *after)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    buf_adds(&line, "[");
    kaspout_add_base(&line, file);
    buf_addf(&line, "] %s", before);
    text_plain(&line, text, strlen(text));
    buf_adds(&line, after);
    puts(buf_text(&line));
    buf_free(&line);
}

void kaspout_begin(enum kaspout_style style, unsigned number, const char *file)
{
    char argument[32];

    if (style != KASPOUT_TRANSCRIPT)
        return;
    snprintf(argument, sizeof argument, "argv[%u] = ", number);
    kaspout_print_line(file, argument, file, "");
    kaspout_print_line(file, "Source = ", file, "");
    kaspout_print_line(file, "Start Virus scan.", "", "");
    fflush(stdout);
}

/* The threat; for what is neither clean nor infected, the reason. */
static const char *kaspout_finding(const struct wire_reply *reply)
{
    if (reply->verdict == VERDICT_CLEAN)
        return "";
    return reply->verdict == VERDICT_INFECTED ? reply->threat : reason_name(reply->reason);
}

static void kaspout_transcript_end(const char *file, const struct wire_reply *reply)
{
    struct buf rest;
    char result[32];

    buf_init(&rest, LINE_MAX_BYTES);
    buf_adds(&rest, ", ");
    text_plain(&rest, kaspout_finding(reply), strlen(kaspout_finding(reply)));
    buf_adds(&rest, ")");
    kaspout_print_line(file, "End Virus scan.(", file, buf_text(&rest));
    /* The result's numbers are the verdicts': 0 error, 1 clean, 2 infected, 3 unscannable. */
    snprintf(result, sizeof result, "nResult = %u (", reply->verdict);
    kaspout_print_line(file, result, kaspout_finding(reply), ")");
    buf_free(&rest);
}

static void kaspout_add_text(struct buf *out, const char *name, const char *text)
{
    buf_addf(out, "\"%s\":", name);
    text_json(out, text, strlen(text));
    buf_adds(out, ",");
}

static void kaspout_json_end(const char *file, uint64_t size, const struct wire_reply *reply)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    buf_adds(&line, "{");
    kaspout_add_text(&line, "file", file);
    kaspout_add_text(&line, "verdict", verdict_name(reply->verdict));
    kaspout_add_text(&line, "reason", reason_name(reply->reason));
    kaspout_add_text(&line, "threat", reply->threat);
    kaspout_add_text(&line, "part", reply->part);
    kaspout_add_text(&line, "detail", reply->detail);
    buf_addf(&line, "\"size\":%llu,\"scanned\":%llu,\"layers\":%u,\"generation\":%llu,\"set\":\"",
             (unsigned long long)size, (unsigned long long)reply->scanned, reply->layers,
             (unsigned long long)reply->generation);
    for (size_t i = 0; i < sizeof reply->set_id; i++)
        buf_addf(&line, "%02x", reply->set_id[i]);
    buf_addf(&line, "\",\"cached\":%s,\"queued_us\":%u,\"elapsed_us\":%u}",
             reply->flags & WIRE_CACHED ? "true" : "false", reply->queued_us, reply->elapsed_us);
    puts(buf_text(&line));
    buf_free(&line);
}

/* "FILE: OK", "FILE: NAME FOUND", and what clamscan has no word for as its errors. */
static void kaspout_clamscan_end(const char *file, const struct wire_reply *reply)
{
    struct buf line;

    buf_init(&line, LINE_MAX_BYTES);
    text_plain(&line, file, strlen(file));
    buf_adds(&line, ": ");
    if (reply->verdict == VERDICT_CLEAN) {
        buf_adds(&line, "OK");
    } else {
        text_plain(&line, kaspout_finding(reply), strlen(kaspout_finding(reply)));
        buf_adds(&line, reply->verdict == VERDICT_INFECTED ? " FOUND" : " ERROR");
    }
    puts(buf_text(&line));
    buf_free(&line);
}

void kaspout_print_totals(enum kaspout_style style, const struct kaspout_totals *t)
{
    double seconds = (double)t->elapsed_ms / 1000;

    if (style == KASPOUT_CLAMSCAN)
        printf("\n----------- SCAN SUMMARY -----------\nScanned files: %" PRIu64
               "\nInfected files: %" PRIu64 "\nTotal errors: %" PRIu64
               "\nData scanned: %.2f MB\nTime: %.3f sec\n",
               t->files, t->infected, t->unscannable + t->errors, (double)t->bytes / 1048576,
               seconds);
    else
        fprintf(stderr,
                "kasp: %" PRIu64 " files, %.1f MB in %.1f s: %" PRIu64 " clean, %" PRIu64
                " infected, %" PRIu64 " unscannable, %" PRIu64 " errors\n",
                t->files, (double)t->bytes / 1e6, seconds, t->clean, t->infected, t->unscannable,
                t->errors);
}

static bool kaspout_is_shown;

void kaspout_progress(const struct kaspout_totals *t)
{
    fprintf(stderr, "\r%" PRIu64 " files, %.1f MB, %" PRIu64 " infected ", t->files,
            (double)t->bytes / 1e6, t->infected);
    kaspout_is_shown = true;
}

void kaspout_progress_end(void)
{
    if (kaspout_is_shown)
        fputs("\r\033[K", stderr);
    kaspout_is_shown = false;
}

void kaspout_end(enum kaspout_style style, const char *file, uint64_t size,
                 const struct wire_reply *reply)
{
    if (style == KASPOUT_TRANSCRIPT)
        kaspout_transcript_end(file, reply);
    else if (style == KASPOUT_JSON)
        kaspout_json_end(file, size, reply);
    else if (style == KASPOUT_CLAMSCAN)
        kaspout_clamscan_end(file, reply);
    fflush(stdout);
}
