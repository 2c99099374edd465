/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/proof.h"

#include <string.h>

#define PROOF_BODY_MAX 65536
#define PROOF_BEHIND   128                        /* bytes behind a body: they are no run */
#define PROOF_ANY      0x55                       /* where any byte may stand */
#define PROOF_LEFT     (0x0001 | 0x0010 | 0x0100) /* of `boundary`; the next bits negate */
#define PROOF_LINE     (0x0010 | 0x0040)

/* A body that grows. */
struct proof {
    unsigned char *body;
    size_t size, length;
};

static void proof_put(struct proof *proof, unsigned char byte)
{
    if (proof->length < proof->size)
        proof->body[proof->length] = byte;
    proof->length++;
}

static void proof_put_token(struct proof *proof, uint16_t token)
{
    switch (token & LAYOUT_TOKEN_KIND) {
    case LAYOUT_TOKEN_ANY:
        proof_put(proof, PROOF_ANY);
        break;
    case LAYOUT_TOKEN_HIGH:
        proof_put(proof, (unsigned char)((token & 0xf0) | 5));
        break;
    case LAYOUT_TOKEN_LOW:
        proof_put(proof, (unsigned char)((token & 0x0f) | 0x50));
        break;
    default:
        proof_put(proof, (unsigned char)(token & 0xff));
    }
}

/* A byte that is none of the sorted ones. */
static unsigned char proof_other(const struct layout_place *place)
{
    unsigned byte = 1;

    for (unsigned i = 0; i < place->count; i++)
        if (place->alt.bytes[i] == byte)
            byte++;
    return (unsigned char)byte;
}

static void proof_put_place(struct proof *proof, const struct layout_place *place)
{
    switch (place->type) {
    case LAYOUT_PLACE_BYTE:
        proof_put(proof, place->negative ? proof_other(place) : place->alt.bytes[0]);
        break;
    case LAYOUT_PLACE_STRING:
        for (unsigned i = 0; i < place->length[0]; i++)
            proof_put(proof, (unsigned char)(place->alt.strings[0][i] ^ (place->negative ? 1 : 0)));
        break;
    case LAYOUT_PLACE_CHOICE:
        for (unsigned i = 0; i < place->alt.choices->length; i++)
            proof_put_token(proof, place->alt.choices->tokens[i]);
        break;
    case LAYOUT_PLACE_LINE:
        proof_put(proof, place->negative ? 'a' : '\n');
        break;
    default: /* boundaries of words */
        proof_put(proof, place->negative ? 'a' : ' ');
    }
}

/* The bytes that a condition on a side wants there. */
static unsigned char proof_beside(uint32_t boundary, uint32_t side)
{
    if (boundary & side & PROOF_LINE)
        return boundary & side << 1 ? 'a' : '\n';
    return boundary & side << 1 ? 'a' : ' ';
}

size_t proof_body(const struct anchors_head *head, unsigned char *body, size_t size,
                  size_t *place_r)
{
    const struct layout_patt *me = head->list->me;
    const int first = -(int)(me->prefix ? me->prefix_length[0] : 0);
    struct proof proof = {.body = body, .size = size};
    unsigned places = 0;

    if ((me->ch[0] & LAYOUT_TOKEN_KIND) != LAYOUT_TOKEN_ANY) {
        proof_put_token(&proof, me->ch[0]);
        for (unsigned i = 0; i < me->ch_mindist[0]; i++)
            proof_put(&proof, proof_beside(me->boundary, PROOF_LEFT));
    } else {
        proof_put(&proof, proof_beside(me->boundary, PROOF_LEFT));
        proof_put(&proof, proof_beside(me->boundary, PROOF_LEFT));
    }
    for (int at = first; at < me->length[0]; at++) {
        uint16_t token = anchors_token(me, at);

        if (at == 0)
            *place_r = proof.length;
        if ((token & LAYOUT_TOKEN_KIND) != LAYOUT_TOKEN_PLACE)
            proof_put_token(&proof, token);
        else if (places < me->special)
            proof_put_place(&proof, me->special_table[places++]);
    }
    for (unsigned i = 0; i < me->ch_mindist[1]; i++)
        proof_put(&proof, proof_beside(me->boundary, LAYOUT_RIGHT_SIDE));
    if ((me->ch[1] & LAYOUT_TOKEN_KIND) != LAYOUT_TOKEN_ANY)
        proof_put_token(&proof, me->ch[1]);
    proof_put(&proof, proof_beside(me->boundary, LAYOUT_RIGHT_SIDE));
    return proof.length <= size ? proof.length : 0;
}

struct proof_wanted {
    const struct anchors_head *head;
    const unsigned char *body;
    size_t length;
    uint32_t number, place;
    bool seen;
};

static bool proof_found(void *context, uint32_t head, uint32_t place, uint32_t at)
{
    struct proof_wanted *wanted = context;

    (void)at;
    if (head == wanted->number && place == wanted->place)
        wanted->seen = anchors_agree(wanted->head, wanted->body, wanted->length, place);
    return !wanted->seen;
}

/* Its places are looked at one by one as the last ones of a content are, and in blocks as those in
 * front of others. */
static bool proof_finds(const struct anchors *anchors, struct proof_wanted *wanted,
                        unsigned char *body)
{
    const uint32_t length = (uint32_t)wanted->length;

    for (unsigned i = 0; i < PROOF_BEHIND; i++)
        body[length + i] = (unsigned char)(i * 7);
    wanted->seen = false;
    anchors_find(anchors, body, length, proof_found, wanted);
    if (!wanted->seen)
        return false;
    wanted->seen = false;
    anchors_find(anchors, body, length + PROOF_BEHIND, proof_found, wanted);
    return wanted->seen;
}

int proof_check(const struct anchors *anchors, struct err *err)
{
    static unsigned char body[PROOF_BODY_MAX + PROOF_BEHIND];

    for (uint32_t i = 0; i < anchors->count; i++) {
        const struct layout_patt *me = anchors->heads[i].list->me;
        struct proof_wanted wanted = {.head = &anchors->heads[i], .number = i, .body = body};
        size_t place = 0;

        wanted.length = proof_body(wanted.head, body, PROOF_BODY_MAX, &place);
        wanted.place = (uint32_t)place;
        if (wanted.length == 0 || !proof_finds(anchors, &wanted, body))
            return err_set(err, "a pattern of %s is not found where it is",
                           me->virname ? me->virname : "a logical signature");
    }
    return 0;
}
