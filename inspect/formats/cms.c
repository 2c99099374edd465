/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMS and PKCS#7 (S/MIME) structures that carry content in the open: signed
 * and compressed data. The content is cut in pieces or compressed, so that it
 * cannot be found in the bytes as they are. Encrypted ones are encrypted.c's.
 */
#include "config.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"

static void cms_content(struct inspection *in, const struct object *object,
                        const ASN1_OCTET_STRING *content, int compressed)
{
    struct object inner = *object;
    struct decoded decoded = {.out = SPOOL_INIT};
    enum reason reason = REASON_NONE;

    inner.data = ASN1_STRING_get0_data(content);
    inner.length = (size_t)ASN1_STRING_length(content);
    inner.depth++;
    inner.name = NULL;
    inner.is_body = 0;
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

void cms_open(struct inspection *in, const struct object *object)
{
    const unsigned char *at = object->data;
    CMS_ContentInfo *cms = NULL;
    ASN1_OCTET_STRING **content;
    int type;

    if (object->length <= LONG_MAX)
        cms = d2i_CMS_ContentInfo(NULL, &at, (long)object->length);
    if (cms == NULL) {
        inspection_note(in, object, REASON_CONTAINER, "a CMS structure that cannot be read");
        ERR_clear_error();
        return;
    }
    type = OBJ_obj2nid(CMS_get0_type(cms));
    content = CMS_get0_content(cms);
    if (content != NULL && *content != NULL)
        cms_content(in, object, *content, type == NID_id_smime_ct_compressedData);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}
