/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result: how a run, or one source of it, ended; and failures that know it.
 *
 * The numbers are the exit codes of epost-autoupdate (epost-autoupdate(8)):
 * monitoring relies on them, so append, never renumber.
 *
 * A struct fault is a struct err with the result that it means for the run.
 * Functions that take one return 0, or -1 with both filled.
 * Threads: none shared.
 */
#ifndef EPOST_UPDATER_RESULT_H
#define EPOST_UPDATER_RESULT_H

#include "common/err.h"

/* RESULT(number, identifier, token, sentence) */
#define RESULT_TABLE(RESULT)                                                                       \
    RESULT(0, UPDATED, "updated", "new signatures serve")                                          \
    RESULT(1, CURRENT, "current", "nothing newer was there")                                       \
    RESULT(2, CONFIG, "config", "wrong usage, settings or source list")                            \
    RESULT(3, COOLING, "cooling", "it is too early to ask again")                                  \
    RESULT(4, NETWORK, "network", "no mirror or server could be reached or gave the files")        \
    RESULT(5, REFUSED, "refused", "what was offered must not be trusted")                          \
    RESULT(6, TESTLOAD, "testload", "the new set failed its test")                                 \
    RESULT(7, UNCONFIRMED, "unconfirmed", "the scanner did not take the new set: switched back")   \
    RESULT(8, DISK, "disk", "the disk is full or failed")                                          \
    RESULT(9, LOCKED, "locked", "another update is running")                                       \
    RESULT(10, STALE, "stale", "no fresh signatures for days")                                     \
    RESULT(11, ALARM, "alarm", "no fresh signatures for a week")                                   \
    RESULT(12, FAILED, "failed", "something else went wrong")

#define RESULT_ENUM(number, identifier, token, sentence) RESULT_##identifier = number,
enum result { RESULT_TABLE(RESULT_ENUM) RESULT_COUNT };
#undef RESULT_ENUM

/* "updated", "current", …; never NULL. */
const char *result_name(int result);

/* The sentence; never NULL. */
const char *result_text(int result);

/* The result of that token, or -1. */
int result_from_name(const char *token);

struct fault {
    enum result result;
    struct err err;
};

/* Each returns -1, so that a failure is `return fault_set(...)`. */
int fault_set(struct fault *fault, enum result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As fault_set, with errno's meaning appended and the result taken from it: a full or failing
 * disk is RESULT_DISK, missing rights or paths are RESULT_CONFIG, the rest RESULT_FAILED. */
int fault_sys(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives the text that a callee left in fault->err a result. */
int fault_as(struct fault *fault, enum result result);

/* The result that an errno means. */
enum result result_of_errno(int number);

#endif
