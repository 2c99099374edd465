/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event: one record for everything that is told about the service: a
 * transaction, or a service event (engine ready, reload, update, failure …).
 *
 * The fields are rows of one table. The JSON, key=value and CEF forms, the form
 * on the event socket, the published schema and doc/events.md are all made from
 * it. A field that is not known is not there; a record never holds a guess.
 *
 * The values are untrusted data: they are escaped where they are printed, and
 * are never used as a format, a path or a command.
 *
 * The numbers travel over the event socket and stay in stored events: append,
 * never renumber.
 *
 * Ownership: a record borrows its texts; they must outlive it.
 * Threads: a record belongs to one thread at a time.
 */
#ifndef EPOST_COMMON_EVENT_H
#define EPOST_COMMON_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kind of a value, and so how it is written. */
enum event_type {
    EVENT_TEXT = 1, /* UTF-8 as far as its source was; may hold any byte */
    EVENT_TOKEN,    /* a word out of a fixed list (event_tokens) */
    EVENT_LIST,     /* texts, one a line ('\n' between them) */
    EVENT_HASH,     /* 64 hexadecimal digits */
    EVENT_NUMBER,
    EVENT_TIME,     /* milliseconds since 1970 UTC; written RFC 3339 */
    EVENT_DURATION, /* microseconds; written as milliseconds with three decimals */
    EVENT_BOOL
};

/* FIELD(number, identifier, name, type, most bytes of text, CEF key, sentence)
 * In the order in which they are written. A CEF key cs1, cn1 … gets the name as its label. */
