/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The quarantine's parts: encrypted copies, keys, the directory and its ceilings, mail envelopes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "operate/bech32.h"
#include "operate/copy.h"
#include "operate/derive.h"
#include "operate/mailout.h"
#include "tests/unit/scratch.h"

static char directory[] = "/tmp/epost-seal-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return scratch_remove(directory);
}

static const char *write_key(const char *text, mode_t mode)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/key", directory);
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static int memory(const void *bytes, size_t length)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, 0), length);
    return fd;
}

static uint8_t *noise(size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    uint32_t state = 1;

    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
    return bytes;
}

static int collect(void *data, const void *bytes, size_t length, struct err *err)
{
    (void)err;
    return buf_add(data, bytes, length);
}

/* ----------------------------------------------------------------------- seals */

static void aes_key(struct seal_key *key)
{
    memset(key, 0, sizeof *key);
    key->kind = SEAL_AES;
    memset(key->bytes, 7, sizeof key->bytes);
}

static void age_keys(struct seal_key *secret, struct seal_key *public_key)
{
    memset(secret, 0, sizeof *secret);
    memset(public_key, 0, sizeof *public_key);
    secret->kind = SEAL_AGE_SECRET;
    public_key->kind = SEAL_AGE_PUBLIC;
    memset(secret->bytes, 9, sizeof secret->bytes);
    assert_int_equal(derive_x25519_public(public_key->bytes, secret->bytes), 0);
}

static void round_trip(const struct seal_key *seal, const struct seal_key *open)
{
    static const size_t sizes[] = {0, 1, 65530, 65531, 65532, 131066, 131067, 200000};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *bytes = noise(sizes[i]), sum[32];
        int body = memory(bytes, sizes[i]), sealed = memory("", 0);
        struct chunks_input input = {"event", 5, body, sizes[i]};
        struct buf out;
        struct err err;

        assert_int_equal(seal_write(seal, &input, sealed, sum, &err), 0);
        buf_init(&out, 1 << 20);
        assert_int_equal(seal_read(open, sealed, collect, &out, &err), 0);
        assert_int_equal(out.length, sizes[i] + 5);
        assert_memory_equal(out.data, "event", 5);
        assert_memory_equal(out.data + 5, bytes, sizes[i]);
        buf_free(&out);
        close(body);
        close(sealed);
        free(bytes);
    }
}

static void what_was_sealed_comes_back(void **state)
{
    struct seal_key aes, secret, public_key;

    (void)state;
    aes_key(&aes);
    age_keys(&secret, &public_key);
    round_trip(&aes, &aes);
    round_trip(&public_key, &secret);
}

/* Any changed byte, any cut, and pieces in another order. */
static void refuses_changes(const struct seal_key *seal, const struct seal_key *open)
{
    uint8_t *bytes = noise(150000), sum[32];
    int body = memory(bytes, 150000), sealed = memory("", 0);
    struct chunks_input input = {"event", 5, body, 150000};
    struct buf out;
    struct err err;
    struct stat st;

    assert_int_equal(seal_write(seal, &input, sealed, sum, &err), 0);
    assert_int_equal(fstat(sealed, &st), 0);
    buf_init(&out, 1 << 20);
    for (off_t at = 0; at < st.st_size; at += at < 300 || at > st.st_size - 40 ? 1 : 4099) {
        uint8_t was, is;
        assert_int_equal(pread(sealed, &was, 1, at), 1);
        is = was ^ 0x20;
        assert_int_equal(pwrite(sealed, &is, 1, at), 1);
        if (seal_read(open, sealed, collect, &out, &err) == 0)
            fail_msg("the change at %ld was not noticed", (long)at);
        assert_int_equal(pwrite(sealed, &was, 1, at), 1);
        buf_reset(&out);
    }
    assert_int_equal(seal_read(open, sealed, collect, &out, &err), 0);
    for (off_t cut = st.st_size - 1; cut >= 0;
         cut -= cut > st.st_size - 40 || cut < 300 ? 1 : 4099) {
        assert_int_equal(ftruncate(sealed, cut), 0);
        assert_int_equal(seal_read(open, sealed, collect, &out, &err), -1);
        buf_reset(&out);
    }
    buf_free(&out);
    close(body);
    close(sealed);
    free(bytes);
}

