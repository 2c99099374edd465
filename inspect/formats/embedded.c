/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that text carries: data: URIs as browsers read them, base64 and
 * hexadecimal digits in scripts, calendars, cards, property lists and flat XML,
 * lists of numbers, and literals that are a file as they are.
 *
 * The text is looked at as it is, and in the copies that textview makes of it:
 * each time for URIs, and for long runs that decode to what begins like a file
 * (looks.h). libclamav decodes some of it itself; what it has seen is not
 * scanned again.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "inspect/decode.h"
#include "inspect/formats/pgp.h"
#include "inspect/inspection.h"
#include "inspect/looks.h"
#include "inspect/scripttext.h"
#include "inspect/textview.h"
#include "inspect/transfer.h"
#include "inspect/xmlentities.h"

#define EMBEDDED_MIN      24   /* bytes: nothing shorter is worth a scan */
#define EMBEDDED_WORD     16   /* characters of base64 in a row that begin a run */
#define EMBEDDED_HEX      48   /* the same of hexadecimal digits */
#define EMBEDDED_TYPE     4096 /* bytes of a data: URI before its comma */
#define EMBEDDED_NESTING  4    /* references in references, entities in entities */
#define EMBEDDED_WITHIN   256  /* URIs within others */
#define EMBEDDED_PERCENTS 16   /* in a text that is read once more without them */
#define EMBEDDED_CHUNK    4096

struct embedded {
    struct inspection *in;
    const struct object *text;
    const uint8_t *begin, *end; /* of the copy that is looked at */
    bool joined;                /* its literals are joined, as far as they can be */
    struct buffer view, spare;  /* the text or the last copy, and room for the next */
    bool owned;                 /* the view is a copy */
};

/* Of the usual alphabet only: words of prose have dashes. */
static bool embedded_is_word(uint8_t c)
{
    return c != '-' && c != '_' && transfer_base64_value(c) >= 0;
}

static bool embedded_is_quote(uint8_t c)
{
    return c == '"' || c == '\'' || c == '`' || c == TEXTVIEW_QUOTE || c == TEXTVIEW_APOSTROPHE ||
           c == TEXTVIEW_BACKQUOTE;
}

/* What a URL or base64 is read without: white space, also percent-encoded or escaped. Returns how
 * many bytes of it, 0 for none. */
static size_t embedded_space(const uint8_t *at, const uint8_t *end)
{
    const size_t left = (size_t)(end - at);

    if (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t' || *at == '\f' ||
        *at == TEXTVIEW_BLANK)
        return 1;
    if (*at == '\\')
        return left >= 2 && strchr("nrt", at[1]) != NULL && at[1] != 0 ? 2 : 1;
    if (*at != '%' || left < 3)
        return 0;
    if (at[1] == '0' && strchr("9AaCcDd", at[2]) != NULL && at[2] != 0)
        return 3;
    return at[1] == '2' && at[2] == '0' ? 3 : 0;
}

/* "%41" as the value of the base64 character it stands for, or -1. */
static int embedded_percent(const uint8_t *at, const uint8_t *end)
{
    unsigned code = 0, i;

    if (end - at < 3 || *at != '%')
        return -1;
    for (i = 1; i < 3; i++) {
        const uint8_t c = at[i] | 0x20;

        if (at[i] >= '0' && at[i] <= '9')
            code = code << 4 | (at[i] - (unsigned)'0');
        else if (c >= 'a' && c <= 'f')
            code = code << 4 | (c - 'a' + 10u);
        else
            return -1;
    }
    return transfer_base64_value((uint8_t)code);
}

/* Decodes from `at` to the first byte that is not base64, at most `most` bytes. `loose`: as in a
 * URI, both alphabets. Returns where that is. */
static const uint8_t *embedded_decode(const uint8_t *at, const uint8_t *end, bool loose,
                                      size_t most, struct buffer *buffer, int *failed_r)
{
    uint8_t chunk[EMBEDDED_CHUNK];
    size_t used = 0, total = 0;
    uint32_t bits = 0;
    unsigned have = 0;

    while (at < end && total < most) {
        int value = loose || (*at != '-' && *at != '_') ? transfer_base64_value(*at) : -1;
        size_t length = 1;

        if (value < 0 && loose && (value = embedded_percent(at, end)) >= 0)
            length = 3;
        if (value < 0) {
            length = embedded_space(at, end);
            if (length == 0)
                break;
            at += length;
            continue;
        }
        at += length;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        chunk[used++] = (uint8_t)(bits >> have);
        total++;
        if (used == sizeof chunk || total == most) {
            if (buffer_add(buffer, chunk, used) != 0)
                *failed_r = 1;
            used = 0;
        }
    }
    if (used > 0 && buffer_add(buffer, chunk, used) != 0)
        *failed_r = 1;
    return at;
}

