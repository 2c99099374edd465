/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/journal.h"

#include <stdlib.h>
#include <string.h>

#define JOURNAL_BACK 32
#define JOURNAL_MAX  (1u << 14) /* records, and notes: bodies with more are not remembered */

void journal_init(struct journal *journal, struct remembered *remembered)
{
    *journal = (struct journal){.remembered = remembered, .texts = BUFFER_INIT};
}

void journal_free(struct journal *journal)
{
    free(journal->records);
    free(journal->notes);
    buffer_free(&journal->texts);
}

/* Room for one more of `size` bytes. */
static void *journal_grow(struct journal *journal, void *array, size_t count, size_t *room,
                          size_t size)
{
    const size_t more = *room ? *room * 2 : 64;
    void *grown;

    if (count < *room)
        return array;
    grown = count < JOURNAL_MAX ? realloc(array, more * size) : NULL;
    if (grown)
        *room = more;
    else
        journal->is_full = true;
    return grown ? grown : array;
}

static bool journal_is_on(const struct journal *journal)
{
    return journal->remembered && !journal->is_full;
}

static struct journal_record *journal_record(const struct journal *journal, uint32_t record)
{
    return &journal->records[record - 1];
}

uint32_t journal_begin(struct journal *journal, const uint8_t key[REMEMBERED_KEY])
{
    if (journal_is_on(journal))
        journal->records = journal_grow(journal, journal->records, journal->records_count,
                                        &journal->records_room, sizeof *journal->records);
    if (!journal_is_on(journal))
        return 0;
    struct journal_record *record = &journal->records[journal->records_count++];
    *record = (struct journal_record){.parent = journal->open};
    memcpy(record->key, key, sizeof record->key);
    journal->open = (uint32_t)journal->records_count;
    return journal->open;
}

void journal_end(struct journal *journal, uint32_t record)
{
    if (record == 0 || record > journal->records_count)
        return;
    if (journal->open != record)
        journal_spoil(journal);
    journal_record(journal, record)->is_closed = true;
    journal->open = journal_record(journal, record)->parent;
}

uint32_t journal_turn(struct journal *journal, uint32_t record)
{
    const uint32_t before = journal->open;

    journal->open = record;
    return before;
}

static struct journal_note *journal_note(struct journal *journal)
{
    if (journal_is_on(journal))
        journal->notes = journal_grow(journal, journal->notes, journal->notes_count,
                                      &journal->notes_room, sizeof *journal->notes);
    if (!journal_is_on(journal))
        return NULL;
    struct journal_note *note = &journal->notes[journal->notes_count++];
    *note = (struct journal_note){.record = journal->open};
    return note;
}

void journal_count(struct journal *journal, uint64_t bytes, uint32_t layers)
{
    struct journal_note *note = journal->open ? journal_note(journal) : NULL;

    if (note) {
        note->bytes = bytes;
        note->layers = layers;
    }
}

/* Many parts have a kind and no name: of the notes made last some are compared. */
static bool journal_has(const struct journal *journal, const char *kind, const char *called)
{
    const size_t least =
        journal->notes_count > JOURNAL_BACK ? journal->notes_count - JOURNAL_BACK : 0;

    for (size_t i = journal->notes_count; i > least; i--) {
        const struct journal_note *note = &journal->notes[i - 1];
        const char *text = (const char *)journal->texts.data + note->text;
        if (note->record == journal->open && note->length > 0 && strcmp(text, kind) == 0 &&
            strcmp(text + strlen(text) + 1, called) == 0)
            return true;
    }
    return false;
}

void journal_member(struct journal *journal, const char *kind, const char *name)
{
    const char *const called = name ? name : "";
    struct journal_note *note;

    if (journal_has(journal, kind, called))
        return;
    note = journal->open ? journal_note(journal) : NULL;
    if (!note)
        return;
    note->text = journal->texts.length;
    if (buffer_add(&journal->texts, kind, strlen(kind) + 1) != 0 ||
        buffer_add(&journal->texts, called, strlen(called) + 1) != 0)
        journal->is_full = true;
    note->length = journal->texts.length - note->text;
}

void journal_spoil(struct journal *journal)
{
    for (uint32_t at = journal->open; at; at = journal_record(journal, at)->parent)
        journal_record(journal, at)->is_spoiled = true;
}

static bool journal_is_within(const struct journal *journal, uint32_t record, uint32_t around)
{
    while (record != around && record)
        record = journal_record(journal, record)->parent;
    return record == around;
}

void journal_again(struct journal *journal, uint32_t record)
{
    uint32_t at = journal->open;

    if (record > journal->records_count)
        record = 0;
    for (; at && !journal_is_within(journal, record, at); at = journal_record(journal, at)->parent)
        journal_record(journal, at)->is_spoiled = true;
}

struct journal_mark journal_mark(const struct journal *journal)
{
    return (struct journal_mark){.records = journal->records_count,
                                 .notes = journal->notes_count,
                                 .texts = journal->texts.length};
}

void journal_undo(struct journal *journal, const struct journal_mark *mark)
{
    while (journal->open > mark->records)
        journal->open = journal_record(journal, journal->open)->parent;
    journal->records_count = mark->records;
    journal->notes_count = mark->notes;
    journal->texts.length = mark->texts;
}

void journal_guessed(struct journal *journal, const struct journal_mark *mark)
{
    for (size_t i = mark->records; i < journal->records_count; i++)
        journal->records[i].is_spoiled = true;
    for (size_t i = mark->notes; i < journal->notes_count; i++)
        journal->notes[i].bytes = journal->notes[i].layers = 0;
}

/* Adds the notes up, each for its record and those around it. The second time, with their texts. */
static void journal_add_up(const struct journal *journal, struct remembered_entry *entries)
{
    for (size_t i = 0; i < journal->notes_count; i++) {
        const struct journal_note *note = &journal->notes[i];
        for (uint32_t at = note->record; at; at = journal_record(journal, at)->parent) {
            struct remembered_entry *entry = &entries[at - 1];
            entry->bytes += note->bytes;
            entry->layers += note->layers;
            if (entry->text)
                memcpy(entry->text + entry->length, journal->texts.data + note->text, note->length);
            entry->length += (uint32_t)note->length;
        }
    }
}

void journal_keep(struct journal *journal)
{
    const size_t count = journal->records_count;
    struct remembered_entry *entries;

    if (!journal_is_on(journal) || count == 0 || !(entries = calloc(count, sizeof *entries)))
        return;
    journal_add_up(journal, entries);
    for (size_t i = 0; i < count; i++) {
        const uint32_t length = entries[i].length;
        entries[i] = (struct remembered_entry){0};
        if (journal->records[i].is_spoiled || !journal->records[i].is_closed ||
            length > REMEMBERED_TEXT_MAX)
            journal->records[i].is_spoiled = true;
        else if (length && !(entries[i].text = malloc(length)))
            journal->records[i].is_spoiled = true;
        memcpy(entries[i].key, journal->records[i].key, sizeof entries[i].key);
    }
    journal_add_up(journal, entries);
    for (size_t i = 0; i < count; i++) {
        if (!journal->records[i].is_spoiled)
            remembered_add(journal->remembered, &entries[i]);
        free(entries[i].text);
    }
    free(entries);
}