#define EVENT_FIELD_TABLE(FIELD)                                                                   \
    FIELD(1, TIME, "time", TIME, 0, "rt", "When it ended or happened, UTC.")                       \
    FIELD(2, EVENT, "event", TOKEN, 32, "cat", "The kind of event.")                               \
    FIELD(3, NODE, "node", TEXT, 64, "dvchost", "The machine, as directive Node names it.")        \
    FIELD(4, ID, "id", TEXT, 48, "externalId",                                                     \
          "The request number, also on the block page and in the header X-Epost-AV-Id.")           \
    FIELD(5, CLIENT, "client", TEXT, 64, "src",                                                    \
          "Address of the browser or mail client, else of the ICAP client.")                       \
    FIELD(6, USER, "user", TEXT, 256, "suser", "The user, as the ICAP client authenticated them.") \
    FIELD(7, GROUPS, "groups", LIST, 1024, "spriv", "Groups of the user.")                         \
    FIELD(8, SERVICE, "service", TEXT, 64, "deviceFacility", "Name of the ICAP service asked.")    \
    FIELD(9, PROFILE, "profile", TEXT, 32, "cs3", "The profile that decided.")                     \
    FIELD(10, ICAP, "icap", TOKEN, 8, "app", "The ICAP method.")                                   \
    FIELD(11, METHOD, "method", TEXT, 16, "requestMethod", "The HTTP method.")                     \
    FIELD(12, URL, "url", TEXT, 2048, "request",                                                   \
          "The URL. Its query is cut, hashed or kept, as directive LogQuery says.")                \
    FIELD(13, HOST, "host", TEXT, 256, "dhost", "The host in the URL.")                            \
    FIELD(14, NAME, "name", TEXT, 512, "fname",                                                    \
          "The file name, out of the URL or of the headers.")                                      \
    FIELD(15, TYPE, "type", TEXT, 256, "fileType", "Content-Type as the sender gave it.")          \
    FIELD(16, SIZE, "size", NUMBER, 0, "fsize", "Bytes of body that were received.")               \
    FIELD(17, SHA256, "sha256", HASH, 64, "fileHash", "SHA-256 of the whole body.")                \
    FIELD(18, SENDER, "sender", TEXT, 320, "cs5", "Envelope sender of a mail.")                    \
    FIELD(19, RECIPIENTS, "recipients", LIST, 2048, "duser", "Envelope recipients of a mail.")     \
    FIELD(20, MESSAGE_ID, "message_id", TEXT, 320, "flexString1", "Message-ID of a mail.")         \
    FIELD(21, VERDICT, "verdict", TOKEN, 16, "outcome",                                            \
          "clean, infected, unscannable, no-body, error; none in events of older versions.")       \
    FIELD(22, REASON, "reason", TOKEN, 32, "reason", "Why that verdict.")                          \
    FIELD(                                                                                         \
        23, ACTION, "action", TOKEN, 16, "act",                                                    \
        "pass, block, fail; cut: broken off after bytes had gone out; aborted: the client went.")  \
    FIELD(24, ANSWERED, "answered", BOOL, 0, "", "False when the client did not take the answer.") \
    FIELD(25, THREAT, "threat", TEXT, 256, "cs1", "Name of the threat.")                           \
    FIELD(26, PART, "part", TEXT, 768, "cs2",                                                      \
          "Place in the body, outermost container first: \"mail > invoice.zip > a.exe\".")         \
    FIELD(27, PART_SHA256, "part_sha256", HASH, 64, "flexString2", "SHA-256 of that part.")        \
    FIELD(28, RULE, "rule", TEXT, 256, "cs4", "The operator's exception or rule that decided.")    \
    FIELD(29, DETAIL, "detail", TEXT, 512, "msg", "More on it, for the operator.")                 \
    FIELD(30, GENERATION, "generation", NUMBER, 0, "cn3", "The generation of signatures.")         \
    FIELD(31, LAYERS, "layers", NUMBER, 0, "", "Objects looked at: body, parts, members.")         \
    FIELD(32, SCANNED, "scanned", NUMBER, 0, "", "Bytes given to the engine, all layers.")         \
    FIELD(33, CACHED, "cached", BOOL, 0, "", "True when the verdict was known already.")           \
    FIELD(34, HEAVY, "heavy", BOOL, 0, "", "True when the scan went on at lower priority.")        \
    FIELD(35, STATUS, "status", NUMBER, 0, "", "Status of the ICAP answer.")                       \
    FIELD(36, SENT, "sent", NUMBER, 0, "out", "Bytes of body that were given to the client.")      \
    FIELD(37, RANGE, "range", TOKEN, 16, "", "\"stripped\" when Range was taken out.")             \
    FIELD(38, CPU_MS, "cpu_ms", DURATION, 0, "", "CPU time of the scan.")                          \
    FIELD(39, SCAN_MS, "scan_ms", DURATION, 0, "cn1",                                              \
          "From the end of the body to the verdict, waiting included.")                            \
    FIELD(40, QUEUED_MS, "queued_ms", DURATION, 0, "cn2", "Of that, waiting for a worker.")        \
    FIELD(41, MS, "ms", DURATION, 0, "", "The whole request, receiving and sending included.")     \
    FIELD(42, KEPT, "kept", TEXT, 256, "",                                                         \
          "Number of the quarantined copy, or why there is none.")                                 \
    FIELD(43, COUNT, "count", NUMBER, 0, "cnt",                                                    \
          "Number of times, where a service event stands for several.")                            \
    FIELD(44, SIGNATURES, "signatures", NUMBER, 0, "", "Signatures loaded.")                       \
    FIELD(45, VERSIONS, "versions", TEXT, 256, "", "Versions of the databases.")

#define EVENT_ENUM_FIELD(number, identifier, name, type, most, cef, sentence)                      \
    EVENT_FIELD_##identifier = number,
enum event_field { EVENT_FIELD_TABLE(EVENT_ENUM_FIELD) EVENT_FIELD_END };
#undef EVENT_ENUM_FIELD

/* KIND(number, identifier, name, CEF severity 0 … 10, sentence)
 * A transaction's severity depends on its verdict: event_severity. */