/* A zlib stream, as the scripts that carry one undo it. */
static void embedded_inflate(struct embedded *embedded, const struct object *file)
{
    struct object inner = *file;
    struct decoded decoded;
    enum reason reason =
        decode(CODEC_ZLIB, file->data, file->length, &embedded->in->budget, &decoded);

    inner.data = decoded.out.data;
    inner.length = decoded.out.length;
    inner.depth++;
    if ((reason == REASON_NONE || decoded.out.length >= file->length) && inner.length > 0)
        inspection_guess(embedded->in, &inner);
    buffer_free(&decoded.out);
}

/* Inspects what was decoded. `sure`: it is a file, whatever it looks like. */
static void embedded_file(struct embedded *embedded, const uint8_t *data, size_t length, bool sure)
{
    char path[WIRE_PART_MAX];
    struct object file = {
        .data = data, .length = length, .path = path, .depth = embedded->text->depth + 1};

    if (length < EMBEDDED_MIN || inspection_over(embedded->in))
        return;
    inspection_path(path, embedded->text, "text", "data");
    if (looks_zlib(data, length))
        embedded_inflate(embedded, &file);
    if (sure)
        inspection_object(embedded->in, &file);
    else if (looks_binary(data, length) || looks_text(data, length))
        inspection_guess(embedded->in, &file);
}

static void embedded_no_memory(struct embedded *embedded)
{
    inspection_note(embedded->in, embedded->text, REASON_MEMORY, NULL);
}

/* Does a literal go on behind `at`? Then the copy with joined literals has all of it. */
static bool embedded_goes_on(const struct embedded *embedded, const uint8_t *at)
{
    return !embedded->joined && at < embedded->end && embedded_is_quote(*at) &&
           scripttext_next(at + 1, embedded->end) != NULL;
}

/* Returns where the base64 ends. */
static const uint8_t *embedded_base64(struct embedded *embedded, const uint8_t *at, bool loose,
                                      bool sure)
{
    struct buffer buffer = SPOOL_INIT;
    int failed = 0;

    at = embedded_decode(at, embedded->end, loose, SIZE_MAX, &buffer, &failed);
    if (failed)
        embedded_no_memory(embedded);
    if (sure || !embedded_goes_on(embedded, at))
        embedded_file(embedded, buffer.data, buffer.length, sure);
    buffer_free(&buffer);
    return at;
}

/* Steps back over `word`, which may have tabs and line breaks in it. NULL if it is not there. */
static const uint8_t *embedded_back(const uint8_t *begin, const uint8_t *at, const char *word)
{
    size_t length = strlen(word);

    while (length > 0) {
        while (at > begin && (at[-1] == '\t' || at[-1] == '\n' || at[-1] == '\r'))
            at--;
        if (at == begin || (at[-1] | 0x20) != (uint8_t)word[length - 1])
            return NULL;
        at--;
        length--;
    }
    return at;
}

/* "base64," with white space in it or behind it. */
static void embedded_uris(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *end = embedded->end;

    while (at < end && !inspection_over(embedded->in) &&
           (at = memchr(at, ',', (size_t)(end - at))) != NULL) {
        const uint8_t *before = at;

        while (before > embedded->begin && (before[-1] == ' ' || before[-1] == TEXTVIEW_BLANK ||
                                            (before[-1] >= '\t' && before[-1] <= '\r')))
            before--;
        at++;
        if (before > embedded->begin && before[-1] == '4' &&
            (before = embedded_back(embedded->begin, before - 1, "6")) != NULL &&
            embedded_back(embedded->begin, before, "base") != NULL)
            at = embedded_base64(embedded, at, true, true);
    }
}

