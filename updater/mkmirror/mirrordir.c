/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/mkmirror/mirrordir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bases.h"
#include "common/writeall.h"
#include "updater/cvd.h"
#include "updater/iso8601.h"

#define LOCK_NAME   ".lock"
#define SERIAL_NAME ".serial"
#define NEW_SUFFIX  ".new"

int mirrordir_open(struct mirrordir *dir, const char *path, struct err *err)
{
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return err_sys(err, "cannot make the mirror directory %s", path);
    dir->path = strdup(path);
    if (!dir->path)
        return err_set(err, "out of memory");
    if (objects_open(&dir->objects, path, err) < 0)
        goto out;
    dir->lock_fd = openat(dir->objects.root_fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (dir->lock_fd < 0) {
        err_sys(err, "cannot write to the mirror directory %s", path);
        goto out;
    }
    if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        err_set(err, "another epost-mkmirror is at work in %s", path);
        goto out;
    }
    return 0;
out:
    mirrordir_close(dir);
    return -1;
}

void mirrordir_close(struct mirrordir *dir)
{
    if (dir->lock_fd >= 0)
        close(dir->lock_fd);
    dir->lock_fd = -1;
    objects_close(&dir->objects);
    free(dir->path);
    dir->path = NULL;
}

/* Reads a small file into `out`. 1; 0 when there is none; -1 and err. */
static int mirrordir_read_small(int root_fd, const char *name, struct buf *out, struct err *err)
{
    char step[4096];
    ssize_t n;
    int result = 1;
    int fd = openat(root_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, "cannot open %s", name);
    while ((n = read(fd, step, sizeof step)) > 0)
        if (buf_add(out, step, (size_t)n) < 0) {
            result = err_set(err, "%s is larger than %zu bytes", name, out->ceiling);
            break;
        }
    if (n < 0)
        result = err_sys(err, "cannot read %s", name);
    close(fd);
    return result;
}

/* Writes NAME.new and brings it to the disk. 0 or -1 and err. */
static int mirrordir_write_new(int root_fd, const char *name, const void *data, size_t length,
                               struct err *err)
{
    char path[64];
    int result = -1;

    snprintf(path, sizeof path, "%s" NEW_SUFFIX, name);
    int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_sys(err, "cannot write %s", path);
    if (writeall(fd, data, length) < 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0)
        err_sys(err, "cannot write %s", path);
    else
        result = 0;
    close(fd);
    if (result < 0)
        unlinkat(root_fd, path, 0);
    return result;
}

/* NAME.new becomes NAME. 0 or -1 and err. */
static int mirrordir_rename_new(int root_fd, const char *name, struct err *err)
{
    char path[64];

    snprintf(path, sizeof path, "%s" NEW_SUFFIX, name);
    if (renameat(root_fd, path, root_fd, name) < 0)
        return err_sys(err, "cannot replace %s", name);
    return 0;
}

/* The published index, verified by `key`, into *index; *claim from its comment.
 * 1; 0 when there is none; -1 and err. */
static int mirrordir_read_index(int root_fd, const struct minisig_key *key, struct index *index,
                                struct index_claim *claim, struct err *err)
{
    struct minisig sig;
    struct buf text, sigtext;
    int result;

    buf_init(&text, INDEX_SIZE_MAX);
    buf_init(&sigtext, MINISIG_TEXT_MAX);
    result = mirrordir_read_small(root_fd, INDEX_FILE_NAME, &text, err);
    if (result == 1)
        result = mirrordir_read_small(root_fd, INDEX_SIG_NAME, &sigtext, err);
    if (result != 1)
        goto out;
    result = -1;
    if (minisig_parse(&sig, buf_text(&sigtext), sigtext.length, err) < 0 ||
        minisig_verify(&sig, key, 1, buf_text(&text), text.length, err) < 0 ||
        index_claim_parse(claim, sig.trusted, err) < 0 ||
        index_parse(index, buf_text(&text), text.length, err) < 0)
        goto out;
    result = 1;
out:
    buf_free(&text);
    buf_free(&sigtext);
    return result;
}

