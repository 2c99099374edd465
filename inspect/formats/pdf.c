/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PDF: every stream of it, unpacked as viewers do. libclamav takes most of them
 * apart itself; what it has seen is recognised and not scanned again.
 *
 * Two readers look at a document. Ours looks at every byte, and takes what is
 * written like a stream for one, wherever it is. libqpdf follows the table of
 * objects; it is asked for what is encrypted, and where something is written so
 * that viewers may differ.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/decode.h"
#include "inspect/formats/pdfqpdf.h"
#include "inspect/formats/pdfstream.h"

#define PDF_INPUT_FACTOR 16 /* how often the document's bytes may be looked at for its streams */
#define PDF_INPUT_FREE   (UINT64_C(64) << 20) /* bytes that may be looked at so in any document */
#define PDF_STRAY        4096 /* words "stream" outside of objects that are looked at */
#define PDF_TRAILER      4096 /* bytes of a dictionary in front of and behind /Encrypt */

/* Where the words "stream" are whose dictionaries were read. */
struct pdf_words {
    size_t *at;
    size_t count, size;
};

static int pdf_words_add(struct pdf_words *words, size_t word)
{
    if (words->count == words->size) {
        size_t size = words->size ? words->size * 2 : 64;
        size_t *at = realloc(words->at, size * sizeof *at);

        if (at == NULL)
            return -1;
        words->at = at;
        words->size = size;
    }
    words->at[words->count++] = word;
    return 0;
}

static int pdf_words_compare(const void *a, const void *b)
{
    const size_t first = *(const size_t *)a, second = *(const size_t *)b;

    return first < second ? -1 : first > second;
}

/* All readings of what begins there, if that is a stream. */
static void pdf_readings(struct pdf_walk *walk, const struct pdf_object *object,
                         struct pdf_words *words, struct buffer *packed)
{
    struct pdf_stream stream = {0};
    unsigned reading, readings = 0;

    for (reading = 0; reading < PDF_READINGS && !inspection_over(walk->in); reading++) {
        if ((reading & ~readings) != 0)
            continue;
        if (!pdf_read_stream(&walk->pdf, object->content.at, reading, &stream))
            return;
        readings |= stream.readings;
        if (packed == NULL)
            pdfstream_open(walk, object->number, object->generation, &stream, NULL);
        else if (stream.packed)
            pdfstream_open(walk, object->number, object->generation, &stream, packed);
    }
    if (reading > 0 && words != NULL && pdf_words_add(words, stream.word) != 0)
        inspection_note(walk->in, walk->object, REASON_MEMORY, NULL);
}

/* Streams that no object leads to: for instance those whose object's number is not one. */
static void pdf_strays(struct pdf_walk *walk, struct pdf_words *words)
{
    const struct pdf *pdf = &walk->pdf;
    const uint8_t *at = pdf->data, *end = pdf->data + pdf->length;
    unsigned strays = 0;

    if (words->count > 0)
        qsort(words->at, words->count, sizeof words->at[0], pdf_words_compare);
    for (; !inspection_over(walk->in) && (at = memmem(at, (size_t)(end - at), "stream", 6)) != NULL;
         at += 6) {
        size_t word = (size_t)(at - pdf->data);
        struct pdf_object object = {.content = {NULL, end}};

        if ((word >= 3 && memcmp(at - 3, "end", 3) == 0) ||
            (words->count > 0 &&
             bsearch(&word, words->at, words->count, sizeof word, pdf_words_compare) != NULL))
            continue;
        if (strays++ == PDF_STRAY)
            return;
        object.content.at = pdf_find_dictionary(&walk->pdf, word);
        if (object.content.at != NULL)
            pdf_readings(walk, &object, NULL, NULL);
        else if (end - at > 6 && (at[6] == '\r' || at[6] == '\n'))
            pdfstream_guess(walk, word);
    }
}

/* Our own reader, over the whole document. */
static void pdf_walk_streams(struct pdf_walk *walk)
{
    struct pdf_words words = {NULL, 0, 0};
    size_t i;

    for (i = 0; i < walk->pdf.count && !inspection_over(walk->in); i++)
        pdf_readings(walk, &walk->pdf.objects[i], &words, NULL);
    pdf_strays(walk, &words);
    free(words.at);
    if (walk->pdf.effort == 0 && !walk->object->guessed)
        inspection_note(walk->in, walk->object, REASON_LIMIT_OTHER, "dictionaries of a PDF");
}

