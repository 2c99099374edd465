/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written down of a run. The result that is kept is read again as it was, whatever the
 * message says, and each entry of the log is one line; then the kept file is any bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/place.h"
#include "updater/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void journal_count_lines(const char *path, unsigned expected)
{
    char text[65536];
    unsigned lines = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text);

    if (got < 1 || text[got - 1] != '\n')
        abort();
    close(fd);
    for (ssize_t i = 0; i < got; i++)
        lines += text[i] == '\n';
    if (lines != expected || unlink(path) < 0)
        abort();
}

/* Texts out of the input, each up to a NUL. */
static void journal_text(const char **from, const char *end, char *text, size_t size)
{
    size_t length = strnlen(*from, (size_t)(end - *from));

    snprintf(text, size, "%.*s", (int)length, *from);
    *from += length + (*from + length < end);
}

static void journal_log(struct run *run, const char *from, const char *end)
{
    struct source source = {.name = ""};
    struct offer offer = {.result = RESULT_UPDATED, .received = (uint64_t)(end - from)};

    journal_text(&from, end, source.name, sizeof source.name);
    journal_text(&from, end, offer.mirror, sizeof offer.mirror);
    journal_text(&from, end, offer.before, sizeof offer.before);
    journal_text(&from, end, offer.after, sizeof offer.after);
    journal_text(&from, end, offer.message, sizeof offer.message);
    journal_source(run, &source, &offer);
    journal_run(run, RESULT_REFUSED, offer.message);
    journal_count_lines(run->settings->log, 2);
}

static void journal_again(struct run *run, const char *message)
{
    struct journal_last last;
    struct fault fault;

    if (journal_keep(run, RESULT_UNCONFIRMED, message, &fault) < 0 ||
        journal_read(&run->store, &last, &fault) < 0)
        abort();
    if (last.result != RESULT_UNCONFIRMED || last.at != run->now || strchr(last.message, '\n'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    static struct settings settings;
    char log[256], *text = place_text(data, size);
    struct journal_last last;
    struct fault fault;

    snprintf(log, sizeof log, "%s/logs/autoupdate.log", place_directory());
    settings.log = log;
    run.settings = &settings;
    run.store.state = place_directory();
    run.store.bases = "/nowhere";
    run.now = 1700000000;
    run.quiet = 1;
    journal_log(&run, text, text + size);
    journal_again(&run, text);
    place_file("run", data, size);
    if (journal_read(&run.store, &last, &fault) == 0 &&
        strnlen(last.message, sizeof last.message) == sizeof last.message)
        abort();
    free(text);
    return 0;
}
