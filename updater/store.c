/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/bases.h"
#include "updater/hex.h"

#define ORPHANED_TRIES 50
#define ORPHANED_US    20000
#define ROOM_FOR_NAMES 128 /* bytes that must still fit behind a folder's path */

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

/* The process that wrote its number into the lock file; 0 when it says none. */
static pid_t store_lock_holder(int fd)
{
    char text[16] = "";

    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return 0;
    text[strspn(text, "0123456789")] = '\0';
    return (pid_t)state_number(text);
}

/* Takes the lock at once, or not. Only where the holder was killed and a child of it is still about
 * to end, that is waited for. Returns 0, or -1 with errno. */
static int store_lock_now(int fd)
{
    for (int i = 0;; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        pid_t holder = errno == EWOULDBLOCK ? store_lock_holder(fd) : 0;
        if (holder == 0 || kill(holder, 0) == 0 || errno != ESRCH || i == ORPHANED_TRIES) {
            errno = EWOULDBLOCK;
            return -1;
        }
        usleep(ORPHANED_US);
    }
}

int store_lock(struct store *store, struct fault *fault)
{
    char path[STATE_PATH_MAX], number[16];

    if (state_make_folder(store->state, fault) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/lock", store->state);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (store->lock_fd < 0)
        return fault_sys(fault, "cannot open %s", path);
    if (store_lock_now(store->lock_fd) < 0) {
        fault_set(fault, RESULT_LOCKED,
                  "another epost-autoupdate is running (process %ld, %s is locked)",
                  (long)store_lock_holder(store->lock_fd), path);
        store_close(store);
        return -1;
    }
    /* Only for that message: a disk that is full shows elsewhere. */
    int length = snprintf(number, sizeof number, "%ld\n", (long)getpid());
    if (ftruncate(store->lock_fd, 0) == 0 && pwrite(store->lock_fd, number, (size_t)length, 0) < 0)
        errno = 0;
    return 0;
}

int store_make(struct store *store, struct fault *fault)
{
    if (state_make_folder(store->root, fault) < 0 || state_make_folder(store->fetch, fault) < 0)
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
