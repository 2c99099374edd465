/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/encrypted.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "inspect/formats/ole2read.h"
#include "inspect/formats/ole2records.h"
#include "inspect/formats/pgp.h"
#include "inspect/le.h"
#include "inspect/pgpform.h"

#define ENCRYPTED_RECORDS  16                                 /* of a workbook that are looked at */
#define ENCRYPTED_WORKBOOK (ENCRYPTED_RECORDS * (4 + 0xffff)) /* bytes: as long as they may be */

/* Excel: a FILEPASS record follows the first BOF record, before anything that is encrypted. */
static bool encrypted_workbook(const uint8_t *stream, size_t left)
{
    size_t size;
    int records;

    for (records = 0; records < ENCRYPTED_RECORDS && left >= 4; records++) {
        if (le16(stream) == 0x002f)
            return true;
        size = 4 + le16(stream + 2);
        if (size > left)
            return false;
        stream += size;
        left -= size;
    }
    return false;
}

static bool encrypted_word(const uint8_t *stream, size_t length)
{
    return length >= 32 && le16(stream) == 0xa5ec && (stream[11] & 1);
}

/* Streams that say that a document is encrypted: by their name alone, or by their first bytes. */
static const struct encrypted_stream {
    const char *name;
    bool (*is_encrypted)(const uint8_t *stream, size_t length); /* NULL: the name says it */
    size_t most;                                                /* bytes that are needed for it */
} encrypted_streams[] = {
    {"EncryptedPackage", NULL, 0},
    {"EncryptedSummary", NULL, 0},
    {"WordDocument", encrypted_word, 32},
    {"Workbook", encrypted_workbook, ENCRYPTED_WORKBOOK},
    {"Book", encrypted_workbook, ENCRYPTED_WORKBOOK},
};

#define ENCRYPTED_STREAMS (sizeof encrypted_streams / sizeof encrypted_streams[0])

/* Its place in the table; ENCRYPTED_STREAMS: it is not there. Office compares names like this. */
static size_t encrypted_stream(const char *name)
{
    size_t i = 0;

    while (i < ENCRYPTED_STREAMS && strcasecmp(name, encrypted_streams[i].name) != 0)
        i++;
    return i;
}

int encrypted_is_office_stream(const char *name, const uint8_t *data, size_t length)
{
    const size_t i = encrypted_stream(name);

    return i < ENCRYPTED_STREAMS &&
           (!encrypted_streams[i].is_encrypted || encrypted_streams[i].is_encrypted(data, length));
}

/* The first stream of each name is the document's own; others are of objects in it. */
static bool encrypted_office_entry(struct ole2read *ole2, const uint8_t *entry, unsigned *seen)
{
    struct buffer buffer = BUFFER_INIT;
    char name[OLE2READ_NAME_MAX];
    bool is_encrypted;
    size_t i;

    ole2read_name(entry, name);
    i = encrypted_stream(name);
    if (i == ENCRYPTED_STREAMS || *seen & 1u << i)
        return false;
    *seen |= 1u << i;
    (void)ole2read_stream(ole2, entry, encrypted_streams[i].most, &buffer);
    is_encrypted = encrypted_is_office_stream(name, buffer.data, buffer.length);
    buffer_free(&buffer);
    return is_encrypted;
}

static bool encrypted_office(const uint8_t *data, size_t length)
{
    const uint8_t *entry = NULL;
    bool is_encrypted = false;
    struct ole2read ole2;
    unsigned seen = 0;

    if (length < 1024 || memcmp(data, OLE2_MAGIC, 8) != 0)
        return false;
    (void)ole2read_open(&ole2, data, length); /* damaged: what can be reached */
    while (!is_encrypted && (entry = ole2read_next(&ole2, entry)))
        is_encrypted = encrypted_office_entry(&ole2, entry, &seen);
    ole2read_close(&ole2);
    return is_encrypted;
}

/* A CMS or PKCS#7 structure whose content type is enveloped, encrypted or authenticated and
 * enveloped data. */
