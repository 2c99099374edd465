/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/mkmirror/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "common/writeall.h"
#include "updater/hex.h"

#define DIRECTORY INDEX_OBJECTS
#define RETIRED   "retired"
#define NEW_FILE                                                                                   \
    INDEX_OBJECTS "/.new" /* the one unfinished object; the mirror's lock makes it ours */
#define COPY_STEP 65536

int objects_open(struct objects *objects, const char *root, struct err *err)
{
    objects->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (objects->root_fd < 0)
        return err_sys(err, "cannot open the mirror directory %s", root);
    if ((mkdirat(objects->root_fd, DIRECTORY, 0755) < 0 && errno != EEXIST) ||
        (mkdirat(objects->root_fd, RETIRED, 0755) < 0 && errno != EEXIST)) {
        err_sys(err, "cannot make directories in %s", root);
        objects_close(objects);
        return -1;
    }
    return 0;
}

void objects_close(struct objects *objects)
{
    if (objects->root_fd >= 0)
        close(objects->root_fd);
    objects->root_fd = -1;
}

/* Copies `in` from its start to `out`, hashing what it copies. 0 or -1 and err. */
static int objects_copy_hashed(int in, int out, uint64_t size_max, uint8_t sha256[INDEX_SHA256],
                               uint64_t *size_r, struct err *err)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    char *step = malloc(COPY_STEP);
    ssize_t n = 0;
    int result = -1;

    *size_r = 0;
    if (!hash || !step || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        err_set(err, "out of memory");
        goto out;
    }
    while ((n = pread(in, step, COPY_STEP, (off_t)*size_r)) > 0) {
        *size_r += (uint64_t)n;
        if (*size_r > size_max) {
            err_set(err, "larger than %llu bytes", (unsigned long long)size_max);
            goto out;
        }
        EVP_DigestUpdate(hash, step, (size_t)n);
        if (writeall(out, step, (size_t)n) < 0) {
            err_sys(err, "cannot write to the mirror");
            goto out;
        }
    }
    if (n < 0) {
        err_sys(err, "cannot read");
        goto out;
    }
    EVP_DigestFinal_ex(hash, sha256, NULL);
    result = 0;
out:
    free(step);
    EVP_MD_CTX_free(hash);
    return result;
}

