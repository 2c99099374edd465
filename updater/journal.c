/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/journal.h"

#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "updater/iso8601.h"

#define LOG_MAX        (1 << 20) /* bytes; then it becomes autoupdate.log.1 */
#define LINE_MAX_BYTES 4096

static void journal_append(const struct run *run, struct buf *line)
{
    const char *path = run->settings->log;
    char directory[STATE_PATH_MAX], old[STATE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct stat st;

    snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) : 0, path);
    if (*directory)
        (void)mkdir(directory, 0755);
    if (stat(path, &st) == 0 && st.st_size > LOG_MAX) {
        snprintf(old, sizeof old, "%.600s.1", path);
        (void)rename(path, old);
    }
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, line->data, line->length) != (ssize_t)line->length)
        run_warn(run, "cannot write the log %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

static void journal_begin(struct buf *line)
{
    char when[WHEN_TEXT];

    buf_init(line, LINE_MAX_BYTES);
    buf_addf(line, "%s epost-autoupdate %s", iso8601_format(time(NULL), when), PACKAGE_VERSION);
}

static void journal_add(struct buf *line, const char *key, const char *value)
{
    buf_addf(line, " %s=", key);
    text_log(line, value, strlen(value));
}

void journal_source(const struct run *run, const struct source *source, const struct offer *offer)
{
    struct buf line;

    journal_begin(&line);
    journal_add(&line, "source", source->name);
    journal_add(&line, "mirror", *offer->mirror ? offer->mirror : "-");
    journal_add(&line, "old", *offer->before ? offer->before : "-");
    journal_add(&line, "new", *offer->after ? offer->after : "-");
    buf_addf(&line, " bytes=%" PRIu64 " seconds=%.1f result=%s", offer->received,
             (double)offer->ms / 1000, result_name(offer->result));
    if (*offer->message)
        journal_add(&line, "message", offer->message);
    buf_adds(&line, "\n");
    journal_append(run, &line);
    buf_free(&line);
}

void journal_run(const struct run *run, enum result result, const char *message)
{
    struct buf line;

    journal_begin(&line);
    buf_addf(&line, " generation=%" PRIu64 " result=%s", generation_current(&run->store),
             result_name(result));
    if (*message)
        journal_add(&line, "message", message);
    buf_adds(&line, "\n");
    journal_append(run, &line);
    buf_free(&line);
}

int journal_keep(const struct run *run, enum result result, const char *message,
                 struct fault *fault)
{
    struct buf text;

    buf_init(&text, LINE_MAX_BYTES);
    buf_addf(&text, "at %" PRId64 "\nresult %s\nmessage ", run->now, result_name(result));
    text_plain(&text, message, strlen(message)); /* one line, whatever a library says */
    buf_adds(&text, "\n");
    int kept = state_write(run->store.state, "run", &text, fault);
    buf_free(&text);
    return kept;
}

static void journal_on_line(void *context, const char *key, char *value)
{
    struct journal_last *last = context;

    if (strcmp(key, "at") == 0)
        last->at = (int64_t)state_number(value);
    else if (strcmp(key, "result") == 0 && result_from_name(value) >= 0)
        last->result = (enum result)result_from_name(value);
    else if (strcmp(key, "message") == 0)
        snprintf(last->message, sizeof last->message, "%s", value);
}

int journal_read(const struct store *store, struct journal_last *last, struct fault *fault)
{
    memset(last, 0, sizeof *last);
    return state_read(store->state, "run", journal_on_line, last, NULL, fault);
}