#define PDF_PACKED 256 /* object streams that are read for what other streams refer to */

/* Once more, with the objects of object streams, in which filters may be told. */
static void pdf_walk_packed(struct pdf_walk *walk)
{
    struct buffer buffers[PDF_PACKED] = {BUFFER_INIT};
    const size_t count = walk->pdf.count;
    struct pdf_object *objects = calloc(count ? count : 1, sizeof *objects);
    unsigned used = 0;
    size_t i;

    if (objects == NULL) {
        inspection_note(walk->in, walk->object, REASON_MEMORY, NULL);
        return;
    }
    memcpy(objects, walk->pdf.objects, count * sizeof *objects);
    for (i = 0; i < count && used < PDF_PACKED && !inspection_over(walk->in); i++) {
        struct pdf_stream stream;

        if (!pdf_read_stream(&walk->pdf, objects[i].content.at, 0, &stream) || !stream.packed)
            continue;
        pdf_readings(walk, &objects[i], NULL, &buffers[used]);
        if (buffers[used].length > 0 &&
            pdf_index_packed(&walk->pdf, buffers[used].data, buffers[used].length, stream.members,
                             stream.first) != 0)
            inspection_note(walk->in, walk->object, REASON_MEMORY, NULL);
        used += buffers[used].length > 0;
    }
    for (i = 0; used > 0 && i < count && !inspection_over(walk->in); i++)
        pdf_readings(walk, &objects[i], NULL, NULL);
    while (used > 0)
        buffer_free(&buffers[--used]);
    free(objects);
}

/* libqpdf's streams. */
static void pdf_walk_qpdf(struct pdf_walk *walk, struct pdfqpdf *document)
{
    enum pdfqpdf_state state = PDFQPDF_READ;

    while ((state == PDFQPDF_READ || state == PDFQPDF_REFUSED) && !inspection_over(walk->in)) {
        struct buffer buffer = BUFFER_INIT;
        uint32_t number = 0;

        state = pdfqpdf_next(document, &walk->in->budget, &buffer, &number);
        if (buffer.length > 0)
            pdfstream_scan(walk, number, buffer.data, buffer.length);
        buffer_free(&buffer);
    }
}

