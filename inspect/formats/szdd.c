/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of MS-DOS's compress (.ex_), which 7-Zip and Windows' expand open: LZSS with a window of
 * 4096 bytes. */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"

#define SZDD_HEAD   14u
#define SZDD_WINDOW 4096u
#define SZDD_BEGIN  (SZDD_WINDOW - 16)
#define SZDD_BLOCK  65536u

struct szdd {
    struct inspection *in;
    const struct object *object;
    struct buffer out;
    uint8_t *room;
    size_t left;
    uint8_t window[SZDD_WINDOW];
    unsigned at; /* in the window */
    enum reason why;
};

static bool szdd_put(struct szdd *szdd, uint8_t byte)
{
    if (szdd->left == 0) {
        szdd->room = inspection_room(szdd->in, szdd->object, szdd->out.length, &szdd->out,
                                     SZDD_BLOCK, &szdd->why);
        if (!szdd->room)
            return false;
        szdd->left = SZDD_BLOCK;
    }
    *szdd->room++ = byte;
    szdd->left--;
    szdd->out.length++;
    szdd->window[szdd->at] = byte;
    szdd->at = (szdd->at + 1) % SZDD_WINDOW;
    return true;
}

/* A place in the window and a length, in two bytes. */
static bool szdd_copy(struct szdd *szdd, const uint8_t *pair)
{
    unsigned from = pair[0] | (pair[1] & 0xf0u) << 4, count = (pair[1] & 15u) + 3;

    for (; count > 0; count--, from = (from + 1) % SZDD_WINDOW)
        if (!szdd_put(szdd, szdd->window[from]))
            return false;
    return true;
}

static void szdd_read(struct szdd *szdd, const uint8_t *at, const uint8_t *end)
{
    unsigned flags, bit;

    while (at < end) {
        flags = *at++;
        for (bit = 1; bit < 256 && at < end; bit <<= 1) {
            if (flags & bit) {
                if (!szdd_put(szdd, *at++))
                    return;
            } else if (end - at < 2 || !szdd_copy(szdd, at)) {
                return;
            } else {
                at += 2;
            }
        }
    }
}

void szdd_open(struct inspection *in, const struct object *object)
{
    struct szdd szdd = {.in = in, .object = object, .at = SZDD_BEGIN, .why = REASON_NONE};
    struct object inner;

    if (object->length <= SZDD_HEAD)
        return;
    if (object->data[8] != 'A') {
        inspection_note(in, object, REASON_CONTAINER, "an unknown way of packing");
        return;
    }
    memset(szdd.window, ' ', sizeof szdd.window);
    szdd_read(&szdd, object->data + SZDD_HEAD, object->data + object->length);
    inner = inspection_inner(object, szdd.out.data, szdd.out.length);
    if (inner.length > 0)
        inspection_object(in, &inner);
    if (szdd.why != REASON_NONE)
        inspection_note(in, object, szdd.why, NULL);
    buffer_free(&szdd.out);
}