/* The number in .serial, 0 if there is none. 0 or -1 and err. */
static int mirrordir_read_serial(int root_fd, uint64_t *serial_r, struct err *err)
{
    struct buf text;
    char *end;

    *serial_r = 0;
    buf_init(&text, 64);
    int found = mirrordir_read_small(root_fd, SERIAL_NAME, &text, err);
    if (found == 1) {
        errno = 0;
        *serial_r = strtoull(buf_text(&text), &end, 10);
        if (errno || end == buf_text(&text) || *end != '\n' || *serial_r >= INT64_MAX)
            found = err_set(err, "%s does not hold a serial; give one with --serial", SERIAL_NAME);
    }
    buf_free(&text);
    return found < 0 ? -1 : 0;
}

int mirrordir_next_serial(const struct mirrordir *dir, const struct minisig_key *key,
                          uint64_t least, uint64_t *serial_r, struct index *previous,
                          struct err *err)
{
    int root_fd = dir->objects.root_fd;
    struct index_claim claim;
    uint64_t taken;
    char text[32];
    struct err why;

    memset(previous, 0, sizeof *previous);
    if (mirrordir_read_serial(root_fd, &taken, err) < 0) {
        if (!least)
            return -1;
        taken = 0;
    }
    int found = mirrordir_read_index(root_fd, key, previous, &claim, &why);
    if (found < 0 && !taken && !least)
        return err_set(err,
                       "the index in %s cannot be continued (%s): give a --serial above all "
                       "that readers may have seen",
                       dir->path, why.text);
    if (found == 1 && previous->serial > taken)
        taken = previous->serial;
    if (taken >= INT64_MAX - 1)
        return err_set(err, "the serial has reached its end");
    *serial_r = least > taken ? least : taken + 1;
    snprintf(text, sizeof text, "%" PRIu64 "\n", *serial_r);
    if (mirrordir_write_new(root_fd, SERIAL_NAME, text, strlen(text), err) < 0 ||
        mirrordir_rename_new(root_fd, SERIAL_NAME, err) < 0)
        return -1;
    return fsync(root_fd) < 0 ? err_sys(err, "cannot flush %s", dir->path) : 0;
}

/* The version in the header of a CVD or CLD, 0 if it has none. */
static uint64_t mirrordir_read_version(int fd)
{
    char head[512];
    struct cvd cvd;
    ssize_t n = pread(fd, head, sizeof head, 0);

    return n > 0 && cvd_parse(&cvd, head, (size_t)n) == 0 ? cvd.version : 0;
}

/* One entry of the source: into the store and the index. 0 or -1 and err. */
static int mirrordir_collect_file(struct mirrordir *dir, int directory_fd, const char *name,
                                  struct index *index, struct mirrordir_report *report,
                                  struct err *err)
{
    struct index_file file = {.version = 0};
    struct stat st;
    int added, result = -1;

    if (index_check_name(name, err) < 0)
        return -1;
    int fd = openat(directory_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "cannot open %s", name);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        err_set(err, "%s is not a plain file", name);
        goto out;
    }
    snprintf(file.name, sizeof file.name, "%s", name);
    file.version = mirrordir_read_version(fd);
    if (objects_add(&dir->objects, fd, INDEX_FILE_MAX, file.sha256, &file.size, &added, err) < 0) {
        err_prefix(err, "%s", name);
        goto out;
    }
    if (index_add(index, &file, err) < 0)
        goto out;
    report->files++;
    report->bytes += file.size;
    report->added += (unsigned)added;
    result = 0;
out:
    close(fd);
    return result;
}

int mirrordir_collect(struct mirrordir *dir, const char *source, struct index *index,
                      struct mirrordir_report *report, struct err *err)
{
    struct dirent **entries = NULL;
    int result = 0;
    int directory_fd = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count = directory_fd < 0 ? -1 : scandirat(directory_fd, ".", &entries, NULL, alphasort);

    if (count < 0)
        result = err_sys(err, "cannot read the directory %s", source);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (result == 0 && bases_is_signature_file(name))
            result = mirrordir_collect_file(dir, directory_fd, name, index, report, err);
        else if (name[0] != '.')
            report->skipped++;
        free(entries[i]);
    }
    free(entries);
    if (directory_fd >= 0)
        close(directory_fd);
    if (result == 0 && index->count == 0)
        return err_set(err, "no signature file in %s", source);
    return result;
}

