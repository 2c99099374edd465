/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/searchrun.h"

#include <clamav.h>
#include <stdlib.h>
#include <string.h>

#define SEARCHRUN_EVENTS     512 /* kept on the stack */
#define SEARCHRUN_STEPS_MAX  16  /* an event; beyond that they are in no order */
#define SEARCHRUN_EVENTS_MAX (UINT32_C(64) << 20)
#define SEARCHRUN_WAITING    512

/* The fields of a root that a search reads, with room for the others. */
union searchrun_root_copy {
    struct layout_root root;
    unsigned char room[2048];
};

/* A trie that only counts: whatever the bytes, after so many it comes to the node with a list,
 * and stays behind it for ever. */
struct searchrun_counter {
    struct layout_node nodes[SEARCHRUN_LEAD_MAX + 2]; /* the last but one has the list */
    struct layout_node **tables;                      /* 256 pointers a node */
    struct layout_list list;
};

static struct {
    uint64_t early, runs;
    struct searchrun_counter *counter;
} self;

/* One call of cli_ac_scanbuff. */
struct searchrun {
    const unsigned char *content;
    uint32_t length;
    const char **name;
    void **custom;
    void **results;
    const struct layout_root *root;
    struct layout_acdata *data;
    uint32_t offset;
    int file_type;
    void **offsets;
    unsigned mode;
    void *context;

    const struct anchors *anchors;
    union searchrun_root_copy copy;
    struct anchors_event *events, stack[SEARCHRUN_EVENTS];
    uint32_t count, room;
    /* Of the patterns of events, those of signatures with several parts, by the signature. */
    uint32_t waiting[SEARCHRUN_WAITING];
    int type; /* found so far */
    bool virus;
    bool ended;
    int code; /* when it ended */
};

/* ----------------------------------------------------------------- the counter */

int searchrun_prepare(void)
{
    const unsigned sink = SEARCHRUN_LEAD_MAX + 1;
    struct searchrun_counter *counter;

    if (self.counter)
        return 0;
    counter = calloc(1, sizeof *counter);
    if (!counter)
        return -1;
    counter->tables = calloc((size_t)(sink + 1) * 256, sizeof(void *));
    if (!counter->tables) {
        free(counter);
        return -1;
    }
    for (unsigned n = 0; n <= sink; n++) {
        counter->nodes[n].trans = counter->tables + (size_t)n * 256;
        counter->nodes[n].fail = &counter->nodes[sink];
        for (unsigned byte = 0; byte < 256; byte++)
            counter->nodes[n].trans[byte] = &counter->nodes[n < sink ? n + 1 : sink];
    }
    counter->nodes[SEARCHRUN_LEAD_MAX].list = &counter->list;
    self.counter = counter;
    return 0;
}

/* ------------------------------------------------------------------- the replay */

static int searchrun_compare_events(const void *a, const void *b)
{
    const struct anchors_event *x = a, *y = b;

    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->head > y->head) - (x->head < y->head);
}

/* Events come nearly in order: each is put where it belongs, as long as that is not far. */
static void searchrun_sort(struct anchors_event *events, uint32_t count)
{
    uint64_t steps = 0;

    for (uint32_t i = 1; i < count; i++) {
        const struct anchors_event event = events[i];
        uint32_t at = i;

        for (; at > 0 && searchrun_compare_events(&events[at - 1], &event) > 0; at--)
            events[at] = events[at - 1];
        events[at] = event;
        steps += i - at;
        if (steps > (uint64_t)count * SEARCHRUN_STEPS_MAX) {
            qsort(events, count, sizeof *events, searchrun_compare_events);
            return;
        }
    }
}

/* The pattern is bound to another place. */
static bool searchrun_is_elsewhere(const struct searchrun *search, const struct layout_patt *me,
                                   uint32_t place)
{
    uint32_t low = me->offset_min, high = me->offset_max;

    if (me->offdata[0] == LAYOUT_OFFSET_VERSION || me->offdata[0] == LAYOUT_OFFSET_MACRO ||
        low == LAYOUT_OFFSET_ANYWHERE || (me->sigid && me->partno != 1))
        return false;
    if (low == LAYOUT_NONE)
        return true;
    if (me->offdata[0] != LAYOUT_OFFSET_ABSOLUTE) {
        high = search->data->offset[high];
        low = search->data->offset[low];
    }
    return low == LAYOUT_NONE || high < search->offset + place - me->prefix_length[2] ||
           low > search->offset + place - me->prefix_length[1];
}

/* The patterns of a head that may count at a place. */
static const struct layout_list *searchrun_list(const struct searchrun *search, uint32_t head,
                                                uint32_t place)
{
    return anchors_list(&search->anchors->heads[head], search->offset + place);
}