/* Where the attribute or literal ends that a URI began in: at the delimiter in front of it. */
static const uint8_t *embedded_uri_end(const struct embedded *embedded, const uint8_t *uri,
                                       const uint8_t *at)
{
    const uint8_t *before = uri;
    uint8_t close;

    while (before > embedded->begin && before[-1] <= ' ' && before[-1] >= TEXTVIEW_MARKS)
        before--;
    if (before == embedded->begin)
        return NULL;
    close = before[-1] == '(' ? ')' : before[-1];
    if (!embedded_is_quote(close) && close != ')' && close != '=')
        return NULL;
    for (; at < embedded->end; at++)
        if (close != '=' ? *at == close : *at == ' ' || *at == '>' || *at == '\n' || *at == '\t')
            break;
    return at;
}

/* A data: URI without base64: everything behind the comma, percent escapes undone. Returns where it
 * ends, or NULL if it is none. */
static const uint8_t *embedded_plain_uri(struct embedded *embedded, const uint8_t *uri,
                                         const uint8_t *colon)
{
    const size_t left = (size_t)(embedded->end - colon - 1);
    const uint8_t *close, *comma, *hash;
    struct buffer buffer = SPOOL_INIT, text = SPOOL_INIT;
    size_t i;

    comma = memchr(colon + 1, ',', left < EMBEDDED_TYPE ? left : EMBEDDED_TYPE);
    if (comma == NULL || embedded_back(colon, comma, "base64") != NULL)
        return NULL;
    close = embedded_uri_end(embedded, uri, colon + 1);
    if (close == NULL || comma >= close)
        return NULL;
    hash = memchr(comma, '#', (size_t)(close - comma));
    /* The view's own marks are undone first: what comes out of an escape is a byte of the file. */
    if (buffer_add(&text, comma + 1, (size_t)((hash != NULL ? hash : close) - comma - 1)) != 0) {
        embedded_no_memory(embedded);
        buffer_free(&text);
        return close;
    }
    for (i = 0; i < text.length; i++)
        text.data[i] = textview_plain(text.data[i]);
    if (textview_percent(&buffer, text.data, text.length) < 0)
        embedded_no_memory(embedded);
    else
        embedded_file(embedded, buffer.data, buffer.length, true);
    buffer_free(&text);
    buffer_free(&buffer);
    return close;
}

/* A few of them may begin within another one, which is then no URI but what is around it. */
static void embedded_plain_uris(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *uri, *covered = at, *close;
    unsigned within = 0;

    while (at < embedded->end && !inspection_over(embedded->in) &&
           (at = memchr(at, ':', (size_t)(embedded->end - at))) != NULL) {
        uri = embedded_back(embedded->begin, at, "data");
        if (uri != NULL && (at >= covered || within++ < EMBEDDED_WITHIN)) {
            close = embedded_plain_uri(embedded, uri, at);
            covered = close != NULL && close > covered ? close : covered;
        }
        at++;
    }
}

static void embedded_hex(struct embedded *embedded, const uint8_t *at, const uint8_t *word_end)
{
    struct buffer buffer = SPOOL_INIT;
    uint8_t *room;

    if (word_end - at < EMBEDDED_HEX)
        return;
    room = buffer_room(&buffer, (size_t)(word_end - at) / 2 + 1);
    for (; room != NULL && word_end - at >= 2; at += 2) {
        static const char digits[] = "0123456789abcdef";
        const char *high = strchr(digits, at[0] | (at[0] >= 'A' ? 0x20 : 0));
        const char *low = strchr(digits, at[1] | (at[1] >= 'A' ? 0x20 : 0));

        if (high == NULL || low == NULL)
            break;
        room[buffer.length++] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    if (room == NULL)
        embedded_no_memory(embedded);
    else if (word_end - at < 2)
        embedded_file(embedded, buffer.data, buffer.length, false);
    buffer_free(&buffer);
}

/* Noise has bytes that are no text among the first. Of an archive's first name zeros follow. */
static bool embedded_may_begin(const uint8_t *head, size_t length)
{
    size_t i;

    if (looks_binary(head, length) || looks_zlib(head, length) || pgp_begins(head, length))
        return true;
    for (i = 0; i < length; i++)
        if ((head[i] < ' ' && head[i] != '\n' && head[i] != '\r' && head[i] != '\t' &&
             (head[i] != 0 || i == 0)) ||
            head[i] > '~')
            return false;
    return true;
}

/* Does the word begin base64 of a file? The head tells: a little of it, then more. */
static bool embedded_begins(struct embedded *embedded, const uint8_t *word, bool loose, bool first)
{
    uint8_t little[EMBEDDED_MIN];
    struct buffer head = SPOOL_INIT;
    size_t used = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    const uint8_t *at;
    int failed = 0;
    bool begins;

    for (at = word; at < embedded->end && used < sizeof little; at++) {
        const int value = transfer_base64_value(*at);

        if (value < 0)
            break;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            little[used++] = (uint8_t)(bits >> have);
        }
    }
    if (!embedded_may_begin(little, used))
        return false;
    embedded_decode(word, embedded->end, loose, first ? 8 * LOOKS_HEAD : LOOKS_HEAD, &head,
                    &failed);
    begins = head.length >= EMBEDDED_MIN &&
             (looks_binary(head.data, head.length) || looks_text(head.data, head.length) ||
              pgp_begins(head.data, head.length) || (first && looks_zlib(head.data, head.length)));
    buffer_free(&head);
    return begins;
}

