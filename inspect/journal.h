/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal: what came of each part of a body, so that a clean part can be remembered alone.
 *
 * A record is open while a part is scanned; the records of the parts in it are its children. What
 * the scan adds to the reply (bytes, layers, kinds and names of members) is noted under the record
 * that is open. What follows later (see followups.h) is done under the same record again. When the
 * whole body turned out clean, each record goes into the worker's memory together with what is
 * noted under its children. A record that cannot stand for a scan is spoiled, and those around it
 * with it: not gone through to its end, of something that was met before outside of it, or not to
 * be repeated from notes.
 *
 * Owner: one inspection. Threads: one.
 */
#ifndef EPOST_INSPECT_JOURNAL_H
#define EPOST_INSPECT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/buffer.h"
#include "inspect/remembered.h"

struct journal_record {
    uint8_t key[REMEMBERED_KEY];
    uint32_t parent;
    bool is_closed, is_spoiled;
};

struct journal_note {
    uint32_t record;
    uint32_t layers;
    uint64_t bytes;
    size_t text, length; /* in texts */
};

struct journal {
    struct remembered *remembered; /* NULL: nothing is noted */
    bool is_full;                  /* something had no room: nothing will be remembered */
    uint32_t open;                 /* the record; 0 is the body */
    struct journal_record *records;
    struct journal_note *notes;
    size_t records_count, records_room, notes_count, notes_room;
    struct buffer texts;
};

/* Up to where something is noted. */
struct journal_mark {
    size_t records, notes, texts;
};

void journal_init(struct journal *journal, struct remembered *remembered);
void journal_free(struct journal *journal);

/* Opens a record in the one that is open. Returns its number; 0 if there is none. */
uint32_t journal_begin(struct journal *journal, const uint8_t key[REMEMBERED_KEY]);

/* Closes it; one that is open within it was not gone through. Nothing is done for 0. */
void journal_end(struct journal *journal, uint32_t record);

/* Goes on under that record; returns the one that was open. */
uint32_t journal_turn(struct journal *journal, uint32_t record);

/* Notes what was scanned, and a member. */
void journal_count(struct journal *journal, uint64_t bytes, uint32_t layers);
void journal_member(struct journal *journal, const char *kind, const char *name);

/* The record that is open, and those around it, are not to be remembered. */
void journal_spoil(struct journal *journal);

/* Something is passed over that was looked at when `record` was open. */
void journal_again(struct journal *journal, uint32_t record);

struct journal_mark journal_mark(const struct journal *journal);

/* Forgets what was noted since; or keeps of it that members were met, but no record. */
void journal_undo(struct journal *journal, const struct journal_mark *mark);
void journal_guessed(struct journal *journal, const struct journal_mark *mark);

/* The body is clean: the records are remembered. */
void journal_keep(struct journal *journal);

#endif