#define EVENT_KIND_TABLE(KIND)                                                                     \
    KIND(1, TRANSACTION, "transaction", 1, "A request was answered")                               \
    KIND(2, ENGINE_READY, "engine-ready", 2, "The scanner serves after it had not")                \
    KIND(3, ENGINE_DOWN, "engine-down", 9, "The scanner does not serve")                           \
    KIND(4, RELOAD, "reload", 2, "Another generation of signatures serves")                        \
    KIND(5, RELOAD_FAILED, "reload-failed", 7, "A generation of signatures could not be loaded")   \
    KIND(6, UPDATE, "update", 2, "The updater brought new signatures")                             \
    KIND(7, UPDATE_FAILED, "update-failed", 6, "The updater failed")                               \
    KIND(8, WORKER_KILLED, "worker-killed", 6, "Scans were ended at their deadline")               \
    KIND(9, WORKER_CRASHED, "worker-crashed", 8, "Workers died over a scan")                       \
    KIND(10, SANDBOX_WEAK, "sandbox-weak", 7, "The workers are confined by less than is known")    \
    KIND(11, SIGNATURES_OLD, "signatures-old", 7, "The signatures are too old")                    \
    KIND(12, EVENTS_LOST, "events-lost", 5, "Events could not be delivered or kept")               \
    KIND(13, MONITOR, "monitor", 2, "The monitor started or stopped")                              \
    KIND(14, RELEASED, "released", 5, "A quarantined copy was released")                           \
    KIND(15, DELETED, "deleted", 3, "A quarantined copy was deleted")                              \
    KIND(16, ALLOWED, "allowed", 5, "The operator added an exception")                             \
    KIND(17, UPDATE_CURRENT, "update-current", 1, "The updater found nothing newer")

#define EVENT_ENUM_KIND(number, identifier, name, severity, sentence)                              \
    EVENT_KIND_##identifier = number,
enum event_kind { EVENT_KIND_TABLE(EVENT_ENUM_KIND) EVENT_KIND_END };
#undef EVENT_ENUM_KIND

struct event_value {
    bool is_set;
    size_t length; /* of the text */
    uint64_t number;
    const char *text; /* not NUL-terminated */
};

struct event {
    struct event_value values[EVENT_FIELD_END];
};

/* A row of the table. */
struct event_row {
    enum event_field field;
    const char *name;
    enum event_type type;
    size_t most;     /* bytes of text, 0 for numbers */
    const char *cef; /* "" where CEF has no place for it */
    const char *sentence;
};

/* The rows in the order in which they are written; *count_r takes their number. */
const struct event_row *event_rows(size_t *count_r);

/* The row of a field, or NULL for a number that is none. */
const struct event_row *event_row(unsigned field);

/* Starts an empty record of that kind at that time (ms since 1970). */
void event_init(struct event *event, enum event_kind kind, uint64_t time_ms);

/* The present time as EVENT_TIME takes it. */
uint64_t event_now(void);

/* Sets a text, cut to what the field takes at a character's end. NULL and empty text
 * leave it unset; so does the second form with length 0. */
void event_set_text(struct event *event, enum event_field field, const char *text);
void event_set_bytes(struct event *event, enum event_field field, const char *text, size_t length);
void event_set_number(struct event *event, enum event_field field, uint64_t number);

/* Forgets a value. */
void event_unset(struct event *event, enum event_field field);

/* True if the field has a value. */
bool event_has(const struct event *event, enum event_field field);

/* The number, 0 if unset. */
uint64_t event_number(const struct event *event, enum event_field field);

/* The text, its length in *length_r; "" if unset. Not NUL-terminated. */
const char *event_text(const struct event *event, enum event_field field, size_t *length_r);

/* The text as a C string in field[size], cut; "" if unset. NULs become '?'. */
void event_copy(const struct event *event, enum event_field field, char *text, size_t size);

/* True if the text is exactly that word. */
bool event_is(const struct event *event, enum event_field field, const char *word);

/* The kind, 0 if it is none that is known. */
enum event_kind event_kind_of(const struct event *event);

/* "transaction", "reload" …; "unknown" for any other number. */
const char *event_kind_name(unsigned kind);

/* A sentence fragment for people. */
const char *event_kind_text(unsigned kind);

/* 0 (nothing) to 10 (the worst), as CEF counts: of a transaction by verdict and action. */
unsigned event_severity(const struct event *event);

/* The words that a TOKEN field may hold, in ascending order of their numbers: calls
 * `each` for every one. Returns their number; 0 for a field that is no TOKEN. */
size_t event_tokens(enum event_field field, void (*each)(void *data, const char *token),
                    void *data);

#endif
