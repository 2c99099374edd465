/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/vaultparts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/eventwire.h"

/* ------------------------------------------------------------------------ names */

bool vault_is_number(const char *text)
{
    return strlen(text) == VAULT_DIGITS && strspn(text, "0123456789abcdef") == VAULT_DIGITS;
}

void vault_name(char name[64], const char *start, const char *number, const char *ending)
{
    snprintf(name, 64, "%s%.*s%s", start, VAULT_DIGITS, number, ending);
}

static uint64_t vault_time(const char *number)
{
    char digits[13];

    snprintf(digits, sizeof digits, "%.12s", number);
    return strtoull(digits, NULL, 16);
}

/* --------------------------------------------------------------------- listing */

static int vault_compare(const void *a, const void *b)
{
    return memcmp(a, b, VAULT_NUMBER);
}

/* Calls for every name in the directory. */
static int vault_each(struct vault *vault, int (*each)(void *data, const char *name), void *data,
                      struct err *err)
{
    int fd = openat(vault->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    int status = 0;

    if (!directory) {
        err_sys(err, "the quarantine cannot be read");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    for (struct dirent *entry; status == 0 && (entry = readdir(directory));)
        status = each(data, entry->d_name);
    closedir(directory);
    return status < 0 ? err_set(err, "the quarantine holds too much") : 0;
}

static int vault_take_name(void *data, const char *name)
{
    char number[VAULT_NUMBER];

    if (strlen(name) != VAULT_DIGITS + 6 || strcmp(name + VAULT_DIGITS, ".event") != 0)
        return 0;
    snprintf(number, sizeof number, "%.*s", VAULT_DIGITS, name);
    return vault_is_number(number) ? buf_add(data, number, sizeof number) : 0;
}

int vault_list(struct vault *vault, struct buf *numbers, struct err *err)
{
    buf_reset(numbers);
    if (vault_each(vault, vault_take_name, numbers, err) < 0)
        return -1;
    if (numbers->length)
        qsort(numbers->data, numbers->length / VAULT_NUMBER, VAULT_NUMBER, vault_compare);
    for (size_t i = VAULT_DIGITS; i < numbers->length; i += VAULT_NUMBER)
        numbers->data[i] = '\n';
    return 0;
}

static uint64_t vault_file_bytes(struct vault *vault, const char *number, const char *ending)
{
    char name[64];
    struct stat st;

    vault_name(name, "", number, ending);
    return fstatat(vault->directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size
                                                                          : 0;
}

uint64_t vault_bytes(struct vault *vault, const char *number)
{
    return vault_file_bytes(vault, number, ".sealed") + vault_file_bytes(vault, number, ".event");
}

/* --------------------------------------------------------------------- reading */

static int vault_open_file(struct vault *vault, const char *number, const char *ending,
                           struct err *err)
{
    char name[64];
    struct stat st;

    vault_name(name, "", number, ending);
    int fd = openat(vault->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_sys(err, "there is no copy %s that can be read", number);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return err_set(err, "the copy %s is not a file", number);
}

int vault_event(struct vault *vault, const char *number, struct buf *message, struct event *event,
                struct err *err)
{
    char bytes[EVENTWIRE_MAX];
    int fd = vault_open_file(vault, number, ".event", err);

    if (fd < 0)
        return -1;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    if (got < 0)
        return err_sys(err, "the event of %s cannot be read", number);
    buf_reset(message);
    if (buf_add(message, bytes, (size_t)got) < 0)
        return err_set(err, "out of memory");
    return eventwire_decode(message->data, message->length, event, NULL, err) < 0
               ? err_prefix(err, "the event of %s", number)
               : 0;
}

int vault_sealed(struct vault *vault, const char *number, struct err *err)
{
    return vault_open_file(vault, number, ".sealed", err);
}

/* -------------------------------------------------------------------- removing */

int vault_remove(struct vault *vault, const char *number, struct err *err)
{
    char name[64];
    uint64_t bytes = vault_bytes(vault, number);

    vault_name(name, "", number, ".event");
    if (unlinkat(vault->directory, name, 0) < 0)
        return err_sys(err, "the copy %s cannot be removed", number);
    vault_name(name, "", number, ".sealed");
    if (unlinkat(vault->directory, name, 0) < 0 && errno != ENOENT)
        return err_sys(err, "the copy %s cannot be removed whole", number);
    if (atomic_load(&vault->copies))
        atomic_fetch_sub(&vault->copies, 1);
    atomic_fetch_sub(&vault->bytes,
                     bytes < atomic_load(&vault->bytes) ? bytes : atomic_load(&vault->bytes));
    return 0;
}

static int vault_drop(struct vault *vault, const char *number, const char *why, vault_gone *gone,
                      void *data, struct err *err)
{
    struct buf message;
    struct event event;
    struct err ignored;

    buf_init(&message, EVENTWIRE_MAX);
    bool is_known = vault_event(vault, number, &message, &event, &ignored) == 0;
    int status = vault_remove(vault, number, err);
    if (status == 0 && gone)
        gone(data, number, is_known ? &event : NULL, why);
    buf_free(&message);
    return status;
}

/* Others remove too, so the totals may be wrong. */
int vault_tidy(struct vault *vault, uint64_t now_ms, uint64_t more, vault_gone *gone, void *data,
               struct err *err)
{
    struct buf numbers;
    uint64_t bytes = 0;
    int status;

    buf_init(&numbers, (size_t)VAULT_COPIES_MAX * VAULT_NUMBER);
    status = vault_list(vault, &numbers, err);
    for (size_t at = 0; at < numbers.length; at += VAULT_NUMBER) {
        numbers.data[at + VAULT_DIGITS] = '\0';
        bytes += vault_bytes(vault, numbers.data + at);
    }
    atomic_store(&vault->copies, numbers.length / VAULT_NUMBER);
    atomic_store(&vault->bytes, bytes);
    for (size_t at = 0; status == 0 && at < numbers.length; at += VAULT_NUMBER) {
        const char *number = numbers.data + at, *why = NULL;
        if (vault_time(number) + vault->limits.keep_ms < now_ms)
            why = "older than QuarantineTime";
        else if (atomic_load(&vault->bytes) + more > vault->limits.bytes)
            why = "over QuarantineSize";
        else if (atomic_load(&vault->copies) + (more != 0) > vault->limits.copies)
            why = "over QuarantineCopies";
        if (!why)
            break;
        status = vault_drop(vault, number, why, gone, data, err);
    }
    buf_free(&numbers);
    return status;
}

int vault_prune(struct vault *vault, uint64_t now_ms, vault_gone *gone, void *data, struct err *err)
{
    return vault_tidy(vault, now_ms, 0, gone, data, err);
}

/* --------------------------------------------------------------------- opening */

/* Copies that were not finished, and sealed files whose event was never written. */
static int vault_clean_name(void *data, const char *name)
{
    struct vault *vault = data;
    char number[VAULT_NUMBER], event[64];
    struct stat st;

    if (strncmp(name, VAULT_TEMP, strlen(VAULT_TEMP)) == 0) {
        unlinkat(vault->directory, name, 0);
        return 0;
    }
    if (strlen(name) != VAULT_DIGITS + 7 || strcmp(name + VAULT_DIGITS, ".sealed") != 0)
        return 0;
    snprintf(number, sizeof number, "%.*s", VAULT_DIGITS, name);
    vault_name(event, "", number, ".event");
    if (vault_is_number(number) && fstatat(vault->directory, event, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno == ENOENT)
        unlinkat(vault->directory, name, 0);
    return 0;
}

struct vault *vault_open_reader(const char *path, struct err *err)
{
    struct vault *vault = calloc(1, sizeof *vault);

    if (!vault) {
        err_set(err, "out of memory");
        return NULL;
    }
    vault->limits = (struct vault_limits){UINT64_MAX, UINT64_MAX, UINT64_MAX, 0};
    vault->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (vault->directory >= 0)
        return vault;
    if (errno == ENOENT)
        err_set(err,
                "there is no quarantine %s: epost-monitord makes it when it starts with a "
                "QuarantineKey; see epost-quarantine(8)",
                path);
    else
        err_sys(err, "cannot open the quarantine %s", path);
    vault_close(&vault);
    return NULL;
}

static int vault_prepare(struct vault *vault, const char *path, struct err *err)
{
    if (vault->has_group && fchown(vault->directory, (uid_t)-1, vault->group) < 0)
        return err_sys(err, "cannot give the quarantine %s to its group", path);
    if (fchmod(vault->directory, 0770) < 0)
        return err_sys(err, "the quarantine %s is not the monitor's own", path);
    return vault_each(vault, vault_clean_name, vault, err);
}

struct vault *vault_open(const char *path, gid_t group, const struct vault_limits *limits,
                         struct err *err)
{
    struct buf numbers;

    if (mkdir(path, 0700) < 0 && errno != EEXIST) {
        err_sys(err, "cannot make the quarantine %s", path);
        return NULL;
    }
    struct vault *vault = vault_open_reader(path, err);
    if (!vault)
        return NULL;
    vault->limits = *limits;
    vault->group = group;
    vault->has_group = group != getegid();
    buf_init(&numbers, (size_t)VAULT_COPIES_MAX * VAULT_NUMBER);
    if (vault_prepare(vault, path, err) < 0 || vault_list(vault, &numbers, err) < 0) {
        vault_close(&vault);
    } else {
        atomic_store(&vault->copies, numbers.length / VAULT_NUMBER);
        for (size_t at = 0; at < numbers.length; at += VAULT_NUMBER)
            atomic_fetch_add(&vault->bytes, vault_bytes(vault, numbers.data + at));
    }
    buf_free(&numbers);
    return vault;
}

void vault_close(struct vault **vault)
{
    if (!*vault)
        return;
    if ((*vault)->directory >= 0)
        close((*vault)->directory);
    free(*vault);
    *vault = NULL;
}

void vault_totals(struct vault *vault, uint64_t *copies_r, uint64_t *bytes_r)
{
    *copies_r = atomic_load(&vault->copies);
    *bytes_r = atomic_load(&vault->bytes);
}
