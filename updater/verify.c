/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/verify.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "updater/minisig.h"
#include "updater/iso8601.h"

static int verify_refuse(struct fault *fault)
{
    return fault_as(fault, RESULT_REFUSED);
}

static int verify_check_signature(const struct source *source, const struct buf *index,
                                  const struct buf *signature, struct index_claim *claim,
                                  struct fault *fault)
{
    struct minisig sig;

    if (minisig_parse(&sig, buf_text(signature), signature->length, &fault->err) < 0 ||
        minisig_verify(&sig, source->keys, source->key_count, buf_text(index), index->length,
                       &fault->err) < 0) {
        err_prefix(&fault->err, "bad signature");
        return verify_refuse(fault);
    }
    if (index_claim_parse(claim, sig.trusted, &fault->err) < 0)
        return verify_refuse(fault);
    return 0;
}

static int verify_check_dates(const struct index_claim *claim, int64_t now, struct fault *fault)
{
    char when[WHEN_TEXT];

    if (claim->expires <= now)
        return fault_set(fault, RESULT_REFUSED,
                         "the index %" PRIu64 " expired on %s (a mirror that is not refreshed, or "
                         "an old index that is shown again)",
                         claim->serial, iso8601_format(claim->expires, when));
    if (claim->created > now + VERIFY_FUTURE)
        return fault_set(fault, RESULT_REFUSED,
                         "the index %" PRIu64
                         " is from the future, %s: is this machine's clock right?",
                         claim->serial, iso8601_format(claim->created, when));
    return 0;
}

int verify_index(const struct source *source, const struct record *record, int64_t now,
                 const struct buf *index, const struct buf *signature, struct index_claim *claim,
                 enum mirror_state *state_r, struct fault *fault)
{
    uint8_t digest[INDEX_SHA256];

    *state_r = MIRROR_BAD;
    if (verify_check_signature(source, index, signature, claim, fault) < 0)
        return -1;
    *state_r = MIRROR_FAILED; /* genuine from here on, but perhaps not of today */
    if (verify_check_dates(claim, now, fault) < 0)
        return -1;
    if (claim->serial < record->serial)
        return fault_set(fault, RESULT_REFUSED,
                         "the index has the serial %" PRIu64 ", but %" PRIu64
                         " was seen already: the "
                         "mirror is behind, or an old index is shown again",
                         claim->serial, record->serial);
    EVP_Digest(buf_text(index), index->length, digest, NULL, EVP_sha256(), NULL);
    if (claim->serial == record->serial && memcmp(digest, record->digest, sizeof digest) != 0)
        return fault_set(fault, RESULT_REFUSED,
                         "the index with the serial %" PRIu64
                         " was seen with other content: two were "
                         "signed with the same serial",
                         claim->serial);
    return 0;
}

int verify_list(const struct source *source, const struct record *record,
                const struct index_claim *claim, const struct index *index, struct fault *fault)
{
    uint64_t total = 0;

    if (index->serial != claim->serial || index->created != claim->created ||
        index->expires != claim->expires)
        return fault_set(
            fault, RESULT_REFUSED,
            "the index and the trusted comment of its signature contradict each other");
    for (size_t i = 0; i < index->count; i++) {
        const struct index_file *file = &index->files[i];
        uint64_t highest = record_highest(record, file->name);

        if (sources_allows(source, file->name, &fault->err) < 0)
            return verify_refuse(fault);
        if (file->version > 0 && file->version < highest)
            return fault_set(fault, RESULT_REFUSED,
                             "%s would go back from version %" PRIu64 " to %" PRIu64, file->name,
                             highest, file->version);
        total += file->size;
    }
    if (total > source->max_size)
        return fault_set(fault, RESULT_REFUSED,
                         "its files have %" PRIu64 " bytes together, maxSize allows %" PRIu64,
                         total, source->max_size);
    return 0;
}