static uint32_t *searchrun_waiting(struct searchrun *search, uint32_t signature)
{
    return &search->waiting[signature % SEARCHRUN_WAITING];
}

/* An event waits from now on (1), or no longer (-1). */
static void searchrun_wait(struct searchrun *search, uint32_t head, uint32_t place, int by)
{
    if (!search->anchors->heads[head].has_parts)
        return;
    for (const struct layout_list *at = searchrun_list(search, head, place); at; at = at->next_same)
        if (at->me->sigid)
            *searchrun_waiting(search, at->me->sigid) += (uint32_t)by;
}

/* A later part counts only behind the part before it. While none of the signature is among the
 * events that wait, libclamav has noted all that came before. */
static bool searchrun_is_early(const struct searchrun *search, const struct layout_patt *me,
                               bool in_order)
{
    uint32_t *const *matrix;

    if (me->partno < 2)
        return false;
    if (in_order && me->partno > search->data->min_partno)
        return true;
    if (!me->sigid)
        return false;
    matrix = (uint32_t *const *)search->data->offmatrix[me->sigid - 1];
    return !matrix || matrix[me->partno - 2][0] == 0;
}

/* No match of the part before it, which libclamav has noted, is at the right distance. */
static bool searchrun_is_astray(const struct searchrun *search, const struct layout_patt *me,
                                uint32_t place)
{
    const uint32_t begin = search->offset + place - me->prefix_length[1];
    uint32_t *const *matrix;

    if (me->partno < 2 || !me->sigid || me->prefix_length[1] != me->prefix_length[2])
        return false;
    matrix = (uint32_t *const *)search->data->offmatrix[me->sigid - 1];
    for (unsigned i = 1; i <= LAYOUT_TRACKED && matrix[me->partno - 2][i] != UINT32_MAX; i++) {
        uint32_t before = matrix[me->partno - 2][i];

        if (begin >= before && (!me->maxdist || begin - before <= me->maxdist) &&
            (!me->mindist || begin - before >= me->mindist))
            return false;
    }
    return true;
}

/* Whether a match of these patterns could have any effect. in_order: all that ends before has
 * been shown to libclamav. */
static bool searchrun_has_effect(struct searchrun *search, const struct layout_list *list,
                                 uint32_t place, bool in_order)
{
    for (; list; list = list->next_same) {
        const struct layout_patt *me = list->me;
        const unsigned mode = me->type ? LAYOUT_SEARCH_TYPES : LAYOUT_SEARCH_SIGNATURES;
        bool is_settled;

        if (!(search->mode & mode) || searchrun_is_elsewhere(search, me, place))
            continue;
        is_settled = in_order || *searchrun_waiting(search, me->sigid) == 0;
        if (!is_settled ||
            (!searchrun_is_early(search, me, in_order) && !searchrun_is_astray(search, me, place)))
            return true;
    }
    return false;
}

static void searchrun_note(struct searchrun *search, int code)
{
    if (code == CL_VIRUS) {
        search->virus = true;
        if (!search->context) {
            search->ended = true;
            search->code = code;
        }
    } else if (code == LAYOUT_TYPE_IGNORED || (code != 0 && code < LAYOUT_TYPE_FIRST)) {
        search->ended = true;
        search->code = code;
    } else if (code > search->type || code >= LAYOUT_TYPE_SFX || code == LAYOUT_TYPE_MSEXE) {
        search->type = code;
    }
}

/* Whether libclamav would pass a type by because of those that it found before: its search keeps
 * them in a variable, which begins anew with each call. */
static bool searchrun_is_hidden(const struct searchrun *search, const struct layout_patt *me)
{
    return me->type && me->type != LAYOUT_TYPE_IGNORED && me->type <= search->type &&
           me->type < LAYOUT_TYPE_SFX && me->type != LAYOUT_TYPE_MSEXE &&
           (!me->sigid || me->partno == me->parts);
}

/* Shows libclamav's search one place and the patterns there. */
static void searchrun_show(struct searchrun *search, struct layout_list list, uint32_t end)
{
    const struct layout_patt *me = list.me;
    const uint32_t place = end + 1 - me->depth;
    const uint32_t lead = me->prefix_length[2] + (uint32_t)me->ch_maxdist[0] + SEARCHRUN_MARGIN;
    const uint32_t tail = me->length[2] + (uint32_t)me->ch_maxdist[1] + SEARCHRUN_MARGIN;
    const uint32_t begin = place > lead ? place - lead : 0;
    const uint32_t stop = search->length - place > tail ? place + tail : search->length;
    struct searchrun_counter *counter = self.counter;

    if (!searchrun_has_effect(search, &list, place, true))
        return;
    counter->list = list;
    search->copy.root.ac_root = &counter->nodes[SEARCHRUN_LEAD_MAX - (end - begin) - 1];
    searchrun_note(search,
                   layout_calls()->scanbuff(search->content + begin, stop - begin, search->name,
                                            search->custom, search->results, &search->copy.root,
                                            search->data, search->offset + begin, search->file_type,
                                            search->offsets, search->mode, search->context));
}