static void changes_are_noticed(void **state)
{
    struct seal_key aes, secret, public_key;

    (void)state;
    aes_key(&aes);
    age_keys(&secret, &public_key);
    refuses_changes(&aes, &aes);
    refuses_changes(&public_key, &secret);
}

static void a_cut_at_a_pieces_end_is_noticed(void **state)
{
    struct seal_key aes;
    uint8_t *bytes = noise(131072), sum[32];
    int body = memory(bytes, 131072), sealed = memory("", 0);
    struct chunks_input input = {"", 0, body, 131072};
    struct buf out;
    struct err err;
    struct stat st;

    (void)state;
    aes_key(&aes);
    assert_int_equal(seal_write(&aes, &input, sealed, sum, &err), 0);
    assert_int_equal(fstat(sealed, &st), 0);
    buf_init(&out, 1 << 20);
    assert_int_equal(ftruncate(sealed, st.st_size - 65552), 0);
    assert_int_equal(seal_read(&aes, sealed, collect, &out, &err), -1);
    buf_free(&out);
    close(body);
    close(sealed);
    free(bytes);
}

static void the_wrong_key_opens_nothing(void **state)
{
    struct seal_key aes, other, secret, public_key;
    int body = memory("body", 4), sealed = memory("", 0), age = memory("", 0);
    struct chunks_input input = {"", 0, body, 4};
    uint8_t sum[32];
    struct buf out;
    struct err err;

    (void)state;
    aes_key(&aes);
    aes_key(&other);
    other.bytes[31] ^= 1;
    age_keys(&secret, &public_key);
    buf_init(&out, 1000);
    assert_int_equal(seal_write(&aes, &input, sealed, sum, &err), 0);
    assert_int_equal(seal_write(&public_key, &input, age, sum, &err), 0);
    assert_int_equal(seal_read(&other, sealed, collect, &out, &err), -1);
    assert_int_equal(seal_read(&secret, sealed, collect, &out, &err), -1);
    assert_int_equal(seal_read(&public_key, age, collect, &out, &err), -1);
    assert_int_equal(seal_read(&aes, age, collect, &out, &err), -1);
    secret.bytes[5] ^= 1;
    assert_int_equal(seal_read(&secret, age, collect, &out, &err), -1);
    assert_int_equal(out.length, 0);
    /* The secret key does not seal. */
    assert_int_equal(seal_write(&secret, &input, age, sum, &err), -1);
    /* A body that is shorter than it was said to be. */
    input.length = 5;
    assert_int_equal(seal_write(&aes, &input, sealed, sum, &err), -1);
    buf_free(&out);
    close(body);
    close(sealed);
    close(age);
}

/* ------------------------------------------------------------------------ keys */

/* A pair that age-keygen(1) made. */
#define PUBLIC "age1mucggysqcv2cvpqlmxn4rg0269rjzss34wg575en07am4m4q3ersnjfa7q"
#define SECRET "AGE-SECRET-KEY-19K3QQZF80HTG4936YFANZCKURWFGEVPWKTME0MKDCT22GTXJ5FJSQG226L"

static void keys_are_read(void **state)
{
    struct seal_key key, secret;
    uint8_t derived[32];
    struct err err;

    (void)state;
    assert_int_equal(seal_key_load(&key, write_key("# public\n" PUBLIC "\n", 0644), &err), 0);
    assert_int_equal(key.kind, SEAL_AGE_PUBLIC);
    assert_int_equal(seal_key_load(&secret, write_key(SECRET "\n", 0600), &err), 0);
    assert_int_equal(secret.kind, SEAL_AGE_SECRET);
    assert_int_equal(derive_x25519_public(derived, secret.bytes), 0);
    assert_memory_equal(derived, key.bytes, 32);
    assert_int_equal(
        seal_key_load(
            &key,
            write_key("0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789abcdef", 0640),
            &err),
        0);
    assert_int_equal(key.kind, SEAL_AES);
    assert_int_equal(key.bytes[31], 0xef);
}