/* The next run of EMBEDDED_WORD characters of base64: most bytes of prose are not looked at. */
static const uint8_t *embedded_word(const uint8_t *begin, const uint8_t *at, const uint8_t *end)
{
    while (end - at >= EMBEDDED_WORD) {
        const uint8_t *last = at + EMBEDDED_WORD - 1, *first = last;

        while (first >= at && embedded_is_word(*first))
            first--;
        if (first < at) {
            while (at > begin && embedded_is_word(at[-1]))
                at--;
            return at;
        }
        at = first + 1;
    }
    return NULL;
}

/* Long runs of base64 and of hexadecimal digits, whatever is around them. */
static void embedded_runs(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *behind = NULL, *word;

    while (!inspection_over(embedded->in) &&
           (word = embedded_word(at, at, embedded->end)) != NULL) {
        const bool first = behind == NULL || word - behind > 4;

        for (at = word; at < embedded->end && embedded_is_word(*at);)
            at++;
        behind = at;
        embedded_hex(embedded, word, at);
        if (embedded_begins(embedded, word, false, first)) {
            at = embedded_base64(embedded, word, false, false);
        } else if (at < embedded->end && (*at == '-' || *at == '_') &&
                   embedded_begins(embedded, word, true, first)) {
            at = embedded_base64(embedded, word, true, false);
        }
    }
}

/* A number of a list, if it is a byte: decimal, hexadecimal or negative. Returns the length. */
static size_t embedded_number(const uint8_t *at, const uint8_t *end, uint8_t *byte_r)
{
    const uint8_t *begin = at;
    const bool negative = at < end && *at == '-';
    unsigned value = 0, base = 10, digits = 0;

    at += negative;
    if (end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
        base = 16;
        at += 2;
    }
    for (; at < end && digits < 4; at++, digits++) {
        const uint8_t c = *at | 0x20;

        if (*at >= '0' && *at <= '9')
            value = value * base + (*at - (unsigned)'0');
        else if (base == 16 && c >= 'a' && c <= 'f')
            value = value * base + (c - 'a' + 10u);
        else
            break;
    }
    if (digits == 0 || value > 255)
        return 0;
    *byte_r = (uint8_t)(negative ? 256 - value : value);
    return (size_t)(at - begin);
}

/* The numbers from `at` on, as bytes. Returns where they end. */
static const uint8_t *embedded_list(struct buffer *buffer, const uint8_t *at, const uint8_t *end,
                                    int *failed_r)
{
    uint8_t chunk[EMBEDDED_CHUNK];
    size_t used = 0, length;

    for (;;) {
        while (at < end && (*at <= ' ' || *at == ','))
            at++;
        length = embedded_number(at, end, &chunk[used]);
        if (length == 0)
            break;
        at += length;
        if (++used < sizeof chunk)
            continue;
        if (buffer_add(buffer, chunk, used) != 0)
            *failed_r = 1;
        used = 0;
    }
    if (used > 0 && buffer_add(buffer, chunk, used) != 0)
        *failed_r = 1;
    return at;
}