static void searchrun_replay(struct searchrun *search, const struct anchors_event *event)
{
    const uint32_t depth = search->anchors->heads[event->head].list->me->depth;
    const uint32_t place = event->end + 1 - depth;
    const struct layout_list *list = searchrun_list(search, event->head, place);
    bool types = false;

    searchrun_wait(search, event->head, place, -1);
    for (const struct layout_list *at = list; at && !types; at = at->next_same)
        types = at->me->type != 0;
    if (!list)
        return;
    if (!types || !(search->mode & LAYOUT_SEARCH_TYPES)) {
        searchrun_show(search, (struct layout_list){.me = list->me, .next_same = list->next_same},
                       event->end);
        return;
    }
    for (; list && !search->ended; list = list->next_same)
        if (!searchrun_is_hidden(search, list->me))
            searchrun_show(search, (struct layout_list){.me = list->me}, event->end);
}

/* Replays what ends before `limit`, in order. */
static void searchrun_flush(struct searchrun *search, uint32_t limit)
{
    uint32_t done = 0;

    searchrun_sort(search->events, search->count);
    while (done < search->count && search->events[done].end < limit && !search->ended)
        searchrun_replay(search, &search->events[done++]);
    memmove(search->events, search->events + done, (search->count - done) * sizeof *search->events);
    search->count -= done;
}

/* ------------------------------------------------------------------- the search */

/* Makes room for an event: shows what can be shown; if most have to wait, there is more room. */
static bool searchrun_make_room(struct searchrun *search, uint32_t at)
{
    const uint32_t farthest = search->anchors->farthest;

    self.early++;
    searchrun_flush(search, at > farthest ? at - farthest : 0);
    if (search->ended)
        return false;
    if (search->count <= search->room / 2)
        return true;
    uint32_t room = search->room * 2;
    struct anchors_event *grown =
        room <= SEARCHRUN_EVENTS_MAX ? malloc(room * sizeof *grown) : NULL;
    if (!grown) {
        if (search->count < search->room)
            return true;
        search->ended = true;
        search->code = CL_EMEM;
        return false;
    }
    memcpy(grown, search->events, search->count * sizeof *grown);
    if (search->events != search->stack)
        free(search->events);
    search->events = grown;
    search->room = room;
    return true;
}

static bool searchrun_add(void *context, uint32_t head, uint32_t place, uint32_t at)
{
    struct searchrun *search = context;
    const struct anchors_head *which = &search->anchors->heads[head];
    const struct layout_patt *me = which->list->me;

    if (anchors_differ(which, search->content, search->length, place) ||
        !searchrun_has_effect(search, searchrun_list(search, head, place), place, false) ||
        ((me->boundary & LAYOUT_RIGHT_SIDE) && search->length > LAYOUT_RIGHT_MAX) ||
        !anchors_agree(which, search->content, search->length, place))
        return true;
    if (search->count == search->room && !searchrun_make_room(search, at))
        return false;
    search->events[search->count++] =
        (struct anchors_event){.end = place + me->depth - 1, .head = head};
    searchrun_wait(search, head, place, 1);
    return true;
}

int searchrun(const struct anchors *anchors, const unsigned char *buffer, uint32_t length,
              const char **name, void **custom, void **results, const struct layout_root *root,
              struct layout_acdata *data, uint32_t offset, int file_type, void **offsets,
              unsigned mode, void *context)
{
    struct searchrun search;

    self.runs++;
    search.content = buffer;
    search.length = length;
    search.name = name;
    search.custom = custom;
    search.results = results;
    search.root = root;
    search.data = data;
    search.offset = offset;
    search.file_type = file_type;
    search.offsets = offsets;
    search.mode = mode;
    search.context = context;
    search.anchors = anchors;
    memcpy(&search.copy.root, root, sizeof *root);
    search.events = search.stack;
    search.room = SEARCHRUN_EVENTS;
    search.count = 0;
    memset(search.waiting, 0, sizeof search.waiting);
    search.type = LAYOUT_TYPE_ANY;
    search.virus = search.ended = false;
    search.code = 0;
    anchors_find(anchors, buffer, length, searchrun_add, &search);
    if (!search.ended)
        searchrun_flush(&search, UINT32_MAX);
    if (search.events != search.stack)
        free(search.events);
    if (search.ended)
        return search.code;
    if (search.virus)
        return CL_VIRUS;
    return mode & LAYOUT_SEARCH_TYPES ? search.type : CL_CLEAN;
}

uint64_t searchrun_runs(void)
{
    return self.runs;
}

uint64_t searchrun_early(void)
{
    return self.early;
}
