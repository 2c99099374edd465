/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspection: one run of the pipeline over one body, and what its steps share.
 *
 * The steps do not know each other. Each takes an object apart and hands what
 * it finds back to inspection_object, which scans it and decides whether a
 * step has something to do with it:
 *
 *     encoding   Content-Encoding of the body           → the body, decoded
 *     upload     multipart bodies                       → their parts
 *     jsonb64    long base64 strings in JSON            → the bytes
 *     formfields urlencoded forms                       → their names and values
 *     xmlfiles   base64 in XML (flat Office, SOAP, …)    → the bytes
 *     activemime editdata.mso                           → the compound file in it
 *     embedded   data: URIs, base64 and the like in text    → files
 *     cms        signed and compressed S/MIME               → its content
 *     pgp        OpenPGP messages that are not encrypted    → their content
 *     forks      a file with its resources in one           → the file
 *     mail       messages (GMime)                       → attachments
 *     inlined    yEnc, uuencode in text                 → files
 *     container  archives that libclamav cannot open    → members (libarchive)
 *     pdf        streams of PDFs                        → their content
 *     udf        UDF volumes                            → their files (libudfread)
 *     ole2       OLE2 compound files                    → their streams
 *     onenote    OneNote sections                       → the files in them
 *     rtf        RTF                                    → the objects in it
 *     tnef       winmail.dat                            → attachments
 *     watch      what libclamav came across in its scan → one of the above
 *
 * Owner: inspect_body. Threads: one.
 */
#ifndef EPOST_INSPECT_INSPECTION_H
#define EPOST_INSPECT_INSPECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/members.h"
#include "inspect/budget.h"
#include "inspect/claims.h"
#include "inspect/finding.h"
#include "inspect/inspect.h"
#include "inspect/journal.h"
#include "inspect/kind.h"
#include "inspect/seen.h"
#include "inspect/buffer.h"

#define OBJECT_NAME_MAX 256 /* bytes with NUL, as shown in a path */

/* Bytes to be looked at. Nothing is owned. */
struct object {
    const uint8_t *data;
    size_t length;
    const char *name; /* file name for kinds and signatures, or NULL: never the request's */
    const char *path; /* "" for the body itself, else "zip > eicar.com" */
    unsigned depth;   /* containers around it */
    int shown;        /* as a page or a script, by its type or name: see active_content.h */
    int is_body;      /* the body, or the body decoded: what in->claims says is about it */
    int pieces;       /* no file, but a part of one: an archive in it may lie in pieces */
    bool is_relined;  /* a text whose line ends were changed: nobody looks for a file within it */
    enum kind kind;   /* as which it is opened: for openers only */
    bool confirmed;   /* libclamav takes it for that too: for openers only */
    bool guessed; /* taken for what it is by its content alone: what cannot be read is no trouble */
    bool single;  /* of streams that follow one another only the first: for openers only */
};

struct inspection {
    const struct inspect_job *job; /* without its view: see claims */
    /* The one edge of the recursion: inspect.c's, called by inspection_object and
     * inspection_encoded. */
    void (*object)(struct inspection *in, const struct object *object);
    void (*encoded)(struct inspection *in, const struct object *object, const char *encoding,
                    const char *type);
    struct claims claims;
    struct budget budget;
    struct finding finding;
    struct seen seen;
    struct journal journal;
    struct members members;      /* what is inside, for rules about names and kinds */
    char unknown[WIRE_PART_MAX]; /* the first part of no known type, or "" */
    bool has_unknown;
    uint32_t layers, recalled;
    uint64_t scanned;
    const uint8_t *read_to;           /* see inspection_read_to */
    uint8_t part_sha256[WIRE_SHA256]; /* of the infected object, if it is not the body itself */
};

/* Scans an object fully and opens what it contains. Says so in the finding if a ceiling is in
 * the way. The same bytes a second time cost nothing. */
void inspection_object(struct inspection *in, const struct object *object);

/* Perhaps no archive at all: that it cannot be opened is no trouble then. */
static inline bool inspection_doubts(const struct object *archive)
{
    return archive->guessed || (!archive->confirmed && kind_has(archive->kind, KIND_WEAK));
}

/* These bytes of an object, which stand for it one layer deeper: at its path, under its name. */
static inline struct object inspection_inner(const struct object *object, const uint8_t *data,
                                             size_t length)
{
    struct object inner = *object;

    inner.data = data;
    inner.length = length;
    inner.depth++;
    inner.is_body = 0;
    return inner;
}

/* Openers of archives say so: all that begins in the object before `end` was read, without trouble
 * and as a part of it. followups.c asks, for archives that begin within the one before them. */
static inline void inspection_read_to(struct inspection *in, const uint8_t *end)
{
    in->read_to = end;
}

/* inspection_object for a part of an upload that names a Content-Encoding of its own. */
void inspection_encoded(struct inspection *in, const struct object *object, const char *encoding);

