/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vaultput: how a copy gets into the vault. */
#include "common/hex.h"
#include "common/writeall.h"
#include "operate/vaultparts.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int vaultput_make_number(char number[VAULT_NUMBER], uint64_t now_ms, struct err *err)
{
    uint8_t random[4];

    if (RAND_bytes(random, sizeof random) != 1)
        return err_set(err, "there are no random numbers");
    snprintf(number, VAULT_NUMBER, "%012llx%02x%02x%02x%02x",
             (unsigned long long)(now_ms & 0xffffffffffffull), random[0], random[1], random[2],
             random[3]);
    return 0;
}

static int vaultput_create(struct vault *vault, const char *name, struct err *err)
{
    int fd =
        openat(vault->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);

    if (fd < 0)
        return err_sys(err, "no file can be made in the quarantine");
    if (vault->has_group && fchown(fd, (uid_t)-1, vault->group) < 0) {
        err_sys(err, "a copy cannot be given to its group");
        close(fd);
        unlinkat(vault->directory, name, 0);
        return -1;
    }
    return fd;
}

/* Makes what is written durable and gives it its name. */
static int vaultput_publish(struct vault *vault, int fd, const char *temp, const char *name,
                            struct err *err)
{
    if (fsync(fd) < 0)
        return err_sys(err, "the copy does not reach the disk");
    if (renameat(vault->directory, temp, vault->directory, name) < 0)
        return err_sys(err, "the copy cannot be given its name");
    return 0;
}

static int vaultput_check_sum(const uint8_t sum[32], const char *stated, struct err *err)
{
    char hex[65];

    if (!stated)
        return 0;
    hex_encode(sum, 32, hex);
    return memcmp(hex, stated, 64) == 0
               ? 0
               : err_set(err, "the body is not the one that the event names");
}

static int vaultput_write_sealed(struct vault *vault, const struct seal_key *key,
                                 const struct vault_content *content, const char *number,
                                 struct err *err)
{
    struct chunks_input input = {.prefix = content->event,
                                 .prefix_length = content->event_length,
                                 .fd = content->fd,
                                 .length = content->length};
    char temp[64], name[64];
    uint8_t sum[32];

    vault_name(temp, VAULT_TEMP, number, ".sealed");
    vault_name(name, "", number, ".sealed");
    int fd = vaultput_create(vault, temp, err);
    if (fd < 0)
        return -1;
    int status = seal_write(key, &input, fd, sum, err);
    if (status == 0)
        status = vaultput_check_sum(sum, content->sha256, err);
    if (status == 0)
        status = vaultput_publish(vault, fd, temp, name, err);
    if (status < 0)
        unlinkat(vault->directory, temp, 0);
    close(fd);
    return status;
}

static int vaultput_write_event(struct vault *vault, const struct vault_content *content,
                                const char *number, struct err *err)
{
    char temp[64], name[64];
    int status = -1;

    vault_name(temp, VAULT_TEMP, number, ".event");
    vault_name(name, "", number, ".event");
    int fd = vaultput_create(vault, temp, err);
    if (fd < 0)
        return -1;
    if (writeall(fd, content->event, content->event_length) < 0)
        err_sys(err, "the event of the copy cannot be written");
    else
        status = vaultput_publish(vault, fd, temp, name, err);
    if (status < 0)
        unlinkat(vault->directory, temp, 0);
    close(fd);
    return status;
}

/* More than a sealed file of that content takes. */
static uint64_t vaultput_estimate(const struct vault_content *content)
{
    uint64_t plain = content->length + content->event_length;

    return plain + (plain / CHUNKS_PIECE + 1) * CHUNKS_TAG + content->event_length + 512;
}

static int vaultput_make_room(struct vault *vault, const struct vault_content *content,
                              uint64_t now_ms, vault_gone *gone, void *data, struct err *err)
{
    uint64_t more = vaultput_estimate(content);

    if (content->length > vault->limits.item)
        return err_set(err, "larger than QuarantineItem");
    if (more > vault->limits.bytes)
        return err_set(err, "larger than QuarantineSize");
    if (atomic_load(&vault->bytes) + more <= vault->limits.bytes &&
        atomic_load(&vault->copies) + 1 <= vault->limits.copies)
        return 0;
    return vault_tidy(vault, now_ms, more, gone, data, err);
}

int vault_put(struct vault *vault, const struct seal_key *key, const struct vault_content *content,
              uint64_t now_ms, vault_gone *gone, void *data, char number_r[VAULT_NUMBER],
              struct err *err)
{
    char name[64];

    if (vaultput_make_room(vault, content, now_ms, gone, data, err) < 0 ||
        vaultput_make_number(number_r, now_ms, err) < 0 ||
        vaultput_write_sealed(vault, key, content, number_r, err) < 0)
        return -1;
    if (vaultput_write_event(vault, content, number_r, err) < 0) {
        vault_name(name, "", number_r, ".sealed");
        unlinkat(vault->directory, name, 0);
        return -1;
    }
    fsync(vault->directory);
    atomic_fetch_add(&vault->copies, 1);
    atomic_fetch_add(&vault->bytes, vault_bytes(vault, number_r));
    return 0;
}
