/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/copy.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "common/hex.h"
#include "common/writeall.h"

/* ---------------------------------------------------------------------- finding */

int copy_find(struct vault *vault, const char *name, char number_r[VAULT_NUMBER], struct err *err)
{
    struct buf numbers, message;
    struct event event;
    struct err ignored;
    unsigned found = 0;

    if (vault_is_number(name)) {
        memcpy(number_r, name, VAULT_NUMBER);
        return vault_bytes(vault, name) ? 0 : err_set(err, "there is no copy %s", name);
    }
    buf_init(&numbers, (size_t)VAULT_COPIES_MAX * VAULT_NUMBER);
    buf_init(&message, EVENTWIRE_MAX);
    if (vault_list(vault, &numbers, err) < 0) {
        buf_free(&numbers);
        return -1;
    }
    for (size_t at = 0; at < numbers.length; at += VAULT_NUMBER) {
        char *number = numbers.data + at;
        number[VAULT_NUMBER - 1] = '\0';
        if (vault_event(vault, number, &message, &event, &ignored) < 0 ||
            !event_is(&event, EVENT_FIELD_ID, name))
            continue;
        memcpy(number_r, number, VAULT_NUMBER);
        found++;
    }
    buf_free(&numbers);
    buf_free(&message);
    if (found == 1)
        return 0;
    return err_set(err,
                   found ? "%.60s has several copies; give the number of one"
                         : "there is no copy of %.60s",
                   name);
}

/* --------------------------------------------------------------------- opening */

struct copy_taking {
    struct copy *copy;
    EVP_MD_CTX *digest;
};

/* The event comes first; its head says how long it is. Returns how many bytes were the event's. */
static size_t copy_take_event(struct copy *copy, const char *bytes, size_t length)
{
    struct eventwire_head head;
    size_t used = 0;

    while (used < length && !copy->message.failed) {
        size_t wanted = sizeof head;
        if (copy->message.length >= sizeof head) {
            memcpy(&head, copy->message.data, sizeof head);
            wanted = head.length;
        }
        if (copy->message.length >= wanted)
            break;
        size_t part = wanted - copy->message.length;
        if (part > length - used)
            part = length - used;
        buf_add(&copy->message, bytes + used, part);
        used += part;
    }
    return used;
}

static int copy_take(void *data, const void *bytes, size_t length, struct err *err)
{
    struct copy_taking *taking = data;
    struct copy *copy = taking->copy;
    size_t used = copy_take_event(copy, bytes, length);
    const uint8_t *at = (const uint8_t *)bytes + used;

    length -= used;
    if (copy->message.failed)
        return err_set(err, "the copy does not begin with an event");
    if (EVP_DigestUpdate(taking->digest, at, length) != 1)
        return err_set(err, "SHA-256 failed");
    if (writeall(copy->fd, at, length) < 0)
        return err_sys(err, "the copy cannot be put into memory");
    copy->length += length;
    return 0;
}

static int copy_check(struct copy *copy, struct vault *vault, struct err *err)
{
    struct buf open_message;
    struct event open_event;
    char sum[65], hex[65];

    if (eventwire_decode(copy->message.data, copy->message.length, &copy->event, NULL, err) < 0)
        return -1;
    hex_encode(copy->sha256, 32, hex);
    event_copy(&copy->event, EVENT_FIELD_SHA256, sum, sizeof sum);
    if (*sum && strcmp(sum, hex) != 0)
        return err_set(err, "the body is not the one that the event names");
    buf_init(&open_message, EVENTWIRE_MAX);
    int status = vault_event(vault, copy->number, &open_message, &open_event, err);
    if (status == 0 && (open_message.length != copy->message.length ||
                        memcmp(open_message.data, copy->message.data, copy->message.length) != 0))
        status = err_set(err, "the event beside the copy was changed");
    buf_free(&open_message);
    return status;
}

int copy_open(struct copy *copy, struct vault *vault, const char *number,
              const struct seal_key *key, struct err *err)
{
    struct copy_taking taking = {.copy = copy, .digest = EVP_MD_CTX_new()};
    int status = -1;

    memset(copy, 0, sizeof *copy);
    snprintf(copy->number, sizeof copy->number, "%s", number);
    buf_init(&copy->message, EVENTWIRE_MAX);
    copy->fd = memfd_create("epost-quarantine", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int sealed = vault_sealed(vault, number, err);
    if (copy->fd < 0 || !taking.digest || EVP_DigestInit_ex(taking.digest, EVP_sha256(), NULL) != 1)
        err_set(err, "out of memory");
    else if (sealed >= 0 && seal_read(key, sealed, copy_take, &taking, err) == 0)
        status = EVP_DigestFinal_ex(taking.digest, copy->sha256, NULL) == 1
                     ? copy_check(copy, vault, err)
                     : err_set(err, "SHA-256 failed");
    if (sealed >= 0)
        close(sealed);
    EVP_MD_CTX_free(taking.digest);
    return status;
}

void copy_close(struct copy *copy)
{
    if (copy->fd >= 0)
        close(copy->fd);
    copy->fd = -1;
    buf_free(&copy->message);
}
