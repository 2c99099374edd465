/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/bases.h"
#include "common/lockfile.h"
#include "updater/hex.h"

#define ROOM_FOR_NAMES 128 /* bytes that must still fit behind a directory's path */

int store_init(struct store *store, const struct settings *settings, struct fault *fault)
{
    const char *slash = strrchr(settings->bases, '/');
    int parent = slash == settings->bases ? 1 : (int)(slash - settings->bases);

    store->bases = settings->bases;
    store->state = settings->state;
    store->lock_fd = -1;
    if (strlen(settings->bases) + ROOM_FOR_NAMES > BASES_PATH_MAX ||
        strlen(settings->state) + ROOM_FOR_NAMES > BASES_PATH_MAX)
        return fault_set(fault, RESULT_CONFIG, "the path of Bases or State is too long");
    snprintf(store->parent, sizeof store->parent, "%.*s", parent, settings->bases);
    snprintf(store->root, sizeof store->root, "%.500s/" BASES_STORE, store->parent);
    snprintf(store->fresh, sizeof store->fresh, "%.500s/new", store->root);
    snprintf(store->fetch, sizeof store->fetch, "%.500s/fetch", store->root);
    return 0;
}

int store_lock(struct store *store, struct fault *fault)
{
    char path[STATE_PATH_MAX];
    struct err err;
    pid_t holder;

    if (state_make_directory(store->state, fault) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/lock", store->state);
    store->lock_fd = lockfile_take(path, &holder, &err);
    if (store->lock_fd >= 0)
        return 0;
    if (holder > 0)
        return fault_set(fault, RESULT_LOCKED,
                         "another epost-autoupdate is running (process %ld, %s is locked)",
                         (long)holder, path);
    if (holder == LOCKFILE_UNKNOWN)
        return fault_set(fault, RESULT_LOCKED, "%s", err.text);
    return fault_sys(fault, "cannot open %s", path);
}

int store_make(struct store *store, struct fault *fault)
{
    if (state_make_directory(store->root, fault) < 0 ||
        state_make_directory(store->fetch, fault) < 0)
        return -1;
    return 0;
}

int store_is_locked(const struct store *store)
{
    char path[STATE_PATH_MAX];
    int locked = 0;

    snprintf(path, sizeof path, "%s/lock", store->state);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        locked = flock(fd, LOCK_SH | LOCK_NB) < 0;
        close(fd);
    }
    return locked;
}

void store_close(struct store *store)
{
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    store->lock_fd = -1;
}

void store_generation_path(const struct store *store, uint64_t number, char path[STATE_PATH_MAX])
{
    snprintf(path, STATE_PATH_MAX, "%.600s/gen-%" PRIu64, store->root, number);
}

void store_object_path(const struct store *store, const uint8_t sha256[32], const char *suffix,
                       char path[STATE_PATH_MAX])
{
    char hex[HEX_SHA256_TEXT];

    snprintf(path, STATE_PATH_MAX, "%.600s/%s%s", store->fetch, hex_encode(sha256, HEX_SHA256, hex),
             suffix);
}