/* [80,75,3,4,…], String.fromCharCode(77,90,…), "80,75,3,4,…" */
static void embedded_lists(struct embedded *embedded)
{
    static const bool starts[256] = {['['] = true,
                                     ['('] = true,
                                     ['"'] = true,
                                     ['\''] = true,
                                     ['`'] = true,
                                     [TEXTVIEW_QUOTE] = true,
                                     [TEXTVIEW_APOSTROPHE] = true,
                                     [TEXTVIEW_BACKQUOTE] = true};
    const uint8_t *at = embedded->begin, *end = embedded->end;

    for (; end - at > 2 * EMBEDDED_MIN; at++) {
        struct buffer buffer = SPOOL_INIT;
        int failed = 0;

        if (!starts[*at] || !(at[1] <= ' ' || at[1] == '-' || (at[1] >= '0' && at[1] <= '9')))
            continue;
        at = embedded_list(&buffer, at + 1, end, &failed) - 1;
        if (failed)
            embedded_no_memory(embedded);
        embedded_file(embedded, buffer.data, buffer.length, false);
        buffer_free(&buffer);
        if (inspection_over(embedded->in))
            return;
    }
}

/* A literal of `new Blob([` or `new File([`. */
static bool embedded_is_blob(const struct embedded *embedded, const uint8_t *quote)
{
    const uint8_t *at = quote;

    while (at > embedded->begin && at[-1] <= ' ')
        at--;
    if (at == embedded->begin || at[-1] != '[')
        return false;
    for (at--; at > embedded->begin && (at[-1] <= ' ' || at[-1] == '(');)
        at--;
    return at - embedded->begin >= 4 &&
           (memcmp(at - 4, "Blob", 4) == 0 || memcmp(at - 4, "File", 4) == 0);
}

/* Literals that are a file once their escapes are undone. */
static void embedded_literals(struct embedded *embedded)
{
    const uint8_t *at = embedded->begin, *end = embedded->end, *close;
    size_t left;

    for (; end - at > EMBEDDED_MIN; at++) {
        if (!embedded_is_quote(*at))
            continue;
        if (inspection_over(embedded->in))
            return;
        left = (size_t)(end - at - 1);
        if (embedded_is_blob(embedded, at)) {
            close = memchr(at + 1, *at, left);
            left = close != NULL ? (size_t)(close - at - 1) : left;
            embedded_file(embedded, at + 1, left, true);
        } else if (at[1] != '<' && looks_binary(at + 1, left < LOOKS_HEAD ? left : LOOKS_HEAD) &&
                   kind_of(at + 1, left < LOOKS_HEAD ? left : LOOKS_HEAD, NULL) != KIND_PGP) {
            /* One byte begins a packet of OpenPGP: bytes without meaning have thousands. */
            embedded_file(embedded, at + 1, left, false);
        }
    }
}

