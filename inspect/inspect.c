/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/inspect.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/facts.h"
#include "common/text.h"
#include "inspect/decode.h"
#include "inspect/inspection.h"
#include "inspect/formats/mail.h"
#include "inspect/formats/zip.h"
#include "inspect/names.h"
#include "inspect/active_content.h"
#include "inspect/trial.h"
#include "inspect/unknown.h"
#include "inspect/watch.h"

void inspection_note(struct inspection *in, const struct object *object, enum reason reason,
                     const char *detail)
{
    finding_add(&in->finding, reason, object->path, NULL, detail);
}

uint8_t *inspection_room(struct inspection *in, const struct object *container, uint64_t unpacked,
                         struct buffer *buffer, size_t size, enum reason *why_r)
{
    uint8_t *room;

    *why_r = budget_ratio(&in->budget, container->length, unpacked);
    if (*why_r == REASON_NONE)
        *why_r = budget_member(&in->budget, buffer->length);
    if (*why_r != REASON_NONE)
        return NULL;
    room = buffer_room(buffer, size);
    if (room == NULL)
        *why_r = REASON_MEMORY;
    return room;
}

void inspection_sent(struct inspection *in, const struct object *object)
{
    if (inspection_over(in) || !unknown_is(object->data, object->length, object->name))
        return;
    members_note(&in->members, MEMBERS_UNKNOWN, NULL);
    if (!in->has_unknown)
        snprintf(in->unknown, sizeof in->unknown, "%s", object->path);
    in->has_unknown = true;
}

int inspection_over(const struct inspection *in)
{
    return finding_final(&in->finding) || in->budget.files_left == 0 || budget_ms(&in->budget) == 0;
}

void inspection_path(char path[WIRE_PART_MAX], const struct object *container, const char *kind,
                     const char *name)
{
    char label[OBJECT_NAME_MAX];
    const char *base = container->path[0] ? container->path : kind;

    text_copy(label, sizeof label, name, strlen(name));
    if (label[0] == '\0' || snprintf(path, WIRE_PART_MAX, "%s > %s", base, label) >= WIRE_PART_MAX)
        snprintf(path, WIRE_PART_MAX, "%s", base);
}

/* Adds what the engine found in an object: the worst first, then all of it. */
static void inspect_found(struct inspection *in, const struct object *object,
                          const struct clam_result *result)
{
    char base[WIRE_PART_MAX], path[WIRE_PART_MAX];
    const char *facts = result->facts;
    struct fact fact;

    snprintf(base, sizeof base, "%s", object->path);
    if (base[0] == '\0')
        clam_kind(base, sizeof base, result->type);
    snprintf(fact.part, sizeof fact.part, "%s", result->part);
    snprintf(fact.name, sizeof fact.name, "%s", result->threat);
    fact.reason = result->reason;
    do {
        if (fact.part[0] == '\0')
            snprintf(path, sizeof path, "%s", object->path);
        else if (snprintf(path, sizeof path, "%s > %s", base, fact.part) >= (int)sizeof path)
            path[sizeof path - 1] = '\0';
        finding_add(&in->finding, fact.reason, path, fact.name,
                    fact.reason == result->reason ? result->detail : NULL);
    } while (facts_next(&facts, &fact));
    if (result->facts_cut)
        in->finding.facts_cut = true;
}

/* Gives the engine what is left of the budget, and takes from it what the scan used. */
static void inspect_scan(struct inspection *in, const struct object *object, unsigned flags,
                         struct clam_result *result)
{
    struct clam_budget budget = {.bytes = in->budget.scan_left,
                                 .files = in->budget.files_left,
                                 .depth = in->budget.depth_max - object->depth,
                                 .ms = budget_ms(&in->budget)};

    if (in->finding.all)
        flags |= CLAM_ALL;
    clam_set_budget(in->job->clam, &budget);
    clam_scan(in->job->clam, object->data, object->length, object->name, flags, result);
    in->layers += result->layers ? result->layers : 1;
    in->scanned += result->scanned ? result->scanned : object->length;
    budget_take(&in->budget, result->scanned, result->layers);
    if (result->reason == REASON_SIGNATURE && in->finding.reason != REASON_SIGNATURE &&
        object->path[0] && !result->part[0])
        EVP_Digest(object->data, object->length, in->part_sha256, NULL, EVP_sha256(), NULL);
    inspect_found(in, object, result);
}

void inspection_raw(struct inspection *in, const struct object *object)
{
    enum reason reason = budget_object(&in->budget, object->length, object->depth);
    struct clam_result result;

    if (finding_final(&in->finding))
        return;
    if (reason != REASON_NONE)
        inspection_note(in, object, reason, NULL);
    else
        inspect_scan(in, object, CLAM_RAW, &result);
}

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
    inspect_scan(in, object, 0, &result);
    if (mail != NULL)
        mail_inspect(mail);
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
        mail_inspect_shortly(mail);
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
        mail_inspect_cheap(mail);
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

void inspection_object(struct inspection *in, const struct object *object)
{
    enum reason reason = budget_object(&in->budget, object->length, object->depth);
    uint8_t digest[SEEN_DIGEST];
    struct mail *mail = NULL;

    if (finding_final(&in->finding))
        return;
    if (object->depth > 0) {
        members_note(&in->members, kind_name(kind_of(object->data, object->length, object->name)),
                     object->name);
        seen_digest(digest, object->data, object->length);
        if (seen_scanned(&in->seen, digest, object->depth))
            return;
    }
    if (reason != REASON_NONE) {
        inspection_note(in, object, reason, NULL);
        return;
    }
    if (object->depth > 0)
        seen_mark(&in->seen, digest, object->depth);
    if (zip_is_part(object->data, object->length))
        inspection_note(in, object, REASON_CONTAINER, "a part of a split ZIP");
    if (kind_is_mail(object->data, object->length))
        mail = mail_read(in, object);
    inspect_scan_parts(in, object, mail);
    mail_free(&mail);
}

void inspection_guess(struct inspection *in, const struct object *object)
{
    const struct finding before = in->finding;
    struct object guess = *object;

    guess.guessed = true;
    inspection_object(in, &guess);
    if (in->finding.reason != before.reason &&
        (in->finding.reason == REASON_CONTAINER || in->finding.reason == REASON_MALFORMED))
        in->finding = before;
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
    struct inspection in = {.job = &without};

    without.view = NULL;
    claims_init(&in.claims, job->view, job->depends);
    budget_init(&in.budget, job->settings);
    finding_init(&in.finding);
    in.finding.all = (job->view->request->flags & WIRE_ALL_THREATS) != 0;
    inspect_run(&in);
    /* A scan that ended early without a word did so for one of these. */
    if (in.budget.files_left == 0)
        finding_add(&in.finding, REASON_LIMIT_FILES, NULL, NULL, NULL);
    if (budget_ms(&in.budget) == 0)
        finding_add(&in.finding, REASON_LIMIT_TIME, NULL, NULL, NULL);
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