int mirrordir_compare(const struct index *previous, const struct index *index, struct err *err)
{
    for (size_t i = 0; i < index->count; i++) {
        const struct index_file *file = &index->files[i];

        for (size_t j = 0; j < previous->count; j++) {
            const struct index_file *old = &previous->files[j];

            if (index_same_place(file->name, old->name) && file->version < old->version)
                return err_set(err,
                               "%s has version %" PRIu64 ", published is %s version %" PRIu64
                               ": readers would refuse it",
                               file->name, file->version, old->name, old->version);
        }
    }
    return 0;
}

int mirrordir_publish(struct mirrordir *dir, const struct index *index,
                      const struct minisig_secret *secret, struct err *err)
{
    int root_fd = dir->objects.root_fd;
    char comment[INDEX_COMMENT_MAX];
    struct buf text, sig;
    int result = -1;

    buf_init(&text, INDEX_SIZE_MAX);
    buf_init(&sig, MINISIG_TEXT_MAX);
    index_claim_format(index, comment);
    if (index_write(index, &text, err) < 0 ||
        minisig_sign(secret, buf_text(&text), text.length, comment, &sig, err) < 0)
        goto out;
    if (mirrordir_write_new(root_fd, INDEX_FILE_NAME, buf_text(&text), text.length, err) < 0 ||
        mirrordir_write_new(root_fd, INDEX_SIG_NAME, buf_text(&sig), sig.length, err) < 0)
        goto out;
    if (mirrordir_rename_new(root_fd, INDEX_FILE_NAME, err) < 0 ||
        mirrordir_rename_new(root_fd, INDEX_SIG_NAME, err) < 0)
        goto out;
    if (fsync(root_fd) < 0)
        err_sys(err, "cannot flush %s", dir->path);
    else
        result = 0;
out:
    if (result < 0) {
        unlinkat(root_fd, INDEX_FILE_NAME NEW_SUFFIX, 0);
        unlinkat(root_fd, INDEX_SIG_NAME NEW_SUFFIX, 0);
    }
    buf_free(&text);
    buf_free(&sig);
    return result;
}

static int mirrordir_is_listed(const uint8_t sha256[INDEX_SHA256], void *context)
{
    const struct index *index = context;

    for (size_t i = 0; i < index->count; i++)
        if (memcmp(index->files[i].sha256, sha256, INDEX_SHA256) == 0)
            return 1;
    return 0;
}

int mirrordir_sweep(struct mirrordir *dir, const struct index *index, int64_t now, int64_t keep,
                    struct mirrordir_report *report, struct err *err)
{
    struct index copy = *index;

    return objects_sweep(&dir->objects, mirrordir_is_listed, &copy, now, keep, &report->deleted,
                         err);
}

/* Every object of the index. 0 or -1 and err. */
static int mirrordir_check_objects(const struct objects *objects, const struct index *index,
                                   struct mirrordir_report *report, struct err *err)
{
    for (size_t i = 0; i < index->count; i++) {
        const struct index_file *file = &index->files[i];

        if (objects_check(objects, file->sha256, file->size, err) < 0)
            return err_prefix(err, "%s", file->name);
        report->files++;
        report->bytes += file->size;
    }
    return 0;
}

int mirrordir_verify(const char *path, const struct minisig_key *key, int64_t now,
                     struct mirrordir_report *report, struct err *err)
{
    struct objects objects = OBJECTS_INIT;
    struct index index = {.count = 0};
    struct index_claim claim;
    char text[WHEN_TEXT];
    int result = -1;

    objects.root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (objects.root_fd < 0)
        return err_sys(err, "cannot open the mirror directory %s", path);
    int found = mirrordir_read_index(objects.root_fd, key, &index, &claim, err);
    if (found == 0)
        err_set(err, "no " INDEX_FILE_NAME " with " INDEX_SIG_NAME " in %s", path);
    if (found != 1)
        goto out;
    report->serial = index.serial;
    report->expires = index.expires;
    if (claim.serial != index.serial || claim.created != index.created ||
        claim.expires != index.expires)
        err_set(err, "the signature's comment and the index say different things");
    else if (index.expires <= now)
        err_set(err, "the index expired at %s", iso8601_format(index.expires, text));
    else
        result = mirrordir_check_objects(&objects, &index, report, err);
out:
    index_free(&index);
    objects_close(&objects);
    return result;
}