/* 1 if the object is there with that size. */
static int objects_has(const struct objects *objects, const uint8_t sha256[INDEX_SHA256],
                       uint64_t size)
{
    char path[INDEX_OBJECT_MAX];
    struct stat st;

    index_object_path(sha256, path);
    return fstatat(objects->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size == size;
}

/* Gives the finished NEW_FILE its name, durably. */
static int objects_publish(struct objects *objects, const uint8_t sha256[INDEX_SHA256],
                           struct err *err)
{
    char path[INDEX_OBJECT_MAX], parent[INDEX_OBJECT_MAX];

    index_object_path(sha256, path);
    snprintf(parent, sizeof parent, "%.*s", (int)(sizeof DIRECTORY + 2), path);
    if (mkdirat(objects->root_fd, parent, 0755) < 0 && errno != EEXIST)
        return err_sys(err, "cannot make %s", parent);
    if (renameat(objects->root_fd, NEW_FILE, objects->root_fd, path) < 0)
        return err_sys(err, "cannot name %s", path);

    int fd = openat(objects->root_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 || fsync(fd) < 0 ? err_sys(err, "cannot flush %s", parent) : 0;
    if (fd >= 0)
        close(fd);
    return result;
}

int objects_add(struct objects *objects, int fd, uint64_t size_max, uint8_t sha256[INDEX_SHA256],
                uint64_t *size_r, int *added_r, struct err *err)
{
    int result = -1;

    *added_r = 0;
    if (hex_sha256_fd(fd, sha256, size_r, err) < 0)
        return -1;
    if (objects_has(objects, sha256, *size_r))
        return 0;

    int out = openat(objects->root_fd, NEW_FILE,
                     O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (out < 0)
        return err_sys(err, "cannot write to the mirror");
    if (objects_copy_hashed(fd, out, size_max, sha256, size_r, err) < 0)
        goto out;
    if (fchmod(out, 0644) < 0 || fsync(out) < 0) {
        err_sys(err, "cannot write to the mirror");
        goto out;
    }
    result = objects_publish(objects, sha256, err);
    *added_r = result == 0;
out:
    close(out);
    if (result < 0)
        unlinkat(objects->root_fd, NEW_FILE, 0);
    return result;
}

int objects_check(const struct objects *objects, const uint8_t sha256[INDEX_SHA256], uint64_t size,
                  struct err *err)
{
    char path[INDEX_OBJECT_MAX];
    uint8_t found[INDEX_SHA256];
    uint64_t found_size;

    index_object_path(sha256, path);
    int fd = openat(objects->root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "%s", path);
    int result = hex_sha256_fd(fd, found, &found_size, err);
    close(fd);
    if (result < 0)
        return err_prefix(err, "%s", path);
    if (found_size != size)
        return err_set(err, "%s has %llu bytes, the index says %llu", path,
                       (unsigned long long)found_size, (unsigned long long)size);
    if (memcmp(found, sha256, sizeof found) != 0)
        return err_set(err, "%s does not have the SHA-256 of its name", path);
    return 0;
}

/* An object that no index lists: marks it, or deletes it when its time has come. */
static int objects_retire(struct objects *objects, const uint8_t sha256[INDEX_SHA256], time_t now,
                          time_t keep, unsigned *deleted_r, struct err *err)
{
    char path[INDEX_OBJECT_MAX], mark[INDEX_OBJECT_MAX], hex[HEX_SHA256_TEXT];
    struct stat st;

    index_object_path(sha256, path);
    hex_encode(sha256, INDEX_SHA256, hex);
    snprintf(mark, sizeof mark, RETIRED "/%s", hex);
    if (fstatat(objects->root_fd, mark, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        const struct timespec times[2] = {{.tv_sec = now}, {.tv_sec = now}};
        int fd = openat(objects->root_fd, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        int failed = fd < 0 || futimens(fd, times) < 0;

        if (failed)
            err_sys(err, "cannot write %s", mark);
        if (fd >= 0)
            close(fd);
        if (failed)
            return -1;
        st.st_mtime = now;
    }
    if (now - st.st_mtime < keep)
        return 0;
    if (unlinkat(objects->root_fd, path, 0) < 0 || unlinkat(objects->root_fd, mark, 0) < 0)
        return err_sys(err, "cannot delete %s", path);
    ++*deleted_r;
    return 0;
}

/* The objects of one directory objects/ab. */
static int objects_sweep_directory(struct objects *objects, const char *name,
                                   int (*listed)(const uint8_t *, void *), void *context,
                                   time_t now, time_t keep, unsigned *deleted_r, struct err *err)
{
    char path[INDEX_OBJECT_MAX];
    uint8_t sha256[INDEX_SHA256];
    struct dirent *entry;
    int result = 0;

    snprintf(path, sizeof path, DIRECTORY "/%.2s", name);
    int fd = openat(objects->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        err_sys(err, "cannot read %s", path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while (result == 0 && (entry = readdir(directory)) != NULL)
        if (hex_decode(entry->d_name, sha256, INDEX_SHA256) == 0 && !listed(sha256, context))
            result = objects_retire(objects, sha256, now, keep, deleted_r, err);
    closedir(directory);
    return result;
}

/* Takes the mark off what is listed again. */
static int objects_sweep_marks(struct objects *objects, int (*listed)(const uint8_t *, void *),
                               void *context, struct err *err)
{
    uint8_t sha256[INDEX_SHA256];
    struct dirent *entry;
    int fd = openat(objects->root_fd, RETIRED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);

    if (!directory) {
        err_sys(err, "cannot read " RETIRED);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while ((entry = readdir(directory)) != NULL)
        if (hex_decode(entry->d_name, sha256, INDEX_SHA256) == 0 && listed(sha256, context))
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    return 0;
}

int objects_sweep(struct objects *objects, int (*listed)(const uint8_t *, void *), void *context,
                  time_t now, time_t keep, unsigned *deleted_r, struct err *err)
{
    char name[3];
    int result = objects_sweep_marks(objects, listed, context, err);

    *deleted_r = 0;
    unlinkat(objects->root_fd, NEW_FILE, 0);
    for (unsigned i = 0; result == 0 && i < 256; i++) {
        char path[INDEX_OBJECT_MAX];

        snprintf(name, sizeof name, "%02x", i);
        snprintf(path, sizeof path, DIRECTORY "/%s", name);
        if (faccessat(objects->root_fd, path, F_OK, 0) == 0)
            result =
                objects_sweep_directory(objects, name, listed, context, now, keep, deleted_r, err);
    }
    return result;
}
