/* SPDX-License-Identifier: GPL-2.0-or-later */
/* epostavs: the resident scanner. The steps of its life, in order. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/estate.h"
#include "scanner/guardian.h"
#include "scanner/log.h"
#include "scanner/options.h"
#include "scanner/supervisor.h"

#define EPOSTAVS_PATH_MAX 4096

static const struct options *epostavs_options; /* of all supervisors */

/* The parent ends once the socket is there; whoever waited for it may connect. */
static int epostavs_go_to_background(struct err *err)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t pid = null < 0 ? -1 : fork();

    if (pid < 0)
        return err_sys(err, "cannot go to the background");
    if (pid > 0)
        _exit(0);
    setsid();
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    close(null);
    return 0;
}

/* Under another name first: a reader never finds half a file. All may read it. */
static int epostavs_write_pid(const char *path, struct err *err)
{
    char fresh[EPOSTAVS_PATH_MAX];

    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return err_set(err, "the path of the PID file is too long");
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_sys(err, "cannot write the PID file %s", path);
    int failed = dprintf(fd, "%d\n", (int)getpid()) < 0 || fchmod(fd, 0644) < 0;
    if (close(fd) < 0 || failed || rename(fresh, path) < 0) {
        err_sys(err, "cannot write the PID file %s", path);
        unlink(fresh);
        return -1;
    }
    return 0;
}

/* Not the file of a scanner that has taken our place. */
static void epostavs_remove_pid(const char *path)
{
    int pid = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return;
    if (fscanf(file, "%d", &pid) == 1 && pid == (int)getpid())
        unlink(path);
    fclose(file);
}

/* Whoever starts us in the foreground knows the PID: no reason not to scan. */
static int epostavs_tell_pid(const struct options *options, struct err *err)
{
    if (!options->pid_file || epostavs_write_pid(options->pid_file, err) == 0)
        return 0;
    if (!options->foreground)
        return -1;
    log_error("%s", err->text);
    return 0;
}

/* One supervisor from beginning to end. */
static int epostavs_live(struct supervisor *supervisor, bool is_first, struct err *err)
{
    int result = epostavs_tell_pid(epostavs_options, err);

    if (result < 0 && !is_first) { /* the engine runs: no reason to end it */
        log_error("%s", err->text);
        result = 0;
    }
    if (result == 0) {
        result = supervisor_run(supervisor, err);
        if (epostavs_options->pid_file)
            epostavs_remove_pid(epostavs_options->pid_file);
    }
    atomic_store(&supervisor->estate->is_over, 1);
    supervisor_close(supervisor);
    guardian_release();
    return result;
}

/* The one after a supervisor that died. */
static int epostavs_serve_again(struct supervisor *supervisor)
{
    struct err err;

    if (epostavs_live(supervisor, false, &err) == 0)
        return EXIT_SUCCESS;
    log_error("%s", err.text);
    return EXIT_FAILURE;
}

static int epostavs_serve(struct options *options, struct err *err)
{
    static struct supervisor supervisor;

    if (log_open(options->settings.log, err) < 0)
        return -1;
    if (geteuid() == 0)
        log_warn("started as root, which nothing here needs: use an unprivileged user");
    int result = supervisor_open(&supervisor, &options->settings, &options->supervisor, err);
    if (result == 0 && !options->foreground)
        result = epostavs_go_to_background(err);
    epostavs_options = options;
    if (result == 0)
        result = guardian_split(&supervisor, epostavs_serve_again, err);
    if (result < 0) {
        supervisor_close(&supervisor);
        return -1;
    }
    return epostavs_live(&supervisor, true, err);
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err;
    int status = EXIT_SUCCESS;

    if (options_parse(&options, argc, argv, &err) < 0) {
        fprintf(stderr, "epostavs: %s\n", err.text);
        status = EXIT_FAILURE;
    } else if (!options.is_done && epostavs_serve(&options, &err) < 0) {
        log_error("%s", err.text);
        status = EXIT_FAILURE;
    }
    directive_release(scannerconf_rows, scannerconf_count, &options.settings);
    return status;
}
