/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMS and PKCS#7 (S/MIME) structures that carry content in the open: signed
 * and compressed data. The content is cut in pieces or compressed, so that it
 * cannot be found in the bytes as they are. Encrypted ones are encrypted.c's.
 */
#include "config.h"

#include <ctype.h>
#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>

#include "common/base64.h"
#include "inspect/decode.h"
#include "inspect/formats/cms.h"
#include "inspect/inspection.h"
#include "inspect/transfer.h"

#define CMS_DEPTH       32
#define CMS_ELEMENTS    4096u
#define CMS_CONTENT_MIN 24u /* bytes of an octet string that may be content */

static void cms_content(struct inspection *in, const struct object *object,
                        const ASN1_OCTET_STRING *content, int compressed)
{
    struct object inner = inspection_inner(object, ASN1_STRING_get0_data(content),
                                           (size_t)ASN1_STRING_length(content));
    struct decoded decoded = {.out = BUFFER_INIT};
    enum reason reason = REASON_NONE;

    inner.name = NULL;
    if (compressed) {
        reason = decode(CODEC_ZLIB, inner.data, inner.length, &in->budget, &decoded);
        inner.data = decoded.out.data;
        inner.length = decoded.out.length;
    }
    if (inner.length > 0)
        inspection_object(in, &inner);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                        "compressed CMS");
    buffer_free(&decoded.out);
}

/* Labels of PEM that hold CMS. */
static const char *const labels[] = {"PKCS7", "CMS", "PKCS #7", "SIGNED MESSAGE",
                                     "ENCRYPTED MESSAGE"};

static int cms_is_pem(const char *text, size_t length)
{
    static const char begin[] = "-----BEGIN ";
    const size_t size = sizeof begin - 1;
    size_t i;

    if (length < 64 || strncmp(text, begin, size) != 0)
        return 0;
    for (i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strncmp(text + size, labels[i], strlen(labels[i])) == 0)
            return 1;
    return 0;
}

/* The first bytes of a text in base64 are a CMS structure with its type. */
static int cms_is_base64(const uint8_t *data, size_t length)
{
    static const uint8_t pkcs[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01};
    uint8_t head[30];
    uint32_t bits = 0;
    size_t i, used = 0, count = 0;

    if (length < 64 || data[0] != 'M' || data[1] < 'C' || data[1] > 'I')
        return 0;
    for (i = 0; i < length && used < sizeof head; i++) {
        int value = base64_value(data[i]);

        if (value < 0 && memchr(" \t\r\n", data[i], 4) == NULL)
            return 0;
        if (value < 0)
            continue;
        bits = bits << 6 | (uint32_t)value;
        if (++count % 4 != 1)
            head[used++] = (uint8_t)(bits >> (6 - 2 * ((count - 1) % 4)));
    }
    return used == sizeof head && head[0] == 0x30 && memmem(head, used, pkcs, sizeof pkcs) != NULL;
}

static size_t cms_blanks(const uint8_t *data, size_t length)
{
    size_t at = length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < length && at < 64 && isspace(data[at]))
        at++;
    return at;
}

int cms_is_text(const uint8_t *data, size_t length)
{
    const size_t at = cms_blanks(data, length);

    return cms_is_pem((const char *)data + at, length - at) ||
           cms_is_base64(data + at, length - at);
}

/* Behind the label's line and the fields that may follow it, to the end mark. */
static void cms_text(struct inspection *in, const struct object *object)
{
    const uint8_t *at = object->data + cms_blanks(object->data, object->length);
    const uint8_t *end = object->data + object->length, *stop;
    struct buffer buffer = BUFFER_INIT;
    struct object inner;

    if (*at == '-') {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : end;
    }
    stop = memmem(at, (size_t)(end - at), "-----", 5);
    if (stop == NULL)
        stop = end;
    if (transfer_decode("base64", 6, at, (size_t)(stop - at), &buffer) < 0)
        inspection_note(in, object, REASON_MEMORY, NULL);
    inner = inspection_inner(object, buffer.data, buffer.length);
    inner.name = NULL;
    if (inner.length > 0)
        inspection_object(in, &inner);
    else
        inspection_note(in, object, REASON_CONTAINER, "a CMS structure that cannot be read");
    buffer_free(&buffer);
}