/* The parts of Office documents in flat XML, whatever they look like. */
static void embedded_parts(struct embedded *embedded)
{
    static const char mark[] = "inaryData";
    const uint8_t *at = embedded->begin, *end = embedded->end, *close;

    while (!inspection_over(embedded->in) &&
           (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL) {
        at += sizeof mark - 1;
        close = memchr(at, '>', (size_t)(end - at));
        if (close != NULL && close - at < EMBEDDED_TYPE)
            at = embedded_base64(embedded, close + 1, true, true);
    }
}

static void embedded_look(struct embedded *embedded)
{
    if (embedded->end - embedded->begin < EMBEDDED_MIN)
        return;
    embedded_uris(embedded);
    embedded_plain_uris(embedded);
    embedded_parts(embedded);
    embedded_runs(embedded);
    embedded_lists(embedded);
}

/* What a copy is made by. */
enum embedded_stage {
    STAGE_REFERENCES,
    STAGE_ENTITIES,
    STAGE_CSS,
    STAGE_JS,
    STAGE_JOINED,
    STAGE_PERCENT
};

static long embedded_copy(enum embedded_stage stage, struct buffer *out, const struct buffer *from)
{
    switch (stage) {
    case STAGE_ENTITIES:
        return xmlentities_replace(out, from->data, from->length);
    case STAGE_REFERENCES:
        return textview_references(out, from->data, from->length);
    case STAGE_JOINED:
        return scripttext_joined(out, from->data, from->length);
    case STAGE_PERCENT:
        return textview_percent(out, from->data, from->length);
    default:
        return scripttext_escapes(out, from->data, from->length, stage == STAGE_CSS);
    }
}

/* A byte without which a stage changes nothing. */
static int embedded_sign(enum embedded_stage stage)
{
    switch (stage) {
    case STAGE_ENTITIES:
    case STAGE_REFERENCES:
        return '&';
    case STAGE_PERCENT:
        return '%';
    default:
        return '\\';
    }
}

/* A script that is an address is percent-encoded as such. */
static bool embedded_is_address(const struct buffer *view)
{
    return memmem(view->data, view->length, "avascript:", 10) != NULL;
}

/* Looks at the copy that a stage makes of the view, if that changes it. It lies in the spare buffer
 * then. */
static bool embedded_stage(struct embedded *embedded, enum embedded_stage stage)
{
    const struct buffer *from = &embedded->view;
    struct buffer *out = &embedded->spare;
    const long least = stage == STAGE_PERCENT && !embedded_is_address(from) ? EMBEDDED_PERCENTS : 1;
    long changed;

    if (stage != STAGE_JOINED && memchr(from->data, embedded_sign(stage), from->length) == NULL)
        return false;
    out->length = 0;
    changed = embedded_copy(stage, out, from);
    if (changed < 0)
        embedded_no_memory(embedded);
    if (changed < least || inspection_over(embedded->in))
        return false;
    embedded->begin = out->data;
    embedded->end = out->data + out->length;
    embedded->joined = stage >= STAGE_JOINED;
    if (stage == STAGE_CSS) {
        embedded_uris(embedded);
        embedded_plain_uris(embedded);
    } else {
        embedded_look(embedded);
    }
    if (stage == STAGE_JS || stage == STAGE_PERCENT)
        embedded_literals(embedded);
    return true;
}

/* The copy is the view from now on. The room of the one before it is used again, unless that was
 * the text itself. */
static void embedded_next(struct embedded *embedded)
{
    const struct buffer before = embedded->view;

    embedded->view = embedded->spare;
    memset(&embedded->spare, 0, sizeof embedded->spare);
    if (embedded->owned)
        embedded->spare = before;
    embedded->owned = true;
}

/* As often as it changes something: entities in entities. */
static void embedded_again(struct embedded *embedded, enum embedded_stage stage)
{
    int i;

    for (i = 0; i < EMBEDDED_NESTING && embedded_stage(embedded, stage); i++)
        embedded_next(embedded);
}

/* Escapes that hide something: letters, digits and backslashes. Of the others base64 is read
 * without them. */
static bool embedded_has_escapes(const struct buffer *view)
{
    const uint8_t *at = view->data, *end = at + view->length;

    while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL && end - at > 1) {
        const uint8_t c = at[1];

        if (c == 'x' || c == 'u' || (c >= '0' && c <= '7'))
            return true;
        at += 2;
    }
    return memmem(view->data, view->length, "Blob(", 5) != NULL ||
           memmem(view->data, view->length, "File(", 5) != NULL;
}

static void embedded_stages(struct embedded *embedded)
{
    embedded_again(embedded, STAGE_ENTITIES);
    embedded_again(embedded, STAGE_REFERENCES);
    embedded_stage(embedded, STAGE_CSS);
    if (embedded_has_escapes(&embedded->view) && embedded_stage(embedded, STAGE_JS))
        embedded_next(embedded);
    if (embedded_stage(embedded, STAGE_JOINED))
        embedded_next(embedded);
    embedded_stage(embedded, STAGE_PERCENT);
}

void embedded_open(struct inspection *in, const struct object *text)
{
    struct embedded embedded = {.in = in, .text = text};
    const long narrowed =
        text->length > 0 ? textview_narrow(&embedded.view, text->data, text->length) : 0;

    if (narrowed < 0)
        embedded_no_memory(&embedded);
    embedded.owned = narrowed > 0;
    if (narrowed <= 0) {
        embedded.view.data = (uint8_t *)(uintptr_t)text->data; /* which nobody writes to */
        embedded.view.length = text->length;
    }
    embedded.begin = embedded.view.data;
    embedded.end = embedded.view.data + embedded.view.length;
    if (embedded.view.length > 0) {
        embedded_look(&embedded);
        if (narrowed > 0) /* libclamav reads it only behind a byte order mark */
            embedded_file(&embedded, embedded.view.data, embedded.view.length, false);
        embedded_stages(&embedded);
    }
    if (embedded.owned)
        buffer_free(&embedded.view);
    buffer_free(&embedded.spare);
}

void embedded_runs_open(struct inspection *in, const struct object *message)
{
    struct embedded embedded = {.in = in,
                                .text = message,
                                .begin = message->data,
                                .end = message->data + message->length,
                                .joined = true};

    if (message->length > 0)
        embedded_runs(&embedded);
}
