/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict: the answers to "is this clean?", and why.
 *
 * Unknown is never clean: zeroed memory reads as VERDICT_ERROR with
 * REASON_UNKNOWN, and VERDICT_CLEAN is given only when every byte was scanned
 * to the end. Every reason belongs to exactly one verdict.
 *
 * The numbers travel over the socket and into caches: append, never renumber.
 * Threads: constant data only.
 */
#ifndef EPOST_COMMON_VERDICT_H
#define EPOST_COMMON_VERDICT_H

enum verdict {
    VERDICT_ERROR = 0,       /* the scan did not finish: nothing is known */
    VERDICT_CLEAN = 1,       /* every byte scanned, nothing found */
    VERDICT_INFECTED = 2,    /* a threat was found, and has a name */
    VERDICT_UNSCANNABLE = 3, /* finished, but some of it could not be looked into */
    VERDICT_NO_BODY = 4,     /* there was nothing to scan; the module says it, never the scanner */
    VERDICT_COUNT
};

/* REASON(number, identifier, token, verdict, sentence for people) */
#define REASON_TABLE(REASON)                                                                       \
    REASON(0, UNKNOWN, "unknown", ERROR, "the scan did not finish")                                \
    REASON(1, NONE, "none", CLEAN, "nothing was found")                                            \
    REASON(2, SIGNATURE, "signature", INFECTED, "a signature matched")                             \
    REASON(3, NO_BODY, "no-body", NO_BODY, "the message has no body")                              \
    /* errors */                                                                                   \
    REASON(10, TIMEOUT, "timeout", ERROR, "the scan took longer than allowed")                     \
    REASON(11, CRASHED, "crashed", ERROR, "the scan process crashed on this content")              \
    REASON(12, CRASH_LISTED, "crash-listed", ERROR,                                                \
           "the same content crashed a scan process before and is not tried again")                \
    REASON(13, NO_ENGINE, "no-engine", ERROR, "no signatures are loaded yet")                      \
    REASON(14, BUSY, "busy", ERROR, "too many scans are waiting")                                  \
    REASON(15, PROTOCOL, "protocol", ERROR, "the scan request was malformed")                      \
    REASON(16, IO, "io", ERROR, "the content could not be read or stored")                         \
    REASON(17, MEMORY, "memory", ERROR, "there was not enough memory")                             \
    REASON(18, UNAVAILABLE, "unavailable", ERROR, "the scanner cannot be reached")                 \
    REASON(19, INTERNAL, "internal", ERROR, "the scan engine reported an error")                   \
    REASON(20, RETRY, "retry", ERROR, "the scan was interrupted and may be tried again")           \
    REASON(21, PENDING, "pending", ERROR, "the scan goes on: ask again later for its verdict")     \
    REASON(22, ABORTED, "aborted", ERROR, "the client went away before there was a verdict")       \
    /* unscannable: closed to us */                                                                \
    REASON(30, ENCRYPTED, "encrypted", UNSCANNABLE, "part of it is encrypted")                     \
    REASON(31, ENCODING, "encoding", UNSCANNABLE, "its content encoding could not be undone")      \
    REASON(32, CONTAINER, "container", UNSCANNABLE, "it holds files that could not be opened")     \
    REASON(33, PARTIAL, "partial", UNSCANNABLE, "it is only a part of a whole")                    \
    REASON(34, MALFORMED, "malformed", UNSCANNABLE, "its structure is damaged")                    \
    REASON(35, HEURISTIC, "heuristic", UNSCANNABLE, "a heuristic finds it suspicious")             \
    /* unscannable: a ceiling was reached */                                                       \
    REASON(40, LIMIT_BODY, "max-body-size", UNSCANNABLE, "it is larger than is accepted")          \
    REASON(41, LIMIT_SCAN_SIZE, "max-scan-size", UNSCANNABLE,                                      \
           "it unpacks to more than is scanned")                                                   \
    REASON(42, LIMIT_FILE_SIZE, "max-file-size", UNSCANNABLE, "it holds a file that is too large") \
    REASON(43, LIMIT_FILES, "max-files", UNSCANNABLE, "it holds too many files")                   \
    REASON(44, LIMIT_RECURSION, "max-recursion", UNSCANNABLE, "it is nested too deep")             \
    REASON(45, LIMIT_TIME, "max-scan-time", UNSCANNABLE, "it takes too long to scan")              \
    REASON(46, LIMIT_RATIO, "max-ratio", UNSCANNABLE, "it is a decompression bomb")                \
    REASON(47, LIMIT_ENCODINGS, "max-encodings", UNSCANNABLE, "it is encoded too many times")      \
    REASON(48, LIMIT_OTHER, "limit", UNSCANNABLE, "a limit of the scan engine was reached")        \
    REASON(49, LIMIT_MEMORY, "max-memory", UNSCANNABLE, "it takes too much memory to scan")        \
    /* policy: not scanned because the operator said so; never clean */                            \
    REASON(60, SKIPPED, "skipped", UNSCANNABLE, "an exception of the operator skipped the scan")   \
    REASON(61, BLOCK_LISTED, "block-listed", INFECTED, "the operator's list blocks it")            \
    REASON(62, ALLOW_LISTED, "allow-listed", UNSCANNABLE, "the threat found is on the allow list") \
    REASON(63, STREAM, "stream", UNSCANNABLE, "it is a stream of events, passed as it comes")

#define REASON_ENUM(number, identifier, token, verdict, sentence) REASON_##identifier = number,
enum reason { REASON_TABLE(REASON_ENUM) };
#undef REASON_ENUM

/* "clean", "infected", "unscannable", "no-body", "error"; any other number reads "error". */
const char *verdict_name(unsigned verdict);

/* The reason's token for logs and headers; an unknown number reads "unknown". */
const char *reason_name(unsigned reason);

/* A sentence fragment for people ("part of it is encrypted"); never NULL. */
const char *reason_text(unsigned reason);

/* The verdict a reason belongs to; an unknown number is VERDICT_ERROR. */
enum verdict reason_verdict(unsigned reason);

/* The reason of that token, or -1. */
int reason_from_name(const char *token);

#endif