/* Mail in the document: Word opens a file that begins like a PDF as the web page that follows. */
static void pdf_mail(struct pdf_walk *walk)
{
    static const char field[] = "mime-version:";
    const uint8_t *at = walk->pdf.data, *end = at + walk->pdf.length;
    struct object message = {.path = walk->object->path, .depth = walk->object->depth + 1};

    for (; end - at > 16 && (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++) {
        const uint8_t *line = at - 12;

        if (at - walk->pdf.data < 13 || (line[-1] != '\n' && line[-1] != '\r') ||
            strncasecmp((const char *)line, field, sizeof field - 1) != 0)
            continue;
        message.data = line;
        message.length = (size_t)(end - line);
        inspection_object(walk->in, &message);
        return;
    }
}

/* Where a dictionary names how the document is encrypted ("/Encrypt 7 0 R", "/Encrypt<<"), or
 * NULL. */
static const uint8_t *pdf_lock(const struct object *object)
{
    static const char name[] = "/Encrypt";
    const uint8_t *at = object->data, *end = at + object->length;

    while ((at = memmem(at, (size_t)(end - at), name, sizeof name - 1)) != NULL) {
        struct pdftoken_cursor cursor = {at + sizeof name - 1, end};

        pdftoken_space(&cursor);
        if (cursor.at < end &&
            ((*cursor.at >= '0' && *cursor.at <= '9') || pdftoken_keyword(&cursor, "<<")))
            return at;
        at++;
    }
    return NULL;
}

/* The document with the dictionary of its cross-reference stream as a trailer at its end, which
 * libqpdf wants to repair one. Returns 0, or -1 if there is no such stream or no memory. */
static int pdf_add_trailer(struct buffer *buffer, const struct object *object)
{
    static const char before[] = "\ntrailer\n", behind[] = "\nstartxref\n0\n%%EOF\n";
    const uint8_t *data = object->data, *end = data + object->length, *lock = pdf_lock(object);
    const uint8_t *begin = lock, *stop;

    if (lock == NULL)
        return -1;
    while (begin > data && lock - begin < PDF_TRAILER && memcmp(begin, "obj", 3) != 0)
        begin--;
    stop = memmem(lock, (size_t)(end - lock) < PDF_TRAILER ? (size_t)(end - lock) : PDF_TRAILER,
                  "stream", 6);
    if (stop == NULL || memcmp(begin, "obj", 3) != 0)
        return -1;
    begin += 3;
    return buffer_add(buffer, data, object->length) != 0 ||
                   buffer_add(buffer, before, sizeof before - 1) != 0 ||
                   buffer_add(buffer, begin, (size_t)(stop - begin)) != 0 ||
                   buffer_add(buffer, behind, sizeof behind - 1) != 0
               ? -1
               : 0;
}

static void pdf_conclude(struct pdf_walk *walk, enum pdfqpdf_state opened)
{
    const struct object *object = walk->object;
    bool locked = walk->key.length == 0 && pdf_lock(object) != NULL;

    if (opened == PDFQPDF_PASSWORD)
        inspection_note(walk->in, object, REASON_ENCRYPTED, "a PDF with a password");
    else if (locked && (opened == PDFQPDF_REFUSED || (opened != PDFQPDF_READ && walk->damaged)))
        inspection_note(walk->in, object, REASON_ENCRYPTED, "a PDF that cannot be decrypted");
    else if (walk->unknown && !object->guessed)
        inspection_note(walk->in, object, REASON_CONTAINER,
                        "how a stream is packed cannot be told");
}

/* `repaired` keeps what the document is read from, if that is not the object. */
static enum pdfqpdf_state pdf_ask(struct pdf_walk *walk, struct pdfqpdf **document_r,
                                  struct buffer *repaired)
{
    uint64_t left = budget_ms(&walk->in->budget);
    enum pdfqpdf_state state;

    if (left > PDFQPDF_MS)
        left = PDFQPDF_MS;
    state = pdfqpdf_open(walk->object->data, walk->object->length, left, PDFQPDF_MEMORY, document_r,
                         &walk->key);
    if (state != PDFQPDF_REFUSED || pdf_add_trailer(repaired, walk->object) != 0)
        return state;
    return pdfqpdf_open(repaired->data, repaired->length, left, PDFQPDF_MEMORY, document_r,
                        &walk->key);
}

void pdf_open(struct inspection *in, const struct object *object)
{
    struct pdf_walk walk = {.in = in,
                            .object = object,
                            .input_left =
                                PDF_INPUT_FREE + PDF_INPUT_FACTOR * (uint64_t)object->length};
    enum pdfqpdf_state opened = PDFQPDF_REFUSED;
    struct pdfqpdf *document = NULL;
    struct buffer repaired = BUFFER_INIT;
    bool asked = memmem(object->data, object->length, "/Encrypt", 8) != NULL;

    if (pdf_index(&walk.pdf, object->data, object->length) < 0) {
        inspection_note(in, object, REASON_LIMIT_FILES, "objects of a PDF");
        return;
    }
    if (asked)
        opened = pdf_ask(&walk, &document, &repaired);
    pdf_walk_streams(&walk);
    if (walk.missing && !inspection_over(in))
        pdf_walk_packed(&walk);
    if (walk.odd && !asked && !inspection_over(in)) {
        opened = pdf_ask(&walk, &document, &repaired);
        if (walk.key.length > 0)
            pdf_walk_streams(&walk);
    }
    if (document != NULL && walk.odd)
        pdf_walk_qpdf(&walk, document);
    if (!inspection_over(in))
        pdf_mail(&walk);
    pdf_conclude(&walk, opened);
    if (document != NULL)
        pdfqpdf_close(&document);
    buffer_free(&repaired);
    pdf_free(&walk.pdf);
}

/* A number, a number and "obj" somewhere, and a stream: viewers need no header. */
bool pdf_is_likely(const uint8_t *data, size_t length)
{
    const uint8_t *at = data, *end = data + length;

    if (length < 64 || memmem(data, length, "stream", 6) == NULL)
        return false;
    while ((at = memmem(at, (size_t)(end - at), "obj", 3)) != NULL) {
        struct pdftoken_cursor cursor = {at + 3, end};

        if (at - data >= 4 && at[-1] != 'd' &&
            (pdftoken_is_space(at[-1]) || (at[-1] >= '0' && at[-1] <= '9'))) {
            pdftoken_space(&cursor);
            if (pdftoken_keyword(&cursor, "<<"))
                return true;
        }
        at += 3;
    }
    return false;
}
