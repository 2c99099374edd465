/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/inspect.h"

#include <stdio.h>
#include <string.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"
#include "inspect/formats/mail.h"
#include "inspect/formats/mailturns.h"
#include "inspect/formats/zip.h"
#include "inspect/kindof.h"
#include "inspect/names.h"
#include "inspect/active_content.h"
#include "inspect/macros.h"
#include "inspect/splitfile.h"
#include "inspect/trial.h"
#include "inspect/unknown.h"
#include "inspect/watch.h"

/* A body of no known type may be a compressed stream without a magic. Only a stream that is
 * whole and has nothing behind it is taken for one. */
static void inspect_sniff(struct inspection *in, const struct object *object)
{
    static const enum codec codecs[] = {CODEC_ZLIB, CODEC_BROTLI, CODEC_DEFLATE};
    size_t i;

    for (i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        struct object inner = *object;
        struct decoded decoded;
        enum reason reason = decode(codecs[i], object->data, object->length, &in->budget, &decoded);

        inner.data = decoded.out.data;
        inner.length = decoded.out.length;
        inner.depth++;
        if (reason == REASON_NONE && decoded.used == object->length && inner.length > 0) {
            inspection_object(in, &inner);
            i = sizeof codecs / sizeof codecs[0];
        } else if (reason != REASON_NONE && reason != REASON_ENCODING) {
            inspection_note(in, object, reason, "compressed stream");
        }
        buffer_free(&decoded.out);
    }
}

/* The scan of an object and of all that comes out of it. */
static void inspect_whole(struct inspection *in, const struct object *object, struct mail *mail)
{
    struct object looked = *object;
    struct clam_result result;
    struct watch *watch = watch_begin(in, object);

    if (watch == NULL) {
        inspection_note(in, object, REASON_MEMORY, NULL);
        return;
    }
    inspection_scan(in, object, 0, &result);
    if (mail != NULL)
        mailturns_whole(mail);
    watch_end(watch);
    if ((object->is_body && claims_shown(&in->claims)) ||
        (object->name != NULL && active_content_by_name(object->name, strlen(object->name))))
        looked.shown = 1;
    retype_open(in, &looked, result.type);
    /* Short streams look like text to libclamav. */
    if (object->path[0] == '\0' && !inspection_over(in) &&
        (strcmp(result.type, "CL_TYPE_BINARY_DATA") == 0 ||
         strncmp(result.type, "CL_TYPE_TEXT", 12) == 0))
        inspect_sniff(in, object);
}

/* The parts of an object whose scan takes long, each for a short time. */
static void inspect_parts(struct inspection *in, const struct object *object, struct mail *mail,
                          enum kind kind)
{
    struct trial trial;

    if (mail != NULL) {
        mailturns_shortly(mail);
        return;
    }
    trial_begin(in, &trial, TRIAL_PARTS_MS);
    container_small_first(in, object, kind);
    trial_end(in, &trial, 1);
}

/* libclamav goes through the parts of an object from the first to the last. Where the first
 * hold it up, the others have their turn before it gets all the time there is. */
static void inspect_scan_parts(struct inspection *in, const struct object *object,
                               struct mail *mail)
{
    const enum kind kind =
        mail != NULL ? KIND_MAIL : kind_of(object->data, object->length, object->name);
    struct trial trial;

    if (mail != NULL)
        mailturns_cheap(mail);
    if (finding_final(&in->finding))
        return;
    if (object->length <= TRIAL_SIZE_MAX && trial_possible(in) &&
        (mail != NULL || kind_has(kind, KIND_MEMBERS))) {
        trial_begin(in, &trial, TRIAL_WHOLE_MS);
        inspect_whole(in, object, mail);
        if (trial_end(in, &trial, 0))
            return;
        inspect_parts(in, object, mail, kind);
        if (finding_final(&in->finding))
            return;
    }
    inspect_whole(in, object, mail);
}

/* All that the scan of an object by itself depends on. */
static bool inspect_key(const struct inspection *in, const struct object *object,
                        const uint8_t digest[SEEN_DIGEST], uint8_t key[REMEMBERED_KEY])
{
    uint8_t text[SEEN_DIGEST + OBJECT_NAME_MAX + 128];
    int length;

    if (!in->journal.remembered || object->length > BUDGET_RATIO_FREE)
        return false;
    memcpy(text, digest, SEEN_DIGEST);
    length =
        snprintf((char *)text + SEEN_DIGEST, sizeof text - SEEN_DIGEST,
                 "object %u %d %d %d %d %d %d %u %d%s", object->depth, object->shown,
                 object->is_body, object->pieces, object->kind, object->confirmed, object->guessed,
                 in->seen.guesses, in->finding.all, object->name != NULL ? object->name : "/");
    return length > 0 && (size_t)length < sizeof text - SEEN_DIGEST &&
           seen_digest(key, text, SEEN_DIGEST + (size_t)length);
}

