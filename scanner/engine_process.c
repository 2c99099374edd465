/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/engine_process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/bases.h"
#include "scanner/channel.h"
#include "common/clock.h"
#include "inspect/inspect.h"
#include "scanner/log.h"
#include "scanner/pace.h"

static struct {
    const struct engine_process_start *start;
    struct bases bases;
    struct sandbox sandbox;
    struct clam *clam;
    struct clam_info info;
    struct board_generation generation;
} self;

/* ------------------------------------------------------------------ loading */

/* The signature set's digest with everything else mixed in that a verdict depends on. */
static int engine_process_make_set_id(struct err *err)
{
    const size_t first = offsetof(struct scanner_settings, max_scan_time);
    unsigned char digest[EVP_MAX_MD_SIZE];
    char line[ERR_TEXT_MAX];
    unsigned files;
    int result = -1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        err_set(err, "SHA-256 is not available");
        goto out;
    }
    if (bases_digest(self.bases.path, self.generation.set_id, &files, err) < 0)
        goto out;
    EVP_DigestUpdate(context, self.generation.set_id, sizeof self.generation.set_id);
    EVP_DigestUpdate(context, PACKAGE_VERSION, sizeof PACKAGE_VERSION);
    EVP_DigestUpdate(context, clam_version(), strlen(clam_version()));
    for (size_t i = 0; i < scannerconf_count; i++) {
        if (scannerconf_rows[i].offset < first ||
            directive_format(&scannerconf_rows[i], self.start->settings, line, sizeof line) < 0)
            continue;
        EVP_DigestUpdate(context, line, strlen(line) + 1);
    }
    EVP_DigestFinal_ex(context, digest, NULL);
    memcpy(self.generation.set_id, digest, sizeof self.generation.set_id);
    result = 0;
out:
    EVP_MD_CTX_free(context);
    return result;
}

static void engine_process_load_engine(struct err *err)
{
    if (engine_process_make_set_id(err) == 0)
        self.clam =
            clam_load(self.bases.path, self.sandbox.load, self.start->settings, &self.info, err);
}

/* Beside an engine that serves, it stands aside for scans. */
static void engine_process_load_at_pace(struct err *err)
{
    if (self.start->is_beside)
        pace_begin();
    engine_process_load_engine(err);
    if (self.start->is_beside)
        pace_end();
}

static int engine_process_load(struct err *err)
{
    if (bases_open(&self.bases, self.start->bases, err) < 0)
        return -1;
    self.generation.number = self.bases.number ? self.bases.number : self.start->number;
    snprintf(self.generation.path, sizeof self.generation.path, "%s", self.bases.path);
    if (sandbox_prepare(&self.sandbox, self.start->settings, self.bases.path, self.start->fallback,
                        err) < 0)
        return -1;
    uint64_t begun = clock_now();
    engine_process_load_at_pace(err);
    if (!self.clam)
        return -1;
    inspect_prepare();
    malloc_trim(0);
    clam_before_fork(self.clam, &self.info);
    sandbox_loaded(&self.sandbox);
    self.generation.signatures = self.info.signatures;
    self.generation.built_at = self.info.built_at;
    self.generation.loaded_at = (uint64_t)time(NULL);
    self.generation.load_ms = (uint32_t)((clock_now() - begun) / CLOCK_MS);
    snprintf(self.generation.versions, sizeof self.generation.versions, "%s", self.info.versions);
    snprintf(self.generation.shortcuts, sizeof self.generation.shortcuts, "%s",
             self.info.shortcuts);
    return 0;
}

static uint64_t engine_process_resident(void)
{
    unsigned long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file && fscanf(file, "%lu %lu", &size, &pages) != 2)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void engine_process_report(int failed, const struct err *err)
{
    struct channel_message message;

    if (failed) {
        channel_init(&message, CHANNEL_FAILED);
        message.failed.number = self.generation.number;
        snprintf(message.failed.text, sizeof message.failed.text, "%.*s",
                 (int)sizeof message.failed.text - 1, err->text);
    } else {
        channel_init(&message, CHANNEL_LOADED);
        message.loaded.generation = self.generation;
        message.loaded.resident = engine_process_resident();
        snprintf(message.loaded.sandbox, sizeof message.loaded.sandbox, "%s", self.sandbox.summary);
    }
    if (channel_send(self.start->channel, &message, -1, 0) < 0)
        _exit(1);
}

