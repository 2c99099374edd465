/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/hex.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int hex_sha256_fd(int fd, uint8_t sha256[HEX_SHA256], uint64_t *size_r, struct err *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t block[65536];
    uint64_t size = 0;
    ssize_t n = -1;
    int result = -1;

    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        err_set(err, "OpenSSL has no SHA-256");
        goto out;
    }
    while ((n = pread(fd, block, sizeof block, (off_t)size)) > 0) {
        EVP_DigestUpdate(context, block, (size_t)n);
        size += (uint64_t)n;
    }
    if (n < 0) {
        err_sys(err, "cannot read");
        goto out;
    }
    EVP_DigestFinal_ex(context, sha256, NULL);
    *size_r = size;
    result = 0;
out:
    EVP_MD_CTX_free(context);
    return result;
}

int hex_sha256_file(const char *path, uint8_t sha256[HEX_SHA256], uint64_t *size_r, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_sys(err, "cannot open %s", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(err, "%s is not a regular file", path);
    }
    int result = hex_sha256_fd(fd, sha256, size_r, err);
    close(fd);
    return result < 0 ? err_prefix(err, "%s", path) : 0;
}