static void bad_key_files_are_refused(void **state)
{
    static const char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char *const bad[] = {
        "",
        "# nothing\n",
        "0123",
        "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "age1mucggysqcv2cvpqlmxn4rg0269rjzss34wg575en07am4m4q3ersnjfa7p",
        "age1mUcggysqcv2cvpqlmxn4rg0269rjzss34wg575en07am4m4q3ersnjfa7q",
        "age1",
        PUBLIC "\n" PUBLIC,
    };
    struct seal_key key;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(seal_key_load(&key, write_key(bad[i], 0600), &err), -1);
    assert_int_equal(seal_key_load(&key, write_key(hex, 0644), &err), -1); /* all can read */
    assert_int_equal(seal_key_load(&key, write_key(hex, 0620), &err), -1); /* group can write */
    assert_int_equal(seal_key_load(&key, write_key(PUBLIC, 0666), &err), -1);
    assert_int_equal(seal_key_load(&key, "/", &err), -1);
    assert_int_equal(seal_key_load(&key, "/nonexistent", &err), -1);
    assert_int_equal(key.kind, SEAL_NONE);
}

/* ----------------------------------------------------------------------- vault */

static unsigned gone_count;
static char gone_why[64];

static void count_gone(void *data, const char *number, const struct event *event, const char *why)
{
    (void)data, (void)number;
    assert_non_null(event);
    gone_count++;
    snprintf(gone_why, sizeof gone_why, "%s", why);
}

static int put(struct vault *vault, const char *body, size_t length, uint64_t now, char *number,
               struct err *err)
{
    struct seal_key key;
    struct event event;
    struct buf message;
    int fd = memory(body, length);

    aes_key(&key);
    event_init(&event, EVENT_KIND_TRANSACTION, now);
    event_set_text(&event, EVENT_FIELD_ID, "65f0c2a1-1b3c-2a");
    buf_init(&message, EVENTWIRE_MAX);
    assert_int_equal(eventwire_encode(&message, &event, 0), 0);
    struct vault_content content = {message.data, message.length, fd, length, NULL};
    int status = vault_put(vault, &key, &content, now, count_gone, NULL, number, err);
    close(fd);
    buf_free(&message);
    return status;
}

static void ceilings_hold(void **state)
{
    char path[128], number[VAULT_NUMBER], first[VAULT_NUMBER];
    struct vault_limits limits = {.item = 20000, .bytes = 100000, .copies = 3, .keep_ms = 60000};
    static char body[20001];
    struct err err = {""};
    uint64_t copies, bytes;

    (void)state;
    gone_count = 0;
    snprintf(path, sizeof path, "%s/vault", directory);
    struct vault *vault = vault_open(path, getegid(), &limits, &err);
    assert_non_null(vault);
    assert_int_equal(put(vault, body, 10, 1000000, first, &err), 0);
    assert_int_equal(put(vault, body, 10, 1000001, number, &err), 0);
    assert_int_equal(put(vault, body, 10, 1000002, number, &err), 0);
    assert_int_equal(gone_count, 0);
    assert_int_equal(put(vault, body, 10, 1000003, number, &err), 0);
    assert_int_equal(gone_count, 1);
    assert_string_equal(gone_why, "over QuarantineCopies");
    assert_int_equal(vault_bytes(vault, first), 0); /* the oldest */
    vault_totals(vault, &copies, &bytes);
    assert_int_equal(copies, 3);
    assert_int_equal(put(vault, body, 20001, 1000004, number, &err), -1);
    assert_string_equal(err.text, "larger than QuarantineItem");
    assert_int_equal(gone_count, 1); /* nothing had to go for it */
    /* Age. */
    assert_int_equal(vault_prune(vault, 1000002 + 60000, count_gone, NULL, &err), 0);
    assert_int_equal(gone_count, 2);
    assert_string_equal(gone_why, "older than QuarantineTime");
    vault_close(&vault);
    /* Size. */
    limits =
        (struct vault_limits){.item = 20000, .bytes = 50000, .copies = 100, .keep_ms = 1u << 31};
    vault = vault_open(path, getegid(), &limits, &err);
    assert_non_null(vault);
    vault_totals(vault, &copies, &bytes);
    assert_int_equal(copies, 2);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(put(vault, body, 20000, 1000010 + i, number, &err), 0);
        vault_totals(vault, &copies, &bytes);
        assert_true(bytes <= 50000);
    }
    assert_int_equal(copies, 2);
    assert_string_equal(gone_why, "over QuarantineSize");
    vault_close(&vault);
}