static void inspect_object(struct inspection *in, const struct object *object)
{
    enum reason reason = budget_object(&in->budget, object->length, object->depth);
    uint8_t digest[SEEN_DIGEST];
    uint8_t key[REMEMBERED_KEY];
    struct mail *mail = NULL;
    uint32_t record = 0;

    if (finding_final(&in->finding))
        return;
    if (macros_are_in(object->name, object->data, object->length))
        inspection_member(in, MEMBERS_MACRO, NULL);
    if (object->depth > 0) {
        inspection_member(in, kind_name(kind_of(object->data, object->length, object->name)),
                          object->name);
        seen_digest(digest, object->data, object->length);
        if (inspection_has_seen(in, digest, object->depth))
            return;
    }
    if (reason != REASON_NONE) {
        inspection_note(in, object, reason, NULL);
        return;
    }
    /* The same bytes as a file of their own are looked at with other eyes. */
    if (object->depth > 0 && !object->is_relined)
        inspection_mark(in, digest, object->depth);
    if (object->depth > 0 && !object->is_relined && inspect_key(in, object, digest, key)) {
        if (inspection_recall(in, key))
            return;
        record = journal_begin(&in->journal, key);
    }
    if (zip_is_part(object->data, object->length))
        inspection_note(in, object, REASON_PARTIAL, "a part of a split ZIP");
    else if (splitfile_is_first(in, object))
        inspection_note(in, object, REASON_PARTIAL, "the first part of a split archive");
    else if (splitfile_is_later(in, object))
        inspection_note(in, object, REASON_PARTIAL, "a later part of a split archive");
    if (kind_is_mail(object->data, object->length))
        mail = mail_read(in, object);
    inspect_scan_parts(in, object, mail);
    mail_free(&mail);
    journal_end(&in->journal, record);
}

static void inspect_run(struct inspection *in)
{
    struct object body = {
        .data = in->job->body, .length = in->job->length, .path = "", .is_body = 1};

    encoding_open(in, &body, claims_encoding(&in->claims), claims_type(&in->claims));
}

void inspect_body(const struct inspect_job *job, struct wire_reply *reply)
{
    struct inspect_job without = *job;
    struct inspection in = {.job = &without, .object = inspect_object, .encoded = encoding_open};

    without.view = NULL;
    claims_init(&in.claims, job->view, job->depends);
    budget_init(&in.budget, job->settings);
    finding_init(&in.finding);
    journal_init(&in.journal, job->remembered);
    in.finding.all = (job->view->request->flags & WIRE_ALL_THREATS) != 0;
    inspect_run(&in);
    /* A scan that ended early without a word did so for one of these. */
    if (in.budget.files_left == 0)
        finding_add(&in.finding, REASON_LIMIT_FILES, NULL, NULL, NULL);
    if (budget_ms(&in.budget) == 0)
        finding_add(&in.finding, REASON_LIMIT_TIME, NULL, NULL, NULL);
    if (in.recalled && in.budget.scan_left == 0) /* what was recalled libclamav did not count */
        finding_add(&in.finding, REASON_LIMIT_SCAN_SIZE, NULL, NULL, NULL);
    if (job->memory_refusal && job->memory_refusal()) {
        /* Whatever else went wrong came of that. Beside a threat it counts too: that may be an
         * allowed one. */
        if (reason_verdict(in.finding.reason) != VERDICT_INFECTED)
            in.finding.reason = REASON_NONE;
        finding_add(&in.finding, REASON_LIMIT_MEMORY, NULL, NULL, job->memory_refusal());
    }
    reply->verdict = (uint8_t)reason_verdict(in.finding.reason);
    reply->reason = (uint8_t)in.finding.reason;
    reply->depends = in.claims.depends;
    if (reply->verdict == VERDICT_INFECTED)
        reply->depends |= WIRE_DEPENDS_THREATS;
    if (in.finding.all || reply->verdict != VERDICT_INFECTED)
        reply->flags |= WIRE_COMPLETE;
    if (in.finding.facts_cut)
        reply->flags |= WIRE_FACTS_CUT;
    reply->layers = in.layers;
    reply->scanned = in.scanned;
    memcpy(reply->threat, in.finding.threat, sizeof reply->threat);
    memcpy(reply->part, in.finding.part, sizeof reply->part);
    memcpy(reply->part_sha256, in.part_sha256, sizeof reply->part_sha256);
    memcpy(reply->detail, in.finding.detail, sizeof reply->detail);
    /* No verdict of its own: of everyday files too many would have it. */
    if (reply->verdict == VERDICT_CLEAN && in.has_unknown)
        snprintf(reply->detail, sizeof reply->detail, "no known type%s%.200s",
                 in.unknown[0] ? ": " : "", in.unknown);
    memcpy(reply->facts, in.finding.facts, sizeof reply->facts);
    memcpy(reply->members, in.members.text, sizeof reply->members);
    if (in.members.is_short)
        reply->flags |= WIRE_MEMBERS_SHORT;
    if (in.members.is_cut)
        reply->flags |= WIRE_MEMBERS_CUT;
    if (reply->verdict == VERDICT_CLEAN && !in.finding.facts[0] && !in.finding.facts_cut)
        journal_keep(&in.journal);
    journal_free(&in.journal);
    seen_free(&in.seen);
}

bool inspect_is_too_large(const struct inspect_job *job)
{
    const struct wire_request *request = job->view->request;

    return job->length > (uint64_t)job->settings->max_file_size && request->type_length == 0 &&
           request->encoding_length == 0 && !(request->flags & WIRE_UPLOAD);
}

void inspect_prepare(void)
{
    names_prepare();
    mail_prepare();
    unknown_prepare();
}