/* ------------------------------------------------------------------ forking */

/* Forks twice: the new process outlives this one. Returns 1 in it, 0 in this one. */
static int engine_process_fork_twice(const char *name)
{
    pid_t between = fork();

    if (between < 0)
        log_error("cannot fork a %s: %s", name, strerror(errno));
    if (between > 0)
        while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
            ;
    if (between != 0)
        return 0;
    pid_t child = fork();
    if (child != 0)
        _exit(child < 0);
    return 1;
}

static void engine_process_fork_worker(unsigned slot, int channel)
{
    struct err err;

    if (sandbox_slot(&self.sandbox, slot, &err) < 0) {
        log_error("no worker in slot %u: %s", slot, err.text);
        return;
    }
    if (!engine_process_fork_twice("worker"))
        return;
    struct worker_start start = {.clam = self.clam,
                                 .settings = self.start->settings,
                                 .sandbox = &self.sandbox,
                                 .generation = &self.generation,
                                 .shared = self.start->shared,
                                 .channel = channel,
                                 .slot = slot};
    prctl(PR_SET_NAME, "epostavs-worker", 0, 0, 0);
    worker_main(&start);
}

/* The copy goes on in engine_process_serve, with a channel of its own. */
static void engine_process_fork_spare(int channel)
{
    struct channel_message message;

    if (!engine_process_fork_twice("copy of the generation process"))
        return;
    prctl(PR_SET_NAME, "epostavs-spare", 0, 0, 0);
    if (dup2(channel, self.start->channel) < 0)
        _exit(1);
    channel_init(&message, CHANNEL_HELLO);
    message.hello.pid = getpid();
    if (channel_send(self.start->channel, &message, -1, 0) < 0)
        _exit(1);
}

/* ----------------------------------------------------------------- the main */

/* The supervisor alone is stopped by signals; what belongs to it goes with it. */
static void engine_process_set_signals(void)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    sigset_t none;

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A worker that a supervisor has stopped does not see the end of its channel. When nobody is left
 * that would continue it, we do. */
static void engine_process_continue_workers(void)
{
    for (unsigned i = 0; self.start->shared && i < BOARD_WORKERS; i++) {
        int32_t pid = atomic_load(&self.start->shared[i].pid);
        if (pid > 1)
            kill(pid, SIGCONT);
    }
}

/* Input on the channel, or its end: supervisor and guardian are gone, so this engine is for
 * nobody. */
static void engine_process_on_channel(int number)
{
    struct pollfd item = {.fd = self.start->channel, .events = 0};

    (void)number;
    if (poll(&item, 1, 0) > 0 && (item.revents & POLLHUP)) {
        engine_process_continue_workers();
        _exit(1);
    }
}

/* While it loads nobody reads the channel. */
static void engine_process_watch_channel(int on)
{
    signal(SIGIO, on ? engine_process_on_channel : SIG_IGN);
    fcntl(self.start->channel, F_SETOWN, getpid());
    fcntl(self.start->channel, F_SETFL, on ? O_ASYNC : 0);
    if (on)
        engine_process_on_channel(0);
}

static _Noreturn void engine_process_serve(void)
{
    struct channel_message message;
    int channel;

    while (channel_receive(self.start->channel, &message, &channel, 0) > 0) {
        prctl(PR_SET_NAME, "epostavs-gen", 0, 0, 0); /* a spare that is asked has taken over */
        if (message.kind == CHANNEL_FORK && channel >= 0)
            engine_process_fork_worker(message.slot, channel);
        else if (message.kind == CHANNEL_SPARE && channel >= 0)
            engine_process_fork_spare(channel);
        if (channel >= 0)
            close(channel);
    }
    engine_process_continue_workers();
    _exit(0);
}

_Noreturn void engine_process_main(const struct engine_process_start *start)
{
    struct err err;

    self.start = start;
    self.bases.lock_fd = -1;
    engine_process_set_signals();
    prctl(PR_SET_NAME, "epostavs-gen", 0, 0, 0);
    engine_process_watch_channel(1);
    if (engine_process_load(&err) < 0) {
        engine_process_report(1, &err);
        _exit(1);
    }
    engine_process_watch_channel(0);
    engine_process_report(0, NULL);
    engine_process_serve();
}
