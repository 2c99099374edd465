/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/bases.h"
#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BASES_SETTLED_S 2 /* coarser times of file systems and of the kernel are covered */

#define OPEN_TRIES 20 /* the updater would have to switch and delete this often in between */

/* N of ".../gen-N", 0 if the last component is not that. */
static uint64_t bases_generation_of(const char *path)
{
    const char *last = strrchr(path, '/');
    char *end;

    last = last ? last + 1 : path;
    if (strncmp(last, "gen-", 4) != 0 || last[4] < '1' || last[4] > '9')
        return 0;
    errno = 0;
    unsigned long long number = strtoull(last + 4, &end, 10);
    return *end == '\0' && errno == 0 ? number : 0;
}

int bases_lock(int fd, int type)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &lock);
}

/* Takes the shared lock of a generation. Returns the descriptor, or -1. */
static int bases_lock_generation(const char *path)
{
    char lock[BASES_PATH_MAX + 8];

    snprintf(lock, sizeof lock, "%s.lock", path);
    int fd = open(lock, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (bases_lock(fd, F_RDLCK) == 0)
        return fd;
    close(fd);
    return -1;
}

static int bases_is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int bases_open(struct bases *bases, const char *link, struct err *err)
{
    char resolved[PATH_MAX];

    memset(bases, 0, sizeof *bases);
    bases->lock_fd = -1;
    for (int i = 0; i < OPEN_TRIES; i++) {
        if (!realpath(link, resolved))
            return err_sys(err,
                           "cannot open Bases %s (run epost-autoupdate, or put signature "
                           "files there)",
                           link);
        if (!bases_is_directory(resolved))
            return err_set(err, "Bases %s is not a directory", link);
        if (strlen(resolved) >= sizeof bases->path)
            return err_set(err, "the path of Bases is too long: %s", resolved);
        text_fit(bases->path, sizeof bases->path, resolved);
        bases->number = bases_generation_of(resolved);
        if (bases->number == 0)
            return 0;
        bases->lock_fd = bases_lock_generation(resolved);
        /* With the lock held nobody deletes it; but it may have gone just before. */
        if (bases->lock_fd >= 0 && bases_is_directory(resolved))
            return 0;
        bases_close(bases);
        usleep(20000);
    }
    return err_set(err, "cannot lock generation %s: its lock file %s.lock is missing or held",
                   resolved, resolved);
}

void bases_close(struct bases *bases)
{
    if (bases->lock_fd >= 0)
        close(bases->lock_fd);
    bases->lock_fd = -1;
}

int bases_is_signature_file(const char *name)
{
    /* Endings that cl_load takes up from a directory (libclamav's CLI_DBEXT), without info files.
     */
    static const char *const extensions[] = {
        "db",  "hdb", "hdu", "fp",   "mdb",  "mdu", "hsb",  "hsu", "sfp", "msb",
        "msu", "ndb", "ndu", "ldb",  "ldu",  "sdb", "zmd",  "rmd", "pdb", "gdb",
        "wdb", "cbc", "ftm", "cfg",  "cvd",  "cld", "cud",  "cdb", "cat", "crb",
        "idb", "ioc", "yar", "yara", "pwdb", "ign", "ign2", "imp"};
    const char *dot = strrchr(name, '.');

    if (name[0] == '.' || !dot)
        return 0;
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (strcasecmp(dot + 1, extensions[i]) == 0)
            return 1;
    return 0;
}

static int bases_compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void bases_free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* The directory's signature files, sorted by name; the caller owns the list. */
static char **bases_list_names(const char *path, size_t *count_r, struct err *err)
{
    char **names = calloc(BASES_FILES_MAX, sizeof *names);
    size_t count = 0;
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (!names || !dir) {
        err_sys(err, "cannot list %s", path);
        goto fail;
    }
    while ((entry = readdir(dir))) {
        if (!bases_is_signature_file(entry->d_name))
            continue;
        if (count == BASES_FILES_MAX || !(names[count] = strdup(entry->d_name))) {
            err_set(err, "%s holds more than %d signature files", path, BASES_FILES_MAX);
            goto fail;
        }
        count++;
    }
    closedir(dir);
    qsort(names, count, sizeof *names, bases_compare_names);
    *count_r = count;
    return names;
fail:
    if (dir)
        closedir(dir);
    if (names)
        bases_free_names(names, count);
    return NULL;
}

static int bases_digest_file(EVP_MD_CTX *context, const char *path, const char *name,
                             struct err *err)
{
    char full[PATH_MAX], block[65536];
    uint64_t total = 0;
    ssize_t got;

    snprintf(full, sizeof full, "%s/%s", path, name);
    int fd = open(full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "cannot read %s", full);
    EVP_DigestUpdate(context, name, strlen(name) + 1);
    while ((got = read(fd, block, sizeof block)) > 0 && total <= BASES_FILE_MAX) {
        EVP_DigestUpdate(context, block, (size_t)got);
        total += (uint64_t)got;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    if (got < 0)
        return err_sys(err, "cannot read %s", full);
    if (total > BASES_FILE_MAX)
        return err_set(err, "%s is larger than a signature file may be", full);
    EVP_DigestUpdate(context, &total, sizeof total);
    return 0;
}

int bases_digest(const char *path, uint8_t set_id[WIRE_SET_ID], unsigned *files_r, struct err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t count = 0;
    int result = -1;
    EVP_MD_CTX *context = NULL;
    char **names = bases_list_names(path, &count, err);

    if (!names)
        return -1;
    if (count == 0) {
        err_set(err, "%s holds no signature files (run epost-autoupdate)", path);
        goto out;
    }
    context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        err_set(err, "SHA-256 is not available");
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        if (bases_digest_file(context, path, names[i], err) < 0)
            goto out;
    EVP_DigestFinal_ex(context, digest, NULL);
    memcpy(set_id, digest, WIRE_SET_ID);
    *files_r = (unsigned)count;
    result = 0;
out:
    EVP_MD_CTX_free(context);
    bases_free_names(names, count);
    return result;
}

static uint64_t bases_mix(uint64_t sum, const void *data, size_t length)
{
    for (const unsigned char *c = data; length > 0; c++, length--)
        sum = (sum ^ *c) * 1099511628211u; /* FNV-1a */
    return sum;
}

static int bases_stamp_file(const char *directory, const char *name, uint64_t *sum, struct err *err)
{
    char full[PATH_MAX];
    struct stat st;

    snprintf(full, sizeof full, "%s/%s", directory, name);
    if (stat(full, &st) < 0)
        return err_sys(err, "cannot look at %s", full);
    if (st.st_ctim.tv_sec + BASES_SETTLED_S >= time(NULL))
        return err_set(err, "%s has just been changed", full);
    uint64_t facts[] = {st.st_dev,
                        st.st_ino,
                        (uint64_t)st.st_size,
                        (uint64_t)st.st_mtim.tv_sec,
                        (uint64_t)st.st_mtim.tv_nsec,
                        (uint64_t)st.st_ctim.tv_sec,
                        (uint64_t)st.st_ctim.tv_nsec};
    *sum = bases_mix(bases_mix(*sum, name, strlen(name) + 1), facts, sizeof facts);
    return 0;
}

int bases_stamp(const char *link, uint64_t *stamp_r, struct err *err)
{
    uint64_t sum = 14695981039346656037u;
    size_t count = 0;
    int result = 0;
    char *directory = realpath(link, NULL);
    char **names = directory ? bases_list_names(directory, &count, err) : NULL;

    if (!directory)
        err_sys(err, "cannot look at %s", link);
    if (!names) {
        free(directory);
        return -1;
    }
    sum = bases_mix(sum, directory, strlen(directory) + 1);
    for (size_t i = 0; i < count && result == 0; i++)
        result = bases_stamp_file(directory, names[i], &sum, err);
    *stamp_r = sum;
    bases_free_names(names, count);
    free(directory);
    return result;
}

uint64_t bases_stamp_known(const char *link)
{
    struct err ignored;
    uint64_t stamp;

    return bases_stamp(link, &stamp, &ignored) == 0 ? stamp : 0;
}