static void half_written_copies_are_cleared(void **state)
{
    char path[128], name[256], number[VAULT_NUMBER];
    struct vault_limits limits = {
        .item = 20000, .bytes = 100000, .copies = 30, .keep_ms = 1u << 31};
    struct err err = {""};
    uint64_t copies, bytes;

    (void)state;
    snprintf(path, sizeof path, "%s/crashed", directory);
    struct vault *vault = vault_open(path, getegid(), &limits, &err);
    assert_non_null(vault);
    assert_int_equal(put(vault, "x", 1, 5, number, &err), 0);
    vault_close(&vault);
    snprintf(name, sizeof name, "%s/.new-%s.sealed", path, number);
    close(creat(name, 0600));
    snprintf(name, sizeof name, "%s/00000000000500000000.sealed", path);
    close(creat(name, 0600));
    vault = vault_open(path, getegid(), &limits, &err);
    assert_non_null(vault);
    assert_int_equal(access(name, F_OK), -1);
    snprintf(name, sizeof name, "%s/.new-%s.sealed", path, number);
    assert_int_equal(access(name, F_OK), -1);
    vault_totals(vault, &copies, &bytes);
    assert_int_equal(copies, 1);
    vault_close(&vault);
}

static void an_exchanged_event_is_refused(void **state)
{
    char path[128], name[256], other[256], number[VAULT_NUMBER], second[VAULT_NUMBER];
    struct vault_limits limits = {
        .item = 20000, .bytes = 100000, .copies = 30, .keep_ms = 1u << 31};
    struct seal_key key;
    struct copy copy;
    struct err err = {""};

    (void)state;
    aes_key(&key);
    snprintf(path, sizeof path, "%s/exchanged", directory);
    struct vault *vault = vault_open(path, getegid(), &limits, &err);
    assert_non_null(vault);
    assert_int_equal(put(vault, "one", 3, 5, number, &err), 0);
    assert_int_equal(put(vault, "two", 3, 6, second, &err), 0);
    assert_int_equal(copy_open(&copy, vault, number, &key, &err), 0);
    assert_int_equal(copy.length, 3);
    copy_close(&copy);
    snprintf(name, sizeof name, "%s/%s.event", path, number);
    snprintf(other, sizeof other, "%s/%s.event", path, second);
    assert_int_equal(rename(other, name), 0);
    assert_int_equal(copy_open(&copy, vault, number, &key, &err), -1);
    assert_string_equal(err.text, "the event beside the copy was changed");
    copy_close(&copy);
    assert_false(vault_is_number("../../etc/passwd0000"));
    assert_false(vault_is_number("0123456789abcdef012"));
    assert_int_equal(copy_find(vault, "../../../etc/passwd", number, &err), -1);
    vault_close(&vault);
}

/* ------------------------------------------------------------------------ mail */

static void addresses_cannot_end_a_command(void **state)
{
    (void)state;
    assert_true(mailout_address_is_good("a@b.example", 11));
    assert_false(mailout_address_is_good("", 0));
    assert_false(mailout_address_is_good("a@b>\r\nRCPT", 10));
    assert_false(mailout_address_is_good("a b@c", 5));
    assert_false(mailout_address_is_good("a<b@c", 5));
    assert_false(mailout_address_is_good("a\0b@c", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_comes_back),
        cmocka_unit_test(changes_are_noticed),
        cmocka_unit_test(a_cut_at_a_pieces_end_is_noticed),
        cmocka_unit_test(the_wrong_key_opens_nothing),
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(bad_key_files_are_refused),
        cmocka_unit_test(ceilings_hold),
        cmocka_unit_test(half_written_copies_are_cleared),
        cmocka_unit_test(an_exchanged_event_is_refused),
        cmocka_unit_test(addresses_cannot_end_a_command),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