struct cms_walk {
    struct inspection *in;
    const struct object *object;
    unsigned found, elements;
};

/* One element of DER or BER. Returns where its content begins, or NULL; one without a
 * length goes to the end. */
static const uint8_t *cms_element(const uint8_t *at, const uint8_t *end, size_t *size_r)
{
    unsigned count;

    if (end - at < 2 || (at[0] & 31) == 31)
        return NULL;
    at++;
    if (*at < 0x80) {
        *size_r = *at++;
    } else if (*at == 0x80) {
        *size_r = (size_t)(end - at - 1);
        at++;
    } else {
        count = *at++ & 0x7f;
        if (count > 6 || (size_t)(end - at) < count)
            return NULL;
        for (*size_r = 0; count > 0; count--)
            *size_r = *size_r << 8 | *at++;
    }
    return *size_r <= (size_t)(end - at) ? at : NULL;
}

/* Inspects the octet strings in a structure whose type OpenSSL does not know. */
static void cms_octets(struct cms_walk *walk, const uint8_t *at, const uint8_t *end, unsigned depth)
{
    while (at < end && depth < CMS_DEPTH && walk->elements++ < CMS_ELEMENTS &&
           !inspection_over(walk->in)) {
        const uint8_t tag = *at;
        struct object inner;
        size_t size;
        const uint8_t *content = cms_element(at, end, &size);

        if (content == NULL)
            return;
        if (tag & 0x20) {
            cms_octets(walk, content, content + size, depth + 1);
        } else if ((tag == 0x04 || tag == 0x80) && size >= CMS_CONTENT_MIN) {
            inner = inspection_inner(walk->object, content, size);
            inner.name = NULL;
            walk->found++;
            inspection_object(walk->in, &inner);
        }
        at = content + size;
    }
}

/* A signature apart from what it signs has no content behind the content's type. */
static int cms_is_detached(const struct object *object)
{
    static const uint8_t type[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                   0xf7, 0x0d, 0x01, 0x07, 0x01};
    const uint8_t *end = object->data + object->length, *at = object->data, *found;
    bool detached = false;

    while ((found = memmem(at, (size_t)(end - at), type, sizeof type)) != NULL) {
        /* the type is all that its sequence holds, by the length or by what follows */
        detached = (found - object->data >= 2 && found[-2] == 0x30 && found[-1] == sizeof type) ||
                   found + sizeof type == end || found[sizeof type] != 0xa0;
        if (!detached)
            break;
        at = found + sizeof type;
    }
    return detached;
}

void cms_open(struct inspection *in, const struct object *object)
{
    const unsigned char *at = object->data;
    CMS_ContentInfo *cms = NULL;
    ASN1_OCTET_STRING **content;
    int type;

    if (cms_is_text(object->data, object->length)) {
        cms_text(in, object);
        return;
    }
    if (object->length <= LONG_MAX)
        cms = d2i_CMS_ContentInfo(NULL, &at, (long)object->length);
    if (cms == NULL) {
        if (!cms_is_detached(object))
            inspection_note(in, object, REASON_CONTAINER, "a CMS structure that cannot be read");
        ERR_clear_error();
        return;
    }
    type = OBJ_obj2nid(CMS_get0_type(cms));
    content = CMS_get0_content(cms);
    if (content == NULL)
        cms_octets(&(struct cms_walk){.in = in, .object = object}, object->data,
                   object->data + object->length, 0);
    if (content != NULL && *content != NULL)
        cms_content(in, object, *content, type == NID_id_smime_ct_compressedData);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}