/* The same for bytes that are perhaps no file at all: what of them cannot be read is no trouble. */
void inspection_guess(struct inspection *in, const struct object *object);

/* One scan by the engine, with `flags` of clam.h: gives it what is left of the budget, takes from
 * it what the scan used, and adds all that was found. */
void inspection_scan(struct inspection *in, const struct object *object, unsigned flags,
                     struct clam_result *result);

/* Matches signatures on an object's bytes and opens nothing. */
void inspection_raw(struct inspection *in, const struct object *object);

/* Room for the next piece of a container's member in the buffer, `unpacked` being what all its
 * members have become so far. NULL says in *why_r that a ceiling is in the way, or MEMORY. */
uint8_t *inspection_room(struct inspection *in, const struct object *container, uint64_t unpacked,
                         struct buffer *buffer, size_t size, enum reason *why_r);

/* Adds a member to what is inside, as members_note. */
void inspection_member(struct inspection *in, const char *kind, const char *name);

/* Adds what a name tries, as members_note_trick. */
void inspection_trick(struct inspection *in, const char *name);

/* As seen_scanned and seen_mark; the journal is told of what is passed over. */
bool inspection_has_seen(struct inspection *in, const uint8_t digest[SEEN_DIGEST], unsigned depth);
bool inspection_mark(struct inspection *in, const uint8_t digest[SEEN_DIGEST], unsigned depth);

/* 1 if these bytes, at a place of this kind, were scanned in an earlier body and are clean: what
 * that scan added to the reply is added to this one. */
int inspection_recall(struct inspection *in, const uint8_t key[REMEMBERED_KEY]);

/* Adds a fact about an object. `detail` may be NULL. */
void inspection_note(struct inspection *in, const struct object *object, enum reason reason,
                     const char *detail);

/* 1 when there is no point in going on: a threat was found, or time or files are used up. */
int inspection_over(const struct inspection *in);

/* The path of a member: its container's path (or the container's kind when that is the body),
 * " > ", the member's name. Hostile bytes in the name are made plain text. */
void inspection_path(char path[WIRE_PART_MAX], const struct object *container, const char *kind,
                     const char *name);

/* The steps. */
void encoding_open(struct inspection *in, const struct object *body, const char *encoding,
                   const char *type);

/* The openers of formats.def: each hands what is in an object of its kind to inspection_object.
 * Bytes that are perhaps of no such kind (`guessed`, or known by few bytes only and not
 * `confirmed`) are no trouble when they cannot be opened at all. */
#define FORMAT(kind, name, marks, traits, reader, checker, opener)                                 \
    void opener(struct inspection *in, const struct object *object);
#include "inspect/formats.def"

/* The members of an archive (see KIND_MEMBERS), small ones first, in several passes. */
void container_small_first(struct inspection *in, const struct object *object, enum kind kind);

/* A ZIP within something of another kind, where it may lie in pieces: what opens is scanned, and
 * what does not open is no trouble. It is opened in one piece elsewhere. */
void container_pieces(struct inspection *in, const struct object *object);

/* Registers the names of uuencoded files with in->seen, before libclamav decodes them. */
void inlined_names(struct inspection *in, const struct object *text);

void embedded_open(struct inspection *in, const struct object *text);

/* Only the runs of base64 that begin like a file, in the bytes as they are: of a message. */
void embedded_runs_open(struct inspection *in, const struct object *message);

/* true if there are objects and streams of a PDF, whatever is in front of them. Cheap. */
bool pdf_is_likely(const uint8_t *data, size_t length);

/* Does the header say a version? Scripts that write such documents hold `%PDF-${version}`. */
static inline bool pdf_has_version(const uint8_t *data, size_t length)
{
    return length > 5 && data[5] >= '0' && data[5] <= '9';
}

void jsonb64_open(struct inspection *in, const struct object *body);

/* One text: if it is a data: URI or long and all base64, what it decodes to is inspected. `key` is
 * its name for the path. */
void jsonb64_value(struct inspection *in, const struct object *body, const uint8_t *at,
                   const uint8_t *end, const char *key);
void formfields_open(struct inspection *in, const struct object *body);

/* Files in XML; the first says cheaply whether there may be any. */
bool xmlfiles_is_likely(const struct object *object);
void xmlfiles_open(struct inspection *in, const struct object *object);

/* The text of a message that OpenPGP signed in the clear, without the marks around it. */
void pgpclear_open(struct inspection *in, const struct object *text);

/* Content that libclamav does not see because of an object's type. The first says cheaply whether
 * there may be anything; `type` is libclamav's. */
int retype_is_likely(const struct object *object, const char *type);
void retype_open(struct inspection *in, const struct object *object, const char *type);

/* Takes a multipart body apart. Returns 1 if it was one, 0 if not (nothing was done then). */
int upload_open(struct inspection *in, const struct object *body, const char *type);

#endif