static int encrypted_cms(const uint8_t *data, size_t length)
{
    static const uint8_t enveloped[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x07, 0x03};
    static const uint8_t encrypted[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x07, 0x06};
    static const uint8_t authenticated[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                            0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
    size_t head = length < 24 ? length : 24;

    if (length < 16 || data[0] != 0x30)
        return 0;
    return memmem(data, head, authenticated, sizeof authenticated) != NULL ||
           memmem(data, head, enveloped, sizeof enveloped) != NULL ||
           memmem(data, head, encrypted, sizeof encrypted) != NULL;
}

/* Binary OpenPGP: a session key packet (public key or passphrase) comes first. */
static int encrypted_pgp(const uint8_t *data, size_t length)
{
    static const uint8_t algorithms[] = {1, 2, 16, 18, 25, 26};
    struct pgpform_header header;
    const uint8_t *body;

    if (length < 16 || !pgpform_header(data, length, &header) || header.is_endless ||
        header.is_partial)
        return 0;
    body = data + header.begin;
    if (header.tag == PGPFORM_PKESK)
        return body[0] == 3 && memchr(algorithms, body[9], sizeof algorithms) != NULL;
    /* passphrase: version 4, a symmetric cipher, a string-to-key method, a hash */
    return header.tag == PGPFORM_SKESK && body[0] == 4 && body[1] >= 1 && body[1] <= 13 &&
           (body[2] == 0 || body[2] == 1 || body[2] == 3) && body[3] >= 1 && body[3] <= 14;
}

/* AES Crypt: a version, and from the second on a list of extensions that has an end. */
static int encrypted_aescrypt(const uint8_t *data, size_t length)
{
    size_t at = 5;

    if (length < 64 || memcmp(data, "AES", 3) != 0 || data[3] > 3 || data[4] != 0)
        return 0;
    while (data[3] >= 2) {
        size_t size;

        if (length - at < 2)
            return 0;
        size = (size_t)data[at] << 8 | data[at + 1];
        at += 2;
        if (size == 0)
            break;
        if (size > length - at)
            return 0;
        at += size;
    }
    return 1;
}

/* mcrypt: a version, what is set, the cipher's name, the key's size, and the mode's name. */
static bool encrypted_mcrypt(const uint8_t *data, size_t length)
{
    size_t at = 4, names;

    if (length < 64 || memcmp(data, "\0m", 2) != 0 || (data[2] != 2 && data[2] != 3))
        return false;
    for (names = 0; names < 2; names++) {
        const size_t begin = at;

        while (at < 40 && (isalnum(data[at]) || data[at] == '-'))
            at++;
        if (at == begin || data[at] != '\0')
            return false;
        at += 3; /* and the key's size */
    }
    return true;
}

/* An image of macOS whose head stands at its end. */
static bool encrypted_image(const uint8_t *data, size_t length)
{
    return length >= 512 && memcmp(data + length - 20, "cdsaencr", 8) == 0;
}

/* Formats that say at some place that they are encrypted. */
static int encrypted_marked(const uint8_t *data, size_t length)
{
    static const struct {
        size_t offset, length;
        const char *bytes;
    } marks[] = {
        {4, 16, "_AttacheCaseData"},
        {4, 15, "_AttacheCaseRsa"},
        {4, 16, "_AttacheCase_Rsa"},
        {4, 16, "_Atc_Broken_Data"},
        {0, 16, "\xc0\xb9\x07\x2e\x4f\x93\xf1\x46\xa0\x15\x79\x2c\xa1\xd9\xe8\x21"}, /* AxCrypt */
        {0, 8, "\x76\xe8\x04\x60\xc4\x11\xe3\x86"},                                  /* rpmsg */
        {0, 6, ".pfile"},
        {0, 7, "scrypt\0"},
        {0, 8, "\3\xd9\xa2\x9a\x67\xfb\x4b\xb5"}, /* KeePass */
        {0, 8, "\3\xd9\xa2\x9a\x65\xfb\x4b\xb5"},
        {0, 8, "LOCOS94 "}, /* BestCrypt */
        {0, 8, "PGPdMAIN"},
        {0, 8, "NXLFMT@!"},
        {0, 8, "KRYPTOR\3"},
    };
    size_t i;

    for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (length > marks[i].offset + marks[i].length + 16 &&
            memcmp(data + marks[i].offset, marks[i].bytes, marks[i].length) == 0)
            return 1;
    return 0;
}

int encrypted_is_encrypted(const uint8_t *data, size_t length)
{
    static const char *const starts[] = {"encrcdsa",
                                         "age-encryption.org/v1\n",
                                         "-----BEGIN AGE ENCRYPTED FILE-----",
                                         "Salted__",
                                         "U2FsdGVkX1", /* the same in base64 */
                                         "$ANSIBLE_VAULT;",
                                         "BEGIN SALTPACK ENCRYPTED MESSAGE.",
                                         "BEGIN KEYBASE SALTPACK ENCRYPTED MESSAGE.",
                                         "LUKS\xba\xbe"};
    size_t i, start = 0;

    if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        start = 3;
    while (start < length && start < 64 &&
           (data[start] == '\n' || data[start] == '\r' || data[start] == ' '))
        start++;
    for (i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t size = strlen(starts[i]);

        if (length - start >= size && memcmp(data + start, starts[i], size) == 0)
            return 1;
    }
    if (start < length && data[start] == '-' &&
        pgp_has_encrypted_armor(data + start, length - start))
        return 1;
    return encrypted_office(data, length) || encrypted_cms(data, length) ||
           encrypted_pgp(data, length) || encrypted_marked(data, length) ||
           encrypted_aescrypt(data, length) || encrypted_mcrypt(data, length) ||
           encrypted_image(data, length) || pgpform(data, length) == PGPFORM_ENCRYPTED;
}

int encrypted_is_odf_manifest(const char *name, const uint8_t *data, size_t length)
{
    static const char suffix[] = "manifest.xml", mark[] = "encryption-data";
    size_t name_length = strlen(name);

    return name_length >= sizeof suffix - 1 &&
           strcmp(name + name_length - (sizeof suffix - 1), suffix) == 0 &&
           memmem(data, length, mark, sizeof mark - 1) != NULL;
}
